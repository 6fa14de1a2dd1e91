"""Public ids: random, readable, and silent about what came first."""

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from core.clock import utcnow
from core.db import db, transaction
from core.ids import ALPHABET, LENGTH, MalformedId, decode_id, encode_id, new_public_id
from core.outbox import enqueue


@given(number=st.integers(min_value=0, max_value=2**62 - 1))
def test_an_id_and_its_number_are_the_same_thing(number: int) -> None:
    assert decode_id(encode_id(number)) == number


@given(text=st.text(alphabet=ALPHABET, min_size=LENGTH, max_size=LENGTH))
def test_each_id_has_one_spelling(text: str) -> None:
    try:
        number = decode_id(text)
    except MalformedId:
        assert ALPHABET.index(text[0]) >= 4  # 13 letters hold 65 bits; only 62 are ours
    else:
        assert encode_id(number) == text


@pytest.mark.parametrize("number", [-1, 2**62, 2**63, 2**64])
def test_a_number_that_is_too_large_has_no_id(number: int) -> None:
    with pytest.raises(MalformedId):
        encode_id(number)


@pytest.mark.parametrize(
    "stranger",
    [
        "",
        "1",
        "0" * 12,
        "0" * 14,
        "i" * 13,
        "0" * 12 + "u",
        "0" * 12 + "A",
        "z" * 13,
        "4" + "0" * 12,
        "٠" * 13,
    ],
)
def test_what_we_cannot_have_made_is_refused(stranger: str) -> None:
    with pytest.raises(MalformedId):
        decode_id(stranger)


@pytest.mark.parametrize(
    "stranger", ["9223372036854775808", "zzzzzzzzzzzzz", "1", "0000000000000", "-1", "%00"]
)
def test_an_address_with_an_id_that_cannot_be_is_a_plain_404(client: FlaskClient, stranger: str) -> None:
    assert client.get(f"/t/{stranger}").status_code == 404


def test_ids_do_not_count() -> None:
    numbers = [decode_id(new_public_id()) for _ in range(200)]
    assert len(set(numbers)) == 200
    assert numbers != sorted(numbers)
    assert max(numbers) > 2**58  # all of the range is used


@pytest.mark.usefixtures("on_both")
def test_the_table_keeps_no_order_in_which_rows_came() -> None:
    with transaction():
        for number in range(30):
            enqueue("test", {"number": number}, now=utcnow())
    rows = db.session.execute(text("SELECT id, payload FROM outbox_rows ORDER BY id")).all()
    order = [str(payload) for _, payload in rows]
    came = [
        str(payload)
        for _, payload in sorted(rows, key=lambda row: int("".join(filter(str.isdigit, str(row[1])))))
    ]
    assert order != came


@pytest.mark.usefixtures("inside")
def test_sqlite_keeps_no_row_number_beside_the_id() -> None:
    with transaction():
        for number in range(5):
            enqueue("test", {"number": number}, now=utcnow())
    rows = db.session.execute(text("SELECT rowid, id FROM outbox_rows")).all()
    assert [row[0] for row in rows] == [row[1] for row in rows]

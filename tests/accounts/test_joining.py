"""Joining: six words, shown until two are typed back, and then kept by nobody but the student."""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from accounts import joining, queries
from accounts.joining import CONFIRM_WITHIN, forget_unconfirmed
from accounts.passphrases import WORDS, make_passphrase, normalise_passphrase, positions_to_ask
from accounts.words import passphrase_words
from core.db import db
from core.web import settings_of
from tests.accounts.conftest import Clock
from tests.conftest import MakeApp
from tests.people import hidden_fields, join_as_student, post_form

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def shown_words(client: FlaskClient) -> list[str]:
    shown = re.search(r'<ol[^>]*translate="no"[^>]*>(.*?)</ol>', client.get("/join/words").text, re.S)
    assert shown is not None
    return re.findall(r"<li>([a-z]+)</li>", shown.group(1))


def asked_words(client: FlaskClient, words: list[str]) -> dict[str, str]:
    asked = [int(number) for number in re.findall(r'data-word="(\d)"', client.get("/join/words").text)]
    return {"first": words[asked[0] - 1], "second": words[asked[1] - 1]}


@pytest.fixture
def newcomer(client: FlaskClient) -> FlaskClient:
    """The browser of somebody who has been shown their words and has not typed any back."""
    assert post_form(client, "/join", {}).status_code == 303
    return client


def sign_out(client: FlaskClient) -> None:
    assert post_form(client, "/logout", {}, page="/me").status_code == 303


def test_a_passphrase_is_six_words_of_the_list() -> None:
    words = make_passphrase()
    assert len(words) == WORDS == 6
    assert set(words) <= set(passphrase_words())


def test_two_passphrases_differ() -> None:
    assert make_passphrase() != make_passphrase()


def test_two_different_words_are_asked_back() -> None:
    for _ in range(50):
        first, second = positions_to_ask()
        assert 0 <= first < second < WORDS


@given(
    st.lists(st.sampled_from(["alpha", "beta", "gamma"]), min_size=1, max_size=6), st.sampled_from(" -_,.·\n")
)
def test_what_stands_between_the_words_does_not_count(words: list[str], between: str) -> None:
    assert normalise_passphrase(between.join(words).upper()) == "".join(words)


def test_full_width_letters_are_the_same_letters() -> None:
    assert normalise_passphrase("ａｌｐｈａ ｂｅｔａ") == "alphabeta"


def test_an_endless_passphrase_costs_no_more_than_a_long_one() -> None:
    assert len(normalise_passphrase("a" * 1_000_000)) == 500


def test_before_anything_else_it_says_that_nobody_can_recover_the_words(client: FlaskClient) -> None:
    assert "nobody can recover" in client.get("/join").text.lower()


def test_the_words_are_shown_until_they_are_confirmed(newcomer: FlaskClient) -> None:
    first = shown_words(newcomer)
    assert len(first) == 6
    assert shown_words(newcomer) == first


def test_once_confirmed_they_are_shown_no_more(newcomer: FlaskClient) -> None:
    words = shown_words(newcomer)
    post_form(newcomer, "/join/words", asked_words(newcomer, words))
    page = newcomer.get("/join/words", follow_redirects=True).text
    assert not re.findall(r"<li>([a-z]+)</li>", page)


def test_two_wrong_words_are_refused_and_the_words_are_shown_again(newcomer: FlaskClient) -> None:
    words = shown_words(newcomer)
    answer = post_form(newcomer, "/join/words", {"first": "wrong", "second": "words"})
    assert answer.status_code == 422
    assert shown_words(newcomer) == words


@pytest.mark.parametrize("wrong", ["first", "second"])
def test_one_wrong_word_is_refused(newcomer: FlaskClient, wrong: str) -> None:
    typed = asked_words(newcomer, shown_words(newcomer)) | {wrong: "wrong"}
    assert post_form(newcomer, "/join/words", typed).status_code == 422


def test_the_words_may_be_typed_back_in_capitals(newcomer: FlaskClient) -> None:
    typed = {name: f" {word.upper()} " for name, word in asked_words(newcomer, shown_words(newcomer)).items()}
    assert post_form(newcomer, "/join/words", typed).status_code == 303


@pytest.mark.parametrize(
    "as_typed",
    [
        lambda words: words,
        str.upper,
        str.title,
        lambda words: words.replace(" ", "-"),
        lambda words: words.replace(" ", ""),
        lambda words: f"  {words.replace(' ', '   ')}\t",
        lambda words: words.replace(" ", ", ") + ".",
    ],
    ids=["as shown", "capitals", "title", "hyphens", "one word", "spaces", "commas"],
)
def test_a_student_comes_back_however_they_type_their_words(
    client: FlaskClient, as_typed: Callable[[str], str]
) -> None:
    words = join_as_student(client)
    sign_out(client)
    answer = post_form(client, "/return", {"passphrase": as_typed(words)})
    assert answer.status_code == 303
    assert client.get("/me").status_code == 200


@pytest.mark.parametrize(
    "spoil",
    [
        lambda words: " ".join(words[:5]),
        lambda words: " ".join(reversed(words)),
        lambda words: " ".join([*words, words[0]]),
        lambda _words: "!!!",
    ],
    ids=["five", "turned round", "seven", "no letters"],
)
def test_other_words_open_nothing(client: FlaskClient, spoil: Callable[[list[str]], str]) -> None:
    words = join_as_student(client).split()
    sign_out(client)
    answer = post_form(client, "/return", {"passphrase": spoil(words)})
    assert answer.status_code == 422
    assert client.get("/me").status_code == 303


def test_an_unconfirmed_newcomer_has_no_page_of_their_own(newcomer: FlaskClient) -> None:
    answer = newcomer.get("/me")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/return")


def test_an_unconfirmed_newcomer_cannot_post(app: Flask, newcomer: FlaskClient) -> None:
    with app.app_context():
        (slug,) = db.session.execute(db.text("SELECT slug FROM categories LIMIT 1")).scalars()
        db.session.remove()
    answer = post_form(newcomer, f"/c/{slug}/new", {"title": "Home", "body": "Words that wait"})
    assert answer.headers["Location"].startswith("/join")
    with app.app_context():
        assert db.session.execute(db.text("SELECT count(*) FROM posts")).scalar() == 0
        db.session.remove()


def test_unconfirmed_words_do_not_open_a_second_browser(app: Flask, newcomer: FlaskClient) -> None:
    words = " ".join(shown_words(newcomer))
    assert post_form(app.test_client(), "/return", {"passphrase": words}).status_code == 422


@pytest.mark.usefixtures("inside")
def test_an_unconfirmed_account_dies_within_the_hour() -> None:
    joining.join(now=NOON)
    forget_unconfirmed(NOON + CONFIRM_WITHIN - timedelta(seconds=1))
    assert count_all_accounts() == 1
    forget_unconfirmed(NOON + CONFIRM_WITHIN + timedelta(seconds=1))
    assert count_all_accounts() == 0


def count_all_accounts() -> int:
    db.session.rollback()
    return int(db.session.execute(db.text("SELECT count(*) FROM accounts")).scalar_one())


def test_after_the_hour_nothing_can_be_confirmed_even_where_nobody_tidied_up(
    newcomer: FlaskClient, clock: Clock
) -> None:
    typed = asked_words(newcomer, shown_words(newcomer))
    for _ in range(3):
        clock.move(minutes=21)
        fields = hidden_fields(newcomer.get("/join/words").text)
    answer = newcomer.post("/join/words", data=fields | typed)
    assert answer.status_code == 404
    assert newcomer.get("/me").status_code == 303


def test_a_confirmed_account_stays(app: Flask, client: FlaskClient) -> None:
    join_as_student(client)
    with app.app_context():
        forget_unconfirmed(datetime.now(UTC) + timedelta(days=1))
        assert queries.count_accounts() == 1
        db.session.remove()


def test_confirming_gives_the_browser_a_new_token(newcomer: FlaskClient) -> None:
    before = newcomer.get_cookie("stoa")
    post_form(newcomer, "/join/words", asked_words(newcomer, shown_words(newcomer)))
    after = newcomer.get_cookie("stoa")
    assert before is not None
    assert after is not None
    assert before.value != after.value


def test_the_old_token_opens_nothing_any_more(app: Flask, newcomer: FlaskClient) -> None:
    before = newcomer.get_cookie("stoa")
    assert before is not None
    post_form(newcomer, "/join/words", asked_words(newcomer, shown_words(newcomer)))
    thief = app.test_client()
    thief.set_cookie("stoa", before.value)
    assert thief.get("/me").status_code == 303
    assert "<li>" not in thief.get("/join/words", follow_redirects=False).text


def traces(words: list[str]) -> list[bytes]:
    """A passphrase as it could lie in a file: joined in any way; plain, hex, and base64 at any place."""
    found = []
    for between in ("", " ", "-", "\n", ",", '", "', "\x00"):
        plain = between.join(words).encode()
        found += [plain, plain.hex().encode(), plain.hex().upper().encode()]
        for shift in range(3):
            inner = base64.b64encode(b"\0" * shift + plain)[4:-4]
            found += [inner, inner.replace(b"+", b"-").replace(b"/", b"_")]
    return found


def test_a_trace_would_be_found() -> None:
    words = ["amber", "canoe", "delta", "eagle", "frost", "grape"]
    for planted in (
        b"x" + " ".join(words).encode(),
        "".join(words).encode().hex().encode(),
        base64.b64encode(b"?" + "-".join(words).encode() + b"!!"),
    ):
        assert any(trace in planted for trace in traces(words))


@pytest.mark.parametrize("confirmed", [False, True])
def test_nothing_of_a_passphrase_lies_in_the_data_directory(
    app: Flask, newcomer: FlaskClient, confirmed: bool
) -> None:
    words = shown_words(newcomer)
    if confirmed:
        post_form(newcomer, "/join/words", asked_words(newcomer, words))
        sign_out(newcomer)
        post_form(newcomer, "/return", {"passphrase": " ".join(words)})
    files = [path for path in settings_of(app).data_dir.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert not [path for path in files for trace in traces(words) if trace in path.read_bytes()]


@pytest.mark.parametrize(("typed", "status"), [("Acorn 7", 303), (" acorn7", 303), ("acorn", 422), ("", 422)])
def test_where_a_word_is_asked_for_it_must_be_right(make_app: MakeApp, typed: str, status: int) -> None:
    client = make_app(STOA_JOIN="code", STOA_JOIN_CODE="acorn 7").test_client()
    assert post_form(client, "/join", {"code": typed}).status_code == status


@pytest.mark.parametrize(("typed", "status"), [("2026", 303), ("1999", 422), ("", 422), ("---", 422)])
def test_a_word_of_digits_is_a_word(make_app: MakeApp, typed: str, status: int) -> None:
    client = make_app(STOA_JOIN="code", STOA_JOIN_CODE="2026").test_client()
    assert post_form(client, "/join", {"code": typed}).status_code == status


@pytest.mark.parametrize("join", ["code", "ticket"])
def test_until_a_word_is_set_nobody_can_join(make_app: MakeApp, join: str) -> None:
    client = make_app(STOA_JOIN=join).test_client()
    page = client.get("/join")
    assert page.status_code == 200
    fields = hidden_fields(client.get("/return").text)
    answer = client.post("/join", data={"csrf_token": fields["csrf_token"], "code": ""})
    assert answer.status_code == 422

"""What stands on a ticket: which slips of the finger are noticed, and which do not matter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.ticketcodes import ALPHABET, LENGTH, MistypedTicket, make_ticket, read_ticket, readable_ticket

TICKET = "7M4XQ0D1ZK"


def tickets() -> st.SearchStrategy[str]:
    return st.builds(make_ticket)


def whole(start: str) -> str:
    """A ticket that begins so."""
    for last in ALPHABET:
        try:
            return read_ticket(start + last)
        except MistypedTicket:
            continue
    raise AssertionError("one of the 32 must fit")


def test_a_ticket_has_ten_characters_and_no_look_alikes() -> None:
    assert len(make_ticket()) == LENGTH == 10
    assert not set("ILOU") & set(ALPHABET)


@given(tickets())
def test_a_ticket_can_be_read(code: str) -> None:
    assert read_ticket(code) == code


@given(tickets(), st.integers(0, LENGTH - 1), st.integers(1, 31))
def test_one_wrong_character_is_always_noticed(code: str, place: int, step: int) -> None:
    other = ALPHABET[(ALPHABET.index(code[place]) + step) % 32]
    with pytest.raises(MistypedTicket):
        read_ticket(code[:place] + other + code[place + 1 :])


@given(tickets(), st.integers(0, LENGTH - 1), st.integers(0, LENGTH - 1))
def test_two_characters_that_changed_places_are_always_noticed(code: str, one: int, two: int) -> None:
    letters = list(code)
    letters[one], letters[two] = letters[two], letters[one]
    if letters == list(code):
        return
    with pytest.raises(MistypedTicket):
        read_ticket("".join(letters))


@pytest.mark.parametrize(
    "as_typed",
    [
        str.lower,
        readable_ticket,
        lambda code: " ".join(code),
        lambda code: f"  {code[:5]} – {code[5:]}\t",
        lambda code: code.replace("0", "O").replace("1", "I"),
        lambda code: code.replace("0", "o").replace("1", "l"),
    ],
    ids=["small", "as printed", "spaces", "a dash", "O and I", "o and l"],
)
def test_how_it_is_typed_does_not_matter(as_typed) -> None:  # type: ignore[no-untyped-def]
    code = whole("7M4XQ0D1Z")
    assert read_ticket(as_typed(code)) == code


@pytest.mark.parametrize("typed", ["", "7M4XQ", TICKET * 2, "U" * 10, "!!!!!!!!!!", "0" * 500_000, "\0" * 10])
def test_what_is_no_ticket_is_mistyped(typed: str) -> None:
    with pytest.raises(MistypedTicket):
        read_ticket(typed)

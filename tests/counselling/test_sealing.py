"""What lies sealed in a case opens at its own place and nowhere else."""

import pytest
from flask import Flask

from accounts.models import Account, Staff
from core.crypto import CannotUnseal, seal
from core.db import transaction
from core.ids import new_public_id
from core.keys import KeysMissing, keyring
from core.refusals import Missing
from counselling.messages import hear_student, write_letter
from counselling.models import AuthorKind, Case, CaseMessage, Encounter
from counselling.sealing import (
    agreed_of,
    open_for_case,
    open_letter,
    pseudonym_of,
    seal_for_case,
    student_id_of,
)
from counselling.wrapping import destroy_key, key_of
from tests.counselling.people import NOON, add_student, make_case

DAMAGED = "This part cannot be read: it was damaged. The team has been told."


@pytest.fixture
def letter(case: Case, maya: Staff) -> CaseMessage:
    """Maya's first letter."""
    with transaction():
        return write_letter(case, "You are not alone.", author=maya, now=NOON)


def test_a_letter_opens_in_its_case(case: Case, letter: CaseMessage) -> None:
    assert open_letter(case, letter) == "You are not alone."


def test_a_letter_moved_to_another_case_does_not_open(letter: CaseMessage, maya: Staff) -> None:
    other = make_case(add_student(), maya)
    assert open_letter(other, letter) == DAMAGED


def test_a_letter_does_not_open_in_another_case_even_when_the_key_was_wrapped_for_it(
    case: Case, letter: CaseMessage
) -> None:
    other_id = new_public_id()
    current = keyring().case
    assert current is not None
    forged = seal(current, key_of(case), aad=f"case.key:{other_id}".encode())
    assert open_letter(Case(id=other_id, wrapped_key=forged), letter) == DAMAGED


def test_a_wrapped_key_moved_to_another_case_does_not_open(case: Case, letter: CaseMessage) -> None:
    assert open_letter(Case(id=new_public_id(), wrapped_key=case.wrapped_key), letter) == DAMAGED


@pytest.mark.parametrize(
    ("field", "value"), [("number", 2), ("author_kind", AuthorKind.STUDENT), ("version", 2)]
)
def test_a_letter_moved_within_its_case_does_not_open(
    case: Case, letter: CaseMessage, field: str, value: object
) -> None:
    facts = {name: getattr(letter, name) for name in ("number", "author_kind", "version", "sealed")}
    assert open_letter(case, CaseMessage(**facts | {field: value})) == DAMAGED


def test_a_summary_does_not_open_as_a_name(case: Case) -> None:
    sealed = seal_for_case(case, "summary", "closed in good spirits")
    with pytest.raises(CannotUnseal):
        open_for_case(case, "pseudonym", sealed)


def test_an_earlier_wording_of_what_was_agreed_does_not_open(case: Case) -> None:
    from_before = seal_for_case(case, "agreed:1", "call on Monday", version=1)
    now_valid = seal_for_case(case, "agreed:1", "call on Friday", version=2)
    encounter = Encounter(number=1, version=2, agreed=now_valid)
    assert agreed_of(case, encounter) == "call on Friday"
    encounter.agreed = from_before
    assert agreed_of(case, encounter) == DAMAGED


def test_a_destroyed_key_opens_nothing(case: Case, letter: CaseMessage) -> None:
    with transaction():
        destroy_key(case)
        with pytest.raises(Missing):
            open_letter(case, letter)


def test_without_the_key_files_nothing_opens_and_nothing_is_written(
    inside: Flask, case: Case, letter: CaseMessage
) -> None:
    with transaction():
        inside.extensions["stoa_keys"] = None
        with pytest.raises(KeysMissing):
            open_letter(case, letter)
        with pytest.raises(KeysMissing):
            hear_student(case, "a word", now=NOON)


def test_short_texts_are_all_of_one_length(case: Case) -> None:
    lengths = {len(seal_for_case(case, "message:1:student", "a" * count)) for count in (1, 50, 200)}
    assert len(lengths) == 1


def test_name_and_student_lie_sealed(case: Case, student: Account) -> None:
    assert (pseudonym_of(case), student_id_of(case)) == ("Quiet Heron", student.id)
    assert b"Quiet Heron" not in (case.pseudonym or b"")
    assert student.id.encode() not in (case.student_ref or b"")

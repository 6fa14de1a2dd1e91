"""The way of a case tells what happened and what is promised, in the order of time."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask_babel import force_locale

from accounts.models import Staff
from core.db import transaction
from counselling.encounters import record_encounter
from counselling.messages import hear_student, write_letter
from counselling.models import Case
from counselling.showing import view_case
from counselling.timeline import timeline_of
from tests.counselling.people import NOON


@pytest.fixture(autouse=True)
def english(inside: Flask) -> Iterator[None]:  # noqa: ARG001
    """Nobody asks here, so nobody has a language."""
    with force_locale("en"):
        yield


def way_of(case: Case, *, hours: int = 0) -> list[tuple[str, str]]:
    return [
        (step.state, step.what) for step in timeline_of(view_case(case), now=NOON + timedelta(hours=hours))
    ]


def test_a_new_case_has_a_beginning(case: Case) -> None:
    assert way_of(case)[0] == ("done", "The case was opened")


def test_letters_stand_once_for_each_side_in_their_order(case: Case, maya: Staff) -> None:
    with transaction():
        write_letter(case, "How are you?", author=maya, now=NOON + timedelta(hours=1))
        hear_student(case, "I am here.", now=NOON + timedelta(hours=2))
        hear_student(case, "Still here.", now=NOON + timedelta(hours=3))
    letters = [what for state, what in way_of(case) if state == "done" and "letter" in what]
    assert letters == ["First letter to the student", "First letter from the student"]


def test_an_open_encounter_is_now(case: Case, maya: Staff) -> None:
    with transaction():
        record_encounter(case, marks={}, agreed="", outcome=None, actor=maya, now=NOON)
    assert ("now", "Encounter 1 goes on") in way_of(case)


def test_what_is_promised_comes_last_and_is_late_when_its_time_is_over(case: Case, maya: Staff) -> None:
    with transaction():
        write_letter(case, "How are you?", author=maya, now=NOON)
        hear_student(case, "I am here.", now=NOON)
    soon, late = (timeline_of(view_case(case), now=NOON + timedelta(days=days))[-1] for days in (0, 30))
    assert (soon.state, soon.what, soon.is_late, late.is_late) == (
        "ahead",
        "Answer to the student",
        False,
        True,
    )


def test_the_way_repeats_nothing_that_was_said(case: Case, maya: Staff) -> None:
    with transaction():
        write_letter(case, "How are you, Ilias?", author=maya, now=NOON)
    assert not [what for _, what in way_of(case) if "Ilias" in what]

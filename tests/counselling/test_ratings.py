"""What a student says of an encounter: only if they like, once, and for the professional alone."""

from datetime import timedelta

import pytest
from flask import Flask

from accounts.models import Staff
from core.db import transaction
from core.refusals import Missing
from counselling import queries
from counselling.encounters import FollowUpTooFar, follow_up, record_encounter
from counselling.models import Case, Encounter, ObligationKind, ObligationState, Outcome
from counselling.record.ratings import BEFORE_THE_FIRST, Rating, asked_now, rate, rating_of
from tests.counselling.people import NOON
from tests.counselling.recording import Pair, begin_case
from tests.counselling.talking import new_talk
from tests.people import post_form

LATER = NOON + timedelta(hours=1)


def record(case: Case, maya: Staff, outcome: Outcome | None = None) -> Encounter:
    with transaction():
        return record_encounter(case, marks={}, agreed="", outcome=outcome, actor=maya, now=LATER)


def say(case: Case, number: int, said: Rating) -> None:
    with transaction():
        rate(case, number, said, now=LATER)


def test_once_before_the_first_and_once_after_each(case: Case, maya: Staff) -> None:
    assert asked_now(case) == BEFORE_THE_FIRST
    record(case, maya)
    assert asked_now(case) is None
    record(case, maya, Outcome.NEXT_SESSION)
    assert asked_now(case) == 1
    say(case, 1, Rating(after=4))
    assert asked_now(case) is None
    record(case, maya, Outcome.RESOLVED)
    assert asked_now(case) == 2


def test_what_was_said_before_belongs_to_the_first_encounter(case: Case, maya: Staff) -> None:
    say(case, BEFORE_THE_FIRST, Rating(before=8))
    assert asked_now(case) is None
    first = record(case, maya, Outcome.RESOLVED)
    say(case, 1, Rating(after=3, helped=9))
    assert rating_of(case, first) == Rating(before=8, after=3, helped=9, is_over=True)


def test_whoever_skips_is_not_asked_again(case: Case, maya: Staff) -> None:
    say(case, BEFORE_THE_FIRST, Rating())
    assert asked_now(case) is None
    first = record(case, maya, Outcome.RESOLVED)
    say(case, 1, Rating())
    assert asked_now(case) is None
    assert rating_of(case, first) == Rating(is_over=True)


def test_what_was_said_stays_as_it_was_said(case: Case, maya: Staff) -> None:
    record(case, maya, Outcome.RESOLVED)
    say(case, 1, Rating(after=3))
    with pytest.raises(Missing):
        say(case, 1, Rating(after=9))


def test_numbers_lie_sealed(case: Case, maya: Staff) -> None:
    first = record(case, maya, Outcome.RESOLVED)
    say(case, 1, Rating(after=3))
    assert first.rating is not None
    assert b"after" not in first.rating


def promised(case: Case, maya: Staff, *, days: int, is_told: bool = False) -> None:
    encounter = record(case, maya)
    due_at = LATER + timedelta(days=days)
    with transaction():
        follow_up(case, encounter, due_at=due_at, why="the exam", is_told=is_told, now=LATER)


def follow_ups(case: Case) -> list[ObligationState]:
    return [one.state for one in queries.obligations(case.id) if one.kind is ObligationKind.FOLLOW_UP]


def test_a_follow_up_is_kept_by_the_encounter_that_was_meant(case: Case, maya: Staff) -> None:
    promised(case, maya, days=7)
    record(case, maya)
    assert follow_ups(case) == [ObligationState.OPEN]
    with transaction():
        at = LATER + timedelta(days=6, hours=2)
        record_encounter(case, marks={}, agreed="", outcome=None, actor=maya, now=at)
    assert follow_ups(case) == [ObligationState.KEPT]


@pytest.mark.parametrize("days", [-1, 400])
def test_a_follow_up_lies_ahead(case: Case, maya: Staff, days: int) -> None:
    with pytest.raises(FollowUpTooFar):
        promised(case, maya, days=days)


@pytest.fixture
def pair(app: Flask) -> Pair:
    """A student and Maya."""
    return begin_case(app)


def end_encounter(pair: Pair, **more: str) -> int:
    fields = {"outcome": "resolved", "agreed": "A walk."} | more
    page = f"{pair.case}/record"
    return post_form(pair.maya, f"{pair.case}/encounters", fields, page=page).status_code


def test_the_student_is_asked_in_the_conversation_and_the_professional_sees_it(pair: Pair) -> None:
    assert end_encounter(pair) == 303
    assert f"{pair.own}/rating" in pair.student.get(pair.own).text
    said = {"before": "8", "after": "5", "helped": "7"}
    assert post_form(pair.student, f"{pair.own}/rating", said).status_code == 303
    assert f"{pair.own}/rating" not in pair.student.get(pair.own).text
    page = pair.maya.get(f"{pair.case}/record").text
    assert "before 8" in page
    assert "after 5" in page
    assert "helped 7" in page


def test_before_the_first_letter_nobody_is_asked_how_it_was_before(pair: Pair) -> None:
    page = pair.student.get(f"{pair.own}/rating").text
    assert "How hard is it at the moment?" in page
    assert "How hard was it" not in page


def test_whoever_wrote_letters_is_asked_about_letters(pair: Pair) -> None:
    end_encounter(pair)
    assert "questions about your letters" in pair.student.get(pair.own).text
    assert "How hard was it before these letters?" in pair.student.get(f"{pair.own}/rating").text


def test_whoever_talked_live_is_asked_about_the_talk(app: Flask) -> None:
    talk = new_talk(app)
    talk.ask()
    talk.open()
    assert post_form(talk.maya, f"{talk.room}/end", {}, page=talk.room).status_code == 303
    end_encounter(Pair(app, talk.student, talk.maya, talk.case_id))
    own = f"/counsel/{talk.case_id}"
    assert "questions about your talk" in talk.student.get(own).text
    assert "How hard was it before you talked?" in talk.student.get(f"{own}/rating").text


def test_one_press_skips_it_for_good(pair: Pair) -> None:
    end_encounter(pair)
    skipped = post_form(pair.student, f"{pair.own}/rating", {}, page=pair.own)
    assert skipped.status_code == 303
    assert f"{pair.own}/rating" not in pair.student.get(pair.own).text


@pytest.mark.parametrize("number", ["11", "-1", "much"])
def test_a_number_beyond_the_scale_is_not_taken(pair: Pair, number: str) -> None:
    end_encounter(pair)
    answer = post_form(pair.student, f"{pair.own}/rating", {"after": number, "helped": "7"})
    assert answer.status_code == 422
    assert 'selected value="7"' in answer.text


def test_a_follow_up_stands_among_what_is_promised(pair: Pair) -> None:
    assert end_encounter(pair, outcome="", follow_on="2099-01-01", follow_why="The exam") == 422
    assert end_encounter(pair, outcome="", follow_on="", follow_why="The exam") == 422
    soon = (NOON.now() + timedelta(days=7)).date().isoformat()
    assert end_encounter(pair, outcome="", follow_on=soon, follow_why="The exam") == 303
    assert "The exam" in pair.maya.get(pair.case).text

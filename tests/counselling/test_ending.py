"""A student ends what is theirs: takes a letter back, ends the conversation, has it destroyed."""

from datetime import timedelta

import pytest

from accounts.models import Account, Staff
from core.db import db, transaction
from core.refusals import Missing
from counselling import queries
from counselling.access import case_ids_of
from counselling.cases import CaseAct, CaseMovedOn, close_case, move_case
from counselling.ending import (
    AlreadyRead,
    ReadFirst,
    destroy_by_student,
    end_by_student,
    withdraw_letter,
)
from counselling.exporting import export_case
from counselling.intake.answers import Answers, mark_read
from counselling.intake.telling import save_answers
from counselling.messages import hear_student, write_letter
from counselling.models import AuthorKind, Case, CaseState
from counselling.reading import open_to_read
from counselling.showing import view_letters
from counselling.taking import accept_escalation
from counselling.unread import Shows
from moderation.bands import Band
from moderation.models import Escalation, EscalationState
from tests.counselling.people import NOON, escalate_post, make_case, write_post

LATER = NOON + timedelta(hours=1)
DANGER = "I want to kill myself tonight."


def hear(case: Case, body: str = "I take this back.") -> int:
    with transaction():
        return hear_student(case, body, now=NOON).number


def read_by_counsellor(case: Case) -> None:
    with transaction():
        queries.mark_read(case.id, AuthorKind.STUDENT, LATER)


def withdraw(case: Case, number: int) -> None:
    with transaction():
        withdraw_letter(case, number, now=LATER)


def test_a_letter_that_nobody_has_read_is_gone(case: Case) -> None:
    number = hear(case)
    withdraw(case, number)
    message = queries.message(case.id, number)
    assert message is not None
    assert (message.sealed, message.withdrawn_at) == (b"", LATER)
    assert [(one.is_withdrawn, str(one.html)) for one in view_letters(case)] == [(True, "")]
    assert export_case(case)["letters"] == []


def test_what_was_promised_for_it_stays(case: Case) -> None:
    withdraw(case, hear(case))
    assert len(queries.unsettled_obligations(case.id)) == 1


def test_a_letter_that_was_read_stays(case: Case) -> None:
    number = hear(case)
    read_by_counsellor(case)
    with pytest.raises(AlreadyRead):
        withdraw(case, number)
    assert "take this back" in str(view_letters(case)[0].html)


def test_a_counsellor_s_letter_and_one_that_is_gone_are_nobody_s_to_take_back(
    case: Case, maya: Staff
) -> None:
    number = hear(case)
    withdraw(case, number)
    with transaction():
        theirs = write_letter(case, "Hello.", author=maya, now=NOON).number
    for one in (number, theirs, 99):
        with pytest.raises(Missing):
            withdraw(case, one)


def test_a_withdrawn_letter_is_no_unread_one(case: Case) -> None:
    withdraw(case, hear(case))
    assert not queries.has_unread(case.id, AuthorKind.STUDENT)
    assert queries.count_unread([case.id], AuthorKind.STUDENT) == {}


@pytest.mark.parametrize("state", list(CaseState))
def test_a_student_may_end_whatever_goes_on(case: Case, state: CaseState) -> None:
    with transaction():
        case.state = state
    if state is CaseState.CLOSED:
        with pytest.raises(CaseMovedOn), transaction():
            end_by_student(case, now=LATER)
        return
    with transaction():
        end_by_student(case, now=LATER)
    assert (case.state, case.closed_at) == (CaseState.CLOSED, LATER)
    assert queries.unsettled_obligations(case.id) == []


def test_a_letter_opens_what_its_student_ended(case: Case) -> None:
    with transaction():
        end_by_student(case, now=LATER)
    hear(case, "I thought about it.")
    assert case.state is CaseState.IN_CONTACT
    assert len(queries.unsettled_obligations(case.id)) == 1


def test_destroying_leaves_no_word_and_no_link(case: Case, student: Account, maya: Staff) -> None:
    number = hear(case)
    with transaction():
        write_letter(case, "I am here.", author=maya, now=NOON)
        destroy_by_student(case, now=LATER)
    db.session.expire_all()
    message = queries.message(case.id, number)
    assert message is not None
    assert (case.wrapped_key, case.state, message.sealed) == (None, CaseState.CLOSED, b"")
    assert case_ids_of(student) == []


@pytest.mark.parametrize("act", [end_by_student, destroy_by_student])
def test_words_of_danger_are_read_first(student: Account, maya: Staff, act: object) -> None:
    case = make_case(student, maya, Band.RED)
    number = hear(case, DANGER)
    with pytest.raises(ReadFirst), transaction():
        act(case, now=LATER)  # type: ignore[operator]
    with pytest.raises(ReadFirst):
        withdraw(case, number)
    assert case.wrapped_key is not None
    read_by_counsellor(case)
    with transaction():
        act(case, now=LATER)  # type: ignore[operator]
    assert case.state is CaseState.CLOSED


def pass_on_to_counsellor(student: Account, colleague: Staff, body: str) -> Case:
    """A colleague accepts a further text of the student, and the counsellor is given it."""
    further = escalate_post(write_post(student, body, title="Home"))
    with transaction():
        return accept_escalation(further, actor=colleague, now=NOON).case


@pytest.mark.usefixtures("case")
@pytest.mark.parametrize("act", [end_by_student, destroy_by_student])
def test_a_text_of_danger_that_was_passed_on_is_read_first(
    student: Account, maya: Staff, oren: Staff, act: object
) -> None:
    open_to_read(case_ids_of(student)[0], reader=maya, now=NOON)
    case = pass_on_to_counsellor(student, oren, DANGER)
    with pytest.raises(ReadFirst), transaction():
        act(case, now=LATER)  # type: ignore[operator]
    assert len(queries.unsettled_obligations(case.id)) == 1
    open_to_read(case.id, reader=maya, now=NOON, shows=Shows.TEXTS)  # within the same quarter of an hour
    with transaction():
        act(case, now=LATER)  # type: ignore[operator]
    assert case.state is CaseState.CLOSED


@pytest.mark.usefixtures("case")
def test_a_calm_text_that_was_passed_on_holds_nobody_up(student: Account, oren: Staff) -> None:
    case = pass_on_to_counsellor(student, oren, "I miss home.")
    with transaction():
        end_by_student(case, now=LATER)
    assert case.state is CaseState.CLOSED


@pytest.mark.parametrize("act", [end_by_student, destroy_by_student])
def test_who_said_at_the_beginning_that_they_are_not_safe_is_read_first(case: Case, act: object) -> None:
    with transaction():
        save_answers(case, Answers(safe_today="no"), now=NOON)
    with pytest.raises(ReadFirst), transaction():
        act(case, now=LATER)  # type: ignore[operator]
    with transaction():
        mark_read(case.id, now=LATER)
    with transaction():
        act(case, now=LATER)  # type: ignore[operator]
    assert case.state is CaseState.CLOSED


def test_a_calm_letter_in_an_urgent_case_may_be_taken_back(student: Account, maya: Staff) -> None:
    case = make_case(student, maya, Band.RED)
    number = hear(case)
    withdraw(case, number)
    assert not queries.has_unread(case.id, AuthorKind.STUDENT)


def test_an_urgent_request_that_nobody_took_is_read_first(student: Account) -> None:
    case = make_case(student, None, Band.CRISIS)
    with pytest.raises(ReadFirst), transaction():
        destroy_by_student(case, now=LATER)


def test_a_calm_request_that_nobody_took_is_theirs_to_take_back(student: Account) -> None:
    case = make_case(student, None, Band.GREEN)
    with transaction():
        end_by_student(case, now=LATER)
    with pytest.raises(CaseMovedOn), transaction():
        move_case(case, CaseAct.ASSIGN, actor="system", now=LATER)


@pytest.mark.parametrize("act", [end_by_student, destroy_by_student])
def test_what_was_escalated_is_resolved_with_it(escalation: Escalation, maya: Staff, act: object) -> None:
    with transaction():
        case = accept_escalation(escalation, actor=maya, now=NOON).case
    with transaction():
        act(case, now=LATER)  # type: ignore[operator]
    assert escalation.state is EscalationState.RESOLVED


def test_nothing_is_promised_any_more_where_nobody_can_read(case: Case, maya: Staff) -> None:
    hear(case)
    with transaction():
        close_case(case, summary="Sleeps again.", actor=maya, now=NOON)
    assert len(queries.unsettled_obligations(case.id)) == 1
    with transaction():
        destroy_by_student(case, now=LATER)
    assert queries.unsettled_obligations(case.id) == []

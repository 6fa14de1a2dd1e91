"""A year after closing the words of a case are gone for good; that there was a case stays."""

from datetime import datetime, timedelta

import pytest
from flask import Flask

from accounts.models import Account, Staff
from core.db import db, transaction
from core.models import OutboxRow
from core.queries import latest_audit_event
from counselling import queries
from counselling.access import case_ids_of
from counselling.cases import close_case
from counselling.encounters import record_encounter
from counselling.messages import hear_student, write_letter
from counselling.models import AuthorKind, Case, CaseOutcome, CaseState, Outcome
from counselling.reaching.codes import give_return_code, take_back_return_code
from counselling.retention import WARNED_BEFORE, destroy_old_cases, warn_of_destruction
from tests.counselling.people import NOON
from tests.counselling.talking import Talk

A_YEAR_LATER = NOON + timedelta(days=365)


@pytest.fixture
def closed(case: Case, maya: Staff) -> Case:
    """A closed case with letters on both sides, all of them read."""
    with transaction():
        write_letter(case, "How are you?", author=maya, now=NOON)
        hear_student(case, "Better.", now=NOON)
        queries.mark_read(case.id, AuthorKind.STUDENT, NOON)
        queries.mark_read(case.id, AuthorKind.PROFESSIONAL, NOON)
        record_encounter(case, marks={}, agreed="A walk.", outcome=Outcome.RESOLVED, actor=maya, now=NOON)
        close_case(case, summary="Sleeps again.", actor=maya, now=NOON)
    return case


def run(now: datetime) -> int:
    warn_of_destruction(now - timedelta(days=30))
    count = destroy_old_cases(now)
    db.session.expire_all()
    return count


def test_the_content_goes_after_a_year(closed: Case) -> None:
    assert run(A_YEAR_LATER + timedelta(minutes=1)) == 1
    assert closed.wrapped_key is None
    assert not any((closed.pseudonym, closed.student_ref, closed.links, closed.summary))
    assert [one.sealed for one in queries.messages(closed.id)] == [b"", b""]
    assert [one.agreed for one in queries.encounters(closed.id)] == [None]


def test_the_content_stays_for_a_year(closed: Case) -> None:
    assert run(A_YEAR_LATER - timedelta(minutes=1)) == 0
    assert closed.wrapped_key is not None


def test_counts_and_audit_stay(closed: Case) -> None:
    run(A_YEAR_LATER + timedelta(minutes=1))
    assert (closed.outcome, closed.message_count) == (CaseOutcome.RESOLVED, 2)
    assert latest_audit_event(kind="case_destroyed", actor="system", target=f"case:{closed.id}") is not None


def test_the_student_s_list_forgets_the_case(closed: Case, student: Account) -> None:
    run(A_YEAR_LATER + timedelta(minutes=1))
    assert case_ids_of(student) == []
    assert closed.destroyed_at is not None


@pytest.mark.parametrize("side", [AuthorKind.STUDENT, AuthorKind.PROFESSIONAL])
def test_an_unread_message_stops_the_clock(closed: Case, side: AuthorKind) -> None:
    with transaction():
        next(one for one in queries.messages(closed.id) if one.author_kind is side).read_at = None
    assert run(A_YEAR_LATER + timedelta(minutes=1)) == 0


def leave_unread(case: Case, student: Account) -> None:
    """The account of a student is gone, who has not read the last letter."""
    for message in queries.messages(case.id):
        if message.author_kind is AuthorKind.PROFESSIONAL:
            message.read_at = None
    db.session.delete(student)


def test_a_letter_to_a_student_who_is_gone_does_not_stop_the_clock(closed: Case, student: Account) -> None:
    with transaction():
        leave_unread(closed, student)
    assert run(A_YEAR_LATER + timedelta(minutes=1)) == 1


def test_a_letter_to_who_has_the_code_stops_the_clock_as_long_as_there_is_one(
    closed: Case, student: Account
) -> None:
    with transaction():
        give_return_code(closed, now=NOON)
        leave_unread(closed, student)
    assert run(A_YEAR_LATER + timedelta(minutes=1)) == 0
    with transaction():
        take_back_return_code(closed, now=A_YEAR_LATER)
    assert run(A_YEAR_LATER + timedelta(minutes=1)) == 1


def test_who_has_the_code_and_has_read_all_holds_nothing_up(closed: Case, student: Account) -> None:
    with transaction():
        give_return_code(closed, now=NOON)
        db.session.delete(student)
    assert run(A_YEAR_LATER + timedelta(minutes=1)) == 1


def test_a_case_that_was_opened_again_stays(closed: Case) -> None:
    with transaction():
        hear_student(closed, "One more thing.", now=NOON + timedelta(days=300))
    assert run(A_YEAR_LATER + timedelta(days=400)) == 0


def test_nothing_goes_of_which_nobody_was_told(closed: Case) -> None:
    assert destroy_old_cases(A_YEAR_LATER + timedelta(minutes=1)) == 0
    assert closed.wrapped_key is not None


def test_a_warning_that_came_late_moves_the_end(closed: Case) -> None:
    told_at = A_YEAR_LATER + timedelta(days=100)
    assert warn_of_destruction(told_at) == 1
    assert destroy_old_cases(told_at + WARNED_BEFORE - timedelta(minutes=1)) == 0
    assert closed.wrapped_key is not None
    assert destroy_old_cases(told_at + WARNED_BEFORE) == 1


def test_the_student_is_told_once(closed: Case) -> None:
    soon = A_YEAR_LATER - WARNED_BEFORE
    assert (warn_of_destruction(soon - timedelta(minutes=1)), warn_of_destruction(soon)) == (0, 1)
    assert warn_of_destruction(soon + timedelta(days=1)) == 0
    rows = [row.payload["notice"] for row in db.session.query(OutboxRow).filter_by(kind="case_notice")]
    assert rows.count("case_goes_soon") == 1
    assert closed.warned_at == soon


def test_a_letter_after_the_warning_keeps_the_words(closed: Case, maya: Staff) -> None:
    warn_of_destruction(A_YEAR_LATER)
    with transaction():
        hear_student(closed, "Please keep it.", now=A_YEAR_LATER)
        queries.mark_read(closed.id, AuthorKind.STUDENT, A_YEAR_LATER)
        close_case(closed, summary="She asked to keep it.", actor=maya, now=A_YEAR_LATER)
    assert closed.warned_at is None
    assert run(A_YEAR_LATER + timedelta(days=40)) == 0


def test_the_owner_sees_on_the_worklist_which_words_go_soon(talk: Talk, app: Flask) -> None:
    with app.app_context(), transaction():
        case = queries.case(talk.case_id, locked=True)
        assert case is not None
        case.state, case.closed_at = CaseState.CLOSED, NOON
    assert f"{talk.case_id}/closing" not in talk.maya.get("/counselling/").text
    with app.app_context():
        warn_of_destruction(A_YEAR_LATER - WARNED_BEFORE)
    assert f"{talk.case_id}/closing" in talk.maya.get("/counselling/").text

"""Every reading of a case is in the audit log before there is a page, once for each person, case and 15
minutes.
"""

from datetime import timedelta

import pytest

from accounts.models import Account, Staff
from core.db import db, transaction
from core.models import AuditEvent
from core.refusals import Missing
from counselling import queries
from counselling.conversants import conversant_of
from counselling.handing import purposes
from counselling.messages import hear_student, write_letter
from counselling.models import AuthorKind, Case, CaseState, ObligationState
from counselling.reading import open_conversation, open_escalation, open_to_read
from counselling.showing import view_case
from counselling.taking import accept_escalation
from counselling.unread import Shows
from moderation.models import Escalation
from tests.counselling.people import NOON


def readings() -> list[tuple[str, str, dict[str, str]]]:
    events = db.session.query(AuditEvent).filter_by(kind="case_read").order_by(AuditEvent.sequence)
    return [(event.actor, event.target, event.detail) for event in events]


def escalations_read() -> list[tuple[str, str, dict[str, str]]]:
    events = db.session.query(AuditEvent).filter_by(kind="escalation_read").order_by(AuditEvent.sequence)
    return [(event.actor, event.target, event.detail) for event in events]


def read_escalation(escalation: Escalation, reader: Staff, *, minutes: int = 0) -> Escalation:
    return open_escalation(escalation.id, reader=reader, now=NOON + timedelta(minutes=minutes))


def read(case: Case, reader: Staff, *, minutes: int = 0) -> Case:
    now = NOON + timedelta(minutes=minutes)
    return open_to_read(case.id, reader=reader, now=now, shows=Shows.CONVERSATION)


def test_opening_a_case_is_in_the_audit_log(case: Case, maya: Staff) -> None:
    read(case, maya)
    assert readings() == [(maya.actor, f"case:{case.id}", {"purpose": "own case"})]


def test_reading_on_within_a_quarter_of_an_hour_is_one_event(case: Case, maya: Staff) -> None:
    for minutes in (0, 5, 14):
        read(case, maya, minutes=minutes)
    assert len(readings()) == 1


def test_reading_after_a_quarter_of_an_hour_is_another_event(case: Case, maya: Staff) -> None:
    for minutes in (0, 15):
        read(case, maya, minutes=minutes)
    assert len(readings()) == 2


def test_what_may_not_be_read_leaves_no_event(case: Case, oren: Staff) -> None:
    with pytest.raises(Missing):
        read(case, oren)
    assert readings() == []


def test_there_is_no_page_when_the_log_cannot_be_written(
    case: Case, maya: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_args: object, **_kwargs: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(purposes, "record_event", full_disk)
    with pytest.raises(OSError, match="no space"):
        read(case, maya)


def test_the_event_is_committed_before_the_page_is_made(case: Case, maya: Staff) -> None:
    opened = read(case, maya)
    db.session.rollback()  # what an error while rendering does
    assert len(readings()) == 1
    assert view_case(opened).pseudonym == "Quiet Heron"


def test_reading_moves_nothing_but_the_read_marks(case: Case, maya: Staff) -> None:
    with transaction():
        hear_student(case, "I am here.", now=NOON)
    read(case, maya)
    assert case.state is CaseState.ASSIGNED
    assert [one.state for one in queries.obligations(case.id)] == [ObligationState.OPEN]
    assert not queries.has_unread(case.id, AuthorKind.STUDENT)


def test_a_letter_that_came_a_minute_ago_is_marked_as_read_too(case: Case, maya: Staff) -> None:
    read(case, maya)
    with transaction():
        hear_student(case, "I am here.", now=NOON)
    read(case, maya, minutes=1)
    assert not queries.has_unread(case.id, AuthorKind.STUDENT)
    assert len(readings()) == 1


def test_a_student_who_reads_leaves_no_trace_but_the_read_mark(
    case: Case, maya: Staff, student: Account
) -> None:
    with transaction():
        write_letter(case, "How are you?", author=maya, now=NOON)
    before = db.session.query(AuditEvent).count()
    open_conversation(case.id, conversant=conversant_of(student), now=NOON, shows=Shows.CONVERSATION)
    assert not queries.has_unread(case.id, AuthorKind.PROFESSIONAL)
    assert db.session.query(AuditEvent).count() == before


def test_opening_an_escalation_that_waits_is_in_the_audit_log(escalation: Escalation, maya: Staff) -> None:
    read_escalation(escalation, maya)
    target = f"escalation:{escalation.id}"
    assert escalations_read() == [(maya.actor, target, {"purpose": "take or decline"})]


def test_an_escalation_is_one_event_for_each_person_and_quarter_of_an_hour(
    escalation: Escalation, maya: Staff, oren: Staff
) -> None:
    for minutes in (0, 14, 15):
        read_escalation(escalation, maya, minutes=minutes)
    read_escalation(escalation, oren)
    assert [actor for actor, *_more in escalations_read()] == [maya.actor, maya.actor, oren.actor]


def test_there_is_no_escalation_to_see_when_the_log_cannot_be_written(
    escalation: Escalation, maya: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_args: object, **_kwargs: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(purposes, "record_event", full_disk)
    with pytest.raises(OSError, match="no space"):
        read_escalation(escalation, maya)


def test_the_reading_of_an_escalation_is_committed_before_the_page_is_made(
    escalation: Escalation, maya: Staff
) -> None:
    read_escalation(escalation, maya)
    db.session.rollback()  # what an error while rendering does
    assert len(escalations_read()) == 1


def test_an_escalation_that_was_taken_is_not_read_any_more(
    escalation: Escalation, maya: Staff, oren: Staff
) -> None:
    with transaction():
        accept_escalation(escalation, actor=maya, now=NOON)
    with pytest.raises(Missing):
        read_escalation(escalation, oren)
    assert escalations_read() == []

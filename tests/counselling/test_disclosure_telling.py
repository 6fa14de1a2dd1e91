"""The student is told that their contact details were opened: at the next visit, or at most two weeks
later.
"""

from datetime import timedelta

import pytest
from flask import Flask

from accounts.mailbox import notices
from accounts.models import Account, Staff
from accounts.permissions import Role
from core import outbox
from core.db import db, transaction
from core.models import AuditEvent
from core.queries import latest_audit_event
from counselling import queries as case_queries
from counselling.disclosure.models import DisclosureWay
from counselling.disclosure.opening import MOST_DAYS, Asking
from counselling.disclosure.telling import has_untold, note_told, openings_to_show, told_openings
from counselling.exporting import export_case
from counselling.models import Case
from counselling.retention import destroy_content
from tests.counselling.opening import ASKING, agree, ask, claim, disclosure, give_words, leave
from tests.counselling.people import NOON, add_staff_row

DAY = timedelta(days=1)
LATER = Asking(reason="A reason.", telling="We were worried.", days=10, days_reason="Somebody reads along.")


@pytest.fixture
def carla(inside: Flask) -> Staff:  # noqa: ARG001
    """A coordinator."""
    return add_staff_row(Role.COORDINATOR, "carla")


@pytest.fixture
def words(maya: Staff, carla: Staff) -> dict[str, str]:
    """The words of a professional and of a coordinator."""
    return {"maya": give_words(maya), "carla": give_words(carla)}


def opened(case: Case, maya: Staff, carla: Staff, words: dict[str, str], asking: Asking = ASKING) -> str:
    leave(case)
    asked = ask(case, maya, asking)
    agree(asked, carla, words["carla"])
    return claim(asked, maya, words["maya"]).disclosure_id


def kinds(student: Account, *, after: timedelta) -> list[str]:
    """What the mailbox of a student holds so long after noon."""
    while outbox.drain(now=NOON + after):
        pass
    db.session.rollback()
    return [one["kind"] for one in notices(student)]


def test_at_the_next_visit_a_notice_is_there(
    case: Case, student: Account, maya: Staff, carla: Staff, words: dict[str, str]
) -> None:
    opened(case, maya, carla, words)
    assert kinds(student, after=timedelta(0)) == ["counselling.contact_opened"]


def test_it_says_when_by_whom_and_in_the_words_that_were_written_for_it(
    case: Case, maya: Staff, carla: Staff, words: dict[str, str]
) -> None:
    opened(case, maya, carla, words)
    (told,) = told_openings(case, now=NOON)
    assert (told.way, told.opened_at, told.words) == (DisclosureWay.TWO, NOON, ASKING.telling)


def test_a_deferral_holds_until_its_day_and_is_a_line_of_its_own_in_the_log(
    case: Case, student: Account, maya: Staff, carla: Staff, words: dict[str, str]
) -> None:
    target = f"disclosure:{opened(case, maya, carla, words, LATER)}"
    assert kinds(student, after=10 * DAY - timedelta(seconds=1)) == []
    assert not told_openings(case, now=NOON + 10 * DAY - timedelta(seconds=1))
    assert kinds(student, after=10 * DAY) == ["counselling.contact_opened"]
    assert len(told_openings(case, now=NOON + 10 * DAY)) == 1
    event = latest_audit_event(kind="contact_telling_deferred", actor=maya.actor, target=target)
    assert event is not None
    assert event.detail == {"days": 10}


def test_nobody_is_told_later_than_two_weeks(
    case: Case, maya: Staff, carla: Staff, words: dict[str, str]
) -> None:
    longer = Asking(reason="A reason.", telling="We were worried.", days=15, days_reason="Why not.")
    assert disclosure(opened(case, maya, carla, words, longer)).tell_at == NOON + MOST_DAYS * DAY


def test_without_a_deferral_there_is_no_such_line(
    case: Case, maya: Staff, carla: Staff, words: dict[str, str]
) -> None:
    opened(case, maya, carla, words)
    assert db.session.query(AuditEvent).filter_by(kind="contact_telling_deferred").count() == 0


def test_what_was_asked_for_and_never_opened_is_told_to_nobody(
    case: Case, student: Account, maya: Staff, words: dict[str, str]
) -> None:
    assert words
    leave(case)
    ask(case, maya)
    assert kinds(student, after=20 * DAY) == []
    assert not told_openings(case, now=NOON + 20 * DAY)


def test_it_is_noted_once_that_the_student_saw_it(
    case: Case, maya: Staff, carla: Staff, words: dict[str, str]
) -> None:
    asked = opened(case, maya, carla, words)
    assert has_untold(case, now=NOON)
    with transaction():
        note_told(case, now=NOON + DAY)
    assert not has_untold(case, now=NOON + DAY)
    assert disclosure(asked).told_at == NOON + DAY


@pytest.mark.parametrize("with_code", [False, True])
def test_the_conversation_does_not_tell_of_it_before_its_day(
    case: Case, maya: Staff, carla: Staff, words: dict[str, str], with_code: bool
) -> None:
    opened(case, maya, carla, words, LATER)
    almost = NOON + 10 * DAY - timedelta(seconds=1)
    assert not openings_to_show(case, with_code=with_code, now=almost)
    assert len(openings_to_show(case, with_code=with_code, now=NOON + 10 * DAY)) == 1


def test_the_conversation_tells_of_it_until_it_was_seen_and_with_the_code_a_day_more(
    case: Case, maya: Staff, carla: Staff, words: dict[str, str]
) -> None:
    opened(case, maya, carla, words)
    with transaction():
        note_told(case, now=NOON)
    assert not openings_to_show(case, with_code=False, now=NOON)
    assert openings_to_show(case, with_code=True, now=NOON + DAY - timedelta(seconds=1))
    assert not openings_to_show(case, with_code=True, now=NOON + DAY)


def test_what_the_student_was_told_goes_along_in_the_file_and_not_before(
    case: Case, maya: Staff, carla: Staff, words: dict[str, str]
) -> None:
    opened(case, maya, carla, words)
    assert export_case(case)["openings_of_sealed_contact"] == []
    with transaction():
        note_told(case, now=NOON)
    (told,) = export_case(case)["openings_of_sealed_contact"]
    assert told == {"way": "two", "opened_at": NOON.isoformat(), "words": ASKING.telling}


def test_whoever_has_their_case_destroyed_before_the_day_is_told_then(
    case: Case, student: Account, maya: Staff, carla: Staff, words: dict[str, str]
) -> None:
    opened(case, maya, carla, words, LATER)
    with transaction():
        locked = case_queries.case(case.id, locked=True)
        assert locked is not None
        destroy_content(locked, now=NOON + DAY)
    assert kinds(student, after=20 * DAY) == ["counselling.contact_opened"]

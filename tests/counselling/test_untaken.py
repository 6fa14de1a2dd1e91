"""What nobody here may take is told to the coordinators at once and again, and never waits silently."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask

from accounts.models import Staff
from accounts.permissions import Role
from core.db import db, transaction
from core.models import OutboxRow
from counselling.handing import queries as handing_queries
from counselling.handing.conflicts import recuse_from_case, recuse_from_escalation
from counselling.handing.handovers import lapse_offers, offer_case, refuse_handover
from counselling.handing.untaken import tell_of_what_nobody_may_take, untaken_alarms
from counselling.models import Case
from counselling.professionals.models import ProfessionalProfile
from counselling.taking import accept_escalation
from moderation.bands import Band
from moderation.models import Escalation
from moderation.pages import page_sentence
from moderation.team.models import TaskKind, TeamTask
from tests.conftest import MakeApp
from tests.counselling.people import NOON, add_staff_row, add_student, escalate_post, make_case, write_post

MINUTE = timedelta(minutes=1)


@pytest.fixture
def inside(make_app: MakeApp) -> Iterator[Flask]:
    """Inside an application that can page somebody."""
    app = make_app(STOA_PAGE_WEBHOOK_URL="http://127.0.0.1:9/", STOA_PAGE_WEBHOOK_SECRET="of sixteen letters")
    with app.test_request_context():
        yield app


@pytest.fixture
def cara(inside: Flask) -> Staff:  # noqa: ARG001
    """A coordinator."""
    return add_staff_row(Role.COORDINATOR, "cara")


@pytest.fixture
def urgent(inside: Flask) -> Escalation:  # noqa: ARG001
    """A text of crisis that waits for a professional."""
    return escalate_post(write_post(add_student()), band=Band.CRISIS)


def knows(escalation: Escalation, *people: Staff) -> None:
    """They say that they know its author."""
    for person in people:
        with transaction():
            recuse_from_escalation(escalation, actor=person, now=NOON)


def leaves(case: Case, *people: Staff) -> None:
    """The owner, then those to whom the case is offered, say that they know its student."""
    for person in people:
        with transaction():
            if case.owner_id not in {None, person.id}:
                owner = case.owner
                assert owner is not None
                offer_case(case, colleague=person, note="Please.", actor=owner, now=NOON)
            recuse_from_case(case.id, actor=person, now=NOON)


def pages() -> list[str]:
    """What the pages about it are about."""
    rows = db.session.query(OutboxRow).filter_by(kind="page")
    return [row.payload["target"] for row in rows if row.payload["kind"] == "nobody"]


def asked_of(person: Staff) -> list[TeamTask]:
    tasks = handing_queries.open_tasks_of(TaskKind.NO_COUNSELLOR)
    return [task for task in tasks if task.for_staff == person.id]


def test_a_text_whose_author_everybody_knows_is_told_to_the_coordinators_at_once(
    urgent: Escalation, maya: Staff, oren: Staff, cara: Staff
) -> None:
    knows(urgent, maya, oren)
    tell_of_what_nobody_may_take(NOON + MINUTE)
    assert pages() == [urgent.id]
    assert len(asked_of(cara)) == len(untaken_alarms(cara)) == 1


def test_the_page_says_so_and_what_to_do(inside: Flask) -> None:
    assert inside
    sentence = page_sentence("nobody", Band.CRISIS, NOON)
    assert sentence.startswith(
        "no counsellor here may take a student who waits: a coordinator adds a colleague"
    )
    assert "outside line, crisis, due 12:00" in sentence


def test_as_long_as_one_may_take_it_nobody_is_told(
    urgent: Escalation, maya: Staff, oren: Staff, cara: Staff
) -> None:
    assert oren
    knows(urgent, maya)
    tell_of_what_nobody_may_take(NOON + MINUTE)
    assert (pages(), asked_of(cara), untaken_alarms(cara)) == ([], [], [])


def test_it_is_told_once_for_each_time_that_the_clock_has_run_out(
    urgent: Escalation, maya: Staff, cara: Staff
) -> None:
    knows(urgent, maya)
    for minutes in (1, 2, 15):
        tell_of_what_nobody_may_take(NOON + minutes * MINUTE)
    assert (len(pages()), len(asked_of(cara))) == (1, 1)
    tell_of_what_nobody_may_take(NOON + 17 * MINUTE)
    assert (len(pages()), len(asked_of(cara))) == (2, 1)


def test_a_colleague_who_comes_ends_it(urgent: Escalation, maya: Staff, cara: Staff) -> None:
    knows(urgent, maya)
    tell_of_what_nobody_may_take(NOON + MINUTE)
    kim = add_staff_row(Role.PROFESSIONAL, "kim")
    tell_of_what_nobody_may_take(NOON + 2 * MINUTE)
    assert (asked_of(cara), untaken_alarms(cara)) == ([], [])
    with transaction():
        assert accept_escalation(urgent, actor=kim, now=NOON + 3 * MINUTE).is_mine


def test_a_licence_that_has_ended_takes_nothing(urgent: Escalation, maya: Staff, cara: Staff) -> None:
    with transaction():
        profile = ProfessionalProfile(
            staff_id=maya.id,
            fields=[],
            languages=[],
            licence_expires_on=date(2026, 3, 3),
            changed_by="",
            changed_at=NOON,
        )
        db.session.add(profile)
    tell_of_what_nobody_may_take(NOON + MINUTE)
    assert (pages(), len(asked_of(cara))) == ([urgent.id], 1)


def test_a_case_whose_student_everybody_knows_is_told(maya: Staff, oren: Staff, cara: Staff) -> None:
    case = make_case(add_student(), maya)
    leaves(case, oren, maya)
    tell_of_what_nobody_may_take(NOON + MINUTE)
    assert (pages(), len(asked_of(cara))) == ([case.id], 1)


def test_a_case_whose_handover_everybody_refused_or_ignored_is_told(
    maya: Staff, oren: Staff, cara: Staff
) -> None:
    # Given two colleagues, of whom one refuses
    kim, case = add_staff_row(Role.PROFESSIONAL, "kim"), make_case(add_student(), maya)
    with transaction():
        offer = offer_case(case, colleague=oren, note="Please.", actor=maya, now=NOON)
    with transaction():
        refuse_handover(offer, case, reason="", actor=oren, now=NOON)
    tell_of_what_nobody_may_take(NOON + MINUTE)
    assert pages() == []
    # When the other leaves the next offer lying
    with transaction():
        for_lead = handing_queries.open_handover(case.id)
        assert for_lead is not None
        db.session.delete(for_lead)
    with transaction():
        second = offer_case(case, colleague=kim, note="Please.", actor=maya, now=NOON)
    lapse_offers(second.due_at)
    tell_of_what_nobody_may_take(second.due_at)
    # Then the coordinators are told, and Maya still has the case
    assert (pages(), len(asked_of(cara)), case.owner_id) == ([case.id], 1, maya.id)


def test_the_task_names_nobody_and_is_no_business_of_others(
    urgent: Escalation, maya: Staff, cara: Staff
) -> None:
    knows(urgent, maya)
    tell_of_what_nobody_may_take(NOON + MINUTE)
    (task,) = asked_of(cara)
    assert (task.item_id, task.about_staff, task.note) == (None, None, f"escalation:{urgent.id}")
    assert untaken_alarms(maya) == []

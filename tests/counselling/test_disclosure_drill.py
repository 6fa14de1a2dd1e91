"""A drill: both ways with made-up details, in no case, and with its result in the log."""

from datetime import timedelta

import pytest
from flask import Flask

from accounts.models import Staff
from accounts.permissions import Role
from core.db import db, transaction
from core.models import AuditEvent, OutboxRow
from counselling.disclosure.drills import MADE_UP, OLD_AFTER, ask_for_drill, practise_alone, view_drills
from counselling.disclosure.models import DisclosureWay
from counselling.disclosure.opening import OPEN_WITHIN, reveal
from counselling.disclosure.refused import NotForOne, SecondRole, StaleApproval
from counselling.disclosure.reviewing import chase_reviews
from counselling.disclosure.rings import NotOffered
from counselling.disclosure.states import NotApproved
from counselling.disclosure.words import unlock
from tests.counselling.opening import agree, claim, disclosure, give_words
from tests.counselling.people import NOON, add_staff_row

A_SECOND = timedelta(seconds=1)


@pytest.fixture
def carla(inside: Flask) -> Staff:  # noqa: ARG001
    """A coordinator."""
    return add_staff_row(Role.COORDINATOR, "carla")


@pytest.fixture
def words(maya: Staff, carla: Staff) -> dict[str, str]:
    """The words of a professional and of a coordinator."""
    return {"maya": give_words(maya), "carla": give_words(carla)}


def practise(asker: Staff) -> str:
    with transaction():
        return ask_for_drill(asker=asker, now=NOON).id


def test_two_practise_and_see_what_is_made_up(maya: Staff, carla: Staff, words: dict[str, str]) -> None:
    asked = practise(maya)
    agree(asked, carla, words["carla"])
    assert reveal(claim(asked, maya, words["maya"])) == MADE_UP


def test_a_professional_practises_alone(maya: Staff, words: dict[str, str]) -> None:
    unlocked = unlock(maya, words["maya"])
    with transaction():
        claimed = practise_alone(unlocked, opener=maya, now=NOON)
    assert claimed.is_drill
    assert reveal(claimed) == MADE_UP


def test_a_coordinator_does_not_practise_what_only_the_person_on_call_does(
    carla: Staff, words: dict[str, str]
) -> None:
    unlocked = unlock(carla, words["carla"])
    with pytest.raises(NotForOne), transaction():
        practise_alone(unlocked, opener=carla, now=NOON)


def test_the_refusals_hold_in_a_drill_as_well(maya: Staff, carla: Staff, words: dict[str, str]) -> None:
    asked = practise(maya)
    with pytest.raises(NotApproved):
        claim(asked, maya, words["maya"])
    agree(asked, carla, words["carla"])
    with pytest.raises(StaleApproval):
        claim(asked, maya, words["maya"], now=NOON + OPEN_WITHIN + A_SECOND)


@pytest.mark.usefixtures("words")
def test_a_coordinator_is_asked_and_does_not_ask(carla: Staff) -> None:
    with pytest.raises(SecondRole):
        practise(carla)


def test_without_a_key_in_each_role_there_is_no_practice(maya: Staff) -> None:
    give_words(maya)
    with pytest.raises(NotOffered):
        practise(maya)


def test_the_log_says_that_it_was_practice(maya: Staff, carla: Staff, words: dict[str, str]) -> None:
    asked = practise(maya)
    agree(asked, carla, words["carla"])
    claim(asked, maya, words["maya"])
    lines = [one for one in db.session.query(AuditEvent).all() if one.target == f"disclosure:{asked}"]
    assert [(one.kind, one.detail["drill"]) for one in lines] == [
        ("contact_opening_asked", True),
        ("contact_opening_approved", True),
        ("contact_opened", True),
    ]


def test_of_a_drill_no_student_is_told_and_a_late_review_pages_nobody(
    maya: Staff, words: dict[str, str]
) -> None:
    unlocked = unlock(maya, words["maya"])
    with transaction():
        practise_alone(unlocked, opener=maya, now=NOON)
    chase_reviews(NOON + timedelta(days=9))
    assert db.session.query(OutboxRow).filter_by(kind="case_notice").count() == 0
    assert db.session.query(AuditEvent).filter_by(kind="overdue").count() == 0


def test_the_box_of_a_drill_is_gone_with_it(maya: Staff, words: dict[str, str]) -> None:
    unlocked = unlock(maya, words["maya"])
    with transaction():
        claimed = practise_alone(unlocked, opener=maya, now=NOON)
    assert disclosure(claimed.disclosure_id).box is None


def test_it_shows_when_each_way_was_last_practised(maya: Staff, words: dict[str, str]) -> None:
    assert [one.is_old for one in view_drills(now=NOON)] == [True, True]
    unlocked = unlock(maya, words["maya"])
    with transaction():
        practise_alone(unlocked, opener=maya, now=NOON)
    found = {one.way: one for one in view_drills(now=NOON + OLD_AFTER)}
    assert (found[DisclosureWay.ALONE].last_at, found[DisclosureWay.ALONE].is_old) == (NOON, False)
    later = {one.way: one.is_old for one in view_drills(now=NOON + OLD_AFTER + A_SECOND)}
    assert later[DisclosureWay.ALONE]

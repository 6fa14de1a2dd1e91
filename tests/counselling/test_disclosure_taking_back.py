"""Whoever asked for an opening takes it back, as long as nobody has answered."""

import threading
from datetime import timedelta

import pytest
from flask import Flask
from flask_babel import force_locale

from accounts import queries as account_queries
from accounts.models import Staff
from accounts.permissions import Role
from core.db import db, transaction
from core.queries import latest_audit_event
from core.refusals import Missing
from counselling.disclosure import opening
from counselling.disclosure.access import disclosure_to_work_on
from counselling.disclosure.drills import ask_for_drill
from counselling.disclosure.models import DisclosureState
from counselling.disclosure.opening import ASKED_FOR, take_back
from counselling.disclosure.reviewing import lapse_stale, opening_alarms
from counselling.disclosure.showing import view_openings
from counselling.disclosure.states import OpeningMovedOn
from counselling.disclosure.words import unlock
from counselling.models import Case
from tests.counselling.opening import agree, ask, claim, disclosure, give_words, leave
from tests.counselling.people import NOON, add_staff_row, add_student, make_case

A_SECOND = timedelta(seconds=1)


@pytest.fixture
def carla(inside: Flask) -> Staff:  # noqa: ARG001
    """A coordinator."""
    return add_staff_row(Role.COORDINATOR, "carla")


@pytest.fixture
def words(maya: Staff, carla: Staff) -> dict[str, str]:
    """The words of a professional and of a coordinator."""
    return {"maya": give_words(maya), "carla": give_words(carla)}


@pytest.fixture
def left(case: Case, words: dict[str, str]) -> Case:  # noqa: ARG001 (without words nothing is left)
    """Maya's case, whose student left contact details."""
    leave(case)
    return case


@pytest.fixture
def agreed(left: Case, maya: Staff, carla: Staff, words: dict[str, str]) -> str:
    """Maya has asked at noon, and Carla has agreed."""
    asked = ask(left, maya)
    agree(asked, carla, words["carla"])
    return asked


def give_up(asked: str, asker: Staff) -> None:
    with transaction():
        take_back(disclosure_to_work_on(asked, person=asker)[0], asker=asker, now=NOON)


def test_whoever_asked_takes_it_back_and_that_is_in_the_log(left: Case, maya: Staff) -> None:
    asked = ask(left, maya)
    give_up(asked, maya)
    assert disclosure(asked).state is DisclosureState.TAKEN_BACK
    kind, target = "contact_opening_taken_back", f"disclosure:{asked}"
    assert latest_audit_event(kind=kind, actor=maya.actor, target=target) is not None


def test_what_was_taken_back_waits_for_nobody(left: Case, maya: Staff, carla: Staff) -> None:
    asked = ask(left, maya)
    with force_locale("en"):
        assert opening_alarms(carla, now=NOON)
    give_up(asked, maya)
    assert opening_alarms(carla, now=NOON) == []
    assert not view_openings(carla, now=NOON).to_approve
    assert not view_openings(maya, now=NOON).mine


def test_nobody_agrees_to_what_was_taken_back(
    left: Case, maya: Staff, carla: Staff, words: dict[str, str]
) -> None:
    asked = ask(left, maya)
    give_up(asked, maya)
    with pytest.raises(OpeningMovedOn):
        agree(asked, carla, words["carla"])
    assert disclosure(asked).share is None


def test_a_coordinator_does_not_take_it_back(left: Case, maya: Staff, carla: Staff) -> None:
    asked = ask(left, maya)
    with pytest.raises(Missing):
        give_up(asked, carla)
    assert disclosure(asked).state is DisclosureState.ASKED


def test_what_was_agreed_to_is_not_taken_back(agreed: str, maya: Staff) -> None:
    with pytest.raises(OpeningMovedOn):
        give_up(agreed, maya)
    assert disclosure(agreed).state is DisclosureState.APPROVED


def test_what_was_opened_is_not_taken_back(agreed: str, maya: Staff, words: dict[str, str]) -> None:
    claim(agreed, maya, words["maya"])
    with pytest.raises(OpeningMovedOn):
        give_up(agreed, maya)


def test_what_nobody_answered_in_time_is_not_taken_back(left: Case, maya: Staff) -> None:
    asked = ask(left, maya)
    lapse_stale(NOON + ASKED_FOR + A_SECOND)
    with pytest.raises(OpeningMovedOn):
        give_up(asked, maya)
    assert disclosure(asked).state is DisclosureState.LAPSED


def test_it_is_not_taken_back_twice(left: Case, maya: Staff) -> None:
    asked = ask(left, maya)
    give_up(asked, maya)
    with pytest.raises(OpeningMovedOn):
        give_up(asked, maya)


@pytest.mark.usefixtures("words")
def test_a_drill_is_taken_back_with_its_box(maya: Staff) -> None:
    with transaction():
        asked = ask_for_drill(asker=maya, now=NOON).id
    give_up(asked, maya)
    assert (disclosure(asked).state, disclosure(asked).box) == (DisclosureState.TAKEN_BACK, None)


def test_one_takes_it_back_and_one_agrees_and_one_of_them_is_heard(both_databases: Flask) -> None:
    app = both_databases
    with app.app_context():
        maya, carla = add_staff_row(Role.PROFESSIONAL, "maya"), add_staff_row(Role.COORDINATOR, "carla")
        give_words(maya)
        typed = give_words(carla)
        case = make_case(add_student(), maya)
        leave(case)
        asked = ask(case, maya)
        ids = (maya.id, carla.id)
        db.session.remove()
    heard: list[str] = []
    start = threading.Barrier(2)

    def press(staff_id: str) -> None:
        with app.app_context():
            person = account_queries.staff_member(staff_id)
            assert person is not None
            unlocked = unlock(person, typed) if staff_id == ids[1] else None
            start.wait()
            try:
                with transaction():
                    staff = account_queries.staff_member(staff_id, locked=True)
                    assert staff is not None
                    found, case = disclosure_to_work_on(asked, person=staff)
                    if unlocked is None:
                        take_back(found, asker=staff, now=NOON)
                    else:
                        opening.approve(found, case, unlocked, approver=staff, now=NOON)
                heard.append("done")
            except OpeningMovedOn:
                heard.append("refused")
            db.session.remove()

    threads = [threading.Thread(target=press, args=(one,)) for one in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(heard) == ["done", "refused"]
    with app.app_context():
        found = disclosure(asked)
        assert (found.share is not None) is (found.state is DisclosureState.APPROVED)

"""Two at once: one gets the time, and the other is told so."""

from datetime import timedelta

import pytest
from flask import Flask

from accounts import queries as account_queries
from accounts.permissions import Role
from core.clock import utcnow
from core.db import db, transaction
from counselling import queries
from counselling.appointments import booking
from counselling.appointments.details import appointments_of
from counselling.appointments.models import Appointment, Meeting, Slot
from counselling.appointments.releasing import look_after_appointments
from counselling.appointments.slots import Offer, publish_slots, withdraw_slot
from counselling.cases import assign_case
from counselling.handing.members import join_case
from counselling.models import Case, MemberPart, ObligationKind
from counselling.professionals import queries as professional_queries
from counselling.professionals.away import call_off, set_away
from tests.counselling.people import add_staff_row, add_student, make_case
from tests.counselling.test_handing_races import Act, at_once, member_of_staff


def set_up(app: Flask) -> dict[str, str]:
    """Maya offers two times; two students of hers look at them."""
    with app.app_context():
        ids = {name: add_staff_row(Role.PROFESSIONAL, name).id for name in ("maya", "oren")}
        maya = account_queries.staff_member(ids["maya"])
        assert maya is not None
        for name in ("anna", "ben"):
            ids[name] = make_case(add_student(), maya).id
        with transaction():
            made = publish_slots(offer(hours=24, weeks=2), staff=maya, now=utcnow())
            ids["first"], ids["second"] = (one.id for one in made)
    return ids


def offer(*, hours: float, weeks: int = 1) -> Offer:
    return Offer(utcnow() + timedelta(hours=hours), 50, Meeting.FACE_TO_FACE, "Room 12", weeks)


def locked(ids: dict[str, str], name: str) -> Case:
    case = queries.case(ids[name], locked=True)
    assert case is not None
    return case


def books(name: str, slot: str) -> Act:
    def act(ids: dict[str, str]) -> None:
        booking.book(locked(ids, name), ids[slot], "honey lantern", now=utcnow())

    return act


def takes_back(ids: dict[str, str]) -> None:
    withdraw_slot(ids["first"], staff=member_of_staff(ids, "maya"))


def publishes(ids: dict[str, str]) -> None:
    publish_slots(offer(hours=48), staff=member_of_staff(ids, "maya"), now=utcnow())


def cancels(ids: dict[str, str]) -> None:
    booking.cancel_by_student(locked(ids, "anna"), ids["booked"], now=utcnow())


def gives_words(ids: dict[str, str]) -> None:
    maya = member_of_staff(ids, "maya")
    booking.cancel_by_professional(
        locked(ids, "anna"), ids["booked"], words="Ill.", is_offered_again=True, actor=maya, now=utcnow()
    )


def goes_to_oren(ids: dict[str, str]) -> None:
    assign_case(locked(ids, "anna"), owner=member_of_staff(ids, "oren"), now=utcnow())


def booked_in(app: Flask, ids: dict[str, str]) -> list[str]:
    """The slots that are booked, by the cases that booked them."""
    with app.app_context():
        cases = [queries.case(ids[name]) for name in ("anna", "ben")]
        return [one.about.slot for case in cases if case for one in appointments_of(case) if one.is_booked]


def is_free(app: Flask, slot_id: str) -> bool:
    with app.app_context():
        slot = db.session.get(Slot, slot_id)
        return slot is not None and slot.is_free


def test_two_students_want_one_time_and_one_has_it(both_databases: Flask) -> None:
    ids = set_up(both_databases)
    results = at_once(both_databases, ids, books("anna", "first"), books("ben", "first"))
    assert results == ["SlotGone", "done"]
    assert booked_in(both_databases, ids) == [ids["first"]]
    assert not is_free(both_databases, ids["first"])


def test_one_student_in_two_tabs_has_one_appointment(both_databases: Flask) -> None:
    ids = set_up(both_databases)
    results = at_once(both_databases, ids, books("anna", "first"), books("anna", "second"))
    assert results == ["AlreadyBooked", "done"]
    assert len(booked_in(both_databases, ids)) == 1
    assert is_free(both_databases, ids["first"]) is not is_free(both_databases, ids["second"])


def test_a_time_is_booked_or_taken_back_and_never_both(both_databases: Flask) -> None:
    ids = set_up(both_databases)
    results = at_once(both_databases, ids, books("anna", "first"), takes_back)
    if booked_in(both_databases, ids):
        assert results == ["SlotTaken", "done"]
    else:
        assert results == ["SlotGone", "done"]
        with both_databases.app_context():
            assert db.session.get(Slot, ids["first"]) is None


def test_two_tabs_offer_the_same_hour_once(both_databases: Flask) -> None:
    ids = set_up(both_databases)
    assert at_once(both_databases, ids, publishes, publishes) == ["NotThisTime", "done"]


def test_both_cancel_and_one_of_them_does(both_databases: Flask) -> None:
    ids = set_up(both_databases)
    book_for_anna(both_databases, ids)
    assert at_once(both_databases, ids, cancels, gives_words) == ["AppointmentOver", "done"]
    assert is_free(both_databases, ids["first"])


def test_a_booking_beside_a_handover_leaves_nobody_at_a_door(both_databases: Flask) -> None:
    ids = set_up(both_databases)
    results = at_once(both_databases, ids, books("anna", "first"), goes_to_oren)
    assert results in (["SlotGone", "done"], ["done", "done"])
    assert booked_in(both_databases, ids) == []
    assert is_free(both_databases, ids["first"])


def book_for_anna(app: Flask, ids: dict[str, str]) -> None:
    with app.app_context():
        with transaction():
            books("anna", "first")(ids)
        (row,) = db.session.query(Appointment)
        ids["booked"] = row.id


def goes_away(ids: dict[str, str]) -> None:
    day = (utcnow() + timedelta(hours=24)).date()
    maya = member_of_staff(ids, "maya")
    set_away(maya, first=day, last=day + timedelta(days=1), cover=None, reply="", actor=maya, now=utcnow())


@pytest.mark.parametrize("act", [books("anna", "first"), cancels], ids=["books", "cancels"])
def test_whatever_a_student_does_beside_an_absence_nobody_waits_unknowingly(
    both_databases: Flask, act: Act
) -> None:
    """What is booked is promised to be cancelled, at the latest by the job, and nothing else is."""
    ids = set_up(both_databases)
    if act is cancels:
        book_for_anna(both_databases, ids)
    at_once(both_databases, ids, act, goes_away)
    with both_databases.app_context():
        look_after_appointments(utcnow())
        promised = {one.kind for one in queries.unsettled_obligations(ids["anna"])}
    is_booked = bool(booked_in(both_databases, ids))
    assert (ObligationKind.APPOINTMENT_AWAY in promised) is is_booked


def test_two_book_while_a_counsellor_comes_back_and_nobody_waits_for_ever(both_databases: Flask) -> None:
    """Whoever locks several cases has them all before the first line in the audit log."""
    ids = set_up(both_databases)
    with both_databases.app_context(), transaction():
        maya, oren = member_of_staff(ids, "maya"), member_of_staff(ids, "oren")
        next_week = utcnow().date() + timedelta(days=7)
        absence = set_away(
            maya, first=next_week, last=next_week, cover=oren, reply="", actor=maya, now=utcnow()
        )
        for name in ("anna", "ben"):
            join_case(
                locked(ids, name), staff=oren, part=MemberPart.COVER, until=None, actor=None, now=utcnow()
            )
        ids["absence"] = absence.id
    acts = (books("anna", "first"), books("ben", "second"), comes_back)
    assert at_once(both_databases, ids, *acts) == ["done"] * 3


def comes_back(ids: dict[str, str]) -> None:
    absence = professional_queries.absence(ids["absence"], locked=True)
    assert absence is not None
    call_off(absence, actor=member_of_staff(ids, "maya"), now=utcnow())

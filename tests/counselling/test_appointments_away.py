"""Nobody stands before a closed door: what is booked for days on which its professional is away."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask

from accounts.models import Staff
from accounts.permissions import Role
from core.clock import utcnow
from core.db import db, transaction
from core.keys import keyring
from core.models import OutboxRow
from counselling import queries
from counselling.appointments import booking, releasing
from counselling.appointments.absences import is_nobody_there
from counselling.appointments.slots import NotThisTime, own_slots
from counselling.cases import close_case
from counselling.clocks import climb
from counselling.models import Case, Obligation, ObligationKind, ObligationState
from counselling.professionals.away import call_off, look_after_cases, set_away
from counselling.professionals.models import Absence
from counselling.showing import view_conversation
from moderation.bands import Band
from tests.conftest import MakeApp
from tests.counselling.meeting import TOMORROW, book_time, offer_time, the_only
from tests.counselling.people import NOON, add_staff_row, add_student, make_case
from tests.counselling.recording import Pair, begin_case
from tests.counselling.test_appointments_pages import booked
from tests.counselling.test_clocks import MAIL
from tests.people import post_form, run_outbox

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEXT_WEEK = TOMORROW + 7 * DAY


def go_away(maya: Staff, at: datetime, *, cover: Staff | None = None, now: datetime = NOON) -> Absence:
    """Maya is away on the day of a moment, and on the two after it."""
    first = at.date()
    with transaction():
        return set_away(maya, first=first, last=first + 2 * DAY, cover=cover, reply="", actor=maya, now=now)


def promised(case: Case) -> list[Obligation]:
    return list(queries.unsettled_obligations(case.id))


def told() -> list[str]:
    return [row.payload["notice"] for row in db.session.query(OutboxRow) if row.kind == "case_notice"]


# Offering


@pytest.mark.parametrize("weeks", [1, 3])
def test_no_time_is_published_within_days_away(maya: Staff, weeks: int) -> None:
    go_away(maya, TOMORROW + (weeks - 1) * 7 * DAY)
    with pytest.raises(NotThisTime) as refusal:
        offer_time(maya, weeks=weeks)
    assert refusal.value.args[0] == "away"
    assert not own_slots(maya, now=NOON)


def test_a_time_after_days_away_is_published(maya: Staff) -> None:
    go_away(maya, TOMORROW)
    assert offer_time(maya, TOMORROW + 3 * DAY)


def test_an_absence_that_was_called_off_is_in_nobody_s_way(maya: Staff) -> None:
    absence = go_away(maya, TOMORROW)
    with transaction():
        call_off(absence, actor=maya, now=NOON)
    assert offer_time(maya)


# An absence that comes after the booking


def test_somebody_is_asked_to_cancel_and_the_student_is_told(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya, NEXT_WEEK)
    book_time(case, slot)
    go_away(maya, NEXT_WEEK)
    (task,) = promised(case)
    assert (task.kind, task.owner_id) == (ObligationKind.APPOINTMENT_AWAY, maya.id)
    assert (task.band, task.due_at) == (Band.AMBER, NOON + DAY)
    assert told() == ["appointment_away"]


def test_one_that_is_soon_is_asked_about_within_the_hour(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya, TOMORROW - HOUR)
    book_time(case, slot)
    go_away(maya, TOMORROW)
    (task,) = promised(case)
    assert task.due_at == NOON + HOUR


@pytest.mark.parametrize(("at", "pages"), [(TOMORROW - HOUR, {"amber"}), (NEXT_WEEK, set())])
def test_somebody_is_paged_at_once_where_it_is_soon(make_app: MakeApp, at: datetime, pages: set[str]) -> None:
    with make_app(**MAIL).app_context():
        maya = add_staff_row(Role.PROFESSIONAL, "maya")
        with transaction():
            maya.page_address = "maya@uni.example"
        (slot,) = offer_time(maya, at)
        book_time(make_case(add_student(), maya), slot)
        go_away(maya, at)
        rows = [row for row in db.session.query(OutboxRow) if row.kind == "page"]
        assert {row.payload["band"] for row in rows} == pages


def test_however_soon_it_is_nobody_else_may_take_the_case_and_no_help_is_pressed_on_the_student(
    case: Case, maya: Staff
) -> None:
    (slot,) = offer_time(maya, TOMORROW - HOUR)
    book_time(case, slot)
    go_away(maya, TOMORROW)
    climb(NOON + 3 * HOUR)
    assert not queries.is_takeable(case.id)
    assert not view_conversation(case).shows_help


def test_it_stays_booked_until_a_person_cancels_it(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya)
    book_time(case, slot)
    go_away(maya, TOMORROW)
    assert the_only(case).is_booked
    assert is_nobody_there(the_only(case).about)


def test_no_due_time_tells_when_somebody_would_come(case: Case, maya: Staff) -> None:
    other = make_case(add_student(), maya)
    for where, at in ((case, NEXT_WEEK), (other, NEXT_WEEK + 3 * HOUR)):
        (slot,) = offer_time(maya, at)
        book_time(where, slot)
    go_away(maya, NEXT_WEEK)
    assert promised(case)[0].due_at == promised(other)[0].due_at


def test_what_is_booked_outside_the_days_is_left_alone(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya)
    book_time(case, slot)
    go_away(maya, TOMORROW + DAY)
    assert (promised(case), told()) == ([], [])


def test_what_is_booked_with_a_colleague_is_left_alone(case: Case, maya: Staff, oren: Staff) -> None:
    (slot,) = offer_time(maya)
    book_time(case, slot)
    go_away(oren, TOMORROW)
    assert promised(case) == []


def test_what_took_place_this_morning_is_left_alone(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya)
    book_time(case, slot)
    go_away(maya, TOMORROW, now=TOMORROW + HOUR)
    assert promised(case) == []


def test_the_cover_has_the_task_while_the_owner_is_away(case: Case, maya: Staff, oren: Staff) -> None:
    (slot,) = offer_time(maya)
    book_time(case, slot)
    go_away(maya, TOMORROW, cover=oren)
    look_after_cases(TOMORROW - 2 * HOUR)
    assert [one.owner_id for one in promised(case)] == [oren.id]


def test_the_task_is_made_once_and_the_student_told_once(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya)
    book_time(case, slot)
    go_away(maya, TOMORROW)
    releasing.look_after_appointments(NOON + HOUR)
    assert len(promised(case)) == 1
    assert told() == ["appointment_away"]


def test_what_was_booked_beside_the_absence_is_found_by_the_job(case: Case, maya: Staff) -> None:
    """On PostgreSQL a student can book in the moment in which the absence is noted."""
    (slot,) = offer_time(maya)
    book_time(case, slot)
    absence = go_away(maya, TOMORROW + 3 * DAY)
    with transaction():
        absence.begins_at -= 3 * DAY
    releasing.look_after_appointments(NOON)
    assert [one.kind for one in promised(case)] == [ObligationKind.APPOINTMENT_AWAY]
    assert told() == ["appointment_away"]


def test_without_the_key_of_cases_the_absence_is_noted_and_the_job_comes_later(
    app: Flask, case: Case, maya: Staff
) -> None:
    (slot,) = offer_time(maya)
    book_time(case, slot)
    keys = keyring()
    app.extensions["stoa_keys"] = replace(keys, case=None)
    go_away(maya, TOMORROW)
    app.extensions["stoa_keys"] = keys
    assert promised(case) == []
    releasing.look_after_appointments(NOON)
    assert len(promised(case)) == 1


# What clears it


def end_by(case: Case, how: str, maya: Staff) -> None:
    view = the_only(case)
    if how == "student":
        booking.cancel_by_student(case, view.id, now=NOON)
    elif how == "professional":
        booking.cancel_by_professional(
            case, view.id, words="I am away.", is_offered_again=False, actor=maya, now=NOON
        )
    else:
        close_case(case, summary="It went well.", actor=maya, now=NOON)


@pytest.mark.parametrize("how", ["student", "professional", "closed"])
def test_the_task_ends_with_the_appointment(case: Case, maya: Staff, how: str) -> None:
    (slot,) = offer_time(maya)
    book_time(case, slot)
    go_away(maya, TOMORROW)
    with transaction():
        end_by(case, how, maya)
    assert promised(case) == []
    assert [one.state for one in queries.obligations(case.id)] == [ObligationState.KEPT]


@pytest.mark.parametrize("settle", [booking.note_kept, booking.note_missed])
def test_the_task_ends_when_somebody_says_how_it_went(case: Case, maya: Staff, settle: object) -> None:
    (slot,) = offer_time(maya)
    view = book_time(case, slot)
    go_away(maya, TOMORROW)
    with transaction():
        settle(case, view.id, actor=maya, now=TOMORROW)  # type: ignore[operator]
    assert ObligationKind.APPOINTMENT_AWAY not in {one.kind for one in promised(case)}


def test_time_does_not_end_the_task(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya)
    book_time(case, slot)
    go_away(maya, TOMORROW)
    releasing.look_after_appointments(TOMORROW + 5 * DAY)
    assert [one.kind for one in promised(case)] == [ObligationKind.APPOINTMENT_AWAY]
    assert told() == ["appointment_away"]


def test_whoever_stays_after_all_lets_the_appointment_stand_and_the_student_is_told(
    case: Case, maya: Staff
) -> None:
    (slot,) = offer_time(maya)
    book_time(case, slot)
    absence = go_away(maya, TOMORROW)
    with transaction():
        call_off(absence, actor=maya, now=NOON)
    assert promised(case) == []
    assert sorted(told()) == ["appointment_away", "appointment_holds"]
    assert not is_nobody_there(the_only(case).about)


# The pages


def away_in_two_days(pair: Pair) -> None:
    day = (utcnow() + 2 * DAY).date().isoformat()
    fields = {"first": day, "last": day, "cover": "", "reply": ""}
    assert post_form(pair.maya, "/counselling/away", fields).status_code == 303


def test_the_student_reads_at_each_place_that_nobody_is_there(app: Flask) -> None:
    pair = begin_case(app)
    booked(pair)
    own = f"{pair.own}/appointments"
    for page in (pair.own, own):
        assert "Please do not come" not in pair.student.get(page).text
    away_in_two_days(pair)
    for page in (pair.own, own, "/counsel"):
        assert "Please do not come" in pair.student.get(page).text
    assert "Come at the time" not in pair.student.get(own).text
    assert "/cancel" in pair.student.get(own).text
    run_outbox(app)
    assert "away at the time of your appointment" in pair.student.get("/me").text


def test_the_professional_reads_what_is_booked_while_they_are_away(app: Flask) -> None:
    pair = begin_case(app)
    booked(pair)
    assert "Booked while you are away" not in pair.maya.get("/counselling/away").text
    away_in_two_days(pair)
    assert f"{pair.case}/appointments" in pair.maya.get("/counselling/away").text
    assert "away then" in pair.maya.get("/counselling/").text
    assert "away then" in pair.maya.get("/counselling/").text.partition(f"item-{pair.case_id}")[2]
    assert "is away then" in pair.maya.get(f"{pair.case}/appointments").text
    assert "You are away then" in pair.maya.get("/counselling/appointments").text
    page = pair.maya.get(pair.case).text
    assert "away then" in page
    assert "not told to the student" not in page

"""Times that professionals offer, and what students book of them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from accounts.models import Staff
from core.audit import verify_log
from core.db import db, transaction
from core.models import AuditEvent, OutboxRow
from core.refusals import Missing
from core.web import settings_of
from counselling import queries as case_queries
from counselling.appointments import booking, releasing, states
from counselling.appointments.details import EndedBy, details_of
from counselling.appointments.models import FREE, TAKEN, Appointment, AppointmentState, Meeting
from counselling.appointments.showing import door_list, log_list, next_of_cases, next_of_reader, who_comes
from counselling.appointments.slots import (
    NotThisTime,
    SlotTaken,
    own_slots,
    slots_for,
    time_of_day,
    withdraw_slot,
)
from counselling.appointments.states import AppointmentAct, AppointmentOver, move_appointment
from counselling.cases import CaseMovedOn, assign_case, close_case
from counselling.ending import destroy_by_student, end_by_student
from counselling.exporting import export_case
from counselling.handing.conflicts import recuse_from_case
from counselling.handing.members import invite, join_case, leave_case
from counselling.models import Case, CaseState, MemberPart, ObligationKind
from counselling.obligations import promise_by
from counselling.professionals.away import set_away
from moderation.team.hours import DAYS
from moderation.team.policy import set_policy
from tests.counselling.meeting import (
    CODE_WORD,
    ROOM,
    TOMORROW,
    book_time,
    free_times,
    offer_time,
    the_only,
)
from tests.counselling.people import NOON, add_student, make_case

IN_ATHENS = {
    "timezone": "Europe/Athens",
    "week": {day: [["09:00", "21:00"]] for day in DAYS},
    "on_call": False,
}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Written down a second time, on purpose: a change of the rules must be made in two places.
STEPS = {("booked", "keep"): "kept", ("booked", "miss"): "missed", ("booked", "cancel"): "cancelled"}


@pytest.mark.parametrize("act", list(AppointmentAct))
@pytest.mark.parametrize("state", list(AppointmentState))
def test_an_appointment_takes_legal_steps_and_no_others(state: AppointmentState, act: AppointmentAct) -> None:
    appointment = Appointment(state=state)
    goal = STEPS.get((state.value, act.value))
    if goal is None:
        with pytest.raises(AppointmentOver):
            move_appointment(appointment, act, now=NOON)
    else:
        move_appointment(appointment, act, now=NOON)
    assert appointment.state == (goal or state)


def test_the_table_names_every_act() -> None:
    assert set(states.LEGAL) == set(AppointmentAct)


# Offering


def test_a_time_of_several_weeks_keeps_its_hour_when_the_clocks_change(maya: Staff) -> None:
    with transaction():
        set_policy(actor=maya, hours=IN_ATHENS, now=NOON)
    spring = datetime(2026, 3, 24, 12, 0, tzinfo=UTC)  # a Tuesday; on Sunday it is summer time
    made = offer_time(maya, spring, weeks=2)
    assert [time_of_day(one.starts_at) for one in made] == ["14:00", "14:00"]
    assert made[1].starts_at - made[0].starts_at == timedelta(weeks=1) - HOUR


@pytest.mark.parametrize("minutes_later", [-49, 0, 49])
def test_two_times_that_meet_are_refused(maya: Staff, minutes_later: int) -> None:
    offer_time(maya)
    with pytest.raises(NotThisTime):
        offer_time(maya, TOMORROW + timedelta(minutes=minutes_later))
    assert len(own_slots(maya, now=NOON)) == 1


@pytest.mark.parametrize("minutes_later", [-50, 50])
def test_a_time_that_begins_when_another_ends_is_fine(maya: Staff, minutes_later: int) -> None:
    offer_time(maya)
    offer_time(maya, TOMORROW + timedelta(minutes=minutes_later))
    assert len(own_slots(maya, now=NOON)) == 2


def test_one_time_of_a_series_that_meets_another_refuses_all_of_it(maya: Staff) -> None:
    offer_time(maya, TOMORROW + timedelta(weeks=2))
    with pytest.raises(NotThisTime):
        offer_time(maya, weeks=3)
    assert len(own_slots(maya, now=NOON)) == 1


@pytest.mark.parametrize("starts", [NOON, NOON - HOUR, NOON + timedelta(days=367)])
def test_what_is_over_or_too_far_ahead_is_refused(maya: Staff, starts: datetime) -> None:
    with pytest.raises(NotThisTime):
        offer_time(maya, starts)


def test_two_colleagues_may_offer_the_same_hour(maya: Staff, oren: Staff) -> None:
    offer_time(maya)
    offer_time(oren)
    assert free_times(maya) == free_times(oren) == [TOMORROW]


def test_a_free_time_can_be_taken_back(maya: Staff) -> None:
    (slot,) = offer_time(maya)
    with transaction():
        withdraw_slot(slot.id, staff=maya)
    assert not own_slots(maya, now=NOON)


def test_a_booked_time_cannot_be_taken_back(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya)
    book_time(case, slot)
    with transaction(), pytest.raises(SlotTaken):
        withdraw_slot(slot.id, staff=maya)


def test_the_time_of_a_colleague_cannot_be_taken_back(maya: Staff, oren: Staff) -> None:
    (slot,) = offer_time(maya)
    with transaction(), pytest.raises(Missing):
        withdraw_slot(slot.id, staff=oren)


# What a student may choose from


def offered(case: Case, now: datetime = NOON) -> list[datetime]:
    return [one.starts_at for one in slots_for(case, now=now)]


def test_a_time_is_offered_until_two_hours_before(case: Case, maya: Staff) -> None:
    offer_time(maya)
    assert offered(case, TOMORROW - 2 * HOUR - timedelta(seconds=1)) == [TOMORROW]
    assert offered(case, TOMORROW - 2 * HOUR) == []


def test_times_of_somebody_else_s_counsellor_are_not_offered(case: Case, oren: Staff) -> None:
    offer_time(oren)
    assert offered(case) == []


def test_a_cover_offers_their_times_as_long_as_they_are_there(case: Case, oren: Staff) -> None:
    offer_time(oren)
    offer_time(oren, TOMORROW + 3 * DAY)
    with transaction():
        join_case(case, staff=oren, part=MemberPart.COVER, until=TOMORROW + DAY, actor=None, now=NOON)
    assert offered(case) == [TOMORROW]


def test_times_within_an_absence_are_not_offered(case: Case, maya: Staff) -> None:
    offer_time(maya)
    offer_time(maya, TOMORROW + DAY)
    day = TOMORROW.date()
    with transaction():
        set_away(maya, first=day, last=day, cover=None, reply="", actor=maya, now=NOON)
    assert offered(case) == [TOMORROW + DAY]


@pytest.mark.parametrize("state", [CaseState.NEW, CaseState.CLOSED])
def test_nothing_is_offered_where_nobody_works(case: Case, maya: Staff, state: CaseState) -> None:
    (slot,) = offer_time(maya)
    with transaction():
        case.state = state
    assert offered(case) == []
    with transaction(), pytest.raises(CaseMovedOn):
        booking.book(case, slot.id, CODE_WORD, now=NOON)


# Booking


def test_what_is_booked_has_time_place_and_code_word(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya)
    about = book_time(case, slot).about
    assert (about.starts_at, about.place, about.code_word) == (TOMORROW, ROOM, CODE_WORD)
    assert (about.staff_id, about.room) == (maya.id, "")


@pytest.fixture
def video(inside: Flask) -> None:
    """The institution has a server for video rooms."""
    address = "https://meet.example.edu/{room}"
    inside.config["STOA"] = replace(settings_of(inside), video_url_template=address)


def test_without_a_server_no_video_is_offered(case: Case, maya: Staff) -> None:
    offer_time(maya, meeting=Meeting.VIDEO)
    assert offered(case) == []


@pytest.mark.usefixtures("video")
def test_a_video_room_has_a_name_that_nobody_guesses(case: Case, maya: Staff) -> None:
    rooms = set()
    for days in range(5):
        (slot,) = offer_time(maya, TOMORROW + days * DAY, meeting=Meeting.VIDEO)
        view = book_time(case, slot)
        rooms.add(view.about.room)
        with transaction():
            booking.cancel_by_student(case, view.id, now=NOON)
    assert len(rooms) == 5
    assert all(len(bytes.fromhex(room)) >= 16 for room in rooms)


def test_a_time_that_somebody_has_is_gone(case: Case, maya: Staff) -> None:
    other = make_case(add_student(), maya)
    (slot,) = offer_time(maya)
    book_time(case, slot)
    with transaction(), pytest.raises(booking.SlotGone):
        booking.book(other, slot.id, CODE_WORD, now=NOON)


def test_one_appointment_is_ahead_at_a_time(case: Case, maya: Staff) -> None:
    (first,) = offer_time(maya)
    (second,) = offer_time(maya, TOMORROW + DAY)
    book_time(case, first)
    with transaction(), pytest.raises(booking.AlreadyBooked):
        booking.book(case, second.id, CODE_WORD, now=NOON)
    assert free_times(maya) == [TOMORROW + DAY]


def test_one_of_which_nobody_has_said_how_it_went_is_in_nobody_s_way(case: Case, maya: Staff) -> None:
    (first,) = offer_time(maya)
    (second,) = offer_time(maya, TOMORROW + DAY)
    book_time(case, first)
    assert book_time(case, second, now=TOMORROW + HOUR).is_booked


def test_danger_in_the_code_word_is_heard(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya)
    book_time(case, slot, "I want to kill myself tonight")
    (answer,) = case_queries.unsettled_obligations(case.id)
    assert answer.kind is ObligationKind.ANSWER
    assert answer.band in case_queries.URGENT


# Nobody can wait at a door


def clear_values(*tables: str) -> dict[str, list[dict[str, Any]]]:
    """The rows as a thief of the database reads them: without a key."""
    found = {}
    for name in tables:
        table = db.metadata.tables[name]
        rows = db.session.connection().exec_driver_sql(f"SELECT * FROM {table.name}").mappings()
        found[name] = [dict(row) for row in rows]
    return found


def test_no_slot_tells_that_it_was_booked(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya)
    offer_time(maya, TOMORROW + DAY)
    book_time(case, slot)
    marks = [row["taken"] for row in clear_values("slots")["slots"]]
    assert [type(mark) for mark in marks] == [bytes, bytes]
    assert len({len(mark) for mark in marks}) == 1
    assert not [mark for mark in marks if TAKEN.encode() in mark or FREE.encode() in mark]


def test_nothing_in_the_clear_joins_a_case_to_a_slot(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya)
    book_time(case, slot, now=NOON + timedelta(minutes=17, seconds=5))
    rows = clear_values("appointments", "audit_events", "outbox_rows", "obligations")
    row = rows["appointments"][0]
    assert str(row["booked_at"]).startswith("2026-03-04 12:00:00")
    number = str(clear_values("slots")["slots"][0]["id"])
    told = str({name: [without_bytes(one) for one in found] for name, found in rows.items()})
    for secret in (slot.id, number, "2026-03-05", ROOM, CODE_WORD):
        assert secret not in told


def without_bytes(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not isinstance(value, bytes)}


def test_cancelling_and_settling_leave_full_hours_and_no_time(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya)
    view = book_time(case, slot)
    late = TOMORROW + timedelta(minutes=51)
    with transaction():
        booking.note_kept(case, view.id, actor=maya, now=late)
    row = db.session.get_one(Appointment, view.id)
    assert row.settled_at == TOMORROW
    events = [one for one in db.session.query(AuditEvent) if one.kind.startswith("appointment")]
    assert [(one.kind, one.detail) for one in events] == [
        ("appointment_booked", {}),
        ("appointment_kept", {}),
    ]


# Cancelling


def test_the_student_cancels_until_it_begins(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya)
    view = book_time(case, slot)
    with transaction():
        booking.cancel_by_student(case, view.id, now=TOMORROW - timedelta(minutes=1))
    assert the_only(case).about.ended_by is EndedBy.STUDENT
    assert free_times(maya) == [TOMORROW]


def test_what_has_begun_is_not_cancelled(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya)
    view = book_time(case, slot)
    with transaction(), pytest.raises(booking.HasBegun):
        booking.cancel_by_student(case, view.id, now=TOMORROW)
    with transaction(), pytest.raises(booking.HasBegun):
        booking.cancel_by_professional(
            case, view.id, words="I am ill.", is_offered_again=False, actor=maya, now=TOMORROW
        )


@pytest.mark.parametrize("is_offered_again", [True, False])
def test_the_professional_cancels_with_words_and_the_student_is_told(
    case: Case, maya: Staff, is_offered_again: bool
) -> None:
    (slot,) = offer_time(maya)
    view = book_time(case, slot)
    with transaction():
        booking.cancel_by_professional(
            case,
            view.id,
            words="I am ill. Please choose another time.",
            is_offered_again=is_offered_again,
            actor=maya,
            now=NOON,
        )
    assert the_only(case).about.words == "I am ill. Please choose another time."
    assert notices() == ["appointment_cancelled"]
    assert free_times(maya) == ([TOMORROW] if is_offered_again else [])


def notices() -> list[str]:
    return [row.payload["notice"] for row in db.session.query(OutboxRow) if row.kind == "case_notice"]


def test_it_is_cancelled_once(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya)
    view = book_time(case, slot)
    with transaction():
        booking.cancel_by_student(case, view.id, now=NOON)
    with transaction(), pytest.raises(AppointmentOver):
        booking.cancel_by_student(case, view.id, now=NOON)


def test_an_appointment_of_another_case_is_missing(case: Case, maya: Staff) -> None:
    other = make_case(add_student(), maya)
    (slot,) = offer_time(maya)
    view = book_time(other, slot)
    with transaction(), pytest.raises(Missing):
        booking.cancel_by_student(case, view.id, now=NOON)


# Afterwards


def test_nobody_says_how_it_went_before_it_began(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya)
    view = book_time(case, slot)
    for settle in (booking.note_kept, booking.note_missed):
        with transaction(), pytest.raises(booking.NotBegun):
            settle(case, view.id, actor=maya, now=TOMORROW - timedelta(seconds=1))


def test_a_meeting_keeps_what_was_promised_for_it(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya)
    view = book_time(case, slot)
    with transaction():
        promise_by(case, ObligationKind.CHECK_IN, due_at=TOMORROW + 2 * HOUR, now=NOON)
        booking.note_kept(case, view.id, actor=maya, now=TOMORROW + HOUR)
    assert case_queries.unsettled_obligations(case.id) == []


def test_a_meeting_is_no_answer_to_a_letter(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya)
    view = book_time(case, slot)
    with transaction():
        promise_by(case, ObligationKind.ANSWER, due_at=TOMORROW + 2 * HOUR, now=NOON)
        booking.note_kept(case, view.id, actor=maya, now=TOMORROW + HOUR)
    assert [one.kind for one in case_queries.unsettled_obligations(case.id)] == [ObligationKind.ANSWER]


def test_who_did_not_come_is_asked_after_within_a_day_and_not_told_so(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya)
    view = book_time(case, slot)
    with transaction():
        booking.note_missed(case, view.id, actor=maya, now=TOMORROW + HOUR)
    (check_in,) = case_queries.unsettled_obligations(case.id)
    assert (check_in.kind, check_in.owner_id) == (ObligationKind.CHECK_IN, maya.id)
    assert (check_in.due_at, check_in.is_told) == (TOMORROW + HOUR + DAY, False)
    assert notices() == []


# Closing, destroying, another counsellor


def end_of(case: Case, how: str, maya: Staff) -> None:
    with transaction():
        if how == "closed":
            close_case(case, summary="It went well.", actor=maya, now=NOON)
        elif how == "ended":
            end_by_student(case, now=NOON)
        else:
            destroy_by_student(case, now=NOON)


@pytest.mark.parametrize("how", ["closed", "ended", "destroyed"])
def test_the_end_of_a_case_frees_its_time(case: Case, maya: Staff, how: str) -> None:
    (slot,) = offer_time(maya)
    view = book_time(case, slot)
    end_of(case, how, maya)
    assert free_times(maya) == [TOMORROW]
    assert db.session.get_one(Appointment, view.id).state is AppointmentState.CANCELLED


def test_what_was_sealed_goes_with_the_key(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya)
    view = book_time(case, slot)
    end_of(case, "destroyed", maya)
    assert db.session.get_one(Appointment, view.id).sealed is None


def test_a_handover_cancels_what_was_booked_with_who_left_and_tells_the_student(
    case: Case, maya: Staff, oren: Staff
) -> None:
    (slot,) = offer_time(maya)
    book_time(case, slot)
    with transaction():
        assign_case(case, owner=oren, now=NOON)
    assert the_only(case).about.ended_by is EndedBy.HANDOVER
    assert notices() == ["appointment_cancelled"]
    assert free_times(maya) == [TOMORROW]


def test_a_handover_leaves_what_was_booked_with_who_stays(case: Case, maya: Staff, oren: Staff) -> None:
    with transaction():
        invite(case, colleague=oren, actor=maya, now=NOON)
        join_case(case, staff=oren, part=MemberPart.SECOND, until=None, actor=oren, now=NOON)
    (slot,) = offer_time(oren)
    book_time(case, slot)
    with transaction():
        assign_case(case, owner=oren, now=NOON)
    assert the_only(case).is_booked


def leaves(case: Case, oren: Staff) -> None:
    leave_case(case, staff=oren, actor=oren, now=NOON)


def says_they_know_them(case: Case, oren: Staff) -> None:
    recuse_from_case(case.id, actor=oren, now=NOON)


@pytest.mark.parametrize("go", [leaves, says_they_know_them])
def test_who_leaves_a_case_leaves_their_appointments_in_it(
    case: Case, maya: Staff, oren: Staff, go: Any
) -> None:
    with transaction():
        invite(case, colleague=oren, actor=maya, now=NOON)
        join_case(case, staff=oren, part=MemberPart.SECOND, until=None, actor=oren, now=NOON)
    (slot,) = offer_time(oren)
    book_time(case, slot)
    with transaction():
        go(case, oren)
    assert the_only(case).about.ended_by is EndedBy.HANDOVER


def test_the_job_cancels_what_a_cover_s_time_has_left_behind(case: Case, oren: Staff) -> None:
    with transaction():
        cover = join_case(case, staff=oren, part=MemberPart.COVER, until=None, actor=None, now=NOON)
    (slot,) = offer_time(oren)
    book_time(case, slot)
    with transaction():
        cover.until_at = NOON + HOUR
    releasing.look_after_appointments(NOON + 2 * HOUR)
    assert the_only(case).about.ended_by is EndedBy.HANDOVER
    assert notices().count("appointment_cancelled") == 1


# What is shown, and what is kept


def test_the_professional_sees_who_comes(case: Case, maya: Staff, oren: Staff) -> None:
    (slot,) = offer_time(maya)
    view = book_time(case, slot)
    assert [one.id for one in who_comes(maya, now=NOON).ahead] == [view.id]
    assert [one.id for one in who_comes(maya, now=TOMORROW).unsettled] == [view.id]
    assert who_comes(oren, now=NOON).ahead == []


def test_the_list_for_the_door_has_one_day(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya)
    view = book_time(case, slot)
    assert [one.id for one in door_list(maya, date(2026, 3, 5), now=NOON)] == [view.id]
    assert door_list(maya, date(2026, 3, 6), now=NOON) == []


def test_reading_who_comes_is_logged_for_each_case_once_in_a_while(
    app: Flask, case: Case, maya: Staff
) -> None:
    (slot,) = offer_time(maya)
    book_time(case, slot)
    for minutes in (0, 14, 16):
        now = NOON + timedelta(minutes=minutes)
        log_list(who_comes(maya, now=now).ahead, reader=maya, now=now)
    events = [one for one in db.session.query(AuditEvent) if one.kind == "appointments_read"]
    assert [(one.actor, one.target, one.detail) for one in events] == [
        (maya.actor, f"case:{case.id}", {"purpose": "who comes"})
    ] * 2
    assert verify_log(settings_of(app).data_dir) == []


def test_both_are_reminded_until_half_an_hour_after(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya)
    view = book_time(case, slot)
    for now, expected in (
        (NOON, view.id),
        (view.about.ends_at + timedelta(minutes=30), view.id),
        (view.about.ends_at + timedelta(minutes=31), None),
    ):
        for shown in (next_of_cases([case], now=now), next_of_reader(maya, now=now)):
            assert (shown.id if shown else None) == expected


@pytest.mark.usefixtures("video")
@pytest.mark.parametrize(
    ("minutes", "is_open"), [(-16, False), (-15, True), (0, True), (80, True), (81, False)]
)
def test_the_way_into_the_room_is_there_around_its_time(
    case: Case, maya: Staff, minutes: int, is_open: bool
) -> None:
    (slot,) = offer_time(maya, meeting=Meeting.VIDEO)
    about = book_time(case, slot).about
    assert about.is_room_open(TOMORROW + timedelta(minutes=minutes)) is is_open


def test_a_student_takes_their_appointments_along(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya)
    book_time(case, slot)
    (told,) = export_case(case)["appointments"]
    assert (told["state"], told["place"], told["code_word"]) == ("booked", ROOM, CODE_WORD)


def test_an_old_version_that_is_put_back_does_not_open(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya)
    view = book_time(case, slot)
    row = db.session.get_one(Appointment, view.id)
    old = row.sealed
    with transaction():
        booking.cancel_by_student(case, view.id, now=NOON)
        row.sealed = old
    assert details_of(case, row) is None


def test_what_is_settled_goes_after_four_weeks_and_a_slot_the_day_after(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya)
    view = book_time(case, slot)
    with transaction():
        booking.note_kept(case, view.id, actor=maya, now=TOMORROW)
    assert releasing.forget_old_appointments(TOMORROW + DAY) == 0
    assert releasing.forget_old_appointments(TOMORROW + DAY + HOUR) == 1
    assert not own_slots(maya, now=NOON)
    assert releasing.forget_old_appointments(TOMORROW + timedelta(weeks=4)) == 0
    assert releasing.forget_old_appointments(TOMORROW + timedelta(weeks=4, hours=1)) == 1
    assert not db.session.query(Appointment).count()


def test_what_nobody_settled_goes_too_and_what_is_ahead_stays(case: Case, maya: Staff) -> None:
    (slot,) = offer_time(maya, TOMORROW + timedelta(weeks=8))
    view = book_time(case, slot)
    releasing.forget_old_appointments(view.about.ends_at + timedelta(weeks=4))
    assert db.session.query(Appointment).count() == 1
    releasing.forget_old_appointments(view.about.ends_at + timedelta(weeks=4, seconds=1))
    assert db.session.query(Appointment).count() == 0

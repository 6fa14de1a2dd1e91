"""Booking a time, cancelling it, and saying how it went.

A case has one appointment ahead at most. Times are few, and what comes next is agreed on in the talk itself;
somebody who holds three of them in a bad hour keeps two others from help. One that is over and that nobody
has settled is in nobody's way.
"""

import secrets
from datetime import datetime, timedelta

from flask_babel import gettext as _

from accounts.models import Staff
from accounts.permissions import Role
from core.audit import record_event
from core.clock import hour_of
from core.db import db
from core.ids import new_public_id
from core.refusals import Missing, Refusal
from counselling.appointments import queries
from counselling.appointments.details import Details, EndedBy, appointments_of, details_of, set_details
from counselling.appointments.models import TAKEN, Appointment, AppointmentState, Meeting
from counselling.appointments.releasing import cancel
from counselling.appointments.slots import LIVELY, slots_for
from counselling.appointments.states import AppointmentAct, move_appointment
from counselling.cases import CaseAct, CaseMovedOn, move_case
from counselling.messages import answer_band
from counselling.models import Case, CaseState, ObligationKind
from counselling.notices import CaseNotice, student_of, tell_student
from counselling.obligations import NamedAct, promise, promise_by, settle_obligations
from counselling.reaching.signs import send_sign_later
from moderation.bands import Band

ROOM_BYTES, UID_BYTES = 20, 16  # 160 and 128 random bits; in hex, because some servers fold capitals
WORRIED_FOR = timedelta(hours=24)


class SlotGone(Refusal):
    """Somebody else was quicker, or the time was taken back."""

    @property
    def sentence(self) -> str:
        return _("Somebody else has just taken this time. Please choose another one.")


class AlreadyBooked(Refusal):
    """An appointment is ahead."""

    @property
    def sentence(self) -> str:
        return _("You have an appointment already. To choose another time, cancel that one first.")


class HasBegun(Refusal):
    """It has begun: what is cancelled now would not be heard in time."""

    @property
    def sentence(self) -> str:
        return _("This appointment has begun, or is over. It can no longer be cancelled.")


class NotBegun(Refusal):
    """Nobody can say how it went."""

    @property
    def sentence(self) -> str:
        return _("This appointment has not begun yet. Nothing was changed.")


def book(case: Case, slot_id: str, code_word: str, *, now: datetime) -> Appointment:
    """The student of a locked case books a time. Raises AlreadyBooked, SlotGone, CaseMovedOn when the case is
    closed or nobody has it.
    """
    if case.state not in LIVELY:
        raise CaseMovedOn(case.state)
    if any(one.is_ahead(now) for one in appointments_of(case)):
        raise AlreadyBooked(case.id)
    slot = queries.slot(slot_id, locked=True)
    if slot is None or slot.id not in {one.id for one in slots_for(case, now=now)}:
        raise SlotGone(slot_id)
    slot.taken = TAKEN
    appointment = Appointment(
        id=new_public_id(),
        case_id=case.id,
        state=AppointmentState.BOOKED,
        version=0,
        booked_at=hour_of(now),
    )
    about = Details(
        slot=slot.id,
        staff_id=slot.staff_id,
        starts_at=slot.starts_at,
        minutes=slot.minutes,
        meeting=slot.meeting,
        place=slot.place,
        code_word=code_word,
        room=secrets.token_hex(ROOM_BYTES) if slot.meeting is Meeting.VIDEO else "",
        uid=secrets.token_hex(UID_BYTES),
    )
    set_details(case, appointment, about)
    db.session.add(appointment)
    move_case(case, CaseAct.HEAR, actor=Role.STUDENT, now=now)
    record_event("appointment_booked", actor=Role.STUDENT, target=f"case:{case.id}", now=now)
    _hear(case, code_word, now=now)
    db.session.flush()
    return appointment


def _hear(case: Case, code_word: str, *, now: datetime) -> None:
    """Somebody may say in the one field there is that they are in danger."""
    band = answer_band(code_word)
    if band.rank <= Band.RED.rank:
        promise(case, ObligationKind.ANSWER, band=band, now=now)


def appointment_in(case: Case, appointment_id: str) -> tuple[Appointment, Details]:
    """An appointment of a case, opened. Raises Missing, for what cannot be opened any more as well."""
    found = queries.appointment(appointment_id)
    if found is None or found.case_id != case.id:
        raise Missing(appointment_id)
    about = details_of(case, found)
    if about is None:
        raise Missing(appointment_id)
    return found, about


def cancel_by_student(case: Case, appointment_id: str, *, now: datetime) -> None:
    """The student of a locked case does not come. The time is free again. Raises Missing, HasBegun,
    AppointmentOver.
    """
    appointment, about = appointment_in(case, appointment_id)
    _require_ahead(appointment, about, now=now)
    cancel(case, appointment, about, EndedBy.STUDENT, now=now)
    record_event("appointment_cancelled", actor=Role.STUDENT, target=f"case:{case.id}", now=now)


def cancel_by_professional(
    case: Case, appointment_id: str, *, words: str, is_offered_again: bool, actor: Staff, now: datetime
) -> None:
    """Somebody who works in a locked case cancels, with words for the student, who is told at their next
    visit. Raises Missing, HasBegun, AppointmentOver.
    """
    appointment, about = appointment_in(case, appointment_id)
    _require_ahead(appointment, about, now=now)
    cancel(
        case,
        appointment,
        about,
        EndedBy.PROFESSIONAL,
        words=words,
        is_offered_again=is_offered_again,
        now=now,
    )
    record_event("appointment_cancelled", actor=actor.actor, target=f"case:{case.id}", now=now)
    if student_of(case) is not None:
        tell_student(case, CaseNotice.APPOINTMENT_CANCELLED, key=appointment.id, now=now)
        send_sign_later(case, now=now)


def note_kept(case: Case, appointment_id: str, *, actor: Staff, now: datetime) -> None:
    """It took place: what was promised to be talked about is kept. On a locked case. Raises Missing,
    NotBegun, AppointmentOver.
    """
    _settle(case, appointment_id, AppointmentAct.KEEP, actor=actor, now=now)
    if case.state is not CaseState.CLOSED:
        move_case(case, CaseAct.CONTACT, actor=actor.actor, now=now)
    settle_obligations(case, NamedAct.MEETING, now=now)


def note_missed(case: Case, appointment_id: str, *, actor: Staff, now: datetime) -> None:
    """The student did not come: somebody asks after them within a day. On a locked case. Raises Missing,
    NotBegun, AppointmentOver.

    The student is not told of that promise. What they get is a letter from a person, and not a sentence by
    itself that says that they were missed.
    """
    _settle(case, appointment_id, AppointmentAct.MISS, actor=actor, now=now)
    if case.state is not CaseState.CLOSED:
        promise_by(
            case,
            ObligationKind.CHECK_IN,
            due_at=now + WORRIED_FOR,
            band=case.band,
            reason={"missed": True},
            is_told=False,
            now=now,
        )


def _settle(case: Case, appointment_id: str, act: AppointmentAct, *, actor: Staff, now: datetime) -> None:
    appointment, about = appointment_in(case, appointment_id)
    if appointment.state is AppointmentState.BOOKED and now < about.starts_at:
        raise NotBegun(appointment_id)
    move_appointment(appointment, act, now=now)
    settle_obligations(case, NamedAct.APPOINTMENT, now=now)
    record_event(f"appointment_{appointment.state}", actor=actor.actor, target=f"case:{case.id}", now=now)


def _require_ahead(appointment: Appointment, about: Details, *, now: datetime) -> None:
    if appointment.state is AppointmentState.BOOKED and about.starts_at <= now:
        raise HasBegun(appointment.id)

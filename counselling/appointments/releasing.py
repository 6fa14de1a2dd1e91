"""What becomes of appointments when a case closes, goes to somebody else, or is destroyed; and when they are
forgotten.

A time that is still ahead is free for others again. An appointment stays with the colleague who offered it as
long as they work in the case; else it is cancelled, and the student is told.
"""

from datetime import datetime, timedelta

from core.audit import record_event
from core.crypto import CannotUnseal
from core.db import db, transaction
from core.keys import keyring
from core.unreadable import note_damage
from counselling import queries as case_queries
from counselling.appointments import queries
from counselling.appointments.absences import mind_absence, needs_minding
from counselling.appointments.details import Details, EndedBy, booked_in, details_of, note_end
from counselling.appointments.models import FREE, Appointment, AppointmentState
from counselling.appointments.slots import works_in
from counselling.appointments.states import AppointmentAct, move_appointment
from counselling.models import Case
from counselling.notices import CaseNotice, student_of, tell_student
from counselling.obligations import NamedAct, settle_obligations
from counselling.wrapping import can_open

KEPT_FOR = timedelta(weeks=4)
SLOTS_KEPT_FOR = timedelta(days=1)


def cancel(
    case: Case,
    appointment: Appointment,
    about: Details,
    ended_by: EndedBy,
    *,
    now: datetime,
    words: str = "",
    is_offered_again: bool = True,
) -> None:
    """Cancel a booked appointment of a locked case. Its time is free again if it is still ahead, unless the
    professional does not offer it any more. Raises AppointmentOver.
    """
    move_appointment(appointment, AppointmentAct.CANCEL, now=now)
    note_end(case, appointment, about, ended_by, words)
    settle_obligations(case, NamedAct.APPOINTMENT, now=now)
    _free(about, is_offered_again=is_offered_again, now=now)


def _free(about: Details, *, is_offered_again: bool = True, now: datetime) -> None:
    slot = queries.slot(about.slot, locked=True)
    if slot is None or slot.starts_at <= now:
        return
    if is_offered_again:
        slot.taken = FREE
    else:
        db.session.delete(slot)


def cancel_for_closing(case: Case, *, now: datetime) -> None:
    """A locked case closes: nobody waits for its student any more. They are told with the closing itself."""
    for appointment, about in _booked_ahead(case, now=now):
        cancel(case, appointment, about, EndedBy.CLOSING, now=now)


def cancel_what_nobody_keeps(case: Case, *, now: datetime) -> bool:
    """Cancel what is booked with somebody who works in a locked case no more, and tell the student. Whether
    there was any.
    """
    lost = [
        (appointment, about)
        for appointment, about in _booked_ahead(case, now=now)
        if not works_in(case, about.staff_id, at=about.starts_at, now=now)
    ]
    for appointment, about in lost:
        cancel(case, appointment, about, EndedBy.HANDOVER, now=now)
        record_event("appointment_cancelled", actor="system", target=f"case:{case.id}", now=now)
        if student_of(case) is not None:
            tell_student(case, CaseNotice.APPOINTMENT_CANCELLED, key=appointment.id, now=now)
    return bool(lost)


def _booked_ahead(case: Case, *, now: datetime) -> list[tuple[Appointment, Details]]:
    return [(one, about) for one, about in booked_in(case) if about.starts_at > now]


def forget_appointments(case: Case, *, now: datetime) -> None:
    """Before the key of a locked case is destroyed: times ahead are free again, and what was sealed goes.
    That there was an appointment, and how it ended, stays for a while.
    """
    for appointment in queries.appointments(case.id):
        if appointment.state is AppointmentState.BOOKED:
            about = details_of(case, appointment)
            move_appointment(appointment, AppointmentAct.CANCEL, now=now)
            if about is not None:
                _free(about, now=now)
        appointment.sealed = None


def look_after_appointments(now: datetime) -> None:
    """A job: what is booked with somebody who left a case in whatever way is cancelled, and what is booked
    with somebody who is away then is promised to be. Opens its own transactions.
    """
    if keyring().case is None:
        return
    for case_id in [case.id for case in queries.booked_cases() if _needs_a_look(case, now=now)]:
        with transaction():
            case = case_queries.case(case_id, locked=True)
            if case is not None and case.wrapped_key is not None:
                cancel_what_nobody_keeps(case, now=now)
                mind_absence(case, now=now)


def _needs_a_look(case: Case, *, now: datetime) -> bool:
    if not can_open(case):
        return False
    booked = _booked_ahead(case, now=now)
    has_lost = any(not works_in(case, about.staff_id, at=about.starts_at, now=now) for _one, about in booked)
    return has_lost or needs_minding(case, now=now)


def forget_old_appointments(now: datetime) -> int:
    """A job: what is settled goes after four weeks, also what nobody ever settled, and each slot a day after
    its time. Gives how many.
    """
    with transaction():
        forgotten = queries.remove_slots_before(now - SLOTS_KEPT_FOR)
        forgotten += queries.remove_settled_before(now - KEPT_FOR)
        for case in queries.booked_cases() if keyring().case is not None else []:
            for appointment in _long_over(case, now=now):
                db.session.delete(appointment)
                forgotten += 1
    return forgotten


def _long_over(case: Case, *, now: datetime) -> list[Appointment]:
    try:
        booked = booked_in(case)
    except CannotUnseal:
        note_damage(f"case:{case.id}")
        return []
    return [one for one, about in booked if about.ends_at < now - KEPT_FOR]

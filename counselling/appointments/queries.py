"""Questions to the database about slots and appointments."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, select

from core.db import db, for_update
from counselling.appointments.models import Appointment, AppointmentState, Slot
from counselling.models import Case


def slot(slot_id: str, *, locked: bool = False) -> Slot | None:
    statement = select(Slot).where(Slot.id == slot_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def slots_of(staff_ids: Collection[str], *, after: datetime, before: datetime) -> Sequence[Slot]:
    """What these people offer between two moments, taken or not, the next first."""
    statement = select(Slot).where(
        Slot.staff_id.in_(staff_ids), Slot.starts_at > after, Slot.starts_at < before
    )
    return db.session.scalars(statement.order_by(Slot.starts_at, Slot.id)).all()


def remove_slots_before(moment: datetime) -> int:
    """Delete the slots that began before. Gives how many."""
    return len(db.session.scalars(delete(Slot).where(Slot.starts_at < moment).returning(Slot.id)).all())


def appointment(appointment_id: str) -> Appointment | None:
    return db.session.scalars(select(Appointment).where(Appointment.id == appointment_id)).one_or_none()


def appointments(case_id: str) -> Sequence[Appointment]:
    return db.session.scalars(select(Appointment).where(Appointment.case_id == case_id)).all()


def appointments_in(case_ids: Collection[str]) -> Sequence[Appointment]:
    """Those of these cases, settled or not."""
    if not case_ids:
        return []
    return db.session.scalars(select(Appointment).where(Appointment.case_id.in_(case_ids))).all()


def booked_cases() -> Sequence[Case]:
    """Every case that can be opened and in which something is booked."""
    statement = (
        select(Case)
        .join(Appointment, Appointment.case_id == Case.id)
        .where(Appointment.state == AppointmentState.BOOKED, Case.wrapped_key.is_not(None))
        .distinct()
        .order_by(Case.id)
    )
    return db.session.scalars(statement).all()


def remove_settled_before(moment: datetime) -> int:
    """Delete what took place, was missed or was cancelled before. Gives how many."""
    statement = delete(Appointment).where(
        Appointment.state != AppointmentState.BOOKED, Appointment.settled_at < moment
    )
    return len(db.session.scalars(statement.returning(Appointment.id)).all())

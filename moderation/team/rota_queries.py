"""Questions to the database about the rota."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import or_, select

from accounts.models import Staff
from accounts.permissions import Role
from core.db import db, for_update
from moderation.team.models import Shift


def shift(shift_id: str, *, locked: bool = False) -> Shift | None:
    statement = select(Shift).where(Shift.id == shift_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def shifts_between(begin: datetime, end: datetime, *, locked: bool = False) -> Sequence[Shift]:
    """What touches this stretch of time, drafts included, the earliest first; not of closed accounts."""
    statement = (
        select(Shift)
        .join(Staff, Shift.staff_id == Staff.id)
        .where(Shift.ends_at > begin, Shift.begins_at < end, Staff.closed_at.is_(None))
        .order_by(Shift.begins_at, Shift.duty, Shift.id)
    )
    return db.session.scalars(for_update(statement) if locked else statement).all()


def shifts_of(staff_id: str, begin: datetime, end: datetime) -> Sequence[Shift]:
    """One person's shifts that touch this stretch of time, drafts included."""
    statement = (
        select(Shift)
        .where(Shift.staff_id == staff_id, Shift.ends_at > begin, Shift.begins_at < end)
        .order_by(Shift.begins_at, Shift.id)
    )
    return db.session.scalars(statement).all()


def shifts_that_change(now: datetime) -> Sequence[Shift]:
    """What the next publishing of the rota adds or takes away, locked."""
    statement = select(Shift).where(
        Shift.ends_at > now, or_(Shift.is_published.is_(False), Shift.leaves.is_(True))
    )
    return db.session.scalars(for_update(statement.order_by(Shift.id))).all()


def shifts_offered_to(staff_id: str, now: datetime) -> Sequence[Shift]:
    """What colleagues ask this person to take over."""
    statement = (
        select(Shift)
        .where(Shift.offered_to == staff_id, Shift.is_published, Shift.ends_at > now)
        .order_by(Shift.begins_at, Shift.id)
    )
    return db.session.scalars(statement).all()


def has_published_rota(now: datetime) -> bool:
    """Whether anybody's duty is written down for a time that is not over."""
    statement = select(Shift.id).where(Shift.is_published, Shift.ends_at > now).limit(1)
    return db.session.scalar(statement) is not None


def people_of(roles: Collection[Role]) -> Sequence[Staff]:
    """The open accounts of these roles, by alias."""
    statement = select(Staff).where(Staff.role.in_(roles), Staff.closed_at.is_(None)).order_by(Staff.alias)
    return db.session.scalars(statement).all()

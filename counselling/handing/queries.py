"""Questions about who works in a case besides its owner, about handovers and supervisions."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from core.db import db
from core.models import AuditEvent
from counselling.models import Case, CaseMember, CaseState


def _is_live(now: datetime) -> ColumnElement[bool]:
    """Whether a member has joined, and neither ended nor come to the end of their time."""
    return and_(
        CaseMember.joined_at <= now,
        CaseMember.ended_at.is_(None),
        or_(CaseMember.until_at.is_(None), CaseMember.until_at > now),
    )


def live_members(case_id: str, now: datetime) -> Sequence[CaseMember]:
    """Who works in a case now besides its owner, in the order in which they came."""
    statement = select(CaseMember).where(CaseMember.case_id == case_id, _is_live(now))
    return db.session.scalars(statement.order_by(CaseMember.joined_at, CaseMember.id)).all()


def live_memberships(case_id: str, staff_id: str, now: datetime) -> Sequence[CaseMember]:
    """What one colleague is in a case now."""
    statement = select(CaseMember).where(
        CaseMember.case_id == case_id, CaseMember.staff_id == staff_id, _is_live(now)
    )
    return db.session.scalars(statement.order_by(CaseMember.joined_at)).all()


def open_members(case_id: str) -> Sequence[CaseMember]:
    """Everybody in a case, and everybody who was invited, whose part has not been ended."""
    statement = select(CaseMember).where(CaseMember.case_id == case_id, CaseMember.ended_at.is_(None))
    return db.session.scalars(statement.order_by(CaseMember.invited_at, CaseMember.id)).all()


def member(member_id: str) -> CaseMember | None:
    return db.session.get(CaseMember, member_id)


def cases_with_member(staff_id: str, now: datetime) -> Sequence[Case]:
    """Open cases in which a colleague is a second or a cover now, the most pressing first."""
    statement = (
        select(Case)
        .join(CaseMember, CaseMember.case_id == Case.id)
        .where(
            CaseMember.staff_id == staff_id,
            _is_live(now),
            Case.state != CaseState.CLOSED,
            Case.wrapped_key.is_not(None),
        )
        .distinct()
        .order_by(Case.rank, Case.opened_at)
    )
    return db.session.scalars(statement).all()


def invitations_of(staff_id: str) -> Sequence[CaseMember]:
    """Invitations to work along that this colleague has not answered."""
    statement = (
        select(CaseMember)
        .join(Case, Case.id == CaseMember.case_id)
        .where(
            CaseMember.staff_id == staff_id,
            CaseMember.joined_at.is_(None),
            CaseMember.ended_at.is_(None),
            Case.wrapped_key.is_not(None),
        )
    )
    return db.session.scalars(statement.order_by(CaseMember.invited_at)).all()


def readings_by_others(target: str, kind: str, own: str, *, limit: int) -> Sequence[AuditEvent]:
    """Who opened a case with a purpose of their own, the latest first."""
    statement = (
        select(AuditEvent)
        .where(AuditEvent.kind == kind, AuditEvent.target == target)
        .order_by(AuditEvent.sequence.desc())
        .limit(limit * 10)
    )
    found = [one for one in db.session.scalars(statement) if one.detail.get("purpose") != own]
    return found[:limit]

"""Questions about who works in a case besides its owner, about handovers and supervisions."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from accounts.models import Staff
from core.db import db, for_update
from core.models import AuditEvent
from counselling.handing.models import Handover, HandoverState, Supervision
from counselling.models import Case, CaseMember, CaseState
from moderation.team.models import TaskKind, TeamTask


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


def member(member_id: str, *, locked: bool = False) -> CaseMember | None:
    statement = select(CaseMember).where(CaseMember.id == member_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


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


def readings_by_others(
    targets: Sequence[str], kinds: Sequence[str], own: str, *, limit: int
) -> Sequence[AuditEvent]:
    """Who opened a case with a purpose of their own, the latest first."""
    statement = (
        select(AuditEvent)
        .where(AuditEvent.kind.in_(kinds), AuditEvent.target.in_(targets))
        .order_by(AuditEvent.sequence.desc())
        .limit(limit * 10)
    )
    found = [one for one in db.session.scalars(statement) if one.detail.get("purpose") != own]
    return found[:limit]


def handover(handover_id: str, *, locked: bool = False) -> Handover | None:
    statement = select(Handover).where(Handover.id == handover_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def open_handover(case_id: str) -> Handover | None:
    """The offer of a case that nobody has answered, if there is one."""
    statement = select(Handover).where(Handover.case_id == case_id, Handover.state == HandoverState.OFFERED)
    return db.session.scalars(statement).one_or_none()


def handovers(case_id: str) -> Sequence[Handover]:
    """Every offer of a case, the latest first."""
    statement = select(Handover).where(Handover.case_id == case_id)
    return db.session.scalars(statement.order_by(Handover.offered_at.desc(), Handover.id)).all()


def offers_to(staff: Staff) -> Sequence[tuple[Handover, Case]]:
    """What colleagues offer to this professional, and with which case each goes, the most pressing first."""
    statement = (
        select(Handover, Case)
        .join(Case, Case.id == Handover.case_id)
        .where(
            Handover.to_id == staff.id,
            Handover.state == HandoverState.OFFERED,
            Case.wrapped_key.is_not(None),
        )
        .order_by(Case.rank, Handover.due_at)
    )
    return [(row[0], row[1]) for row in db.session.execute(statement)]


def offers_to_the_lead() -> Sequence[tuple[Handover, Case]]:
    """What the lead is to give to somebody."""
    statement = (
        select(Handover, Case)
        .join(Case, Case.id == Handover.case_id)
        .where(
            Handover.to_id.is_(None), Handover.state == HandoverState.OFFERED, Case.wrapped_key.is_not(None)
        )
        .order_by(Case.rank, Handover.due_at)
    )
    return [(row[0], row[1]) for row in db.session.execute(statement)]


def overdue_handovers(now: datetime) -> Sequence[tuple[str, str]]:
    """The ids of offers whose time is over, each with its case."""
    statement = select(Handover.id, Handover.case_id).where(
        Handover.state == HandoverState.OFFERED, Handover.due_at <= now
    )
    return [(row.id, row.case_id) for row in db.session.execute(statement.order_by(Handover.due_at))]


def tasks_about(handover_id: str) -> Sequence[TeamTask]:
    """What the lead was asked about an offer and has not done. Its note is the id of the offer, sealed."""
    statement = select(TeamTask).where(TeamTask.kind == TaskKind.HANDOVER, TeamTask.done_at.is_(None))
    return [one for one in db.session.scalars(statement) if one.note == handover_id]


def open_tasks_of(kind: TaskKind) -> Sequence[TeamTask]:
    """What of one kind is asked and not done, whoever is asked."""
    statement = select(TeamTask).where(TeamTask.kind == kind, TeamTask.done_at.is_(None))
    return db.session.scalars(statement.order_by(TeamTask.due_at)).all()


def count_open_cases(staff_ids: Sequence[str]) -> dict[str, int]:
    """How many open cases each of these professionals has."""
    statement = (
        select(Case.owner_id, func.count())
        .where(Case.owner_id.in_(staff_ids), Case.state != CaseState.CLOSED)
        .group_by(Case.owner_id)
    )
    return {str(owner_id): count for owner_id, count in db.session.execute(statement)}


def supervision(supervision_id: str, *, locked: bool = False) -> Supervision | None:
    statement = select(Supervision).where(Supervision.id == supervision_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def supervisions(case_id: str) -> Sequence[Supervision]:
    """Every supervision of a case, the latest first."""
    statement = select(Supervision).where(Supervision.case_id == case_id)
    return db.session.scalars(statement.order_by(Supervision.asked_at.desc(), Supervision.id)).all()


def supervisions_by(staff_id: str, now: datetime) -> Sequence[Supervision]:
    """What this professional was asked to supervise and may still read."""
    statement = (
        select(Supervision)
        .join(Case, Case.id == Supervision.case_id)
        .where(
            Supervision.supervisor_id == staff_id,
            Supervision.ended_at.is_(None),
            Supervision.until_at > now,
            Case.wrapped_key.is_not(None),
        )
    )
    return db.session.scalars(statement.order_by(Supervision.until_at)).all()

"""Questions to the database about the team: shifts, tasks, and what each moderator asked for."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import or_, select

from accounts.models import Staff
from accounts.permissions import Role
from core.db import db, for_update
from moderation.bands import Band
from moderation.models import Decision, Escalation, QueueItem
from moderation.team.models import Duty, ModeratorSetting, Shift, TaskKind, TeamTask


def staff_on_duty(duty: Duty, now: datetime) -> Sequence[Staff]:
    """Whose shift of this duty runs at this moment, by the published rota; closed accounts have none."""
    statement = (
        select(Staff)
        .join(Shift, Shift.staff_id == Staff.id)
        .where(
            Shift.duty == duty,
            Shift.is_published,
            Shift.begins_at <= now,
            Shift.ends_at > now,
            Staff.closed_at.is_(None),
        )
        .order_by(Shift.begins_at, Staff.id)
    )
    return db.session.scalars(statement).unique().all()


def staff_of_role(role: Role) -> Sequence[Staff]:
    """The open accounts of a role."""
    statement = select(Staff).where(Staff.role == role, Staff.closed_at.is_(None)).order_by(Staff.id)
    return db.session.scalars(statement).all()


def task(task_id: str, *, locked: bool = False) -> TeamTask | None:
    statement = select(TeamTask).where(TeamTask.id == task_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def open_task(kind: TaskKind, item_id: str, *, about: str | None = None) -> TeamTask | None:
    """The task of this kind about an item that nobody has done yet; of a person's act, where one is named."""
    statement = select(TeamTask).where(
        TeamTask.kind == kind, TeamTask.item_id == item_id, TeamTask.done_at.is_(None)
    )
    if about is not None:
        statement = statement.where(TeamTask.about_staff == about)
    return db.session.scalars(statement).first()


def open_tasks_about(item_id: str) -> Sequence[TeamTask]:
    """Whatever is asked about an item and not done yet."""
    statement = select(TeamTask).where(TeamTask.item_id == item_id, TeamTask.done_at.is_(None))
    return db.session.scalars(statement).all()


def tasks_ended_at(item_id: str, moment: datetime) -> Sequence[TeamTask]:
    """The tasks about an item that were over at exactly this moment."""
    statement = select(TeamTask).where(TeamTask.item_id == item_id, TeamTask.done_at == moment)
    return db.session.scalars(statement).all()


def open_tasks_for(staff_id: str, duties: Collection[Duty]) -> Sequence[TeamTask]:
    """What waits for this person, or for whoever has one of these duties, the soonest due first; no review of
    their own acts.
    """
    mine = or_(TeamTask.for_staff == staff_id, TeamTask.for_duty.in_(duties))
    by_others = or_(
        TeamTask.kind != TaskKind.REVIEW, TeamTask.about_staff.is_(None), TeamTask.about_staff != staff_id
    )
    statement = select(TeamTask).where(TeamTask.done_at.is_(None), mine, by_others)
    statement = statement.order_by(TeamTask.due_at)
    return db.session.scalars(statement).all()


def open_tasks_for_duty(duty: Duty) -> Sequence[TeamTask]:
    """What waits for whoever has this duty."""
    statement = select(TeamTask).where(TeamTask.done_at.is_(None), TeamTask.for_duty == duty)
    return db.session.scalars(statement).all()


def items_of_tasks(task_ids: Sequence[str]) -> Sequence[QueueItem]:
    """The texts that these tasks are about."""
    statement = (
        select(QueueItem).join(TeamTask, TeamTask.item_id == QueueItem.id).where(TeamTask.id.in_(task_ids))
    )
    return db.session.scalars(statement).unique().all()


def moderator_setting(staff_id: str, *, locked: bool = False) -> ModeratorSetting | None:
    statement = select(ModeratorSetting).where(ModeratorSetting.staff_id == staff_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def bands_decided_by(staff_id: str, since: datetime) -> Sequence[Band]:
    """The bands of what one person decided since a moment; what they took back does not count."""
    statement = select(Decision.band).where(
        Decision.staff_id == staff_id, Decision.at >= since, Decision.reverses_id.is_(None)
    )
    return db.session.scalars(statement).all()


def escalations_answered(staff_id: str, since: datetime) -> Sequence[Escalation]:
    """What this person escalated and a professional has answered since, the newest first."""
    statement = (
        select(Escalation)
        .where(Escalation.raised_by == staff_id, Escalation.answered_at >= since)
        .order_by(Escalation.answered_at.desc())
    )
    return db.session.scalars(statement.limit(20)).all()

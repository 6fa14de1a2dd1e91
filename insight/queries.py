"""Insight's questions to the database. Every answer is a number, or names what is counted."""

from sqlalchemy import func, select

from core.db import db
from core.models import OutboxRow
from counselling.models import Case, CaseState
from forum.models import Post, PostStatus, Thread
from moderation.bands import Band
from moderation.models import Escalation, EscalationState, QueueItem
from moderation.promises.models import Wait


def count_public_threads() -> int:
    return db.session.scalar(select(func.count()).select_from(Thread).where(Thread.is_public)) or 0


def count_public_posts() -> int:
    """What readers can read: each public thread's opening post and its published replies."""
    statement = select(func.count() + func.coalesce(func.sum(Thread.reply_count), 0)).where(Thread.is_public)
    return db.session.scalar(statement) or 0


def count_held_texts() -> int:
    """Posts that nobody reads yet and that a person has still to decide about."""
    statement = (
        select(func.count())
        .select_from(QueueItem)
        .join(Post, Post.id == QueueItem.post_id)
        .where(QueueItem.is_open.is_(True), Post.status == PostStatus.HELD)
    )
    return db.session.scalar(statement) or 0


def count_escalations() -> dict[EscalationState, int]:
    statement = select(Escalation.state, func.count().label("how_many")).group_by(Escalation.state)
    return {row.state: row.how_many for row in db.session.execute(statement)}


def count_cases() -> dict[CaseState, int]:
    statement = select(Case.state, func.count().label("how_many")).group_by(Case.state)
    return {row.state: row.how_many for row in db.session.execute(statement)}


def waits_of_month(month: str) -> dict[Band, list[tuple[int, int]]]:
    """For each band (minutes, how many texts waited so long), the shortest wait first."""
    statement = select(Wait.band, Wait.minutes, Wait.count).where(Wait.month == month).order_by(Wait.minutes)
    found: dict[Band, list[tuple[int, int]]] = {}
    for band, minutes, count in db.session.execute(statement):
        found.setdefault(band, []).append((minutes, count))
    return found


def failing_rows() -> list[tuple[str, int]]:
    """(kind, how many) of what was tried after a commit and has not been done yet."""
    statement = select(OutboxRow.kind, func.count()).where(OutboxRow.attempts > 0).group_by(OutboxRow.kind)
    return [(kind, count) for kind, count in db.session.execute(statement.order_by(OutboxRow.kind))]

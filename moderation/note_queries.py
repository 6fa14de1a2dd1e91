"""Questions to the database about the notes between an author and the team."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, delete, func, or_, select

from core.db import db
from core.models import OutboxRow
from forum.models import Post, PostStatus
from moderation.models import Decision, QueueItem, Risk
from moderation.review_models import TeamNote

GONE = (PostStatus.WITHDRAWN, PostStatus.REMOVED)


def note(note_id: str) -> TeamNote | None:
    return db.session.get(TeamNote, note_id)


def notes_of(item_id: str) -> Sequence[TeamNote]:
    """The lines of an item's note, the oldest first."""
    statement = select(TeamNote).where(TeamNote.item_id == item_id).order_by(TeamNote.written_at)
    return db.session.scalars(statement).all()


def notes_on_post(post_id: str) -> Sequence[TeamNote]:
    statement = (
        select(TeamNote)
        .join(QueueItem, QueueItem.id == TeamNote.item_id)
        .where(QueueItem.post_id == post_id)
        .order_by(TeamNote.written_at)
    )
    return db.session.scalars(statement).all()


def count_notes(item_id: str) -> int:
    return db.session.scalar(select(func.count()).where(TeamNote.item_id == item_id)) or 0


def unsent_payloads(item_id: str) -> Sequence[dict[str, Any]]:
    """What waits in the outbox to tell the author of a note: with a decision that can be undone, or of a
    further line that can be taken back.
    """
    decided = select(Decision.notice_row).where(
        Decision.item_id == item_id, Decision.risk == Risk.REACH_OUT, Decision.notice_row.is_not(None)
    )
    written = select(TeamNote.notice_row).where(TeamNote.item_id == item_id, TeamNote.notice_row.is_not(None))
    statement = select(OutboxRow.payload).where(or_(OutboxRow.id.in_(decided), OutboxRow.id.in_(written)))
    return db.session.scalars(statement).all()


def posts_with_old_notes(*, gone_before: datetime, written_before: datetime) -> Sequence[tuple[str, str]]:
    """(item, post) whose note is due to be forgotten: nobody can be reached, the text is gone for long, or
    nothing was written for long.
    """
    newest = func.max(TeamNote.written_at)
    statement = (
        select(QueueItem.id, Post.id)
        .join(TeamNote, TeamNote.item_id == QueueItem.id)
        .join(Post, Post.id == QueueItem.post_id)
        .group_by(QueueItem.id, Post.id, Post.author_ref, Post.status, Post.left_at)
        .having(
            or_(
                Post.author_ref.is_(None),
                Post.status.in_(GONE) & (Post.left_at < gone_before),
                newest < written_before,
            )
        )
    )
    return [(row[0], row[1]) for row in db.session.execute(statement)]


def delete_notes(item_ids: Sequence[str]) -> int:
    """Gives how many lines there were."""
    result: CursorResult[Any] = db.session.execute(  # type: ignore[assignment]
        delete(TeamNote).where(TeamNote.item_id.in_(item_ids))
    )
    return result.rowcount

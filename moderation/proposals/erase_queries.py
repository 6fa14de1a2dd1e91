"""Questions to the database about where words of a text were repeated: by colleagues, by reporters, by its
author, and by others in the same thread.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select

from core.db import db, for_update
from forum.models import Post, PostStatus
from moderation.models import Decision, Escalation, QueueItem, QueueReason
from moderation.review_models import Appeal, Proposal, Sanction, TeamNote
from moderation.team.models import TeamTask

READABLE = (PostStatus.HELD, PostStatus.PUBLISHED, PostStatus.RETURNED, PostStatus.HIDDEN)
# What people typed about a text: by table, each with an `item_id`.
TYPED_ABOUT_ITEMS: dict[type[Any], tuple[str, ...]] = {
    QueueReason: ("note",),
    Decision: ("message",),
    Escalation: ("prompted_by", "already_said", "decline_reason"),
    Proposal: ("act", "reason", "review"),
    Appeal: ("body", "questions", "reply"),
    Sanction: ("message",),
    TeamNote: ("body",),
    TeamTask: ("note",),
}


def items_of_thread(thread_id: str) -> Sequence[QueueItem]:
    """The items of all texts in a thread, locked."""
    statement = select(QueueItem).join(Post, Post.id == QueueItem.post_id).where(Post.thread_id == thread_id)
    return db.session.scalars(for_update(statement.order_by(QueueItem.id))).unique().all()


def rows_about(model: type[Any], item_ids: Sequence[str]) -> Sequence[Any]:
    """What was typed about these items, and what was typed about none in particular, locked."""
    belongs = model.item_id.in_(item_ids)
    if model is TeamTask:
        belongs = or_(belongs, TeamTask.item_id.is_(None) & TeamTask.note.is_not(None))
    return db.session.scalars(for_update(select(model).where(belongs).order_by(model.id))).unique().all()


def texts_beside(post: Post) -> Sequence[Post]:
    """The other texts of a thread that somebody reads or may read."""
    statement = select(Post).where(
        Post.thread_id == post.thread_id, Post.id != post.id, Post.status.in_(READABLE)
    )
    return db.session.scalars(for_update(statement.order_by(Post.id))).unique().all()

"""Counselling's questions to the database about the public side of escalated threads."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from core.db import db, for_update
from counselling.threads.models import ThreadCare
from forum.models import Post


def live_care(thread_id: str, *, locked: bool = False) -> ThreadCare | None:
    statement = select(ThreadCare).where(ThreadCare.thread_id == thread_id, ThreadCare.returned_at.is_(None))
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def cares_to_return(now: datetime) -> Sequence[tuple[str, str]]:
    """Cares whose time is over: thread and id."""
    statement = select(ThreadCare.thread_id, ThreadCare.id).where(
        ThreadCare.returned_at.is_(None), ThreadCare.returns_at <= now
    )
    return [(row.thread_id, row.id) for row in db.session.execute(statement.order_by(ThreadCare.returns_at))]


def replies_of_students(thread_id: str) -> Sequence[Post]:
    """What students answered in a thread, as far as they can be reached."""
    statement = select(Post).where(
        Post.thread_id == thread_id, Post.is_opening.is_(False), Post.author_ref.is_not(None)
    )
    return db.session.scalars(statement.order_by(Post.id)).all()

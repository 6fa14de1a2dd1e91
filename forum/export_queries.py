"""Questions to the database of the import and the export of threads."""

from collections.abc import Sequence

from sqlalchemy import select

from core.db import db
from forum.models import Category, Post, PostRevision, PostStatus, Thread
from forum.queries import Rows


def threads_to_export(*, after: int, limit: int) -> Rows:
    """Public threads in the order of their newest post, oldest first, from behind sequence `after`: read
    again in this order, lists look the same.
    """
    statement = (
        select(Thread.id, Thread.title, Thread.language, Thread.last_sequence, Category.slug)
        .join(Category, Category.id == Thread.category_id)
        .where(Thread.is_public.is_(True), Thread.last_sequence > after)
        .order_by(Thread.last_sequence)
        .limit(limit)
    )
    return db.session.execute(statement).all()


def posts_to_export(thread_ids: Sequence[str]) -> Rows:
    """The published posts of these threads with their wording, by thread and position."""
    statement = (
        select(Post.thread_id, Post.is_opening, Post.badge, Post.import_key, PostRevision.body)
        .join(
            PostRevision, (PostRevision.post_id == Post.id) & (PostRevision.number == Post.visible_revision)
        )
        .where(Post.thread_id.in_(thread_ids), Post.status == PostStatus.PUBLISHED)
        .order_by(Post.thread_id, Post.position)
    )
    return db.session.execute(statement).all()


def imported_keys(keys: Sequence[str]) -> set[str]:
    """Of these keys, those that an import has already brought in."""
    found = db.session.scalars(select(Post.import_key).where(Post.import_key.in_(keys)))
    return {key for key in found if key is not None}

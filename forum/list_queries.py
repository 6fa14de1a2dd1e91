"""Lists of threads beyond those of the topics: what waits for an answer, what is like somebody's own, feeds.

Nothing here tells an hour: the order may rest on it, a cursor never does.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, literal, or_, select, tuple_, union_all
from sqlalchemy.orm import aliased

from core.db import db
from forum.models import Category, Post, PostRevision, PostStatus, Thread
from forum.queries import NEWEST, Rows


def waiting_threads(*, category_id: str | None, after: str | None, limit: int) -> Rows:
    """Public threads that nobody but their author has replied to, the longest waiting first.

    `after` is the last one shown. Its time stays in the database: a reader may learn days, and no hours.
    """
    order = (Thread.published_at, Thread.id)
    statement = (
        select(
            Thread.id,
            Thread.title,
            Thread.language,
            Thread.reply_count,
            Thread.warnings,
            Thread.published_at,
            Category.slug,
            Category.names,
        )
        .join(Category, Category.id == Thread.category_id)
        .where(Thread.is_public.is_(True), Thread.is_answered.is_(False))
    )
    if category_id is not None:
        statement = statement.where(Thread.category_id == category_id)
    if after is not None:
        last = aliased(Thread)
        since = select(last.published_at).where(last.id == after).scalar_subquery()
        statement = statement.where(tuple_(*order) > tuple_(since, literal(after, Thread.id.type)))
    return db.session.execute(statement.order_by(*order).limit(limit)).all()


def newest_of_each(category_ids: Sequence[str], *, limit: int) -> Rows:
    """The newest public threads of each of these categories, in no order, with one question."""
    parts = [
        select(
            Thread.id,
            Thread.title,
            Thread.language,
            Thread.last_on,
            Thread.last_sequence,
            Thread.reply_count,
            Thread.is_answered,
            Thread.warnings,
            Thread.category_id,
        )
        .where(Thread.category_id == category_id, Thread.is_public.is_(True))
        .order_by(Thread.last_sequence.desc())
        .limit(limit)
        .subquery()
        for category_id in category_ids
    ]
    return db.session.execute(union_all(*(select(part) for part in parts))).all() if parts else []


_FED_THREADS = (
    select(
        Thread.id,
        Thread.title,
        Thread.language,
        Thread.last_on,
        Thread.warnings,
        Post.published_on,
        PostRevision.body,
    )
    .join(Post, (Post.thread_id == Thread.id) & (Post.position == 1))
    .join(PostRevision, (PostRevision.post_id == Post.id) & (PostRevision.number == Post.visible_revision))
    .where(
        Thread.is_public.is_(True),
        Thread.last_sequence < bindparam("before"),
        Post.is_opening.is_(True),
        Post.status == PostStatus.PUBLISHED,
    )
    .order_by(Thread.last_sequence.desc())
    .limit(bindparam("size"))
)
_FED_OF_CATEGORY = _FED_THREADS.where(Thread.category_id == bindparam("category"))


def fed_threads(*, category_id: str | None, limit: int) -> Rows:
    """Public threads with the words that open them, those with the newest posts first."""
    values: dict[str, Any] = {"before": NEWEST, "size": limit}
    if category_id is None:
        return db.session.execute(_FED_THREADS, values).all()
    return db.session.execute(_FED_OF_CATEGORY, values | {"category": category_id}).all()


def has_answer_beside(post: Post) -> bool:
    """Whether a published reply other than this one is by somebody else than the author of the thread."""
    opening = aliased(Post)
    statement = (
        select(Post.id)
        .join(opening, (opening.thread_id == Post.thread_id) & opening.is_opening.is_(True))
        .where(
            Post.thread_id == post.thread_id,
            Post.id != post.id,
            Post.is_opening.is_(False),
            Post.status == PostStatus.PUBLISHED,
            # Staff have no tag, and neither has the author of a text whose account is gone.
            or_(opening.author_tag.is_(None), Post.author_tag.is_distinct_from(opening.author_tag)),
        )
        .limit(1)
    )
    return db.session.execute(statement).first() is not None

"""The forum's questions to the database.

Pages that visitors see are read as plain rows: entities would cost more than the page.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, literal, select, tuple_, update
from sqlalchemy.orm import aliased

from core.db import db, for_update
from core.ids import encode_id
from forum.models import (
    Category,
    Post,
    PostRevision,
    PostStatus,
    Pseudonym,
    Thread,
)

Rows = Sequence[Row[*tuple[Any, ...]]]


# The statements of visitors' pages are put together once: that takes longer than to run them.
_ALL_CATEGORIES = select(Category).order_by(Category.place, Category.slug)
_CATEGORY_BY_SLUG = select(Category).where(Category.slug == bindparam("slug"))


def all_categories() -> Sequence[Category]:
    return db.session.scalars(_ALL_CATEGORIES).all()


def category_by_slug(slug: str) -> Category | None:
    return db.session.scalars(_CATEGORY_BY_SLUG, {"slug": slug}).one_or_none()


def category(category_id: str) -> Category | None:
    return db.session.get(Category, category_id)


_THREAD_ROW = (
    Thread.id,
    Thread.title,
    Thread.language,
    Thread.last_on,
    Thread.last_sequence,
    Thread.reply_count,
    Thread.warnings,
    Thread.published_at,
)


def _thread_rows() -> Select[*tuple[Any, ...]]:
    """Threads with the names of their category."""
    return select(*_THREAD_ROW, Category.slug, Category.names).join(
        Category, Category.id == Thread.category_id
    )


NEWEST = 2**63 - 1
_NEWEST_THREADS = (
    _thread_rows()
    .where(Thread.is_public.is_(True), Thread.last_sequence < bindparam("before"))
    .order_by(Thread.last_sequence.desc())
    .limit(bindparam("size"))
)
_THREADS_IN_CATEGORY = (
    select(*_THREAD_ROW)
    .where(
        Thread.category_id == bindparam("category"),
        Thread.is_public.is_(True),
        Thread.last_sequence < bindparam("before"),
    )
    .order_by(Thread.last_sequence.desc())
    .limit(bindparam("size"))
)
_THREAD_HEAD = (
    select(
        Thread.id,
        Thread.title,
        Thread.language,
        Thread.is_public,
        Thread.is_answered,
        Thread.is_paused,
        Thread.is_cared_for,
        Thread.reply_count,
        Thread.warnings,
        Category.slug,
        Category.names,
        Category.closed_at,
    )
    .join(Category, Category.id == Thread.category_id)
    .where(Thread.id == bindparam("thread"))
)
_PUBLISHED_POSTS = (
    select(
        Post.id,
        Post.status,
        Post.position,
        Post.published_on,
        Post.byline,
        Post.badge,
        Post.language,
        Post.warnings,
        Post.is_opening,
        Post.reactions,
        Post.author_tag,
        PostRevision.html,
    )
    .join(PostRevision, (PostRevision.post_id == Post.id) & (PostRevision.number == Post.visible_revision))
    .where(
        Post.thread_id == bindparam("thread"),
        Post.position > bindparam("after"),
        Post.status == PostStatus.PUBLISHED,
    )
    .order_by(Post.position)
    .limit(bindparam("size"))
)


def newest_threads(*, before: int | None, limit: int) -> Rows:
    """Public threads by their newest published post, newest first.

    `before` is the last sequence already shown.
    """
    values = {"before": before or NEWEST, "size": limit}
    return db.session.execute(_NEWEST_THREADS, values).all()


def threads_in_category(category_id: str, *, before: int | None, limit: int) -> Rows:
    values = {"category": category_id, "before": before or NEWEST, "size": limit}
    return db.session.execute(_THREADS_IN_CATEGORY, values).all()


def unanswered_threads(*, after: tuple[datetime, str] | None, limit: int) -> Rows:
    """Public threads that nobody but their author has replied to, the longest waiting first.

    `after` is the time and the id of the last one shown.
    """
    order = (Thread.published_at, Thread.id)
    statement = _thread_rows().where(Thread.is_public.is_(True), Thread.is_answered.is_(False))
    if after is not None:
        statement = statement.where(tuple_(*order) > tuple_(*map(literal, after, (c.type for c in order))))
    return db.session.execute(statement.order_by(*order).limit(limit)).all()


def thread_head(thread_id: str) -> Row[*tuple[Any, ...]] | None:
    """What the page of a thread says above its posts; also for threads that are not public."""
    return db.session.execute(_THREAD_HEAD, {"thread": thread_id}).one_or_none()


def published_posts(thread_id: str, *, after: int, limit: int) -> Rows:
    """The posts of a thread that readers may see, in order, from behind position `after`."""
    return db.session.execute(_PUBLISHED_POSTS, {"thread": thread_id, "after": after, "size": limit}).all()


def own_posts_in_thread(thread_id: str, mark: bytes) -> Sequence[Post]:
    """Everything that one author wrote in one thread."""
    statement = select(Post).where(Post.thread_id == thread_id, Post.author_tag == mark)
    return sorted(db.session.scalars(statement), key=lambda post: (post.submitted_at, post.id))


def threads_by_ids(thread_ids: Sequence[str], *, locked: bool = False) -> Sequence[Thread]:
    statement = select(Thread).where(Thread.id.in_(thread_ids)).order_by(Thread.id)
    return db.session.scalars(for_update(statement) if locked else statement).all()


def thread(thread_id: str, *, locked: bool = False) -> Thread | None:
    statement = select(Thread).where(Thread.id == thread_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def post(post_id: str, *, locked: bool = False) -> Post | None:
    statement = select(Post).where(Post.id == post_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def opening_post(thread_id: str) -> Post | None:
    statement = select(Post).where(Post.thread_id == thread_id, Post.is_opening.is_(True))
    return db.session.scalars(statement).one_or_none()


def revision(post_id: str, number: int) -> PostRevision:
    statement = select(PostRevision).where(PostRevision.post_id == post_id, PostRevision.number == number)
    return db.session.scalars(statement).one()


def newest_revision_number(post_id: str) -> int:
    return (
        db.session.scalar(select(func.max(PostRevision.number)).where(PostRevision.post_id == post_id)) or 0
    )


def pseudonym(thread_id: str, mark: bytes) -> Pseudonym | None:
    return db.session.get(Pseudonym, (thread_id, mark))


def names_in_thread(thread_id: str) -> set[str]:
    return set(db.session.scalars(select(Pseudonym.name).where(Pseudonym.thread_id == thread_id)))


def posts_by_marks(marks: Sequence[tuple[str, bytes]]) -> Sequence[Post]:
    """What one author wrote in several threads, given as (thread, mark in it), in the order of writing."""
    if not marks:
        return []
    threads, tags = zip(*marks, strict=True)
    # A mark is of one thread alone, so asking for both lists finds no others; pairs would read the whole
    # table.
    statement = select(Post).where(Post.thread_id.in_(threads), Post.author_tag.in_(tags))
    posts = db.session.scalars(statement).all()
    return sorted(posts, key=lambda post: (not post.is_opening, post.submitted_at, post.id))


def wordings_since(
    marks: Sequence[tuple[str, bytes]], moment: datetime, *, limit: int
) -> Sequence[PostRevision]:
    """The latest wordings of one author's posts in several threads since a moment, the newest first."""
    if not marks:
        return []
    threads, tags = zip(*marks, strict=True)
    statement = (
        select(PostRevision)
        .join(Post, Post.id == PostRevision.post_id)
        .where(
            Post.thread_id.in_(threads),
            Post.author_tag.in_(tags),
            PostRevision.number == Post.latest_revision,
            PostRevision.written_at >= moment,
        )
        .order_by(PostRevision.written_at.desc(), PostRevision.post_id)
        .limit(limit)
    )
    return db.session.scalars(statement).all()


def revisions_to_forget(
    *, gone: Sequence[PostStatus], before: datetime, after: str | None, limit: int
) -> Rows:
    """(revision, post) of sealed wordings that nobody needs by their state: all of a post that is gone, and
    those of others that are neither shown nor waiting.

    In the order of their ids.
    """
    latest = aliased(PostRevision)
    is_gone = Post.status.in_(gone) & (Post.left_at < before)
    is_old = PostRevision.number.not_in([Post.visible_revision, Post.latest_revision]) & (
        latest.written_at < before
    )
    statement = (
        select(PostRevision.id, PostRevision.post_id)
        .join(Post, Post.id == PostRevision.post_id)
        .join(latest, (latest.post_id == Post.id) & (latest.number == Post.latest_revision))
        .where(PostRevision.sealed.is_not(None), is_gone | is_old)
    )
    statement = statement.where(PostRevision.id > (after or encode_id(0)))
    return db.session.execute(statement.order_by(PostRevision.id).limit(limit)).all()


def forget_revisions(revision_ids: Sequence[str]) -> None:
    """Destroy the words of these wordings. Inside `transaction()`."""
    db.session.execute(
        update(PostRevision)
        .where(PostRevision.id.in_(revision_ids))
        .values(sealed=None, body=None, html=None)
    )

"""Questions to the database that the search asks: what belongs into its index, and what may be shown."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from core.db import db
from forum.models import Category, Post, PostRevision, PostStatus, Thread
from forum.queries import Rows


def visible_among(post_ids: Sequence[str]) -> Rows:
    """Of these posts, those that readers may see, with what a search result shows."""
    statement = (
        select(
            Post.id,
            Post.thread_id,
            Post.position,
            Post.sequence,
            Post.published_on,
            Post.byline,
            Post.badge,
            Post.warnings,
            Thread.title,
            Thread.language,
            Thread.warnings.label("thread_warnings"),
            PostRevision.body,
            Category.slug,
            Category.names,
        )
        .join(Thread, Thread.id == Post.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .join(
            PostRevision, (PostRevision.post_id == Post.id) & (PostRevision.number == Post.visible_revision)
        )
        .where(Post.id.in_(post_ids), Post.status == PostStatus.PUBLISHED, Thread.is_public.is_(True))
    )
    return sorted(db.session.execute(statement), key=lambda row: -row.sequence)


def _searchable_rows() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Post.id,
            Post.thread_id,
            Post.sequence,
            Post.is_opening,
            Thread.title,
            Category.slug,
            PostRevision.body,
        )
        .join(Thread, Thread.id == Post.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .join(
            PostRevision, (PostRevision.post_id == Post.id) & (PostRevision.number == Post.visible_revision)
        )
        .where(Post.status == PostStatus.PUBLISHED, Thread.is_public.is_(True))
    )


def searchable_among(post_ids: Sequence[str]) -> Rows:
    """Of these posts, those that belong into the search index."""
    return db.session.execute(_searchable_rows().where(Post.id.in_(post_ids))).all()


def published_beside_openings(post_ids: Sequence[str]) -> Sequence[str]:
    """The published posts of every thread whose opening post is among these."""
    opening = aliased(Post)
    statement = (
        select(Post.id)
        .join(opening, opening.thread_id == Post.thread_id)
        .where(opening.id.in_(post_ids), opening.is_opening.is_(True), Post.status == PostStatus.PUBLISHED)
    )
    return db.session.scalars(statement).all()


def published_sequences(*, after: int, limit: int) -> Rows:
    """(id, sequence) of published posts in the order of publication, from behind sequence `after`.

    Apart from `searchable_among` on purpose: joined, the database sorts everything for every page.
    """
    statement = select(Post.id, Post.sequence).where(
        Post.sequence > after, Post.status == PostStatus.PUBLISHED
    )
    return db.session.execute(statement.order_by(Post.sequence).limit(limit)).all()


def newest_sequence() -> int:
    """The sequence of the newest publication, or 0."""
    return db.session.scalar(select(func.max(Post.sequence))) or 0

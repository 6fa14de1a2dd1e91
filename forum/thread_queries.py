"""What the page of a thread asks beyond its posts: who stands by whom, and what is new for a follower."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Select, func, or_, select, union_all

from core.db import db, for_update
from forum.models import Post, PostStatus, Reaction, ReactionKind, Thread
from forum.queries import Rows


def reaction(post_id: str, tag: bytes, kind: ReactionKind) -> Reaction | None:
    return db.session.get(Reaction, (post_id, tag, kind))


def count_reactions(post_id: str) -> dict[str, int]:
    """How many reacted to a post, by kind."""
    statement = select(Reaction.kind, func.count()).where(Reaction.post_id == post_id).group_by(Reaction.kind)
    return {kind.value: count for kind, count in db.session.execute(statement)}


def reactions_by(tags: Mapping[str, bytes]) -> Sequence[Reaction]:
    """What one person reacted, given the tag that they have at each of these posts."""
    if not tags:
        return []
    # A tag is of one post alone, so asking for both lists finds no others.
    statement = select(Reaction).where(
        Reaction.post_id.in_(tags.keys()), Reaction.reactor_tag.in_(tags.values())
    )
    return db.session.scalars(statement).all()


def posts_with_reactions() -> Rows:
    """(post, thread) of every post to which somebody reacted, thread by thread."""
    reacted = select(Reaction.post_id).distinct()
    statement = select(Post.id, Post.thread_id).where(Post.id.in_(reacted))
    return db.session.execute(statement.order_by(Post.thread_id, Post.id)).all()


def posts_by_ids(post_ids: Collection[str], *, locked: bool = False) -> Sequence[Post]:
    statement = select(Post).where(Post.id.in_(post_ids)).order_by(Post.id)
    return db.session.scalars(for_update(statement) if locked else statement).all()


def is_name_in_thread(thread_id: str, name: str) -> bool:
    """Whether readers see a post under this name in this thread."""
    statement = select(Post.id).where(
        Post.thread_id == thread_id, Post.status == PostStatus.PUBLISHED, Post.byline == name
    )
    return db.session.scalars(statement.limit(1)).first() is not None


class Since(NamedTuple):
    """From where on a thread's posts are new to somebody, and whose do not count: their own, and of those
    whom they muted.
    """

    thread_id: str
    position: int
    mark: bytes
    muted: Collection[str]


def new_posts(marks: Sequence[Since]) -> Rows:
    """(thread, new, first) of the published posts that are new, for each thread, with one question."""
    return db.session.execute(union_all(*map(_new_in, marks))).all() if marks else []


def _new_in(since: Since) -> Select[*tuple[object, ...]]:
    is_new = (
        Post.thread_id == since.thread_id,
        Post.position > since.position,
        Post.status == PostStatus.PUBLISHED,
        or_(Post.author_tag.is_(None), Post.author_tag != since.mark),
        Post.byline.not_in(since.muted),
    )
    count = select(func.count()).select_from(Post).where(*is_new).scalar_subquery()
    first = select(Post.id).where(*is_new).order_by(Post.position).limit(1).scalar_subquery()
    return select(Thread.id, count.label("new"), first.label("first")).where(Thread.id == since.thread_id)

"""Whether readers see anything of an author yet."""

from collections.abc import Sequence

from sqlalchemy import select

from core.db import db
from forum.models import Post, PostStatus


def has_published(marks: Sequence[tuple[str, bytes]]) -> bool:
    """Whether a post by one of these marks, each in its thread, is published."""
    if not marks:
        return False
    threads, tags = zip(*marks, strict=True)
    statement = select(Post.id).where(
        Post.thread_id.in_(threads), Post.author_tag.in_(tags), Post.status == PostStatus.PUBLISHED
    )
    return db.session.execute(statement.limit(1)).first() is not None

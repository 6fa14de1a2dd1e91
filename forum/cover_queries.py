"""Questions to the database about wordings in which words are covered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.db import db
from forum.models import PostRevision


def revisions_of(post_id: str) -> Sequence[PostRevision]:
    """All wordings of a post, the oldest first."""
    statement = select(PostRevision).where(PostRevision.post_id == post_id).order_by(PostRevision.number)
    return db.session.scalars(statement).all()


def covers_of(post_ids: Sequence[str]) -> dict[tuple[str, int], list[dict[str, Any]]]:
    """What is covered in the wordings of these posts, by post and number."""
    columns = select(PostRevision.post_id, PostRevision.number, PostRevision.covers)
    rows = db.session.execute(columns.where(PostRevision.post_id.in_(post_ids)))
    return {(row.post_id, row.number): row.covers for row in rows}


def newest_redaction(post_id: str) -> datetime | None:
    """When words were last taken out of a post for good."""
    covers = db.session.scalars(select(PostRevision.covers).where(PostRevision.post_id == post_id))
    times = [datetime.fromisoformat(one["at"]) for revision in covers for one in revision if "at" in one]
    return max(times, default=None)

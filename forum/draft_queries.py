"""Rows of texts that are still being written. None of them says whose it is or where it belongs."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, delete, select

from core.db import db
from forum.models import TextDraft


def text_draft(mark: bytes) -> TextDraft | None:
    return db.session.get(TextDraft, mark)


def text_drafts(marks: Sequence[bytes]) -> Sequence[TextDraft]:
    return db.session.scalars(select(TextDraft).where(TextDraft.mark.in_(marks))).all()


def placed_text_drafts() -> Sequence[Row[tuple[bytes, bytes]]]:
    """Of every draft that can be asked whether it is one of a text: by what it is found, and what it says."""
    columns = select(TextDraft.mark, TextDraft.place).where(TextDraft.place.is_not(None))
    return db.session.execute(columns).all()  # type: ignore[return-value]


def delete_text_drafts(marks: Sequence[bytes]) -> None:
    db.session.execute(delete(TextDraft).where(TextDraft.mark.in_(marks)))


def delete_expired_text_drafts(now: datetime) -> int:
    """Forget what has lain for its week. Gives how many rows."""
    result = db.session.execute(delete(TextDraft).where(TextDraft.expires_at <= now))
    return int(result.rowcount)  # type: ignore[attr-defined]

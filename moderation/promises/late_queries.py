"""Questions to the database about texts that waited longer than was promised."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select

from core.db import db, for_update
from moderation.models import QueueItem


def has_late_items(now: datetime) -> bool:
    statement = _late(now).with_only_columns(QueueItem.id).limit(1)
    return db.session.execute(statement).first() is not None


def late_items(now: datetime, *, limit: int) -> Sequence[QueueItem]:
    """Open items whose last promised time is over, locked; those that somebody is deciding about are left
    out.
    """
    return db.session.scalars(for_update(_late(now).limit(limit), skip_locked=True)).all()


def _late(now: datetime) -> Select[QueueItem]:
    promised = func.coalesce(QueueItem.promised_by, QueueItem.due_at)
    return select(QueueItem).where(QueueItem.is_open.is_(True), promised < now).order_by(QueueItem.rank)

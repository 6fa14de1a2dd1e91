"""Questions of the pages of the queue: what a list shows at this moment, what stands beside an item, and how
texts like it were decided.

Never a text, and never who wrote it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, literal, select, tuple_

from core.db import db
from forum.models import Post, Thread
from moderation.models import Decision, ItemState, QueueItem, QueueReason, ReasonKind

ORDER = (QueueItem.rank, QueueItem.stands_at, QueueItem.id)
Place = tuple[int, datetime, str]


def states_of_list(*, after: Place | None, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """Ids, bands and states of what is open, in the order of the queue."""
    statement = (
        select(QueueItem.id, QueueItem.band, QueueItem.state, QueueItem.claimed_by, QueueItem.claim_ends_at)
        .where(QueueItem.is_open.is_(True))
        .order_by(*ORDER)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(tuple_(*ORDER) > _place(after))
    return db.session.execute(statement).all()


def items_before(place: Place, *, limit: int) -> Sequence[QueueItem]:
    """The open items that stand before this place in the queue, the nearest first."""
    statement = (
        select(QueueItem)
        .where(QueueItem.is_open.is_(True), tuple_(*ORDER) < _place(place))
        .order_by(*(column.desc() for column in ORDER))
        .limit(limit)
    )
    return db.session.scalars(statement).all()


def open_kinds(item_ids: Sequence[str]) -> dict[str, list[ReasonKind]]:
    """Why each of these items waits: the kinds of its open reasons, each once, the oldest first."""
    statement = (
        select(QueueReason.item_id, QueueReason.kind)
        .where(QueueReason.item_id.in_(item_ids), QueueReason.decision_id.is_(None))
        .order_by(QueueReason.at)
    )
    kinds: dict[str, list[ReasonKind]] = {item_id: [] for item_id in item_ids}
    for item_id, kind in db.session.execute(statement):
        if kind not in kinds[item_id]:
            kinds[item_id].append(kind)
    return kinds


def items_held_for(staff_id: str) -> Sequence[QueueItem]:
    """What colleagues keep on hold for this person, the soonest back first."""
    statement = select(QueueItem).where(QueueItem.held_for == staff_id, QueueItem.state == ItemState.ON_HOLD)
    # Sorted here: they are few, and no index has them in this order.
    return sorted(db.session.scalars(statement), key=lambda item: (item.held_until or item.due_at, item.id))


def latest_decisions_in(category_id: str, *, apart_from: str, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """Of the latest decisions those about texts of a category, without those about one item, the newest
    first: what was decided and on which day, nothing of the text.
    """
    # The newest of all by their index, and then those of the category: asked at once, all would be sorted.
    newest = select(Decision.id).order_by(Decision.at.desc()).limit(limit).subquery()
    statement = (
        select(
            Decision.id,
            Decision.conduct,
            Decision.risk,
            Decision.reason,
            Decision.reason_version,
            Decision.at,
            Decision.reverses_id,
        )
        .join(newest, newest.c.id == Decision.id)
        .join(QueueItem, QueueItem.id == Decision.item_id)
        .join(Post, Post.id == QueueItem.post_id)
        .join(Thread, Thread.id == Post.thread_id)
        .where(Thread.category_id == category_id, Decision.item_id != apart_from)
    )
    return sorted(db.session.execute(statement), key=lambda row: row.at, reverse=True)


def reasons_answered(decision_ids: Sequence[str]) -> dict[str, set[ReasonKind]]:
    """For each of these decisions the kinds of reasons that it answered."""
    statement = (
        select(QueueReason.decision_id, QueueReason.kind)
        .where(QueueReason.decision_id.in_(decision_ids))
        .distinct()
    )
    kinds: dict[str, set[ReasonKind]] = {}
    for decision_id, kind in db.session.execute(statement):
        kinds.setdefault(str(decision_id), set()).add(kind)
    return kinds


def _place(place: Place) -> Any:
    return tuple_(*map(literal, place, (column.type for column in ORDER)))

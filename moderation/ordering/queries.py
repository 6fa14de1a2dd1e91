"""Questions of the ordering model and of the report on it: what people judged, and what paged somebody."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from core.db import db
from forum.models import PostRevision
from moderation.bands import Band
from moderation.models import Decision, ItemState, QueueItem, QueueReason, ReasonKind


def judged_wordings() -> Sequence[Row[*tuple[Any, ...]]]:
    """(item, since when it waited, band that a person gave, wording that they read), the newest decision of
    each item first.
    """
    statement = (
        select(QueueItem.id, QueueItem.waiting_since, Decision.band, PostRevision)
        .join(Decision, Decision.item_id == QueueItem.id)
        .join(
            PostRevision,
            (PostRevision.post_id == QueueItem.post_id) & (PostRevision.number == Decision.revision),
        )
        .where(QueueItem.state == ItemState.DECIDED, Decision.reverses_id.is_(None))
        .order_by(Decision.at.desc(), Decision.id)
    )
    return db.session.execute(statement).all()


def paging_signals() -> Sequence[tuple[datetime, Band, Band]]:
    """(when, band that the screening gave, band that a person gave) of each answered signal that paged."""
    statement = (
        select(QueueReason.at, QueueReason.band, Decision.band)
        .join(Decision, Decision.id == QueueReason.decision_id)
        .where(
            QueueReason.kind.in_((ReasonKind.RISK_SIGNAL, ReasonKind.CONDUCT_SIGNAL)),
            QueueReason.band.in_((Band.CRISIS, Band.RED)),
        )
        .order_by(QueueReason.at)
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(statement)]

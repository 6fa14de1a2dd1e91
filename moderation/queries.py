"""Moderation's questions to the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, Row, delete, func, literal, or_, select, tuple_, update

from core.db import db, for_update
from moderation.appeals.queries import posts_with_open_appeals
from moderation.bands import Band
from moderation.models import (
    Claim,
    Decision,
    Escalation,
    EscalationState,
    ItemState,
    QueueItem,
    QueueReason,
    Report,
)
from moderation.promises.models import HandleMonth
from moderation.team.models import Policy


def newest_policy() -> Policy | None:
    return db.session.scalars(select(Policy).order_by(Policy.version.desc()).limit(1)).one_or_none()


def item(item_id: str, *, locked: bool = False) -> QueueItem | None:
    statement = select(QueueItem).where(QueueItem.id == item_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def item_of_post(post_id: str, *, locked: bool = False) -> QueueItem | None:
    statement = select(QueueItem).where(QueueItem.post_id == post_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def open_items(*, after: tuple[int, datetime, str] | None, limit: int) -> Sequence[QueueItem]:
    """What waits, is claimed or on hold: the most urgent first, then by their place, which is their age or
    little before it.

    `after` is rank, place and id of the last one shown.
    """
    order = (QueueItem.rank, QueueItem.stands_at, QueueItem.id)
    statement = select(QueueItem).where(QueueItem.is_open.is_(True)).order_by(*order).limit(limit)
    if after is not None:
        statement = statement.where(tuple_(*order) > tuple_(*map(literal, after, (c.type for c in order))))
    return db.session.scalars(statement).all()


def end_claims(item_id: str, now: datetime) -> None:
    """Close the lease of an item, whoever had it."""
    db.session.execute(
        update(Claim).where(Claim.item_id == item_id, Claim.ended_at.is_(None)).values(ended_at=now)
    )


def live_claim(item_id: str) -> Claim | None:
    """The lease that was not ended yet, on an item that is locked."""
    statement = select(Claim).where(Claim.item_id == item_id, Claim.ended_at.is_(None))
    return db.session.scalars(statement).one_or_none()


def live_items_of(staff_id: str, now: datetime) -> Sequence[QueueItem]:
    """What a person holds at this moment, the most urgent first, then the oldest."""
    statement = select(QueueItem).where(
        QueueItem.claimed_by == staff_id, QueueItem.state == ItemState.CLAIMED, QueueItem.claim_ends_at >= now
    )
    # Sorted here: they are few, found by who holds them, and no index has them in this order.
    return sorted(db.session.scalars(statement), key=lambda item: (item.rank, item.waiting_since))


def lapsed_items(now: datetime) -> Sequence[QueueItem]:
    """Claimed items whose lease is over, and items on hold whose time is over."""
    statement = select(QueueItem).where(
        QueueItem.is_open.is_(True),
        or_(
            (QueueItem.state == ItemState.CLAIMED) & (QueueItem.claim_ends_at < now),
            (QueueItem.state == ItemState.ON_HOLD) & (QueueItem.held_until < now),
        ),
    )
    return db.session.scalars(for_update(statement, skip_locked=True)).all()


def overdue_urgent_items(now: datetime) -> Sequence[QueueItem]:
    """Items of crisis and red that nobody decided in time."""
    statement = select(QueueItem).where(
        QueueItem.is_open.is_(True), QueueItem.rank <= Band.RED.rank, QueueItem.due_at < now
    )
    return db.session.scalars(for_update(statement, skip_locked=True)).all()


def open_reasons(item_id: str) -> Sequence[QueueReason]:
    statement = select(QueueReason).where(QueueReason.item_id == item_id, QueueReason.decision_id.is_(None))
    # Sorted here: they are few, and an author's page asks for them.
    return sorted(db.session.scalars(statement), key=lambda reason: reason.at)


def reasons_of(item_id: str) -> Sequence[QueueReason]:
    """Every reason for which a text waits or waited."""
    return db.session.scalars(select(QueueReason).where(QueueReason.item_id == item_id)).all()


def reasons_answered_by(decision_id: str) -> Sequence[QueueReason]:
    return db.session.scalars(select(QueueReason).where(QueueReason.decision_id == decision_id)).all()


def decisions_of(item_id: str) -> Sequence[Decision]:
    statement = select(Decision).where(Decision.item_id == item_id).order_by(Decision.at.desc())
    return db.session.scalars(statement).all()


def decision(decision_id: str) -> Decision | None:
    return db.session.get(Decision, decision_id)


def reports_of_reasons(reason_ids: Sequence[str]) -> Sequence[Report]:
    return db.session.scalars(select(Report).where(Report.queue_reason_id.in_(reason_ids))).all()


def report_by_code(code_hash: bytes) -> Report | None:
    return db.session.scalars(select(Report).where(Report.code_hash == code_hash)).one_or_none()


def escalation(escalation_id: str, *, locked: bool = False) -> Escalation | None:
    statement = select(Escalation).where(Escalation.id == escalation_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def waiting_escalation(item_id: str) -> Escalation | None:
    statement = select(Escalation).where(
        Escalation.item_id == item_id, Escalation.state == EscalationState.WAITING
    )
    return db.session.scalars(for_update(statement)).one_or_none()


def has_open_escalation(item_id: str) -> bool:
    states = (EscalationState.WAITING, EscalationState.ACCEPTED)
    statement = (
        select(Escalation.id).where(Escalation.item_id == item_id, Escalation.state.in_(states)).limit(1)
    )
    return db.session.execute(statement).first() is not None


def escalations_of_item(item_id: str) -> Sequence[Escalation]:
    statement = select(Escalation).where(Escalation.item_id == item_id).order_by(Escalation.raised_at.desc())
    return db.session.scalars(statement).all()


def escalations_in_state(*states: EscalationState) -> Sequence[Escalation]:
    """The most urgent first, then by due time."""
    statement = (
        select(Escalation).where(Escalation.state.in_(states)).order_by(Escalation.rank, Escalation.due_at)
    )
    return db.session.scalars(statement).all()


def overdue_escalations(now: datetime) -> Sequence[Escalation]:
    statement = select(Escalation).where(Escalation.state == EscalationState.WAITING, Escalation.due_at < now)
    return db.session.scalars(for_update(statement, skip_locked=True)).all()


def handle_month(key: bytes) -> HandleMonth | None:
    return db.session.get(HandleMonth, key)


def delete_handle_months_before(month: str) -> int:
    result: CursorResult[Any] = db.session.execute(delete(HandleMonth).where(HandleMonth.month < month))  # type: ignore[assignment]
    return result.rowcount


def items_needed_for(post_ids: Sequence[str]) -> set[str]:
    """Of these posts, those whose text a person may still have to read: an open item, an open escalation, an
    open appeal.
    """
    from_items = select(QueueItem.post_id).where(QueueItem.post_id.in_(post_ids), QueueItem.is_open.is_(True))
    states = (EscalationState.WAITING, EscalationState.ACCEPTED)
    from_cases = select(Escalation.post_id).where(
        Escalation.post_id.in_(post_ids), Escalation.state.in_(states)
    )
    needed = set(db.session.scalars(from_items)) | set(db.session.scalars(from_cases))
    return needed | posts_with_open_appeals(post_ids)


def delete_reports_before(moment: datetime) -> int:
    """How many were there to delete."""
    statement = delete(Report).where(Report.received_at < moment)
    result: CursorResult[Any] = db.session.execute(statement)  # type: ignore[assignment]
    return result.rowcount


def count_open_items_by_band() -> dict[Band, int]:
    statement = (
        select(QueueItem.band, func.count().label("how_many"))
        .where(QueueItem.is_open.is_(True))
        .group_by(QueueItem.band)
    )
    return {row.band: row.how_many for row in db.session.execute(statement)}


def count_open_of(band: Band) -> int:
    statement = select(func.count()).where(QueueItem.is_open.is_(True), QueueItem.rank == band.rank)
    return db.session.scalar(statement) or 0


def count_decisions_since(moment: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """(conduct, how many) since a moment."""
    statement = select(Decision.conduct, func.count()).where(Decision.at >= moment).group_by(Decision.conduct)
    return db.session.execute(statement).all()

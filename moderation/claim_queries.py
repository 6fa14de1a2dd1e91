"""Questions to the database about who has an item, who let it go by, and who must not judge it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, delete, func, literal, or_, select, tuple_, update

from core.db import db, for_update
from moderation.appeals.queries import EXCLUDED
from moderation.models import Claim, Conduct, Decision, ItemState, QueueItem, QueueReason, ReasonKind
from moderation.review_models import Proposal, Sanction, SanctionKind, Skip
from moderation.team.models import TaskKind, TeamTask

IN_ORDER = (QueueItem.rank, QueueItem.stands_at, QueueItem.id)


def _is_free(now: datetime) -> ColumnElement[bool]:
    """Nobody has it: a claim that lapsed and a hold whose time is over keep nothing back."""
    return or_(
        QueueItem.state == ItemState.WAITING,
        (QueueItem.state == ItemState.CLAIMED) & (QueueItem.claim_ends_at < now),
        (QueueItem.state == ItemState.ON_HOLD) & (QueueItem.held_until < now),
    )


def free_items(
    now: datetime, *, limit: int | None = None, after: tuple[int, datetime, str] | None = None
) -> Sequence[QueueItem]:
    """Items that nobody has, in the order of the queue.

    `after` is rank, place and id of the last one that was looked at.
    """
    statement = select(QueueItem).where(QueueItem.is_open.is_(True), _is_free(now)).order_by(*IN_ORDER)
    if after is not None:
        place = map(literal, after, (column.type for column in IN_ORDER))
        statement = statement.where(tuple_(*IN_ORDER) > tuple_(*place))
    return db.session.scalars(statement.limit(limit)).all()


def take_item(
    item_id: str, *, staff_id: str, token: str, ends_at: datetime, now: datetime, from_hold: bool = False
) -> bool:
    """The one conditional UPDATE that acquires an item. False when somebody else has it.

    `from_hold` takes up an item whose hold still runs; the caller has locked it and asked whether it may be.
    """
    can_be_taken = _is_free(now)
    if from_hold:
        can_be_taken = or_(can_be_taken, QueueItem.state == ItemState.ON_HOLD)
    statement = (
        update(QueueItem)
        .where(QueueItem.id == item_id, can_be_taken)
        .values(
            state=ItemState.CLAIMED,
            claimed_by=staff_id,
            claim_token=token,
            claim_ends_at=ends_at,
            held_for=None,
            held_until=None,
        )
        .execution_options(synchronize_session="fetch")
    )
    result: CursorResult[Any] = db.session.execute(statement)  # type: ignore[assignment]
    return result.rowcount == 1


def kept_items(staff_id: str, now: datetime) -> Sequence[QueueItem]:
    """What colleagues keep for this person at this moment, the most urgent first. Locked."""
    statement = select(QueueItem).where(
        QueueItem.held_for == staff_id, QueueItem.state == ItemState.ON_HOLD, QueueItem.held_until >= now
    )
    # Sorted here: they are few, and found by whom they are kept for.
    return sorted(db.session.scalars(for_update(statement)), key=lambda item: (item.rank, item.stands_at))


def items_kept_for(staff_id: str) -> Sequence[QueueItem]:
    """All that lies on hold for this person. Locked in the order of their ids."""
    statement = select(QueueItem).where(QueueItem.held_for == staff_id, QueueItem.state == ItemState.ON_HOLD)
    return db.session.scalars(for_update(statement.order_by(QueueItem.id))).all()


def items_kept() -> Sequence[QueueItem]:
    """All that lies on hold for somebody; what another is changing is left out. Locked."""
    statement = select(QueueItem).where(QueueItem.held_for.is_not(None), QueueItem.state == ItemState.ON_HOLD)
    return db.session.scalars(for_update(statement, skip_locked=True)).all()


def items_of_holder(staff_id: str) -> Sequence[QueueItem]:
    """What this person holds, or held until it lapsed and nobody took it. Locked in the order of their
    ids.
    """
    statement = select(QueueItem).where(QueueItem.claimed_by == staff_id, QueueItem.is_open.is_(True))
    return db.session.scalars(for_update(statement.order_by(QueueItem.id))).all()


def holders() -> Sequence[str]:
    """Everybody who has a live claim, or for whom something lies on hold."""
    claiming = select(Claim.staff_id).where(Claim.ended_at.is_(None))
    kept = select(QueueItem.held_for).where(
        QueueItem.held_for.is_not(None), QueueItem.state == ItemState.ON_HOLD
    )
    return sorted({*db.session.scalars(claiming), *filter(None, db.session.scalars(kept))})


def open_items() -> Sequence[QueueItem]:
    """Every item that is not decided."""
    return db.session.scalars(select(QueueItem).where(QueueItem.is_open.is_(True))).all()


def items_about(post_ids: Sequence[str]) -> Sequence[QueueItem]:
    """The items of these posts."""
    return db.session.scalars(select(QueueItem).where(QueueItem.post_id.in_(post_ids))).all()


def items_to_change(item_ids: Sequence[str]) -> Sequence[QueueItem]:
    """These items. Locked in the order of their ids."""
    statement = select(QueueItem).where(QueueItem.id.in_(item_ids)).order_by(QueueItem.id)
    return db.session.scalars(for_update(statement)).all()


def skip(item_id: str, staff_id: str) -> Skip | None:
    return db.session.get(Skip, (item_id, staff_id))


def skipped_items(staff_id: str, now: datetime) -> frozenset[str]:
    """The items that this person let go by and is not offered yet."""
    statement = select(Skip.item_id).where(Skip.staff_id == staff_id, Skip.until > now)
    return frozenset(db.session.scalars(statement))


def count_skips(item_id: str, now: datetime) -> int:
    """How many people let this item go by within the last day."""
    statement = select(func.count()).select_from(Skip).where(Skip.item_id == item_id, Skip.until > now)
    return db.session.scalar(statement) or 0


def delete_skips_before(now: datetime) -> int:
    """Forget who let what go by, once it has no effect any more. Gives how many."""
    result: CursorResult[Any] = db.session.execute(delete(Skip).where(Skip.until <= now))  # type: ignore[assignment]
    return result.rowcount


def items_for_another(staff_id: str) -> frozenset[str]:
    """Items that wait for another pair of eyes than this person's: those with an open appeal about which they
    decided or confirmed something, and those that wait for a second look after they hid them or paused their
    author.
    """
    own = or_(Decision.staff_id == staff_id, Decision.confirmed_by == staff_id)
    is_theirs = or_(
        QueueReason.kind == ReasonKind.APPEAL,
        (QueueReason.kind == ReasonKind.SECOND_LOOK) & (Decision.conduct == Conduct.HIDE),
    )
    statement = (
        select(QueueReason.item_id)
        .join(Decision, Decision.item_id == QueueReason.item_id)
        .where(QueueReason.decision_id.is_(None), is_theirs, own)
    )
    # Whoever set a step for the text, or proposed it, has judged its author, too.
    is_their_pause = (Sanction.kind == SanctionKind.PAUSE) & Sanction.lifted_at.is_(None)
    steps = (
        select(QueueReason.item_id)
        .join(Sanction, Sanction.item_id == QueueReason.item_id)
        .where(
            or_(
                QueueReason.kind == ReasonKind.APPEAL,
                (QueueReason.kind == ReasonKind.SECOND_LOOK) & is_their_pause,
            ),
            QueueReason.decision_id.is_(None),
            Sanction.set_by == staff_id,
        )
    )
    proposed = (
        select(QueueReason.item_id)
        .join(Proposal, Proposal.item_id == QueueReason.item_id)
        .where(
            QueueReason.kind == ReasonKind.APPEAL,
            QueueReason.decision_id.is_(None),
            Proposal.proposed_by == staff_id,
            *EXCLUDED,
        )
    )
    return frozenset(db.session.scalars(statement.union(steps, proposed)))


def is_asked(kind: TaskKind, item_id: str, *, since: datetime) -> bool:
    """Whether the team is asked about this item, or was and somebody answered since a moment."""
    by_hand = (TeamTask.done_at >= since) & TeamTask.done_by.is_not(None)
    statement = select(TeamTask.id).where(
        TeamTask.kind == kind, TeamTask.item_id == item_id, or_(TeamTask.done_at.is_(None), by_hand)
    )
    return db.session.execute(statement.limit(1)).first() is not None

"""Moderation's questions to the database about appeals and sanctions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, delete, select

from core.db import db, for_update
from moderation.models import Decision, QueueItem
from moderation.review_models import Appeal, AppealState, Proposal, ProposalKind, ProposalState, Sanction

OPEN_APPEALS = (AppealState.SENT, AppealState.ACCEPTED)
# Who proposed an exclusion that another approved has judged as much as they.
EXCLUDED = (Proposal.kind == ProposalKind.EXCLUDE, Proposal.state == ProposalState.DONE)


def decision_by_code(code_hash: bytes) -> Decision | None:
    return db.session.scalars(select(Decision).where(Decision.appeal_hash == code_hash)).one_or_none()


def sanction_by_code(code_hash: bytes) -> Sanction | None:
    return db.session.scalars(select(Sanction).where(Sanction.appeal_hash == code_hash)).one_or_none()


def is_reversed(decision_id: str) -> bool:
    """Whether a later decision took this one back."""
    statement = select(Decision.id).where(Decision.reverses_id == decision_id).limit(1)
    return db.session.execute(statement).first() is not None


def appeal(appeal_id: str, *, locked: bool = False) -> Appeal | None:
    statement = select(Appeal).where(Appeal.id == appeal_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def appeal_of(*, decision_id: str | None, sanction_id: str | None, locked: bool = False) -> Appeal | None:
    """The appeal against a decision or a sanction, if there is one."""
    statement = select(Appeal).where(Appeal.decision_id == decision_id)
    if decision_id is None:
        statement = select(Appeal).where(Appeal.sanction_id == sanction_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def open_appeals(item_id: str, *, locked: bool = False) -> Sequence[Appeal]:
    """What is not answered yet about an item, the oldest first."""
    statement = select(Appeal).where(Appeal.item_id == item_id, Appeal.state.in_(OPEN_APPEALS))
    found = db.session.scalars(for_update(statement) if locked else statement)
    return sorted(found, key=lambda appeal: (appeal.sent_at, appeal.id))


def has_open_appeal(item_id: str) -> bool:
    statement = select(Appeal.id).where(Appeal.item_id == item_id, Appeal.state.in_(OPEN_APPEALS)).limit(1)
    return db.session.execute(statement).first() is not None


def appeals_of_item(item_id: str) -> Sequence[Appeal]:
    """All of them, the newest first."""
    statement = select(Appeal).where(Appeal.item_id == item_id).order_by(Appeal.sent_at.desc())
    return db.session.scalars(statement).all()


def posts_with_open_appeals(post_ids: Sequence[str]) -> set[str]:
    """Of these posts, those about which an appeal is open."""
    statement = (
        select(QueueItem.post_id)
        .join(Appeal, Appeal.item_id == QueueItem.id)
        .where(QueueItem.post_id.in_(post_ids), Appeal.state.in_(OPEN_APPEALS))
    )
    return set(db.session.scalars(statement))


def judges_of(item_id: str) -> set[str]:
    """The staff who decided about an item or let that leave, and who set or proposed a step for it."""
    decisions = db.session.execute(
        select(Decision.staff_id, Decision.confirmed_by).where(Decision.item_id == item_id)
    )
    sanctions = db.session.scalars(select(Sanction.set_by).where(Sanction.item_id == item_id))
    proposers = db.session.scalars(select(Proposal.proposed_by).where(Proposal.item_id == item_id, *EXCLUDED))
    deciders = {person for row in decisions for person in row if person is not None}
    return deciders | set(sanctions) | set(proposers)


def sanction(sanction_id: str, *, locked: bool = False) -> Sanction | None:
    statement = select(Sanction).where(Sanction.id == sanction_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def sanctions_by_ids(sanction_ids: Sequence[str]) -> Sequence[Sanction]:
    return db.session.scalars(select(Sanction).where(Sanction.id.in_(sanction_ids))).all()


def sanctions_of_item(item_id: str) -> Sequence[Sanction]:
    """The newest first."""
    statement = select(Sanction).where(Sanction.item_id == item_id).order_by(Sanction.begins_at.desc())
    return db.session.scalars(statement).all()


def sanctions_of_decision(decision_id: str) -> Sequence[Sanction]:
    statement = select(Sanction).where(Sanction.decision_id == decision_id, Sanction.lifted_at.is_(None))
    return db.session.scalars(statement).all()


def delete_appeals_before(moment: datetime) -> int:
    """Appeals that were answered before a moment: how many there were to delete."""
    statement = delete(Appeal).where(Appeal.decided_at < moment)
    result: CursorResult[Any] = db.session.execute(statement)  # type: ignore[assignment]
    return result.rowcount

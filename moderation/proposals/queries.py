"""Questions to the database about what one person proposed, did alone, or must look at a second time."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from core.db import db, for_update
from moderation.models import Decision, QueueReason, ReasonKind
from moderation.review_models import Proposal, ProposalKind, ProposalState
from moderation.team.models import TaskKind, TeamTask


def proposal(proposal_id: str, *, locked: bool = False) -> Proposal | None:
    statement = select(Proposal).where(Proposal.id == proposal_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def open_proposal(kind: ProposalKind, target: str) -> Proposal | None:
    """The one that waits for a second person, locked."""
    statement = select(Proposal).where(
        Proposal.kind == kind, Proposal.target == target, Proposal.state == ProposalState.OPEN
    )
    return db.session.scalars(for_update(statement)).one_or_none()


def waiting_decision(item_id: str) -> Proposal | None:
    """The decision of an assisted moderator that waits to be confirmed, or None."""
    statement = select(Proposal).where(
        Proposal.item_id == item_id,
        Proposal.kind == ProposalKind.DECISION,
        Proposal.state == ProposalState.OPEN,
    )
    return db.session.scalars(statement).one_or_none()


def waiting_decisions() -> Sequence[Proposal]:
    """All that wait to be confirmed, the longest waiting first."""
    statement = select(Proposal).where(
        Proposal.kind == ProposalKind.DECISION, Proposal.state == ProposalState.OPEN
    )
    return sorted(db.session.scalars(statement), key=lambda one: one.proposed_at)


def decision_proposals(item_id: str) -> Sequence[Proposal]:
    """Every decision about a text that was laid before a senior, the newest first, locked."""
    statement = select(Proposal).where(Proposal.item_id == item_id, Proposal.kind == ProposalKind.DECISION)
    return db.session.scalars(for_update(statement.order_by(Proposal.proposed_at.desc()))).all()


def last_decision_proposal(item_id: str, staff_id: str) -> Proposal | None:
    """What this person last laid before a senior about a text."""
    statement = select(Proposal).where(
        Proposal.item_id == item_id,
        Proposal.kind == ProposalKind.DECISION,
        Proposal.proposed_by == staff_id,
    )
    return db.session.scalars(statement.order_by(Proposal.proposed_at.desc()).limit(1)).one_or_none()


def open_proposals() -> Sequence[Proposal]:
    """What waits for a second person, the soonest over first."""
    statement = select(Proposal).where(Proposal.state == ProposalState.OPEN)
    return db.session.scalars(statement.order_by(Proposal.expires_at)).all()


def lapsed_proposals(now: datetime) -> Sequence[Proposal]:
    """Those whose time is over and that nobody has lapsed yet, locked."""
    statement = select(Proposal).where(Proposal.state == ProposalState.OPEN, Proposal.expires_at <= now)
    return db.session.scalars(for_update(statement, skip_locked=True)).all()


def proposals_to_review() -> Sequence[Proposal]:
    """What somebody did alone and nobody has reviewed yet, the soonest due first."""
    statement = select(Proposal).where(
        Proposal.state == ProposalState.DONE,
        Proposal.review_due_at.is_not(None),
        Proposal.reviewed_at.is_(None),
    )
    return db.session.scalars(statement.order_by(Proposal.review_due_at)).all()


def answered_proposals(limit: int) -> Sequence[Proposal]:
    """The newest of those that are over, in whatever way."""
    statement = select(Proposal).where(Proposal.state != ProposalState.OPEN)
    return db.session.scalars(statement.order_by(Proposal.expires_at.desc()).limit(limit)).all()


def review_tasks(staff_id: str) -> Sequence[TeamTask]:
    """The open tasks that ask to review what this person did alone."""
    statement = select(TeamTask).where(
        TeamTask.kind == TaskKind.REVIEW, TeamTask.about_staff == staff_id, TeamTask.done_at.is_(None)
    )
    return db.session.scalars(statement).all()


def open_second_looks(item_id: str) -> Sequence[QueueReason]:
    """The reasons of a text that ask for another pair of eyes."""
    statement = select(QueueReason).where(
        QueueReason.item_id == item_id,
        QueueReason.kind == ReasonKind.SECOND_LOOK,
        QueueReason.decision_id.is_(None),
    )
    return db.session.scalars(statement).all()


def marked_reasons(item_id: str) -> Sequence[QueueReason]:
    """The reasons of a text that mark words of it, whoever has answered them."""
    statement = select(QueueReason).where(QueueReason.item_id == item_id, QueueReason.marks.is_not(None))
    return db.session.scalars(statement).all()


def marked_decisions(item_id: str) -> Sequence[Decision]:
    """The decisions about a text that mark words of it."""
    statement = select(Decision).where(Decision.item_id == item_id, Decision.marks.is_not(None))
    return db.session.scalars(statement).all()

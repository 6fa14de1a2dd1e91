"""Excluding an author for good: proposed by one person, approved by another, open to appeal like any step."""

from datetime import datetime

from accounts.models import Staff
from moderation import queries
from moderation.models import QueueItem
from moderation.proposals.proposing import Act, ProposalStale
from moderation.review_models import Proposal, ProposalKind, SanctionKind
from moderation.sanctions import NobodyToReach, NotMisconduct, misconduct_of, set_sanction


def exclusion(item: QueueItem, *, reason: str, message: str, ends_at: datetime | None) -> Act:
    """The act of excluding an author, to be proposed. Raises NotMisconduct."""
    decision = misconduct_of(item)
    if decision is None:
        raise NotMisconduct
    facts = {
        "decision": decision.id,
        "reason": reason,
        "message": message,
        "until": ends_at.isoformat() if ends_at is not None else None,
    }
    return Act(ProposalKind.EXCLUDE, f"item:{item.id}", facts, message, item)


def exclude(proposal: Proposal, actor: Staff, now: datetime) -> None:
    """Do an approved exclusion.

    Raises ProposalStale when the decision that it rests on holds no longer, or nobody can be reached.
    """
    item = queries.item(proposal.item_id, locked=True) if proposal.item_id is not None else None
    decision = misconduct_of(item) if item is not None else None
    facts = proposal.act
    if item is None or decision is None or decision.id != facts["decision"]:
        raise ProposalStale
    try:
        set_sanction(
            item,
            SanctionKind.EXCLUSION,
            reason=facts["reason"],
            ends_at=datetime.fromisoformat(facts["until"]) if facts["until"] else None,
            message=facts["message"],
            actor=actor,
            now=now,
            has_two=True,
        )
    except (NotMisconduct, NobodyToReach) as error:
        raise ProposalStale from error

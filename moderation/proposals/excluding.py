"""Excluding an author for good: proposed by one person, approved by another, open to appeal like any step."""

from datetime import datetime

from accounts.models import Staff
from moderation import queries
from moderation.models import QueueItem
from moderation.proposals.proposing import Act, ProposalStale
from moderation.review_models import Proposal, ProposalKind, SanctionKind
from moderation.sanctions import NobodyToReach, NotMisconduct, misconduct_of, reason_of_step, set_sanction


def exclusion(item: QueueItem, *, reason: str, message: str, ends_at: datetime | None, actor: Staff) -> Act:
    """The act of excluding an author, to be proposed; its reason is cited as it is worded now.

    Raises NotMisconduct.
    """
    decision, cited = misconduct_of(item), reason_of_step(reason, 0, actor)
    if decision is None or cited is None:
        raise NotMisconduct
    facts = {
        "decision": decision.id,
        "reason": cited.key,
        "reason_version": cited.version,
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
            reason_version=facts["reason_version"],
        )
    except (NotMisconduct, NobodyToReach) as error:
        raise ProposalStale from error

"""How a decision that waits for a senior ends without leaving: somebody else decided, its time was over, or
its words are no longer needed.
"""

from datetime import datetime

from accounts.models import Staff
from core.audit import record_event
from moderation.models import ItemState, QueueItem
from moderation.proposals import queries as proposal_queries
from moderation.queue import resume
from moderation.review_models import Proposal, ProposalState
from moderation.team.tasks import ABOUT_A_WAITING_DECISION, end_tasks

# What stays of a proposal once its text is decided: the words to the author live with the decision alone.
KEPT_FACTS = ("conduct", "risk", "band", "revision", "version", "senior", "until")


def close_waiting_decisions(item: QueueItem, *, actor: Staff, now: datetime) -> None:
    """A text is decided: what was laid before a senior about it is answered with it. The item is locked."""
    proposals = proposal_queries.decision_proposals(item.id)
    for proposal in proposals:
        if proposal.state is ProposalState.OPEN:
            proposal.state, proposal.answered_by, proposal.answered_at = ProposalState.REFUSED, actor.id, now
            target, detail = f"proposal:{proposal.id}", {"kind": proposal.kind}
            record_event("proposal_overtaken", actor=actor.actor, target=target, detail=detail, now=now)
        forget_words(proposal)
    if proposals:
        end_tasks(item, ABOUT_A_WAITING_DECISION, by=actor, now=now)


def forget_words(proposal: Proposal) -> None:
    """Words to an author live with the decision, and go with it."""
    proposal.act = {key: value for key, value in proposal.act.items() if key in KEPT_FACTS}


def let_wait_again(item: QueueItem, proposal: Proposal) -> None:
    """A text that was kept for a senior waits for everybody again."""
    if item.state is ItemState.ON_HOLD and item.held_for == proposal.act.get("senior"):
        resume(item)

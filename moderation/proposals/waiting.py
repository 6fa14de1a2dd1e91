"""What is seen of a decision that waits for a senior: what was decided, by whom, for whom it waits and until
when, and what this reader may do about it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import Staff
from accounts.queries import staff_aliases
from core.wording import current_language
from moderation import queries
from moderation.advice import words_of_marks
from moderation.models import ItemState, QueueItem
from moderation.proposals import queries as proposal_queries
from moderation.proposals.confirming import is_current, may_confirm, seniors_time
from moderation.review_models import Proposal, ProposalKind, ProposalState
from moderation.wording.reasons import newest_reasons


@dataclass(frozen=True)
class WaitingDecision:
    """A decision that has not left: `facts` are what would be done, `shown` is the hash of exactly this."""

    proposal: Proposal
    facts: dict[str, Any]
    marked: Sequence[str]
    reason: str
    author: str
    senior: str
    until: datetime
    shown: str
    is_mine: bool
    is_current: bool
    is_seniors: bool
    may_confirm: bool


@dataclass(frozen=True)
class ToConfirm:
    """One line of a list: a text about which a colleague decided and that waits for this reader."""

    item: QueueItem
    author: str
    until: datetime
    is_mine_to_do: bool


def waiting_on(item: QueueItem, reader: Staff, *, now: datetime) -> WaitingDecision | None:
    """The decision about a text that waits, as this reader sees it; None when none does."""
    proposal = proposal_queries.waiting_decision(item.id)
    if proposal is None:
        return None
    facts, senior = proposal.act, proposal.act["senior"]
    names = staff_aliases([one for one in (proposal.proposed_by, senior) if one])
    reason = newest_reasons().get(facts["reason"])
    return WaitingDecision(
        proposal=proposal,
        facts=facts,
        marked=words_of_marks(item.post, facts["revision"], facts["marks"]),
        reason=reason.wording(current_language()).text if reason is not None else "",
        author=names.get(proposal.proposed_by, ""),
        senior=names.get(senior, "") if senior else "",
        until=seniors_time(proposal),
        shown=proposal.act_hash.hex(),
        is_mine=proposal.proposed_by == reader.id,
        is_current=is_current(proposal, item),
        is_seniors=seniors_time(proposal) > now,
        may_confirm=may_confirm(proposal, item, reader, now=now),
    )


def decisions_to_confirm(reader: Staff, *, now: datetime) -> list[ToConfirm]:
    """What waits for this reader's yes, the most urgent first."""
    found = []
    for proposal in proposal_queries.waiting_decisions():
        item = queries.item(proposal.item_id) if proposal.item_id is not None else None
        if item is not None and item.is_open and may_confirm(proposal, item, reader, now=now):
            found.append((proposal, item))
    names = staff_aliases(sorted({proposal.proposed_by for proposal, _ in found}))
    lines = [
        ToConfirm(
            item=item,
            author=names.get(proposal.proposed_by, ""),
            until=seniors_time(proposal),
            is_mine_to_do=proposal.act["senior"] == reader.id,
        )
        for proposal, item in found
    ]
    return sorted(lines, key=lambda line: (line.item.rank, line.item.due_at))


def answered_lately(item: QueueItem, reader: Staff) -> Proposal | None:
    """What this reader decided about a text and got back, or took back, while nobody else has decided."""
    last = proposal_queries.last_decision_proposal(item.id, reader.id)
    is_over = last is not None and last.state not in {ProposalState.OPEN, ProposalState.DONE}
    # Once the text is decided the words are gone from the proposal.
    return last if last is not None and is_over and "message" in last.act else None


def typed_before(item: QueueItem, reader: Staff) -> dict[str, list[str]] | None:
    """What stood in the form of a decision that came back: nothing that somebody typed is lost."""
    last = answered_lately(item, reader) if item.state is ItemState.CLAIMED else None
    if last is None or last.kind is not ProposalKind.DECISION:
        return None
    facts = last.act
    fields = {name: [facts[name]] for name in ("conduct", "risk", "reason", "message", "note")}
    if facts["revision"] == item.post.latest_revision:
        fields["marked"] = ["\n".join(words_of_marks(item.post, facts["revision"], facts["marks"]))]
    return fields

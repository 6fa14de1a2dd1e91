"""What a person sees of proposals: what would be done to what, by when, and what was done alone.

A text that somebody must not judge is not shown to them here either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from accounts import queries as account_queries
from accounts.models import Staff
from accounts.queries import staff_aliases
from forum import queries as forum_queries
from forum.covering import words_at
from moderation import queries
from moderation.access import locked_item
from moderation.proposals import queries as proposal_queries
from moderation.proposals.masking import is_near, stretches_of
from moderation.proposals.proposing import may_answer
from moderation.review_models import Proposal, ProposalKind

OVER_SHOWN = 10


@dataclass(frozen=True)
class ProposalView:
    """One proposal as it is shown: `shown` is the hash of exactly this."""

    proposal: Proposal
    proposer: str
    words: Sequence[str]
    facts: dict[str, Any]
    shown: str
    is_mine: bool


@dataclass(frozen=True)
class ProposalsView:
    """The page of proposals."""

    open: list[ProposalView]
    to_review: list[ProposalView]
    over: list[ProposalView]


def view_proposals(reader: Staff, *, now: datetime) -> ProposalsView:
    """What waits for a second person, what waits for a review, and what was answered lately."""
    return ProposalsView(
        # What waits for a senior is answered beside its text.
        open=[
            one
            for one in _views(_apart_from_decisions(proposal_queries.open_proposals()), reader, now=now)
            if one.proposal.expires_at > now
        ],
        to_review=_views(proposal_queries.proposals_to_review(), reader, now=now),
        over=_views(_apart_from_decisions(proposal_queries.answered_proposals(OVER_SHOWN)), reader, now=now),
    )


def _apart_from_decisions(found: Sequence[Proposal]) -> list[Proposal]:
    return [one for one in found if one.kind is not ProposalKind.DECISION]


def act_alarms(reader: Staff, *, now: datetime) -> list[str]:
    """What every page of those says who could review what a colleague did alone in an emergency."""
    waiting = [
        one
        for one in proposal_queries.proposals_to_review()
        if one.proposed_by != reader.id
        and may_answer(one.kind, reader, now=now)
        and (one.is_emergency or (one.review_due_at is not None and one.review_due_at <= now))
    ]
    if not waiting:
        return []
    overdue = [one for one in waiting if one.review_due_at is not None and one.review_due_at <= now]
    alarms = [
        ngettext(
            "A colleague did something alone that needs a review by another person: see Proposals.",
            "Colleagues did %(num)s things alone that need a review by another person: see Proposals.",
            len(waiting),
        )
    ]
    return [*alarms, _("A review is overdue.")] if overdue else alarms


def locked_proposal(proposal_id: str) -> Proposal | None:
    """A proposal with the text that it is about, locked in the order thread, post, item, proposal."""
    found = proposal_queries.proposal(proposal_id)
    if found is None:
        return None
    if found.item_id is not None:
        locked_item(found.item_id)
    return proposal_queries.proposal(proposal_id, locked=True)


def is_shown_to(proposal: Proposal, reader: Staff, *, now: datetime) -> bool:
    """Whether this person could propose such an act, and nothing keeps its text from them."""
    if not may_answer(proposal.kind, reader, now=now):
        return False
    item = queries.item(proposal.item_id) if proposal.item_id is not None else None
    return item is None or not is_near(item, reader)


def _views(found: Sequence[Proposal], reader: Staff, *, now: datetime) -> list[ProposalView]:
    shown = [one for one in found if is_shown_to(one, reader, now=now)]
    names = staff_aliases(sorted({one.proposed_by for one in shown}))
    return [
        ProposalView(
            proposal=one,
            proposer=names.get(one.proposed_by, ""),
            words=_words_of(one),
            facts=_facts_of(one),
            shown=one.act_hash.hex(),
            is_mine=one.proposed_by == reader.id,
        )
        for one in shown
    ]


def _words_of(proposal: Proposal) -> Sequence[str]:
    """The words that would be taken out; none when they are gone."""
    post = forum_queries.post(proposal.act["post"]) if proposal.kind is ProposalKind.REDACT else None
    return words_at(post, stretches_of(proposal)) if post is not None else []


def _facts_of(proposal: Proposal) -> dict[str, Any]:
    """What is approved, with a name in the place of an id."""
    facts = dict(proposal.act)
    if proposal.kind is ProposalKind.GRANT_ROLE:
        person = account_queries.staff_member(facts["staff"])
        facts["username"] = person.username if person is not None else ""
    return facts

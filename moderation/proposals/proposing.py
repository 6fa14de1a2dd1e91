"""What one person alone may not do: they propose it, and another approves exactly that.

What is approved is a keyed hash of the act and its target, as it was shown: a proposal that changed after
somebody looked is not approved by accident. No second person within a day means no. In an emergency it may be
done at once: with a reason, an alarm to everybody who could have approved, and a review by another person.

How an act is done belongs to its own module; `app.py` joins them with `register_act`.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from accounts.models import Staff, Step
from accounts.permissions import Role
from accounts.training import training_step
from core.audit import record_event
from core.crypto import tag
from core.db import db, transaction
from core.ids import new_public_id
from core.keys import keyring
from core.refusals import Refusal
from moderation.bands import Band
from moderation.models import QueueItem
from moderation.pages import page_staff
from moderation.proposals import queries as proposal_queries
from moderation.review_models import Proposal, ProposalKind, ProposalState
from moderation.team import queries as team_queries
from moderation.team.models import TaskKind
from moderation.team.tasks import ask_team

ANSWERED_WITHIN = timedelta(hours=24)
REVIEWED_WITHIN = timedelta(hours=12)
FOR_COORDINATORS = frozenset({ProposalKind.GRANT_ROLE})

LEGAL: dict[str, tuple[frozenset[ProposalState], ProposalState]] = {
    "approve": (frozenset({ProposalState.OPEN}), ProposalState.DONE),
    "refuse": (frozenset({ProposalState.OPEN}), ProposalState.REFUSED),
    "lapse": (frozenset({ProposalState.OPEN}), ProposalState.LAPSED),
    "review": (frozenset({ProposalState.DONE}), ProposalState.DONE),
}


class AlreadyAnswered(Refusal):
    """Somebody answered first, or its time is over."""

    @property
    def sentence(self) -> str:
        return _("This proposal is no longer open. Nothing was changed.")


class SamePerson(Refusal):
    """The person who proposed it, or did it, cannot be the second one."""

    @property
    def sentence(self) -> str:
        return _("This needs a second person. Ask a colleague to look at it.")


class NotForYou(Refusal):
    """Another role, or a training record, is needed to answer this."""

    status = 403

    @property
    def sentence(self) -> str:
        return _("You cannot answer this. A colleague with the right role and a valid record has to.")


class ProposalChanged(Refusal):
    """What was shown is not what would be done."""

    @property
    def sentence(self) -> str:
        return _("This proposal changed after you opened it. Nothing was done. Please read it again.")


class ProposalStale(Refusal):
    """What it is about is no longer as it was when it was proposed."""

    @property
    def sentence(self) -> str:
        return _("What this is about has changed since it was proposed. Nothing was done. Propose it again.")


class AlreadyProposed(Refusal):
    """A colleague has proposed this already."""

    @property
    def sentence(self) -> str:
        return _("A colleague has already proposed this. You can answer their proposal instead.")


class ReasonMissing(Refusal):
    """A proposal and an emergency say why."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("Please write why. Nothing was changed, and what you typed is below.")


@dataclass(frozen=True)
class Act:
    """What is to be done, to what, and why. `facts` never hold a student's words."""

    kind: ProposalKind
    target: str
    facts: dict[str, Any]
    reason: str
    item: QueueItem | None = None


Do = Callable[[Proposal, Staff, datetime], None]


def register_act(kind: ProposalKind, do: Do) -> None:
    """Say how an approved act is done: in the transaction of the approval, by the person who approved.

    `do` raises ProposalStale when what it is about has changed. Called by `app.py`.
    """
    acts: dict[ProposalKind, Do] = current_app.extensions.setdefault("stoa_acts", {})
    acts[kind] = do


def propose(act: Act, *, actor: Staff, now: datetime) -> Proposal:
    """Ask for a second person, in the caller's transaction.

    Proposed again by the same person, the open proposal changes, and whoever was shown the old one must look
    again. Raises ReasonMissing, NotForYou, AlreadyProposed.
    """
    _require_fit(act, actor, now=now)
    found = proposal_queries.open_proposal(act.kind, act.target)
    if found is not None and found.expires_at <= now:
        _lapse(found, now=now)
        found = None
    if found is not None and found.proposed_by != actor.id:
        raise AlreadyProposed
    proposal = found or _new_proposal(act, actor=actor, now=now)
    proposal.act, proposal.reason = act.facts, act.reason
    proposal.act_hash = act_hash(proposal)
    proposal.proposed_at, proposal.expires_at = now, now + ANSWERED_WITHIN
    db.session.add(proposal)
    db.session.flush()
    _record("proposed", proposal, actor.actor, now=now)
    return proposal


def approve(proposal: Proposal, shown: str, *, actor: Staff, now: datetime) -> None:
    """The second person says yes to what they were shown, and it is done.

    The proposal and its item are locked by the caller. Raises AlreadyAnswered, SamePerson, NotForYou,
    ProposalChanged, ProposalStale.
    """
    _require_open(proposal, now=now)
    _require_second(proposal, actor, now=now)
    if not (
        compare_digest(shown, proposal.act_hash.hex())
        and compare_digest(act_hash(proposal), proposal.act_hash)
    ):
        raise ProposalChanged
    _answer(proposal, "approve", actor=actor, now=now)
    _do(proposal, actor=actor, now=now)
    _record("proposal_approved", proposal, actor.actor, now=now)


def refuse(proposal: Proposal, *, actor: Staff, now: datetime) -> None:
    """The second person says no, or the first one takes it back. Raises AlreadyAnswered, NotForYou."""
    _require_open(proposal, now=now)
    if proposal.proposed_by != actor.id:
        _require_second(proposal, actor, now=now)
    _answer(proposal, "refuse", actor=actor, now=now)
    _record("proposal_refused", proposal, actor.actor, now=now)


def break_glass(act: Act, *, actor: Staff, now: datetime) -> Proposal:
    """Do it at once, alone: everybody who could have approved is alarmed, and one of them reviews it.

    Raises ReasonMissing, NotForYou, ProposalStale.
    """
    proposal = do_alone(act, is_emergency=True, actor=actor, now=now)
    due_at = now + REVIEWED_WITHIN
    page_staff("review", proposal.id, band=Band.RED, due_at=due_at, now=now)
    for person in who_may_answer(act.kind, now=now):
        if person.id != actor.id:
            ask_team(TaskKind.REVIEW, person=person, about=actor, due_at=due_at, now=now)
    return proposal


def do_alone(act: Act, *, actor: Staff, now: datetime, is_emergency: bool = False) -> Proposal:
    """Do it now and have it reviewed within 12 hours: who is on call may lower a band so.

    An open proposal of the same is answered with it. Raises ReasonMissing, NotForYou, ProposalStale.
    """
    _require_fit(act, actor, now=now)
    found = proposal_queries.open_proposal(act.kind, act.target)
    if found is not None:
        _answer(found, "refuse", actor=actor, now=now)
        _record("proposal_overtaken", found, actor.actor, now=now)
    proposal = _new_proposal(act, actor=actor, now=now)
    proposal.state, proposal.is_emergency = ProposalState.DONE, is_emergency
    proposal.answered_at = now
    proposal.review_due_at = proposal.expires_at = now + REVIEWED_WITHIN
    db.session.add(proposal)
    db.session.flush()
    _do(proposal, actor=actor, now=now)
    _record("done_in_emergency" if is_emergency else "done_alone", proposal, actor.actor, now=now)
    return proposal


def review(proposal: Proposal, words: str, *, actor: Staff, now: datetime) -> None:
    """Another person looked at what was done alone, and says what they found.

    Raises AlreadyAnswered, SamePerson, NotForYou, ReasonMissing.
    """
    require_may_review(proposal, actor=actor, now=now)
    if not words.strip():
        raise ReasonMissing
    _move(proposal, "review")
    proposal.reviewed_by, proposal.reviewed_at, proposal.review = actor.id, now, words
    db.session.flush()
    if all(one.proposed_by != proposal.proposed_by for one in proposal_queries.proposals_to_review()):
        for task in proposal_queries.review_tasks(proposal.proposed_by):
            task.done_at, task.done_by = now, actor.id
    _record("proposal_reviewed", proposal, actor.actor, now=now)


def require_may_review(proposal: Proposal, *, actor: Staff, now: datetime) -> None:
    """Raises AlreadyAnswered, SamePerson, NotForYou."""
    if proposal.review_due_at is None or proposal.reviewed_at is not None:
        raise AlreadyAnswered
    _require_second(proposal, actor, now=now)


def may_answer(kind: ProposalKind, person: Staff, *, now: datetime) -> bool:
    """Whether this person's role and record let them propose and answer such an act."""
    if person.closed_at is not None:
        return False
    if kind in FOR_COORDINATORS:
        return person.role is Role.COORDINATOR
    if person.role is Role.MODERATOR:
        return training_step(person, now=now) is Step.INDEPENDENT
    return person.role is Role.PROFESSIONAL


def who_may_answer(kind: ProposalKind, *, now: datetime) -> Sequence[Staff]:
    """Everybody who could be the second person."""
    roles = (Role.COORDINATOR,) if kind in FOR_COORDINATORS else (Role.MODERATOR, Role.PROFESSIONAL)
    people = (person for role in roles for person in team_queries.staff_of_role(role))
    return [person for person in people if may_answer(kind, person, now=now)]


def act_hash(proposal: Proposal) -> bytes:
    """What is approved: keyed, so that nobody can guess an act from the row."""
    exactly = json.dumps(
        {"kind": proposal.kind.value, "target": proposal.target, "act": proposal.act, "why": proposal.reason},
        sort_keys=True,
    )
    return tag(keyring().server_key("proposal"), exactly)


def lapse_proposals(now: datetime) -> None:
    """A job: no second person within a day means no, and who proposed it is told."""
    if not proposal_queries.lapsed_proposals(now):
        return
    with transaction():
        for proposal in proposal_queries.lapsed_proposals(now):
            _lapse(proposal, now=now)


def _lapse(proposal: Proposal, *, now: datetime) -> None:
    _move(proposal, "lapse")
    proposal.answered_at = now
    db.session.flush()  # the next one of this target may be opened in the same transaction
    proposer = _person(proposal.proposed_by)
    if proposer is not None:
        ask_team(TaskKind.LAPSED, person=proposer, now=now)
    _record("proposal_lapsed", proposal, "system", now=now)


def chase_reviews(now: datetime) -> None:
    """A job: a review that nobody did in time is asked of the lead, each day anew until it is done."""
    if not _overdue(now):
        return
    with transaction():
        for proposal in _overdue(now):
            ask_team(TaskKind.REVIEW, about=_person(proposal.proposed_by), now=now)
            proposal.expires_at = now + ANSWERED_WITHIN
            _record("review_overdue", proposal, "system", now=now)


def _overdue(now: datetime) -> list[Proposal]:
    """Unreviewed acts whose review was due and that the lead was not asked about today; until then
    `expires_at` is when they are.
    """
    return [one for one in proposal_queries.proposals_to_review() if one.expires_at <= now]


def _person(staff_id: str) -> Staff | None:
    return db.session.get(Staff, staff_id)


def _new_proposal(act: Act, *, actor: Staff, now: datetime) -> Proposal:
    proposal = Proposal(
        id=new_public_id(),
        kind=act.kind,
        state=ProposalState.OPEN,
        target=act.target,
        item_id=act.item.id if act.item is not None else None,
        act=act.facts,
        reason=act.reason,
        proposed_by=actor.id,
        proposed_at=now,
        expires_at=now + ANSWERED_WITHIN,
        is_emergency=False,
    )
    proposal.act_hash = act_hash(proposal)
    return proposal


def may_propose(kind: ProposalKind, person: Staff, *, now: datetime) -> bool:
    """Whoever could answer such an act may propose it. A decision is proposed by who must not answer one:
    `moderation/proposals/confirming.py` asked already whether they may.
    """
    if kind is ProposalKind.DECISION:
        return person.role is Role.MODERATOR and person.closed_at is None
    return may_answer(kind, person, now=now)


def _require_fit(act: Act, actor: Staff, *, now: datetime) -> None:
    if not act.reason.strip():
        raise ReasonMissing
    if not may_propose(act.kind, actor, now=now):
        raise NotForYou


def _require_open(proposal: Proposal, *, now: datetime) -> None:
    if proposal.state is not ProposalState.OPEN or proposal.expires_at <= now:
        raise AlreadyAnswered


def _require_second(proposal: Proposal, actor: Staff, *, now: datetime) -> None:
    if proposal.proposed_by == actor.id:
        raise SamePerson
    if not may_answer(proposal.kind, actor, now=now):
        raise NotForYou


def _move(proposal: Proposal, act: str) -> None:
    sources, goal = LEGAL[act]
    if proposal.state not in sources:
        raise AlreadyAnswered
    proposal.state = goal


def _answer(proposal: Proposal, act: str, *, actor: Staff, now: datetime) -> None:
    _move(proposal, act)
    proposal.answered_by, proposal.answered_at = actor.id, now
    db.session.flush()


def _do(proposal: Proposal, *, actor: Staff, now: datetime) -> None:
    acts: dict[ProposalKind, Do] = current_app.extensions.get("stoa_acts", {})
    acts[proposal.kind](proposal, actor, now)


def _record(kind: str, proposal: Proposal, actor: str, *, now: datetime) -> None:
    detail = {"kind": proposal.kind, "target": proposal.target, "act": proposal.act_hash.hex()}
    record_event(kind, actor=actor, target=f"proposal:{proposal.id}", detail=detail, now=now)

"""The decision of an assisted moderator: laid before their senior whole, and done when the senior lets it
leave.

Until then nothing is published, told or counted. Two things do not wait, because they protect somebody and
no student is told by them: an escalation to a professional leaves at once, and so does a more urgent band.

The clock of the text goes on. The senior is asked for half of what is left of it, two hours at most, and the
text is kept for them meanwhile, unless it is crisis or red: those wait for everybody from the first moment.
When that time is over, or nobody is set as senior, the lead is asked, and whoever decides alone and is
offered the text may confirm, send back, or decide it themselves.
"""

from datetime import datetime, timedelta
from typing import Any

from accounts import queries as account_queries
from accounts.models import Staff
from core.audit import record_event
from core.db import transaction
from core.refusals import Missing
from moderation import claim_queries, queries
from moderation.advice import place_marks, words_of_marks
from moderation.bands import Band
from moderation.claims import (
    TakenByAnother,
    is_for_a_senior,
    may_take_up,
    put_back,
    require_may_go_on,
)
from moderation.decisions import (
    CannotLowerAlone,
    Choice,
    Confirmation,
    NoteMissing,
    answer_risk,
    decide,
    require_claim,
    require_current_text,
    require_legal_conduct,
)
from moderation.judging import may_judge_now
from moderation.models import Conduct, Decision, ItemState, QueueItem, Risk
from moderation.notes import NobodyToWriteTo
from moderation.offering import may_judge
from moderation.pages import page_staff
from moderation.proposals import queries as proposal_queries
from moderation.proposals.closing import forget_words, let_wait_again
from moderation.proposals.proposing import (
    LEGAL,
    Act,
    AlreadyAnswered,
    NotForYou,
    ProposalStale,
    ReasonMissing,
    approve,
    propose,
    refuse,
)
from moderation.proposals.reading import locked_proposal
from moderation.queue import HOLD_AT_MOST, hold, raise_item_band, resume
from moderation.review_models import Proposal, ProposalKind, ProposalState
from moderation.team import queries as team_queries
from moderation.team.models import TaskKind
from moderation.team.tasks import ABOUT_A_WAITING_DECISION, ask_team, end_tasks
from moderation.wellbeing import note_decided

# Of the clock that is left, this part is the senior's; the other is for whoever has to do it without them.
SENIORS_PART = 2
# A text that is as good as due is kept for nobody.
SHORTEST_HOLD = timedelta(minutes=2)
# Why it is proposed, in the place where a person writes why.
LEARNING = "decided_with_a_senior"


def decide_or_propose(item: QueueItem, choice: Choice, *, actor: Staff, now: datetime) -> Decision | Proposal:
    """Settle an item, or lay the decision before a senior: the moderator's step says which.

    Thread, post and item are locked by the caller. Raises what `decide` raises.
    """
    if is_for_a_senior(item, actor=actor, now=now):
        return propose_decision(item, choice, actor=actor, now=now)
    return decide(item, choice, actor=actor, now=now)


def propose_decision(item: QueueItem, choice: Choice, *, actor: Staff, now: datetime) -> Proposal:
    """Lay a decision before the senior, whole. The text leaves the moderator's hands."""
    require_may_go_on(item, actor=actor, now=now)
    require_claim(item, choice, actor=actor, now=now)
    require_current_text(item, choice)
    require_legal_conduct(item.post, choice.conduct)
    _require_possible(item, choice)
    marks = place_marks(item.post, choice.marked)
    raise_item_band(item, choice.band or item.band, now=now)
    escalation = answer_risk(item, choice, actor=actor, now=now)
    senior = available_senior(item, actor, now=now)
    until = asked_until(item, now=now) if senior is not None else now
    facts = {
        **_facts_of(choice),
        "marks": marks or [],
        "escalation": escalation.id if escalation is not None else None,
        "senior": senior.id if senior is not None else None,
        "until": until.isoformat(),
    }
    act = Act(ProposalKind.DECISION, f"item:{item.id}", facts, LEARNING, item)
    end_tasks(item, ABOUT_A_WAITING_DECISION, by=actor, now=now)
    put_back(item, now=now)
    if senior is not None and item.rank > Band.RED.rank and until - now >= SHORTEST_HOLD:
        hold(item, until=until, keep_for=senior.id, now=now)
    proposal = propose(act, actor=actor, now=now)
    if senior is None:
        _ask_lead(item, actor, now=now)
    note_decided(actor, item, now=now)
    return proposal


def _require_possible(item: QueueItem, choice: Choice) -> None:
    """What `decide` would refuse is refused now, while the moderator can still change it."""
    if item.rank <= Band.RED.rank and choice.band is not None and choice.band.rank > item.rank:
        raise CannotLowerAlone(item.band, choice.band)
    if choice.risk is Risk.REACH_OUT and not choice.note:
        raise NoteMissing
    if choice.risk is Risk.REACH_OUT and item.post.author_ref is None:
        raise NobodyToWriteTo


def available_senior(item: QueueItem, person: Staff, *, now: datetime) -> Staff | None:
    """This moderator's senior, if they may decide about this text at this moment."""
    setting = team_queries.moderator_setting(person.id)
    senior = account_queries.staff_member(setting.senior_id) if setting and setting.senior_id else None
    if senior is None or not may_judge_now(senior, now=now) or not may_judge(item, senior, now=now):
        return None
    return senior


def asked_until(item: QueueItem, *, now: datetime) -> datetime:
    """Until when the senior is asked alone: half of the time that is left, and never after it."""
    left = max(item.due_at - now, timedelta())
    return now + min(left / SENIORS_PART, HOLD_AT_MOST)


def _facts_of(choice: Choice) -> dict[str, Any]:
    """A choice as it is written down. What was told to a professional has left with the escalation; marked
    words are kept as places.
    """
    return {
        "conduct": choice.conduct.value,
        "risk": choice.risk.value,
        "band": choice.band.value if choice.band is not None else None,
        "reason": choice.reason,
        "message": choice.message,
        "warnings": list(choice.warnings),
        "note": choice.note,
        "revision": choice.revision,
        "version": choice.version,
    }


def choice_of(proposal: Proposal, item: QueueItem) -> Choice:
    """The choice that was written down."""
    facts = proposal.act
    return Choice(
        conduct=Conduct(facts["conduct"]),
        risk=Risk(facts["risk"]),
        claim="",
        revision=facts["revision"],
        version=facts["version"],
        band=Band(facts["band"]) if facts["band"] else None,
        reason=facts["reason"],
        message=facts["message"],
        warnings=tuple(facts["warnings"]),
        note=facts["note"],
        marked=tuple(words_of_marks(item.post, facts["revision"], facts["marks"])),
    )


def is_current(proposal: Proposal, item: QueueItem) -> bool:
    """Whether text and reasons are still those that were read."""
    facts = proposal.act
    return item.is_open and (facts["revision"], facts["version"]) == (item.post.latest_revision, item.version)


def may_confirm(proposal: Proposal, item: QueueItem, person: Staff, *, now: datetime) -> bool:
    """Whether this person may let the decision leave, or send it back: they decide alone, may judge this
    text, and could take it up.
    """
    if proposal.proposed_by == person.id or not may_judge_now(person, now=now):
        return False
    if not may_judge(item, person, now=now):
        return False
    return item.state is not ItemState.ON_HOLD or may_take_up(item, person, now=now)


def require_may_confirm(proposal: Proposal, item: QueueItem, *, actor: Staff, now: datetime) -> None:
    """Raises NotForYou; TakenByAnother while a colleague reads the text."""
    if not may_confirm(proposal, item, actor, now=now):
        raise NotForYou
    if _is_in_other_hands(item, actor, now=now):
        raise TakenByAnother


def _is_in_other_hands(item: QueueItem, person: Staff, *, now: datetime) -> bool:
    ends_at = item.claim_ends_at
    is_live = item.state is ItemState.CLAIMED and ends_at is not None and ends_at >= now
    return is_live and item.claimed_by != person.id


def confirm(proposal: Proposal, shown: str, *, actor: Staff, now: datetime) -> bool:
    """Let the decision leave. False when the text changed or something new came in: then nothing leaves, the
    proposal is over, and the text waits again.

    Thread, post, item and proposal are locked. Raises NotForYou, TakenByAnother, AlreadyAnswered,
    ProposalChanged, and what `decide` raises.
    """
    item = _item_of(proposal)
    if proposal.state is ProposalState.OPEN:
        require_may_confirm(proposal, item, actor=actor, now=now)
        if not is_current(proposal, item):
            give_up(proposal, item, now=now)
            return False
    approve(proposal, shown, actor=actor, now=now)
    return True


def let_leave(proposal: Proposal, actor: Staff, now: datetime) -> None:
    """Do a confirmed decision, as the moderator's own. Raises ProposalStale when the text changed since."""
    item = _item_of(proposal)
    author = account_queries.staff_member(proposal.proposed_by)
    if author is None or not is_current(proposal, item):
        raise ProposalStale
    require_may_confirm(proposal, item, actor=actor, now=now)
    if item.state is ItemState.ON_HOLD:
        resume(item)
    raised = proposal.act["escalation"]
    escalation = queries.escalation(raised) if raised else None
    decide(item, choice_of(proposal, item), actor=author, now=now, confirmed=Confirmation(actor, escalation))


def send_back(proposal: Proposal, words: str, *, actor: Staff, now: datetime) -> None:
    """Not so: the moderator reads why, and the text waits for everybody again.

    Raises NotForYou, TakenByAnother, AlreadyAnswered, ReasonMissing.
    """
    item = _item_of(proposal)
    if not words.strip():
        raise ReasonMissing
    require_may_send_back(proposal, actor=actor, now=now)
    refuse(proposal, actor=actor, now=now)
    proposal.review = words
    _end(proposal, item, actor=actor, now=now)
    author = account_queries.staff_member(proposal.proposed_by)
    ask_team(TaskKind.SENT_BACK, person=author, item=item, about=actor, note=words, now=now)


def require_may_send_back(proposal: Proposal, *, actor: Staff, now: datetime) -> None:
    """Raises AlreadyAnswered, NotForYou; TakenByAnother while a colleague reads the text."""
    if proposal.state is not ProposalState.OPEN:
        raise AlreadyAnswered
    require_may_confirm(proposal, _item_of(proposal), actor=actor, now=now)


def take_back(proposal: Proposal, *, actor: Staff, now: datetime) -> None:
    """The moderator thought again before anybody answered. What was escalated stays escalated.

    Raises NotForYou, AlreadyAnswered.
    """
    if proposal.proposed_by != actor.id:
        raise NotForYou
    refuse(proposal, actor=actor, now=now)
    _end(proposal, _item_of(proposal), actor=actor, now=now)


def _end(proposal: Proposal, item: QueueItem, *, actor: Staff, now: datetime) -> None:
    let_wait_again(item, proposal)
    end_tasks(item, ABOUT_A_WAITING_DECISION, by=actor, now=now)


def give_up(proposal: Proposal, item: QueueItem, *, now: datetime) -> None:
    """The text is not what was decided about any more: nothing leaves, and who decided is told."""
    proposal.state, proposal.answered_at = LEGAL["lapse"][1], now
    let_wait_again(item, proposal)
    author = account_queries.staff_member(proposal.proposed_by)
    end_tasks(item, ABOUT_A_WAITING_DECISION, by=author, now=now)
    if not item.is_open:
        forget_words(proposal)
    elif author is not None:
        ask_team(TaskKind.STALE, person=author, item=item, due_at=max(now, item.due_at), now=now)
    detail = {"kind": proposal.kind}
    record_event("proposal_stale", actor="system", target=f"proposal:{proposal.id}", detail=detail, now=now)


def look_after_waiting_decisions(now: datetime) -> None:
    """A job: what changed meanwhile waits no longer; where the senior's time is over, the lead is asked."""
    for proposal_id in [one.id for one in proposal_queries.waiting_decisions() if _needs_care(one, now=now)]:
        with transaction():
            proposal = locked_proposal(proposal_id)
            if proposal is not None and _needs_care(proposal, now=now):
                _look_after(proposal, now=now)


def _needs_care(proposal: Proposal, *, now: datetime) -> bool:
    if proposal.state is not ProposalState.OPEN:
        return False
    item = _item_of(proposal)
    is_over = seniors_time(proposal) <= now
    return not is_current(proposal, item) or (is_over and not is_lead_asked(proposal))


def is_lead_asked(proposal: Proposal) -> bool:
    """Whether the lead is asked about this decision, or was and said that they looked after it."""
    if proposal.item_id is None:
        return False
    since = proposal.proposed_at + timedelta(microseconds=1)  # what was asked about an earlier one is done
    return claim_queries.is_asked(TaskKind.NO_SENIOR, proposal.item_id, since=since)


def _look_after(proposal: Proposal, *, now: datetime) -> None:
    item, author = _item_of(proposal), account_queries.staff_member(proposal.proposed_by)
    if not is_current(proposal, item):
        give_up(proposal, item, now=now)
    elif author is not None:
        let_wait_again(item, proposal)
        _ask_lead(item, author, now=now)


def _ask_lead(item: QueueItem, author: Staff, *, now: datetime) -> None:
    """The lead is asked; where it is urgent somebody is called, too."""
    ask_team(TaskKind.NO_SENIOR, item=item, about=author, due_at=max(now, item.due_at), now=now)
    if item.rank <= Band.RED.rank:
        page_staff("item", item.id, band=item.band, due_at=item.due_at, now=now)


def seniors_time(proposal: Proposal) -> datetime:
    """Until when the senior alone is asked."""
    return datetime.fromisoformat(proposal.act["until"])


def _item_of(proposal: Proposal) -> QueueItem:
    """The item of a waiting decision, which its caller has locked. Raises Missing."""
    item = queries.item(proposal.item_id) if proposal.item_id is not None else None
    if item is None:
        raise Missing
    return item

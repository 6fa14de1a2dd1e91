"""The hand-over from moderation to a professional.

An escalation that arrives outranks everything: it is one transaction with its page, and its clock stops only
by a professional's act.

`waiting` → `accepted` → `resolved`; `waiting` → `declined`, and then the text waits again before moderators.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask_babel import gettext as _

from accounts.models import Staff
from core import outbox
from core.audit import record_event
from core.db import db
from core.ids import new_public_id
from core.refusals import Refusal
from moderation import queries
from moderation.bands import Band, higher_of
from moderation.models import Escalation, EscalationState, Known, QueueItem, ReasonKind
from moderation.pages import page_staff
from moderation.queue import add_reason, wait_again
from moderation.team.duties import rung_after
from moderation.team.hours import professional_due
from moderation.team.models import TaskKind
from moderation.team.tasks import DUE_WITHIN, ask_team, end_reviews


class EscalationAct(StrEnum):
    """What can be done to an escalation."""

    ACCEPT = "accept"
    DECLINE = "decline"
    RESOLVE = "resolve"
    REOPEN = "reopen"


LEGAL: dict[EscalationAct, tuple[EscalationState, EscalationState]] = {
    EscalationAct.ACCEPT: (EscalationState.WAITING, EscalationState.ACCEPTED),
    EscalationAct.DECLINE: (EscalationState.WAITING, EscalationState.DECLINED),
    EscalationAct.RESOLVE: (EscalationState.ACCEPTED, EscalationState.RESOLVED),
    EscalationAct.REOPEN: (EscalationState.RESOLVED, EscalationState.ACCEPTED),
}


class AlreadyAnswered(Refusal):
    """Another professional was faster."""

    @property
    def sentence(self) -> str:
        return _("A colleague has already answered this escalation. Nothing was changed.")


@dataclass(frozen=True)
class Briefing:
    """What a moderator tells the professional who takes over."""

    band: Band
    prompted_by: str
    already_said: str
    thoughts: Known = Known.UNKNOWN
    plan: Known = Known.UNKNOWN
    means: Known = Known.UNKNOWN
    timeframe: Known = Known.UNKNOWN


def escalate(item: QueueItem, briefing: Briefing, *, actor: Staff | None, now: datetime) -> Escalation:
    """Hand a text over.

    One that already waits is made more urgent instead of doubled, and told what is known now; whoever adds to
    what the machine began is from then on the one who hands it over. The item's row is locked. `actor` is
    None for the machine, which comes only for new words. Where the professional's clock is longer than 12
    hours, the lead takes a second look before.
    """
    waiting = queries.waiting_escalation(item.id)
    if waiting is not None:
        add_briefing(waiting, briefing, actor=actor, now=now)
        raise_band(waiting, briefing.band, has_new_words=actor is None, now=now)
        return waiting
    escalation = Escalation(
        id=new_public_id(),
        post_id=item.post_id,
        item_id=item.id,
        state=EscalationState.WAITING,
        band=briefing.band,
        rank=briefing.band.rank,
        prompted_by=briefing.prompted_by,
        already_said=briefing.already_said,
        thoughts=briefing.thoughts,
        plan=briefing.plan,
        means=briefing.means,
        timeframe=briefing.timeframe,
        raised_by=actor.id if actor is not None else None,
        raised_at=now,
        due_at=professional_due(briefing.band, since=now),
        climbed=0,
    )
    db.session.add(escalation)
    db.session.flush()
    _call(escalation, now=now)
    if actor is not None and escalation.due_at > now + DUE_WITHIN:
        # A professional may take longer than a second look may.
        ask_team(TaskKind.REVIEW, item=item, about=actor, now=now)
    record_event(
        "escalated",
        actor=_name_of(actor),
        target=f"escalation:{escalation.id}",
        detail={"band": escalation.band},
        now=now,
    )
    return escalation


def _name_of(actor: Staff | None) -> str:
    return actor.actor if actor is not None else "system"


def add_briefing(escalation: Escalation, briefing: Briefing, *, actor: Staff | None, now: datetime) -> None:
    """Add what another moderator knows to an escalation that waits. Nothing that was said before is lost;
    of two answers the one that speaks for danger stands.
    """
    escalation.prompted_by = _joined(escalation.prompted_by, briefing.prompted_by)
    escalation.already_said = _joined(escalation.already_said, briefing.already_said)
    escalation.thoughts = _graver(escalation.thoughts, briefing.thoughts)
    escalation.plan = _graver(escalation.plan, briefing.plan)
    escalation.means = _graver(escalation.means, briefing.means)
    escalation.timeframe = _graver(escalation.timeframe, briefing.timeframe)
    if actor is not None and escalation.raised_by is None:
        escalation.raised_by = actor.id
    target = f"escalation:{escalation.id}"
    record_event("escalation_briefed", actor=_name_of(actor), target=target, now=now)


def _joined(before: str, added: str) -> str:
    """Both, one below the other; once, when it was said before."""
    was_said = f"\n\n{added}\n\n" in f"\n\n{before}\n\n"
    return before if was_said else "\n\n".join(words for words in (before, added) if words)


def _graver(one: Known, other: Known) -> Known:
    return next((known for known in (Known.YES, Known.NO) if known in {one, other}), Known.UNKNOWN)


def raise_band(escalation: Escalation, band: Band, *, now: datetime, has_new_words: bool = False) -> None:
    """Make an escalation that waits more urgent; never less. Its clock may only come nearer.

    New words of danger page each time, however urgent it is already: nobody can know whether whoever heard
    the first page has read the text since, or lost the page.
    """
    is_more_urgent = higher_of(escalation.band, band) is not escalation.band
    if is_more_urgent:
        escalation.band, escalation.rank = band, band.rank
        escalation.due_at = min(escalation.due_at, professional_due(band, since=now))
    if is_more_urgent or has_new_words:
        _call(escalation, now=now, again=True)


def _call(escalation: Escalation, *, now: datetime, again: bool = False) -> None:
    """Page for an escalation, up to the people whom its clock has reached, and have it brought to the
    counsellor whom the student may have already.
    """
    page_staff(
        "escalation",
        escalation.id,
        band=escalation.band,
        due_at=escalation.due_at,
        now=now,
        rung=rung_after(escalation.climbed),
    )
    payload = {"escalation": escalation.id} | ({"again": True} if again else {})
    outbox.enqueue("escalation_raised", payload, now=now)


def changed_at(escalation: Escalation) -> datetime | None:
    """When the author last changed the text after it was handed over; None when they did not."""
    reasons = queries.reasons_of(escalation.item_id)
    edits = [one.at for one in reasons if one.kind is ReasonKind.EDIT and one.at > escalation.raised_at]
    return max(edits, default=None)


def decline(escalation: Escalation, *, reason: str, actor: Staff, now: datetime) -> None:
    """A professional cannot take this.

    The text waits again before moderators, with the reason, in its band; where somebody may be in danger,
    who is on call is paged once more. Escalation and item are locked. Raises AlreadyAnswered.
    """
    move_escalation(escalation, EscalationAct.DECLINE, actor=actor, now=now)
    escalation.decline_reason = reason
    item = queries.item(escalation.item_id, locked=True)
    if item is not None:
        wait_again(item, now=now)
        band_before = item.band
        add_reason(item, ReasonKind.SECOND_LOOK, escalation.band, note=reason, now=now)
        if item.band is band_before and item.rank <= Band.RED.rank:  # else the raised band has paged already
            page_staff("item", item.id, band=item.band, due_at=item.due_at, now=now)


def move_escalation(
    escalation: Escalation, act: EscalationAct, *, actor: Staff | None, now: datetime
) -> None:
    """Take one legal step, on a locked row, and log it. Raises AlreadyAnswered.

    `actor` is None when a student's letter reopens what was resolved.
    """
    source, goal = LEGAL[act]
    if escalation.state is not source:
        raise AlreadyAnswered(escalation.state, act)
    escalation.state = goal
    if act in {EscalationAct.ACCEPT, EscalationAct.DECLINE} and actor is not None:
        escalation.answered_by, escalation.answered_at = actor.id, now
        item = queries.item(escalation.item_id)
        if item is not None:
            end_reviews(item, by=actor, now=now)
    who = actor.actor if actor is not None else "student"
    record_event(f"escalation_{goal}", actor=who, target=f"escalation:{escalation.id}", now=now)

"""Acts that protect: done first, by one person with one tap, and looked at by another within 12 hours.

Hiding is reversible, so it need not wait; but nobody's text stays hidden, and nobody stays paused, because of
one person alone. A page is looked at by whoever is on call, an escalation by a professional, and before
them by the lead where their clock is longer than 12 hours.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _

from accounts.models import Staff
from core import outbox
from core.audit import record_event
from core.db import db
from core.refusals import Refusal
from forum.lifecycle import PostAct, move_post
from forum.models import PostStatus
from moderation import queries
from moderation.access import locked_item
from moderation.appeals import queries as appeal_queries
from moderation.bands import Band
from moderation.models import (
    OPEN_STATES,
    Conduct,
    Decision,
    ItemState,
    QueueItem,
    QueueReason,
    ReasonKind,
    Risk,
)
from moderation.pages import page_staff
from moderation.proposals import queries as proposal_queries
from moderation.proposals.masking import require_may_touch
from moderation.queue import add_reason, free_claim, move_item, put_in_queue
from moderation.sanctions import is_running
from moderation.team.duties import people_on
from moderation.team.models import Duty, TaskKind
from moderation.team.tasks import ask_team

LOOKED_AT_WITHIN = timedelta(hours=12)


class NotPublished(Refusal):
    """Only what readers see can be hidden from them."""

    @property
    def sentence(self) -> str:
        return _("Readers do not see this text at the moment, so there is nothing to hide.")


def ask_second_look(item: QueueItem, *, now: datetime) -> QueueReason:
    """Put a text before another person, due in 12 hours at the latest.

    Whoever decided to hide it, or paused its author, may not be that person:
    `claim_queries.items_for_another` keeps it from them.
    """
    if item.state not in OPEN_STATES:
        put_in_queue(item.post, handle=None, now=now)
    else:
        item.version += 1
    reason = add_reason(item, ReasonKind.SECOND_LOOK, Band.GREEN, now=now)
    item.due_at = min(item.due_at, now + LOOKED_AT_WITHIN)
    db.session.flush()
    return reason


def ask_for_second_looks(payloads: Sequence[outbox.Payload], now: datetime) -> None:
    """An outbox handler, once a decision to hide, or the one that a pause rests on, can no longer be undone.
    Safe to run twice.
    """
    for payload in payloads:
        if "sanction" in payload:
            _look_at_pause(payload["sanction"], now=now)
            continue
        decision = queries.decision(payload["decision"])
        if decision is None:
            continue
        item = locked_item(decision.item_id)
        newest = next(iter(queries.decisions_of(item.id)), None)
        is_asked = bool(proposal_queries.open_second_looks(item.id))
        if newest is decision and item.post.status is PostStatus.HIDDEN and not is_asked:
            ask_second_look(item, now=now)


def _look_at_pause(sanction_id: str, *, now: datetime) -> None:
    """Somebody else looks whether a pause is right, unless it is over by now; they can end it."""
    sanction = appeal_queries.sanction(sanction_id)
    if sanction is None:
        return
    item = locked_item(sanction.item_id)
    if is_running(sanction, now=now) and not proposal_queries.open_second_looks(item.id):
        ask_second_look(item, now=now)


def hide_at_once(item: QueueItem, *, actor: Staff, now: datetime) -> None:
    """Take a text out of readers' sight now, whoever holds its item. Another person decides what becomes of
    it.

    Thread, post and item are locked by the caller. Raises NotForYou, NotPublished.
    """
    require_may_touch(item, actor, now=now)
    if item.post.status is not PostStatus.PUBLISHED:
        raise NotPublished
    before, visible = item.post.status, item.post.visible_revision
    move_post(item.post, PostAct.HIDE, now=now)
    db.session.add(
        Decision(
            item_id=item.id,
            revision=item.post.latest_revision,
            conduct=Conduct.HIDE,
            risk=Risk.NONE,
            band=item.band,
            warnings=[],
            staff_id=actor.id,
            at=now,
            status_before=before,
            visible_before=visible,
        )
    )
    if item.state is ItemState.CLAIMED and item.claimed_by == actor.id:
        free_claim(item, now=now)
        move_item(item, "release")
    ask_second_look(item, now=now)
    record_event("hidden_at_once", actor=actor.actor, target=f"item:{item.id}", now=now)


def page_at_once(item: QueueItem, *, actor: Staff, now: datetime) -> None:
    """Call the person on call to a text now. Looking at it is theirs; with nobody on call, the lead's.

    Raises NotForYou.
    """
    require_may_touch(item, actor, now=now)
    due_at = now + LOOKED_AT_WITHIN
    page_staff("item", item.id, band=item.band, due_at=min(item.due_at, due_at), now=now)
    others = [one for one in people_on(Duty.ON_CALL, now=now) if one.id != actor.id]
    duty = Duty.ON_CALL if others else Duty.LEAD
    ask_team(TaskKind.REVIEW, duty=duty, item=item, about=actor, due_at=due_at, now=now)
    record_event("paged_at_once", actor=actor.actor, target=f"item:{item.id}", now=now)

"""Claims: a lease of ten minutes on one item, so that one person at a time decides.

The item's row carries the lease and its token; one conditional UPDATE acquires it. A lapsed lease that nobody
took still decides, because the work was done; one that somebody took does not.
"""

import secrets
from datetime import datetime, timedelta

from flask_babel import gettext as _

from accounts.models import Staff, Step
from accounts.staffing import training_step
from core.audit import record_event
from core.db import db
from core.refusals import Refusal
from moderation import queries
from moderation.bands import Band
from moderation.models import Claim, ItemState, QueueItem, ReportState
from moderation.queue import free_claim, move_item, resume

LEASE = timedelta(minutes=10)
LONGER_AT_MOST = 2
CANDIDATES = 20


class TakenByAnother(Refusal):
    """Somebody else holds the item."""

    @property
    def sentence(self) -> str:
        return _("A colleague is reading this text at the moment. What you typed is below.")


class HandsFull(Refusal):
    """One item at a time, a second only for crisis."""

    @property
    def sentence(self) -> str:
        return _("You already have a text in hand. Decide or give back that one first.")


class NoLonger(Refusal):
    """Ten more minutes were taken twice."""

    @property
    def sentence(self) -> str:
        return _(
            "You have taken more time twice. Decide, keep the text held, or give it back; "
            "a colleague may see it with fresh eyes."
        )


class NotTrained(Refusal):
    """There is no valid training record that lets this person decide."""

    status = 403

    @property
    def sentence(self) -> str:
        return _(
            "To decide, you need a training record of the step “independent”. "
            "Ask your coordinator to enter it. Until then you can read what waits."
        )


def require_training(actor: Staff, *, now: datetime) -> None:
    """Only an independent moderator decides alone. Raises NotTrained."""
    if training_step(actor, now=now) is not Step.INDEPENDENT:
        raise NotTrained


def is_excluded(item: QueueItem, actor: Staff) -> bool:
    """Nobody judges a text that they wrote under their own alias."""
    return item.post.staff_id == actor.id


def claim_next(actor: Staff, *, now: datetime) -> QueueItem | None:
    """The most urgent item that this person may take, or the one they have; None when nothing waits for them.

    Raises NotTrained.
    """
    require_training(actor, now=now)
    held = queries.live_items_of(actor.id, now)
    if held:
        return held[0]
    for item_id in queries.claimable_ids(now, limit=CANDIDATES):
        item = queries.item(item_id)
        if item is not None and not is_excluded(item, actor) and _acquire(item, actor=actor, now=now):
            return item
    return None


def claim(item: QueueItem, *, actor: Staff, now: datetime) -> None:
    """Take this item, or renew the lease while its page is in use.

    Raises NotTrained, HandsFull, TakenByAnother.
    """
    require_training(actor, now=now)
    if item.state is ItemState.CLAIMED and item.claimed_by == actor.id:
        item.claim_ends_at = now + LEASE
        return
    others = [held for held in queries.live_items_of(actor.id, now) if held.id != item.id]
    may_take_second = item.band is Band.CRISIS and len(others) == 1
    if others and not may_take_second:
        raise HandsFull
    if is_excluded(item, actor) or not _acquire(item, actor=actor, now=now):
        raise TakenByAnother


def extend(item: QueueItem, *, actor: Staff, now: datetime) -> None:
    """Ten more minutes for whoever holds the item: twice. Raises TakenByAnother, NoLonger."""
    held = queries.live_claim(item.id)
    if held is None or held.staff_id != actor.id or item.claim_ends_at is None:
        raise TakenByAnother
    if held.extensions >= LONGER_AT_MOST:
        raise NoLonger
    held.extensions += 1
    item.claim_ends_at = max(item.claim_ends_at, now) + LEASE


def _acquire(item: QueueItem, *, actor: Staff, now: datetime) -> bool:
    token, ends_at = secrets.token_urlsafe(24), now + LEASE
    if not queries.take_item(item.id, staff_id=actor.id, token=token, ends_at=ends_at, now=now):
        return False
    queries.end_claims(item.id, now)
    db.session.add(Claim(item_id=item.id, staff_id=actor.id, token=token, began_at=now))
    db.session.flush()
    db.session.refresh(item)
    for report in queries.reports_of_reasons([reason.id for reason in queries.open_reasons(item.id)]):
        if report.state is ReportState.RECEIVED:
            report.state = ReportState.LOOKED_AT
    record_event("item_claimed", actor=actor.actor, target=f"item:{item.id}", now=now)
    return True


def release(item: QueueItem, *, actor: Staff, now: datetime) -> None:
    """Give an item back. Raises TakenByAnother when it is not this person's."""
    if item.claimed_by != actor.id:
        raise TakenByAnother
    _put_back(item, now=now)
    record_event("item_released", actor=actor.actor, target=f"item:{item.id}", now=now)


def release_lapsed(item: QueueItem, *, now: datetime) -> None:
    """A lease or a hold is over: the item waits again.

    The token stays, so that the person who is still typing may decide as long as nobody took it.
    """
    if item.state is ItemState.ON_HOLD:
        resume(item)
        return
    queries.end_claims(item.id, now)
    move_item(item, "release")


def _put_back(item: QueueItem, *, now: datetime) -> None:
    free_claim(item, now=now)
    if item.state is ItemState.CLAIMED:
        move_item(item, "release")


def holds(item: QueueItem, token: str, *, actor: Staff) -> bool:
    """Whether this person's token is the last one given for this item: live, or lapsed and taken by
    nobody.
    """
    return bool(token) and item.claim_token == token and item.claimed_by == actor.id

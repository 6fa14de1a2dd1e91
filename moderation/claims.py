"""Claims: a lease of ten minutes on one item, so that one person at a time decides.

The item's row carries the lease and its token; one conditional UPDATE acquires it. A lapsed lease that nobody
took still decides, because the work was done; one that somebody took does not. "Next for me" and picking from
the list take an item the same way, and no way moves its clock.
"""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta

from flask_babel import gettext as _

from accounts.models import Staff
from core.audit import record_event
from core.db import db
from core.refusals import Missing, Refusal
from moderation import claim_queries, queries
from moderation.appeals.queries import has_open_appeal
from moderation.appeals.states import accept_appeals
from moderation.bands import Band
from moderation.judging import covers, has_a_senior, require_may_judge, require_may_take
from moderation.models import Claim, ItemState, QueueItem, ReportState
from moderation.offering import Sight, covering_bounds, may_judge
from moderation.proposals.queries import waiting_decision
from moderation.queue import NotInThisState, free_claim, move_item, resume
from moderation.wellbeing import Resting, require_fit

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


class NotWithASenior(Refusal):
    """An appeal, and what waits for a senior already, are for who decides alone."""

    status = 403

    @property
    def sentence(self) -> str:
        return _(
            "This text is for a colleague who decides alone: an appeal is open about it, or a decision about "
            "it waits to be confirmed."
        )


class NoLonger(Refusal):
    """Ten more minutes were taken twice."""

    @property
    def sentence(self) -> str:
        return _(
            "You have taken more time twice. Decide, keep the text held, or give it back; "
            "a colleague may see it with fresh eyes."
        )


def claim_next(actor: Staff, *, now: datetime) -> QueueItem | None:
    """The item in hand, or what a colleague keeps for this person, or the most urgent that they are offered;
    None when nothing waits for them.

    Raises NotTrained, NotOnDuty, Resting.
    """
    require_may_take(actor, now=now)
    held = queries.live_items_of(actor.id, now)
    if held:
        return held[0]
    pause = _pause_of(actor, now=now)
    others = covering_bounds(actor, now=now) if pause is not None else []
    for item in _candidates(actor, now=now):
        if any(one.may_judge(item) for one in others):
            continue
        try:
            claim(item, actor=actor, now=now)
        except (TakenByAnother, Missing, NotWithASenior):
            continue
        return item
    if pause is not None:
        raise pause
    return None


def _pause_of(actor: Staff, *, now: datetime) -> Resting | None:
    try:
        require_fit(actor, None, now=now)
    except Resting as pause:
        return pause
    return None


def _require_fit(actor: Staff, item: QueueItem, *, now: datetime) -> None:
    """A pause keeps nobody from a text that none of those who cover it may judge. Raises Resting."""
    pause = _pause_of(actor, now=now)
    if pause is not None and any(one.may_judge(item) for one in covering_bounds(actor, now=now)):
        raise pause


def _candidates(actor: Staff, *, now: datetime) -> Iterator[QueueItem]:
    """What "Next for me" may give this person, in order: read 20 at a time until nothing is left."""
    sight, is_covering = Sight(actor, now=now), covers(actor, now=now)
    yield from (item for item in claim_queries.kept_items(actor.id, now) if sight.bounds.may_judge(item))
    after = None
    while batch := claim_queries.free_items(now, after=after, limit=CANDIDATES):
        after = (batch[-1].rank, batch[-1].stands_at, batch[-1].id)
        for item in batch:
            if sight.bounds.offers(item) or (is_covering and sight.is_left_to_the_lead(item)):
                yield item


def claim(item: QueueItem, *, actor: Staff, now: datetime) -> None:
    """Take this item, or renew the lease while its page is in use.

    Raises NotTrained, NotOnDuty, Missing for what this person must not judge, NotWithASenior, HandsFull,
    TakenByAnother, NotInThisState, Resting.
    """
    if item.state is ItemState.CLAIMED and item.claimed_by == actor.id:
        require_may_go_on(item, actor=actor, now=now)
        item.claim_ends_at = max(item.claim_ends_at or now, now + LEASE)
        return
    require_may_take(actor, now=now)
    if not may_judge(item, actor, now=now):
        raise Missing
    if has_a_senior(actor, now=now) and (has_open_appeal(item.id) or waiting_decision(item.id) is not None):
        raise NotWithASenior
    _require_fit(actor, item, now=now)
    others = [held for held in queries.live_items_of(actor.id, now) if held.id != item.id]
    may_take_second = item.band is Band.CRISIS and len(others) == 1
    if others and not may_take_second:
        raise HandsFull
    if not item.is_open:
        raise NotInThisState(item.state, "claim")
    if not _acquire(item, actor=actor, now=now):
        raise TakenByAnother


def may_take_up(item: QueueItem, actor: Staff, *, now: datetime) -> bool:
    """Whether this person may end the hold of an item: kept for nobody or for them, or they are the lead or
    on call.
    """
    if item.state is not ItemState.ON_HOLD:
        return False
    return item.held_for in {None, actor.id} or covers(actor, now=now)


def require_may_decide(item: QueueItem, *, actor: Staff, now: datetime) -> None:
    """Whoever began with a text while they might may finish it, when a record runs out or a shift ends
    meanwhile. Raises NotTrained, NotOnDuty.
    """
    require_may_judge(actor, now=_began_at(item, actor, now=now))


def require_may_go_on(item: QueueItem, *, actor: Staff, now: datetime) -> None:
    """The same for whoever still has a senior. Raises NotTrained, NotOnDuty."""
    require_may_take(actor, now=_began_at(item, actor, now=now))


def is_for_a_senior(item: QueueItem, *, actor: Staff, now: datetime) -> bool:
    """Whether what this person decides about a text waits for a senior."""
    return has_a_senior(actor, now=_began_at(item, actor, now=now))


def _began_at(item: QueueItem, actor: Staff, *, now: datetime) -> datetime:
    """When this person took the text that they have in hand; else now."""
    held = queries.live_claim(item.id)
    return held.began_at if held is not None and held.staff_id == actor.id else now


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
    from_hold = may_take_up(item, actor, now=now)
    if not claim_queries.take_item(
        item.id, staff_id=actor.id, token=token, ends_at=ends_at, now=now, from_hold=from_hold
    ):
        return False
    queries.end_claims(item.id, now)
    db.session.add(Claim(item_id=item.id, staff_id=actor.id, token=token, began_at=now))
    db.session.flush()
    db.session.refresh(item)
    for report in queries.reports_of_reasons([reason.id for reason in queries.open_reasons(item.id)]):
        if report.state is ReportState.RECEIVED:
            report.state = ReportState.LOOKED_AT
    accept_appeals(item, actor=actor, now=now)
    record_event("item_claimed", actor=actor.actor, target=f"item:{item.id}", now=now)
    return True


def release(item: QueueItem, *, actor: Staff, now: datetime) -> None:
    """Give an item back. Raises TakenByAnother when it is not this person's."""
    require_holder(item, actor=actor)
    put_back(item, now=now)
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


def put_back(item: QueueItem, *, now: datetime) -> None:
    """End the lease on an item; it waits for everybody again, with the clock that it had."""
    free_claim(item, now=now)
    if item.state is ItemState.CLAIMED:
        move_item(item, "release")


def require_holder(item: QueueItem, *, actor: Staff) -> None:
    """Whoever holds an item disposes of it, also when the lease lapsed and nobody took it. Raises
    TakenByAnother.
    """
    if item.claimed_by != actor.id or item.state not in {ItemState.CLAIMED, ItemState.WAITING}:
        raise TakenByAnother


def holds(item: QueueItem, token: str, *, actor: Staff) -> bool:
    """Whether this person's token is the last one given for this item: live, or lapsed and taken by
    nobody.
    """
    return bool(token) and item.claim_token == token and item.claimed_by == actor.id

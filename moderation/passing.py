"""Passing an item on: put it aside, hand it to a colleague, let it go by, ask for cover.

None of these moves a clock: whoever waits for an answer waits as long as before.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _

from accounts.models import Staff
from core.audit import record_event
from core.db import db
from core.refusals import Refusal
from moderation import claim_queries, queries
from moderation.claims import TakenByAnother, put_back, require_holder
from moderation.judging import judges, require_may_take
from moderation.models import ItemState, QueueItem
from moderation.offering import may_judge
from moderation.pages import page_staff
from moderation.queue import HOLD_AT_MOST, hold, resume
from moderation.review_models import Skip
from moderation.team.models import TaskKind
from moderation.team.tasks import ask_team
from moderation.wellbeing import HARD, rest_after_cover

KEPT_FOR = timedelta(minutes=10)
SKIPPED_FOR = timedelta(days=1)
SKIPS_BEFORE_THE_LEAD_IS_TOLD = 3


class HoldTooLong(Refusal):
    """A text is held for two hours at most, or until an escalation's clock runs out."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("A text can be put aside for two hours at most. Please choose a shorter time.")


class NoSuchColleague(Refusal):
    """The person named cannot take texts at this moment."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("This colleague cannot take texts now. Please name another, or nobody.")


def hold_item(
    item: QueueItem,
    *,
    reason: str,
    until: datetime,
    actor: Staff,
    now: datetime,
    colleague_id: str | None = None,
) -> None:
    """Put an item in hand aside, with a reason and for a colleague if one is named.

    Raises TakenByAnother, HoldTooLong, NoSuchColleague.
    """
    require_holder(item, actor=actor)
    if until > longest_hold(item, now=now):
        raise HoldTooLong
    keep_for = _who_is_kept_for(item, colleague_id, now=now) if colleague_id else None
    _require_claimed(item)
    hold(item, until=until, keep_for=keep_for, reason=reason, now=now)
    record_event("item_held", actor=actor.actor, target=f"item:{item.id}", now=now)


def longest_hold(item: QueueItem, *, now: datetime) -> datetime:
    """Two hours from now, or the clock of an escalation that waits, if that is later."""
    latest = now + HOLD_AT_MOST
    escalation = queries.waiting_escalation(item.id)
    return max(latest, escalation.due_at) if escalation is not None else latest


def hand_to(item: QueueItem, *, colleague_id: str, actor: Staff, now: datetime) -> None:
    """Hand an item on: it is kept for this colleague for ten minutes, then it waits for everybody.

    Raises TakenByAnother, NoSuchColleague. A colleague who must not judge this author is handed nothing: the
    item waits for everybody at once, as if they had let it go by, and whoever handed it learns no reason.
    """
    require_holder(item, actor=actor)
    keep_for = _who_is_kept_for(item, colleague_id, now=now)
    if keep_for is None:
        put_back(item, now=now)
    else:
        _require_claimed(item)
        hold(item, until=now + KEPT_FOR, keep_for=keep_for, now=now)
    record_event("item_handed", actor=actor.actor, target=f"item:{item.id}", now=now)


def _who_is_kept_for(item: QueueItem, colleague_id: str, *, now: datetime) -> str | None:
    """The colleague's id, or None when they must not judge this text. Raises NoSuchColleague."""
    colleague = next((one for one in judges(now) if one.id == colleague_id), None)
    if colleague is None:
        raise NoSuchColleague
    return colleague.id if may_judge(item, colleague, now=now) else None


def _require_claimed(item: QueueItem) -> None:
    """A lease that lapsed and that nobody took still holds what is done with the item now."""
    if item.state not in {ItemState.CLAIMED, ItemState.WAITING}:
        raise TakenByAnother


def skip(item: QueueItem, *, actor: Staff, now: datetime) -> None:
    """Let an item go by, for a day: no reason asked. Others are offered it at once.

    The third person who does so brings it before the lead. Raises NotTrained; TakenByAnother when a colleague
    has it.
    """
    if item.claimed_by != actor.id:
        require_may_take(actor, now=now)
    if item.state is ItemState.CLAIMED and item.claimed_by != actor.id:
        raise TakenByAnother
    if item.claimed_by == actor.id:
        put_back(item, now=now)
    elif item.state is ItemState.ON_HOLD and item.held_for == actor.id:
        resume(item)
    known = claim_queries.skip(item.id, actor.id)
    if known is None:
        db.session.add(Skip(item_id=item.id, staff_id=actor.id, until=now + SKIPPED_FOR))
    else:
        known.until = now + SKIPPED_FOR
    db.session.flush()
    record_event("item_skipped", actor=actor.actor, target=f"item:{item.id}", now=now)
    if claim_queries.count_skips(item.id, now) >= SKIPS_BEFORE_THE_LEAD_IS_TOLD:
        ask_team(TaskKind.SKIPPED, item=item, due_at=item.due_at, now=now)


def ask_for_cover(actor: Staff, *, note: str, now: datetime) -> None:
    """I need cover: all that is in this person's hands or kept for them waits for everybody again, and the
    lead is asked to look after it, with a note.

    Nothing is kept for the lead alone: they may be away from their desk, and an urgent text must not wait for
    that. Whoever is on call took it to be in somebody's hands; they are paged.
    """
    items = free_hands(actor.id, now=now)
    _page_for_cover(items, now=now)
    for item in items:
        ask_team(TaskKind.COVER, item=item, about=actor, note=note, due_at=max(now, item.due_at), now=now)
    if not items:
        ask_team(TaskKind.COVER, about=actor, note=note, due_at=now, now=now)
    rest_after_cover(actor, now=now)
    record_event(
        "cover_asked", actor=actor.actor, target=f"staff:{actor.id}", detail={"items": len(items)}, now=now
    )


def _page_for_cover(items: Sequence[QueueItem], *, now: datetime) -> None:
    urgent = sorted((item for item in items if item.band in HARD), key=lambda item: item.rank)
    for item in urgent[:1]:
        page_staff("cover", item.id, band=item.band, due_at=item.due_at, now=now)


def free_hands(staff_id: str, *, now: datetime) -> list[QueueItem]:
    """All that somebody holds, and all that is kept for them, waits for everybody again. Gives it."""
    held = list(claim_queries.items_of_holder(staff_id))
    for item in held:
        put_back(item, now=now)
    kept = list(claim_queries.items_kept_for(staff_id))
    for item in kept:
        resume(item)
    return [*held, *kept]

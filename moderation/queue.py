"""The queue: one item for each text that waits, its reasons, and how it comes, goes and comes again.

The only module that changes an item's state.

Order is band first, then age. A machine only ever raises a band. A text in danger is never void, whoever
takes it back.
"""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from core.clock import hour_of
from core.db import db
from core.ids import new_public_id
from core.refusals import Refusal
from forum.models import Post
from moderation import queries
from moderation.appeals import queries as appeal_queries
from moderation.bands import Band, higher_of
from moderation.models import OPEN_STATES, ItemState, QueueItem, QueueReason, ReasonKind
from moderation.pages import page_staff
from moderation.promises.counting import count_wait, waited_minutes
from moderation.team.hours import first_look_clock, first_look_due
from moderation.team.models import TaskKind
from moderation.team.tasks import ask_team, end_with_text

HOLD_AT_MOST = timedelta(hours=2)

LEGAL: dict[str, tuple[frozenset[ItemState], ItemState]] = {
    "claim": (frozenset({ItemState.WAITING, ItemState.ON_HOLD}), ItemState.CLAIMED),
    "release": (frozenset({ItemState.CLAIMED}), ItemState.WAITING),
    "hold": (frozenset({ItemState.CLAIMED, ItemState.WAITING}), ItemState.ON_HOLD),
    "resume": (frozenset({ItemState.ON_HOLD}), ItemState.WAITING),
    "decide": (frozenset({ItemState.CLAIMED, ItemState.WAITING}), ItemState.DECIDED),
    "reopen": (frozenset({ItemState.DECIDED, ItemState.VOID}), ItemState.WAITING),
    "void": (
        frozenset({ItemState.WAITING, ItemState.CLAIMED, ItemState.ON_HOLD, ItemState.DECIDED}),
        ItemState.VOID,
    ),
}


class NotInThisState(Refusal):
    """The item is not where this can be done."""

    @property
    def sentence(self) -> str:
        return _("This item has moved on in the meantime. Nothing was changed.")


def move_item(item: QueueItem, act: str) -> None:
    """Take one legal step. Raises NotInThisState."""
    sources, goal = LEGAL[act]
    if item.state not in sources:
        raise NotInThisState(item.state, act)
    item.state, item.is_open = goal, goal in OPEN_STATES


def put_in_queue(post: Post, *, handle: str | None, now: datetime) -> QueueItem:
    """The item of a text: the one it has, locked and waiting again, or a new one."""
    item = queries.item_of_post(post.id, locked=True)
    if item is None:
        item = QueueItem(
            id=new_public_id(),
            post_id=post.id,
            state=ItemState.WAITING,
            is_open=True,
            band=Band.GREEN,
            rank=Band.GREEN.rank,
            version=0,
            waiting_since=now,
            stands_at=now,
            due_at=first_look_due(Band.GREEN, since=now),
            is_withdrawn=False,
            climbed=0,
            excluded=[],
        )
        item.post = post
        db.session.add(item)
        db.session.flush()
    elif item.state in {ItemState.DECIDED, ItemState.VOID}:
        reopen(item, now=now)
    item.handle = handle or item.handle
    item.version += 1
    return item


def reopen(item: QueueItem, *, now: datetime) -> None:
    """A decided text waits again, with a clock that starts now."""
    move_item(item, "reopen")
    item.band, item.rank = Band.GREEN, Band.GREEN.rank
    item.waiting_since, item.stands_at, item.decided_at, item.climbed = now, now, None, 0
    item.due_at, item.promised_by = first_look_due(Band.GREEN, since=now), None


def wait_again(item: QueueItem, *, now: datetime) -> None:
    """Put a text before moderators once more, whatever became of it before. The item is locked."""
    if item.state in {ItemState.DECIDED, ItemState.VOID}:
        reopen(item, now=now)
    elif item.state is ItemState.ON_HOLD:
        resume(item)
    item.version += 1


def add_reason(
    item: QueueItem,
    kind: ReasonKind,
    band: Band,
    *,
    now: datetime,
    marks: list[dict[str, Any]] | None = None,
    note: str | None = None,
) -> QueueReason:
    """Add a reason; the item's band becomes the highest and its clock can only come nearer.

    Crisis and red page the person on call, and end a hold: what is new must be read now. What a reader
    reports does not move the time that the author was told: they would learn from it that somebody did.
    """
    reason = QueueReason(
        id=new_public_id(),
        item_id=item.id,
        kind=kind,
        band=band,
        at=now,
        revision=item.post.latest_revision,
        marks=marks,
        note=note,
    )
    db.session.add(reason)
    promised_by = item.promised_by
    raise_item_band(item, band, now=now)
    if kind is ReasonKind.REPORT:
        item.promised_by = promised_by
    if item.state is ItemState.ON_HOLD and band.rank <= Band.RED.rank:
        resume(item)
    return reason


def raise_item_band(item: QueueItem, band: Band, *, now: datetime) -> None:
    """Raise an item's band, never lower it."""
    if higher_of(item.band, band) is item.band:
        return
    item.band, item.rank = band, band.rank
    due_at = first_look_due(band, since=now)
    item.due_at = min(item.due_at, due_at)
    if item.promised_by is not None:
        item.promised_by = min(item.promised_by, due_at)
    if band.rank <= Band.RED.rank:
        page_staff("item", item.id, band=band, due_at=item.due_at, now=now)


def lower_item_band(item: QueueItem, band: Band, *, now: datetime) -> None:
    """A text is less urgent than it seemed, as `moderation.lowering` lets it: its clock is that of the new
    band, and never later than what its author was told.
    """
    item.band, item.rank, item.climbed = band, band.rank, 0
    due_at = max(first_look_due(band, since=item.waiting_since), now)
    item.due_at = min(due_at, item.promised_by) if item.promised_by is not None else due_at
    item.version += 1


def withdraw_item(item: QueueItem, *, now: datetime) -> None:
    """The author took the text back.

    Where somebody may be in danger it stays before moderators, marked, until a person decides; so does a text
    about which an appeal is open.
    """
    item.version += 1
    in_danger = item.is_open and item.rank <= Band.RED.rank
    if in_danger or queries.has_open_escalation(item.id) or appeal_queries.has_open_appeal(item.id):
        item.is_withdrawn = True
        return
    if item.state is not ItemState.VOID:
        free_claim(item, now=now)
        move_item(item, "void")
        end_with_text(item, now=now)


def free_claim(item: QueueItem, *, now: datetime) -> None:
    """End the lease on an item, if there is one."""
    queries.end_claims(item.id, now)
    item.claimed_by = item.claim_token = item.claim_ends_at = None


def hold(
    item: QueueItem,
    *,
    until: datetime,
    now: datetime,
    keep_for: str | None = None,
    reason: str | None = None,
) -> None:
    """Put an item aside until a time, for one colleague or for nobody; then it waits again.

    The reason stays until the item is decided, for whoever takes it up.
    """
    free_claim(item, now=now)
    move_item(item, "hold")
    item.held_until, item.held_for = until, keep_for
    item.hold_reason = reason or item.hold_reason


def resume(item: QueueItem) -> None:
    """An item that was on hold waits again."""
    move_item(item, "resume")
    item.held_until = item.held_for = None


def settle(item: QueueItem, *, now: datetime) -> None:
    """An item is decided: its wait goes into the histogram, and of its times only the hours stay."""
    count_wait(item.band, waited_minutes(item, now=now), now=now)
    put_to_rest(item, now=now)


def put_to_rest(item: QueueItem, *, now: datetime) -> None:
    """Nothing is open about a text any more, because it was decided or because a report was taken back. Of
    its times only the hours stay.
    """
    free_claim(item, now=now)
    move_item(item, "decide")
    end_with_text(item, now=now)
    item.held_for = item.hold_reason = None
    item.waiting_since, item.due_at, item.decided_at = (
        hour_of(item.waiting_since),
        hour_of(item.due_at),
        hour_of(now),
    )
    item.stands_at, item.held_until, item.promised_by = item.waiting_since, None, None
    db.session.flush()
    for reason in queries.reasons_of(item.id):
        reason.at = hour_of(reason.at)


def climb(item: QueueItem, *, now: datetime) -> None:
    """An urgent item is overdue: page again, once for each time its clock has run out, and ask the lead: it
    may be that no page reaches anybody.
    """
    clock = first_look_clock(item.band)
    times_over = int((now - item.due_at) / clock) + 1
    if times_over > item.climbed:
        item.climbed = times_over
        ask_team(TaskKind.CLOCK_RAN_OUT, item=item, now=now)
        page_staff("item", item.id, band=item.band, due_at=item.due_at, now=now)

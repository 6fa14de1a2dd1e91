"""What moderators do with a text apart from deciding: putting aside, handing on, letting go by."""

from datetime import timedelta

from core.db import db, transaction
from moderation.claims import claim_next, release
from moderation.models import Claim, ItemState, QueueItem
from moderation.offering import visible_items
from moderation.passing import (
    hand_to,
    hold_item,
    skip,
)
from moderation.recusal import recuse
from moderation.team.models import TaskKind, TeamTask
from tests.cast import (
    MINUTE,
    NOON,
    item,
    staff,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


CRISIS_TEXT = "I am going to kill myself tonight."


def next_for(person: str, *, now: timedelta = timedelta()) -> str | None:
    with transaction():
        taken = claim_next(staff(person), now=NOON + now)
        return taken.id if taken is not None else None


def is_offered(person: str, item_id: str, *, now: timedelta = timedelta()) -> bool:
    """Whether "Next for me" gives this item; it is given back."""
    taken = next_for(person, now=now)
    if taken is not None:
        with transaction():
            release(item(taken), actor=staff(person), now=NOON + now)
    return taken == item_id


def found_by(person: str, *, now: timedelta = timedelta()) -> set[str]:
    """What the person finds in the list."""
    return {one.id for one in visible_items(staff(person), after=None, limit=50, now=NOON + now)}


def put_aside(held: QueueItem, *, by: str, minutes: int = 60, colleague: str | None = None) -> None:
    with transaction():
        hold_item(
            item(held.id),
            reason="I want to ask somebody",
            until=NOON + minutes * MINUTE,
            colleague_id=colleague,
            actor=staff(by),
            now=NOON,
        )


def hand_over(held: QueueItem, *, by: str, to: str) -> None:
    with transaction():
        hand_to(item(held.id), colleague_id=to, actor=staff(by), now=NOON)


def let_go_by(item_id: str, *, by: str) -> None:
    with transaction():
        skip(item(item_id), actor=staff(by), now=NOON)


def must_not_judge(item_id: str, *, by: str) -> None:
    with transaction():
        recuse(item(item_id), actor=staff(by), now=NOON)


def tasks(kind: TaskKind) -> list[str | None]:
    return [task.item_id for task in db.session.query(TeamTask) if task.kind is kind]


def is_free(item_id: str) -> bool:
    """Whether nobody has it: no lease on the row, none in the history, and it waits."""
    live = [one for one in db.session.query(Claim) if one.item_id == item_id and one.ended_at is None]
    one = item(item_id)
    return one.state is ItemState.WAITING and one.claimed_by is None and live == []

"""A stint at the queue: how it begins and ends, and what somebody is told at both ends.

What it says about a person's own work is shown to that person alone, and nobody is compared with anybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import Staff
from core.audit import record_event
from moderation import queries
from moderation.claims import release
from moderation.models import Escalation, QueueItem
from moderation.team import queries as team_queries
from moderation.team.duties import duties_of, people_on
from moderation.team.models import Duty, TeamTask
from moderation.team.tasks import tasks_of
from moderation.wellbeing import (
    HARD,
    is_at_work,
    is_free_to_rest,
    own_setting,
    resting_until,
)

LOOK_BACK = timedelta(days=14)


@dataclass(frozen=True)
class StartCard:
    """What somebody should know when they come: what happened, what was promised, what waits for them.

    No count of what waits: it would tell of texts that this person must not know of. The list is the page.
    """

    is_at_work: bool
    resting_until: datetime | None
    is_free_to_rest: bool
    duties: Sequence[Duty]
    leads: Sequence[Staff]
    on_call: Sequence[Staff]
    answered: Sequence[Escalation]
    tasks: Sequence[TeamTask]


@dataclass(frozen=True)
class EndCard:
    """What somebody did in this stint, and what is left to whom. For this person alone."""

    began_at: datetime | None
    decided: int
    hard: int
    in_hand: Sequence[QueueItem]
    readers: Sequence[Staff]
    leads: Sequence[Staff]


def start_card(person: Staff, *, now: datetime) -> StartCard:
    """Put together for one person."""
    setting = team_queries.moderator_setting(person.id)
    since = (setting.ended_at if setting is not None else None) or now - LOOK_BACK
    duties = duties_of(person, now=now)
    return StartCard(
        is_at_work=setting is not None and is_at_work(setting, now=now),
        resting_until=resting_until(person, now=now),
        is_free_to_rest=is_free_to_rest(person, now=now),
        duties=duties,
        leads=people_on(Duty.LEAD, now=now),
        on_call=people_on(Duty.ON_CALL, now=now),
        answered=team_queries.escalations_answered(person.id, max(since, now - LOOK_BACK)),
        tasks=tasks_of(person, duties, now=now),
    )


def end_card(person: Staff, *, now: datetime) -> EndCard:
    """Put together for one person."""
    setting = team_queries.moderator_setting(person.id)
    began = setting.began_at if setting is not None and is_at_work(setting, now=now) else None
    bands = team_queries.bands_decided_by(person.id, began) if began is not None else []
    readers = [one for one in people_on(Duty.MODERATOR, now=now) if one.id != person.id]
    return EndCard(
        began_at=began,
        decided=len(bands),
        hard=sum(band in HARD for band in bands),
        in_hand=queries.live_items_of(person.id, now),
        readers=readers,
        leads=people_on(Duty.LEAD, now=now),
    )


def begin_stint(person: Staff, *, now: datetime) -> None:
    """Somebody is at the queue from now on. A pause that runs stays; begun twice, it began once."""
    setting = own_setting(person)
    if is_at_work(setting, now=now):
        return
    setting.began_at, setting.counted_from = now, now
    record_event("stint_begun", actor=person.actor, target=f"staff:{person.id}", now=now)


def end_stint(person: Staff, *, now: datetime) -> None:
    """Somebody is done: what they have in hand waits for the others."""
    for held in queries.live_items_of(person.id, now):
        item = queries.item(held.id, locked=True)
        if item is not None and item.claimed_by == person.id:
            release(item, actor=person, now=now)
    setting = own_setting(person)
    if setting.began_at is not None:
        record_event("stint_ended", actor=person.actor, target=f"staff:{person.id}", now=now)
    setting.began_at, setting.counted_from, setting.ended_at = None, None, now

"""The periodic jobs of moderation: free what lapsed, page again for what is overdue, ask the lead about what
nobody may take.

Safe to be killed at any point and to run twice.
"""

from collections.abc import Sequence
from datetime import datetime

from core.db import transaction
from moderation import claim_queries, queries
from moderation.claims import release_lapsed
from moderation.judging import judges
from moderation.models import QueueItem
from moderation.offering import bounds_of, team_bounds
from moderation.queue import climb, resume
from moderation.team.models import TaskKind
from moderation.team.tasks import DUE_WITHIN, ask_team, tasks_for_nobody


def free_lapsed_items(now: datetime) -> None:
    """Leases and holds whose time is over, and what is kept for somebody who may not take texts any more:
    their items wait again.
    """
    if not queries.lapsed_items(now) and not kept_in_vain(now):
        return
    with transaction():
        for item in queries.lapsed_items(now):
            release_lapsed(item, now=now)
        for item in kept_in_vain(now):
            resume(item)


def kept_in_vain(now: datetime) -> Sequence[QueueItem]:
    """What lies on hold for people whose record ran out, or whose duty is over."""
    kept = claim_queries.items_kept()
    able = {one.id for one in judges(now)} if kept else set()
    return [item for item in kept if item.held_for not in able]


def chase_overdue_items(now: datetime) -> None:
    """Items of crisis and red that nobody decided in time are paged again, each time their clock runs out."""
    if not queries.overdue_urgent_items(now):
        return
    with transaction():
        for item in queries.overdue_urgent_items(now):
            climb(item, now=now)


def ask_about_stranded_items(now: datetime) -> None:
    """Texts that wait and that no moderator is offered come before the lead, once; again when the lead has
    looked after it and half a day later it still waits for nobody. What the lead was asked and must not know
    of any more goes to somebody else.
    """
    if not stranded_items(now) and not tasks_for_nobody(now):
        return
    with transaction():
        for task, person in tasks_for_nobody(now):
            task.for_staff, task.for_duty = person.id, None
        for item in stranded_items(now):
            ask_team(TaskKind.NOBODY_MAY, item=item, due_at=max(now, item.due_at), now=now)


def stranded_items(now: datetime) -> Sequence[QueueItem]:
    """Items that nobody has and no moderator is offered, and about which the lead is not asked yet.

    Where there are no moderators at all, what the people on duty may judge is theirs as a matter of course.
    """
    team = team_bounds(now) or [bounds_of(one, now=now) for one in judges(now)]
    return [
        item
        for item in claim_queries.free_items(now)
        if not any(one.offers(item) for one in team)
        and not claim_queries.is_asked(TaskKind.NOBODY_MAY, item.id, since=now - DUE_WITHIN)
    ]


def forget_old_skips(now: datetime) -> int:
    """A retention rule: who let what go by is forgotten when it has no effect any more. Gives how many."""
    with transaction():
        return claim_queries.delete_skips_before(now)

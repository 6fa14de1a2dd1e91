"""The periodic jobs of moderation: free what lapsed, page again for what is overdue.

Safe to be killed at any point and to run twice.
"""

from datetime import datetime

from core.db import transaction
from moderation import queries
from moderation.claims import release_lapsed
from moderation.queue import climb


def free_lapsed_items(now: datetime) -> None:
    """Leases and holds whose time is over: their items wait again."""
    if not queries.lapsed_items(now):
        return
    with transaction():
        for item in queries.lapsed_items(now):
            release_lapsed(item, now=now)


def chase_overdue_items(now: datetime) -> None:
    """Items of crisis and red that nobody decided in time are paged again, each time their clock runs out."""
    if not queries.overdue_urgent_items(now):
        return
    with transaction():
        for item in queries.overdue_urgent_items(now):
            climb(item, now=now)

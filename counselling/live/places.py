"""Place in line and expected wait, from what is known: who waits for the same professional, and when the
sessions that they have open are planned to end. Where nothing is known, that is what the page says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from counselling.live import queries
from counselling.live.models import LiveSession
from counselling.live.sessions import LENGTH
from counselling.models import Case


@dataclass(frozen=True)
class Place:
    """How many wait before this one, and about how long it takes; None when nobody can say."""

    before: int
    wait: timedelta | None


def place_of(case: Case, session: LiveSession, *, now: datetime) -> Place:
    """Where somebody who waits stands."""
    waiting = queries.waiting_with(case.owner_id)
    before = waiting.index(session.id) if session.id in waiting else 0
    ends = queries.planned_ends_of(case.owner_id) if case.owner_id is not None else ()
    return Place(before, expected_wait(before, ends, now=now))


def expected_wait(before: int, planned_ends: Sequence[datetime], *, now: datetime) -> timedelta | None:
    """Until the session that goes on is over, and then a whole one for each who waits before.

    None when none goes on, or it has gone on for longer than was planned: then nobody knows.
    """
    latest = max(planned_ends, default=now)
    return latest - now + before * LENGTH if latest > now else None

"""Counting what became of texts, in the transaction of the decision itself. Never per person.

A text counts once for each time that it waited: when a person has decided. What is counted is written down
with the notice that has not left yet, so that an undo takes back exactly that and gives the text its clock
back. Whoever counts does so after the line of the audit log: on PostgreSQL that line brings those who decide
into one order, and rows of counts are then taken by one at a time.
"""

from datetime import datetime, timedelta
from typing import Any

from core.db import transaction
from forum.models import PostStatus
from moderation import queries
from moderation.bands import Band
from moderation.handles import month_of
from moderation.models import Conduct, Decision, QueueItem
from moderation.promises import queries as count_queries
from moderation.promises.models import PromiseCount, RecentWait, Tally, Wait

RECENT = timedelta(days=92)
# What an author may wait for, by what was decided about a text that nobody else could read yet.
BECAME = {
    Conduct.PUBLISH: Tally.PUBLISHED,
    Conduct.PUBLISH_WITH_WARNINGS: Tally.PUBLISHED,
    Conduct.ASK_CHANGE: Tally.CHANGED,
    Conduct.NOT_HERE: Tally.REFUSED,
}
Counted = dict[str, Any]


def count_tally(tally: Tally, band: Band, *, now: datetime, by: int = 1) -> None:
    """Count that something happened to a text of this band, this month. In the caller's transaction."""
    count_queries.add_to_count(PromiseCount, by, month=month_of(now), band=band, tally=tally)


def count_wait(band: Band, minutes: int, *, now: datetime, by: int = 1) -> None:
    """Count how long a text waited: to the minute for its month, roughly for its day."""
    count_queries.add_to_count(Wait, by, month=month_of(now), band=band, minutes=minutes)
    count_queries.add_to_count(RecentWait, by, day=now.date(), band=band, minutes=roughly(minutes))


def roughly(minutes: int) -> int:
    """Minutes rounded up to 5 within an hour, to 15 within four, then to an hour.

    Of a single day the minute is not kept: beside the time of a decision it would tell when somebody wrote.
    """
    step = 5 if minutes <= 60 else 15 if minutes <= 240 else 60
    return -(-minutes // step) * step


def waited_minutes(item: QueueItem, *, now: datetime) -> int:
    """For how long an item has waited, in full minutes."""
    return max(0, int((now - item.waiting_since).total_seconds() // 60))


def count_decision(item: QueueItem, decision: Decision, *, now: datetime) -> Counted:
    """Count what a decision says that ends the waiting of a text. Call it before the item is settled, which
    counts the wait.

    Returns what `take_back` needs.
    """
    tallies = _tallies(item, decision)
    for tally in tallies:
        count_tally(tally, item.band, now=now)
    return {
        "at": now.isoformat(),
        "band": item.band.value,
        "minutes": waited_minutes(item, now=now),
        "tallies": [tally.value for tally in tallies],
        "since": item.waiting_since.isoformat(),
        "stands": item.stands_at.isoformat(),
        "due": item.due_at.isoformat(),
        "promised": item.promised_by.isoformat() if item.promised_by is not None else None,
    }


def take_back(counted: Counted) -> None:
    """A decision was undone: what it counted is not so."""
    at, band = datetime.fromisoformat(counted["at"]), Band(counted["band"])
    count_wait(band, counted["minutes"], now=at, by=-1)
    for tally in counted["tallies"]:
        count_tally(Tally(tally), band, now=at, by=-1)


def wind_back(item: QueueItem, counted: Counted) -> None:
    """A text whose decision was undone has waited since it came, and not since the undo. What came in about
    it meanwhile may have brought its clock nearer, and that stays.
    """
    item.waiting_since = datetime.fromisoformat(counted["since"])
    item.stands_at = datetime.fromisoformat(counted["stands"])
    item.due_at = min(item.due_at, datetime.fromisoformat(counted["due"]))
    promised = counted["promised"]
    item.promised_by = datetime.fromisoformat(promised) if promised is not None else None


def forget_recent_waits(now: datetime) -> int:
    """A retention rule: how long texts waited on a single day is forgotten after a quarter of a year."""
    with transaction():
        return count_queries.delete_recent_waits_before((now - RECENT).date())


def _tallies(item: QueueItem, decision: Decision) -> list[Tally]:
    """In time is what a person first decided about within the clock, even to keep it held."""
    decided_at = [one.at for one in queries.decisions_of(item.id) if one.at >= item.waiting_since]
    tallies = [Tally.IN_TIME] if min([*decided_at, decision.at]) <= item.due_at else []
    became = BECAME.get(decision.conduct)
    if became is not None and _was_unread(decision):
        tallies += [Tally.HELD, became]
    return tallies


def _was_unread(decision: Decision) -> bool:
    """Whether nobody but moderators could read this wording before the decision."""
    if decision.status_before is PostStatus.PUBLISHED:
        return decision.visible_before < decision.revision
    return decision.status_before is PostStatus.HELD

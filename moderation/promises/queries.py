"""Questions to the database about what moderation counts."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.exc import IntegrityError

from core.db import db
from moderation.bands import Band
from moderation.promises.models import PromiseCount, RecentWait, Tally, Wait

Histogram = list[tuple[int, int]]  # (minutes, how many texts waited so long), the shortest wait first
CountTable = type[Wait] | type[RecentWait] | type[PromiseCount]


def add_to_count(table: CountTable, by: int, **key: Any) -> None:
    """Raise or lower one count, which begins at nothing. Two who count at once both count."""
    is_it = [getattr(table, name) == value for name, value in key.items()]
    statement = update(table).where(*is_it).values(count=table.count + by)
    changed: CursorResult[Any] = db.session.execute(statement)  # type: ignore[assignment]
    if changed.rowcount:
        return
    try:
        with db.session.begin_nested():
            db.session.add(table(count=by, **key))
    except IntegrityError:  # somebody else began the count at the same moment
        add_to_count(table, by, **key)


def recent_histogram(band: Band, *, since: date) -> Histogram:
    """How long texts of a band waited that were decided on this day or later."""
    statement = select(RecentWait.minutes, RecentWait.count).where(
        RecentWait.band == band, RecentWait.day >= since
    )
    return _summed(db.session.execute(statement))


def histogram_since(band: Band, *, month: str) -> Histogram:
    """The same from a month on."""
    statement = select(Wait.minutes, Wait.count).where(Wait.band == band, Wait.month >= month)
    return _summed(db.session.execute(statement))


def _summed(rows: Iterable[Any]) -> Histogram:
    """Counts of the same length added up. Here and not in the database, which would sort them on disk."""
    sums: Counter[int] = Counter()
    for minutes, count in rows:
        sums[minutes] += count
    return sorted((minutes, count) for minutes, count in sums.items() if count > 0)


def waits_before(month: str) -> Iterable[tuple[str, Band, int, int]]:
    """(month, band, minutes, how many) of all months before this one."""
    statement = select(Wait.month, Wait.band, Wait.minutes, Wait.count).where(
        Wait.month < month, Wait.count > 0
    )
    return [(row[0], row[1], row[2], row[3]) for row in db.session.execute(statement)]


def tallies_before(month: str) -> Iterable[tuple[str, Band, Tally, int]]:
    """(month, band, what, how often) of all months before this one."""
    statement = select(PromiseCount.month, PromiseCount.band, PromiseCount.tally, PromiseCount.count).where(
        PromiseCount.month < month
    )
    return [(row[0], row[1], row[2], row[3]) for row in db.session.execute(statement)]


def delete_recent_waits_before(day: date) -> int:
    """How many were there to delete."""
    statement = delete(RecentWait).where(RecentWait.day < day)
    result: CursorResult[Any] = db.session.execute(statement)  # type: ignore[assignment]
    return result.rowcount

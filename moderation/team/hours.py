"""Clocks and staffed hours: by when a person will have looked.

The default clocks are the service's policy (minutes). A first look runs while moderators are there; for
crisis and red it runs at once when a person on call can be paged. A professional's first act always runs at
once. Nothing here promises what nobody can keep: without hours and without a channel there is only the next
staffed time, or none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app

from core.channels import configured_channels
from core.web import settings_of
from moderation import queries
from moderation.bands import Band

FIRST_LOOK = {Band.CRISIS: 10, Band.RED: 60, Band.AMBER: 4 * 60, Band.GREEN: 12 * 60}
PROFESSIONAL = {Band.CRISIS: 15, Band.RED: 60, Band.AMBER: 24 * 60, Band.GREEN: 48 * 60}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOK_AHEAD_DAYS = 15
UNSTAFFED_AT_MOST = timedelta(hours=12)

WEEKLY_LIMIT = 20  # hours of duty a week that one person is asked for at most

Stretch = tuple[datetime, datetime]


@dataclass(frozen=True)
class Hours:
    """The weekly table: for each day a list of (from, to) in the time zone; nobody is there on holidays.

    `has_on_call` says that somebody is paged outside of them.
    """

    timezone: ZoneInfo
    week: dict[str, list[tuple[time, time]]]
    has_on_call: bool
    holidays: frozenset[date] = frozenset()

    def shifts_from(self, moment: datetime) -> Iterator[Stretch]:
        """The staffed stretches that end after `moment`, in order, for the next two weeks, and as many days
        more as there are holidays.
        """
        first = moment.astimezone(self.timezone).date() - timedelta(days=1)
        for offset in range(LOOK_AHEAD_DAYS + len(self.holidays)):
            day = first + timedelta(days=offset)
            if day in self.holidays:
                continue
            for begins, ends in self.week.get(DAYS[day.weekday()], []):
                shift = self.stretch(day, begins, ends)
                if shift[1] > moment:
                    yield shift

    def stretch(self, day: date, begins: time, ends: time) -> Stretch:
        """From one time of a day to another, where the team is; past midnight when `ends` is not later."""
        return self._on(day, begins), self._on(day if ends > begins else day + timedelta(days=1), ends)

    def is_staffed(self, now: datetime) -> bool:
        """Whether moderators are there at this moment."""
        return any(begins <= now < ends for begins, ends in self.shifts_from(now))

    def next_staffed_at(self, now: datetime) -> datetime | None:
        """When moderators are there next (now, if they are), or None when no hours are set."""
        return next((max(begins, now) for begins, _ in self.shifts_from(now)), None)

    def _on(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, tzinfo=self.timezone).astimezone(UTC)


def default_policy() -> tuple[dict[str, Any], dict[str, Any]]:
    """Clocks and hours of a new installation, until the coordinator sets their own."""
    clocks = {
        "first_look": {band.value: minutes for band, minutes in FIRST_LOOK.items()},
        "professional": {band.value: minutes for band, minutes in PROFESSIONAL.items()},
    }
    week = {day: [["09:00", "21:00"]] for day in DAYS[:5]}
    return clocks, {"timezone": "UTC", "week": week, "on_call": False}


def _policy() -> tuple[dict[str, Any], dict[str, Any]]:
    policy = queries.newest_policy()
    return (policy.clocks, policy.hours) if policy is not None else default_policy()


def staffed_hours() -> Hours:
    """The weekly table that holds now."""
    return _hours_of(_policy()[1])


def hours_and_clock(band: Band) -> tuple[Hours, timedelta]:
    """The weekly table, and how long a first look at this band may take: both with one question to the
    database, because a visitor's page may ask few.
    """
    clocks, hours = _policy()
    return _hours_of(hours), timedelta(minutes=clocks["first_look"][band.value])


def _hours_of(hours: dict[str, Any]) -> Hours:
    week = {
        day: [(time.fromisoformat(begins), time.fromisoformat(ends)) for begins, ends in shifts]
        for day, shifts in hours["week"].items()
    }
    holidays = frozenset(date.fromisoformat(day) for day in hours.get("holidays", []))
    return Hours(ZoneInfo(hours["timezone"]), week, bool(hours["on_call"]), holidays)


def weekly_limit() -> timedelta:
    """How much duty a week one person is asked for at most."""
    return timedelta(hours=_policy()[1].get("weekly_limit", WEEKLY_LIMIT))


def first_look_due(band: Band, *, since: datetime) -> datetime:
    """By when somebody looks at a text of this band that came at `since`."""
    clock = timedelta(minutes=_policy()[0]["first_look"][band.value])
    if is_paged(band):
        return since + clock
    return add_staffed_time(staffed_hours(), since, clock)


def professional_due(band: Band, *, since: datetime) -> datetime:
    """By when a professional acts on something of this band.

    Crisis and red run on the wall clock, whatever day it is: somebody is paged. Amber and green stand still
    on holidays, because on these days nobody is there, and a time at which nobody is there must not be told
    to a student. But they never take more than twice their length: a service that closes for two weeks does
    not leave somebody alone for two weeks, and has to have a person who looks in between. An absence
    lengthens no clock: whoever covers answers instead.
    """
    clocks, hours = _policy()
    clock = timedelta(minutes=clocks["professional"][band.value])
    if band.rank <= Band.RED.rank:
        return since + clock
    return min(_after_holidays(_hours_of(hours), since, clock), since + 2 * clock)


def _after_holidays(hours: Hours, since: datetime, length: timedelta) -> datetime:
    """When `length` has passed since `since`, holidays not counted."""
    at, left = since.astimezone(hours.timezone), length
    for _ in range(2 * (length.days + 1) + len(hours.holidays)):
        midnight = datetime.combine(at.date() + timedelta(days=1), time(), tzinfo=hours.timezone)
        there = midnight.astimezone(UTC) - at.astimezone(UTC)
        if at.date() not in hours.holidays:
            if left <= there:
                break
            left -= there
        at = midnight
    return at.astimezone(UTC) + left


def told_by(due_at: datetime) -> datetime:
    """The time that a student is told for a professional's act. Where nobody can be called it is never one at
    which nobody is there: then it is the next time that somebody is.
    """
    return due_at if can_be_called() else staffed_hours().next_staffed_at(due_at) or due_at


def can_be_called() -> bool:
    """Whether somebody is on call outside of the staffed hours, and a page reaches them."""
    return staffed_hours().has_on_call and bool(configured_channels(settings_of(current_app)))


def first_look_clock(band: Band) -> timedelta:
    """How long a first look may take while moderators are there."""
    return timedelta(minutes=_policy()[0]["first_look"][band.value])


def is_paged(band: Band) -> bool:
    """Whether a text of this band reaches a person on call at any hour."""
    if band.rank > Band.RED.rank:
        return False
    return can_be_called()


def add_staffed_time(hours: Hours, since: datetime, length: timedelta) -> datetime:
    """When `length` of staffed time has passed since `since`.

    Where no hours are set, 12 hours later on the wall clock.
    """
    left = length
    for begins, ends in hours.shifts_from(since):
        start = max(begins, since)
        if ends - start >= left:
            return start + left
        left -= ends - start
        since = max(since, ends)
    return since + UNSTAFFED_AT_MOST


def is_staffed(now: datetime) -> bool:
    """Whether moderators are there at this moment."""
    return staffed_hours().is_staffed(now)


def next_staffed_at(now: datetime) -> datetime | None:
    """When moderators are there next (now, if they are), or None when no hours are set."""
    return staffed_hours().next_staffed_at(now)

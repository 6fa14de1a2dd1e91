"""Whether a rota keeps what the clocks promise, and by how much it does not.

The weekly table is the promise that students are told; the rota must cover it. Apart from it, nothing waits
longer than 12 hours for somebody who reads, 24 hours where a holiday lies between; and where texts in danger
page a person, there is such a person in every minute in which nobody reads. Real hours count: in the night in
which the clocks change, a night is an hour longer or shorter.

Pure: knows no table of the database.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from moderation.team.hours import UNSTAFFED_AT_MOST, Hours, Stretch
from moderation.team.models import Duty

HORIZON = timedelta(days=14)
ON_HOLIDAYS_AT_MOST = timedelta(hours=24)
NOTHING = timedelta()


class Lack(StrEnum):
    """What a rota lacks."""

    READER = "reader"  # students are told that moderators are there, and none is
    GAP = "gap"  # texts wait for longer than anything may wait
    ON_CALL = "on_call"  # nobody is there, and nobody can be paged


@dataclass(frozen=True)
class Shortfall:
    """One stretch in which the rota does not keep a clock, and by how much."""

    lack: Lack
    begins_at: datetime
    ends_at: datetime
    over: timedelta


def shortfalls(
    hours: Hours, rota: Mapping[Duty, Sequence[Stretch]], *, start: datetime, length: timedelta = HORIZON
) -> list[Shortfall]:
    """Where a rota does not keep the clocks from `start` on, the earliest first. Nothing: it keeps them."""
    whole = (start, start + length)
    reads = merged(rota.get(Duty.MODERATOR, ()))
    alone = without([whole], reads)
    found = [
        Shortfall(Lack.READER, begins, ends, ends - begins)
        for begins, ends in without(within(merged(hours.shifts_from(start)), whole), reads)
    ]
    for begins, ends in alone:
        over = ends - begins - longest_gap(hours, begins, ends)
        if over > NOTHING:
            found.append(Shortfall(Lack.GAP, begins, ends, over))
    if hours.has_on_call:
        found += [
            Shortfall(Lack.ON_CALL, begins, ends, ends - begins)
            for begins, ends in without(alone, merged(rota.get(Duty.ON_CALL, ())))
        ]
    return sorted(found, key=lambda one: (one.begins_at, one.lack))


def longest_gap(hours: Hours, begins: datetime, ends: datetime) -> timedelta:
    """How long nobody may read in this stretch: longer where a holiday lies in it."""
    day = begins.astimezone(hours.timezone).date()
    last = (ends - timedelta(microseconds=1)).astimezone(hours.timezone).date()
    while day <= last:
        if day in hours.holidays:
            return ON_HOLIDAYS_AT_MOST
        day += timedelta(days=1)
    return UNSTAFFED_AT_MOST


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same time, in stretches that do not touch, in order."""
    joined: list[Stretch] = []
    for begins, ends in sorted(stretches):
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends))
        else:
            joined.append((begins, ends))
    return joined


def within(stretches: Iterable[Stretch], whole: Stretch) -> list[Stretch]:
    """What of these stretches lies inside another one."""
    cut = [(max(begins, whole[0]), min(ends, whole[1])) for begins, ends in stretches]
    return [(begins, ends) for begins, ends in cut if begins < ends]


def without(stretches: Iterable[Stretch], taken: Sequence[Stretch]) -> list[Stretch]:
    """What is left of these stretches when others, merged, are taken away."""
    left = []
    for begins, ends in stretches:
        at = begins
        for away_from, away_to in within(taken, (begins, ends)):
            if at < away_from:
                left.append((at, away_from))
            at = away_to
        if at < ends:
            left.append((at, ends))
    return left


def total(stretches: Iterable[Stretch]) -> timedelta:
    """How long these stretches are together; what overlaps counts once."""
    return sum((ends - begins for begins, ends in merged(stretches)), NOTHING)

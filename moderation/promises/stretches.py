"""What the service promises, and how it was kept, for everybody to read. Counts, never people.

What is told once stays told: only months that are over count, each stretch of time is told in one way, and no
stretch lies within another. So nobody can take two numbers, or the page of last month and the page of this
one, and compute a small number from them. A stretch is a month; where that is too little for each band, or
for bands put together, it becomes three months, then twelve. Within a stretch a number under ten is not told,
nor one that would give it away.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from core.suppression import SMALLEST, suppressed, told_parts
from moderation.bands import Band
from moderation.handles import month_of
from moderation.promises.models import Tally
from moderation.promises.queries import Histogram, tallies_before, waits_before
from moderation.promises.waiting import shares

# Months of a stretch, and into how few groups of bands it may be told. A year is told in any case.
STRETCHES = ((1, 3), (3, 2), (12, 0))
STRETCHES_AT_MOST = 12
SETTLED_AFTER = timedelta(days=1)  # a month is told a day after its end, when nothing of it can be undone


@dataclass(frozen=True)
class Kept:
    """How promises were kept for texts of one or several bands. None stands for "fewer than 10".

    `is_held_told` is false where the number of held texts would give a small one away.
    """

    bands: tuple[Band, ...]
    half_within: timedelta | None
    most_within: timedelta | None
    in_time: int | None  # of a hundred
    held: int | None
    is_held_told: bool
    published: int | None
    changed: int | None
    refused: int | None
    appealed: int | None
    is_appealed_told: bool
    overturned: int | None


@dataclass(frozen=True)
class Stretch:
    """Some months, from the first day of the first to the first day of the last."""

    first: date
    last: date
    rows: Sequence[Kept]


@dataclass
class Counts:
    """What was counted in one or several months, by band."""

    waits: Counter[tuple[Band, int]]
    tallies: Counter[tuple[Band, Tally]]

    def read(self, bands: Sequence[Band]) -> int:
        """How many texts of these bands were read."""
        return sum(count for (band, _), count in self.waits.items() if band in bands)

    def histogram(self, bands: Sequence[Band]) -> Histogram:
        """How long texts of these bands waited."""
        minutes: Counter[int] = Counter()
        for (band, length), count in self.waits.items():
            if band in bands:
                minutes[length] += count
        return sorted(minutes.items())

    def tally(self, tally: Tally, bands: Sequence[Band]) -> int:
        """How often something happened to texts of these bands."""
        return sum(self.tallies[band, tally] for band in bands)


def kept_promises(*, now: datetime) -> list[Stretch]:
    """The newest stretches that can be told, newest first. Asks the database twice."""
    settled = now - SETTLED_AFTER
    months = _months(settled)
    stretches = list(stretches_of(months)) if months else []
    return stretches[: -STRETCHES_AT_MOST - 1 : -1]


def _months(settled: datetime) -> list[tuple[date, Counts]]:
    """Each month from the first that counted anything to the last that is over."""
    end = month_of(settled)
    found: dict[str, Counts] = {}
    for month, band, minutes, count in waits_before(end):
        found.setdefault(month, Counts(Counter(), Counter())).waits[band, minutes] += count
    for month, band, tally, count in tallies_before(end):
        found.setdefault(month, Counts(Counter(), Counter())).tallies[band, tally] += count
    if not found:
        return []
    first, months = _day(min(found)), []
    while month_of(datetime.combine(first, datetime.min.time(), UTC)) < end:
        months.append((first, found.get(f"{first:%Y-%m}", Counts(Counter(), Counter()))))
        first = next_month(first)
    return months


def stretches_of(months: Sequence[tuple[date, Counts]]) -> Iterator[Stretch]:
    """Cut months into stretches, the oldest first. The last months wait until they are enough."""
    begins = 0
    while begins < len(months):
        for length, groups_at_least in STRETCHES:
            chosen = months[begins : begins + length]
            if len(chosen) < length:
                return
            counts = _together([counts for _, counts in chosen])
            groups = group_bands(counts)
            if length == STRETCHES[-1][0] or _is_enough(counts, groups, groups_at_least):
                rows = [kept(counts, group) for group in groups]
                yield Stretch(first=chosen[0][0], last=chosen[-1][0], rows=rows)
                begins += length
                break


def _is_enough(counts: Counts, groups: Sequence[tuple[Band, ...]], at_least: int) -> bool:
    return len(groups) >= at_least and counts.read(groups[0]) >= SMALLEST


def group_bands(counts: Counts) -> list[tuple[Band, ...]]:
    """Bands one by one, or neighbours together until ten texts of them were read."""
    groups: list[tuple[Band, ...]] = []
    waiting: tuple[Band, ...] = ()
    for band in Band:
        waiting = (*waiting, band)
        if counts.read(waiting) >= SMALLEST:
            groups.append(waiting)
            waiting = ()
    if waiting:
        groups = [*groups[:-1], (*groups[-1], *waiting)] if groups else [waiting]
    return groups


def kept(counts: Counts, bands: tuple[Band, ...]) -> Kept:
    """How promises were kept for a group of bands, as far as it may be told."""
    read, lengths = counts.read(bands), shares(counts.histogram(bands))
    parts = [counts.tally(tally, bands) for tally in (Tally.PUBLISHED, Tally.CHANGED, Tally.REFUSED)]
    held = counts.tally(Tally.HELD, bands)
    told_held, (published, changed, refused) = told_parts(held, parts)
    appealed, overturned = counts.tally(Tally.APPEALED, bands), counts.tally(Tally.OVERTURNED, bands)
    # What came of the other appeals is not told here, and must not show as a small difference either.
    hides_appealed = overturned >= SMALLEST and appealed - overturned < SMALLEST
    return Kept(
        bands=bands,
        half_within=lengths[0] if lengths is not None else None,
        most_within=lengths[1] if lengths is not None else None,
        in_time=_of_hundred(counts.tally(Tally.IN_TIME, bands), read),
        held=told_held,
        is_held_told=told_held is not None or suppressed(held) is None,
        published=published,
        changed=changed,
        refused=refused,
        appealed=None if hides_appealed else suppressed(appealed),
        is_appealed_told=not hides_appealed,
        overturned=suppressed(overturned),
    )


def _of_hundred(part: int, whole: int) -> int | None:
    """A share in full hundredths, rounded down so that nothing is told better than it was. It speaks of the
    team and of no writer, so it is told of any ten texts.
    """
    return min(100, part * 100 // whole) if suppressed(whole) is not None else None


def _together(months: Sequence[Counts]) -> Counts:
    whole = Counts(Counter(), Counter())
    for month in months:
        whole.waits.update(month.waits)
        whole.tallies.update(month.tallies)
    return whole


def _day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def next_month(first: date) -> date:
    """The first day of the month after."""
    return (first + timedelta(days=31)).replace(day=1)

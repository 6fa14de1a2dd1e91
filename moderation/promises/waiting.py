"""What the author of a waiting text is told: by when somebody will have looked, and how long texts wait of
late.

How long is counted from what was decided in the last 14 days; when fewer than ten texts were, in the last
three months, then in the last twelve; and when that is too few as well, the aim of the service is told.

The band stays with the staff. What a stranger's report adds to a text shows in nothing that its author sees.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from core.clock import hour_of
from core.suppression import percentile
from forum.gate import Standing, UsualWait, WaitBasis
from forum.models import Post, PostStatus
from moderation import queries
from moderation.bands import Band, higher_of
from moderation.handles import month_of
from moderation.models import QueueItem, QueueReason, ReasonKind
from moderation.promises.counting import RECENT, roughly
from moderation.promises.queries import Histogram, histogram_since, recent_histogram
from moderation.team.hours import first_look_due, hours_and_clock, is_paged

OF_LATE = timedelta(days=14)
MONTHS_OF_A_YEAR = 12
FROM_OTHERS = frozenset({ReasonKind.REPORT})


def standing_of(item: QueueItem, *, now: datetime) -> Standing:
    """What its author may know of an open item."""
    band, since = seen_by_author(item)
    hours, clock = hours_and_clock(band)
    return Standing(
        look_by=told_time(item, band, since),
        is_staffed_now=hours.is_staffed(now),
        next_staffed_at=hours.next_staffed_at(now),
        shows_help=band is not Band.GREEN,
        is_late=item.promised_by is not None,
        has_on_call=somebody_is_on_call(),
        usual=usual_wait(band, aim=clock, now=now),
        counsellor_asked=queries.has_open_escalation(item.id),
    )


def told_time(item: QueueItem, band: Band, since: datetime) -> datetime:
    """By when somebody will have looked, as the author is told: the newest time that was promised."""
    due_at = item.due_at if band is item.band else first_look_due(band, since=since)
    return as_promised(item.promised_by or due_at)


def as_promised(moment: datetime) -> datetime:
    """Where nobody is on call no minutes are promised: the full hour at or after a time."""
    return moment if somebody_is_on_call() else end_of_hour(moment)


def somebody_is_on_call() -> bool:
    """Whether a person can be called outside of the staffed hours."""
    return is_paged(Band.CRISIS)


def end_of_hour(moment: datetime) -> datetime:
    """The full hour at or after `moment`."""
    hour = hour_of(moment)
    return hour if hour == moment else hour + timedelta(hours=1)


def author_waits(post: Post) -> bool:
    """Whether a wording of this post waits that its author would see published."""
    return post.status is PostStatus.HELD or (
        post.status is PostStatus.PUBLISHED and bool(post.has_pending_edit)
    )


def seen_by_author(item: QueueItem) -> tuple[Band, datetime]:
    """The band that follows from the text alone, and since when: without what readers reported."""
    reasons = queries.open_reasons(item.id)
    own = [reason for reason in reasons if reason.kind not in FROM_OTHERS]
    if len(own) == len(reasons):
        return item.band, item.waiting_since
    return higher_of(*(reason.band for reason in own)), _earliest(own, item)


def _earliest(reasons: Iterable[QueueReason], item: QueueItem) -> datetime:
    return min((reason.at for reason in reasons), default=item.waiting_since)


def usual_wait(band: Band, *, aim: timedelta, now: datetime) -> UsualWait:
    """How long texts of a band wait of late, from the shortest of three stretches that has ten."""
    stretches: list[tuple[WaitBasis, Callable[[], Histogram]]] = [
        (WaitBasis.FORTNIGHT, lambda: recent_histogram(band, since=(now - OF_LATE).date())),
        (WaitBasis.QUARTER, lambda: recent_histogram(band, since=(now - RECENT).date())),
        (WaitBasis.YEAR, lambda: histogram_since(band, month=month_a_year_ago(now))),
    ]
    for basis, ask in stretches:
        found = shares(ask())
        if found is not None:
            return UsualWait(basis=basis, aim=aim, half_within=found[0], most_within=found[1])
    return UsualWait(basis=WaitBasis.POLICY, aim=aim)


def shares(histogram: Histogram) -> tuple[timedelta, timedelta] | None:
    """Within how long half of the texts and nine in ten were read, rounded up; None of fewer than ten."""
    half, most = percentile(histogram, 0.5), percentile(histogram, 0.9)
    if half is None or most is None:
        return None
    return told_length(half), told_length(most)


def told_length(minutes: int) -> timedelta:
    """A wait as it is told to anybody: five minutes at least, and rounded up."""
    return timedelta(minutes=roughly(max(1, minutes)))


def month_a_year_ago(now: datetime) -> str:
    """The first of the last twelve months, this one included."""
    months = now.year * 12 + now.month - MONTHS_OF_A_YEAR
    return month_of(now.replace(year=months // 12, month=months % 12 + 1, day=1))

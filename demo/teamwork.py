"""The team of the demo: who is there when, who looks after whom, and what was counted before today.

The rota is of the week in which the demo is loaded and of the next, so that it is never empty; of the week
after only the people on call are drafted.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from demo.cast import Cast, Event, Facts, read_content
from moderation.bands import Band
from moderation.promises.counting import count_tally, count_wait
from moderation.promises.models import Tally
from moderation.stints import end_stint
from moderation.team import rota_queries
from moderation.team.models import Duty
from moderation.team.pairs import pair
from moderation.team.policy import present_policy, set_policy
from moderation.team.rota import WEEK, add_shift, monday_of, publish_rota
from moderation.team.swaps import offer_shift
from moderation.wording.reasons import newest_reasons, save_reason

PUBLISHED_WEEKS = 2
TALLIES = (Tally.IN_TIME, Tally.PUBLISHED, Tally.CHANGED, Tally.REFUSED, Tally.APPEALED, Tally.OVERTURNED)
REST_OF_THE_DAY = timedelta(hours=4, minutes=6)


def team_events(cast: Cast) -> Iterator[Event]:
    """Everything of the team, each with its time."""
    content = read_content("moderation.toml")
    monday = datetime.combine(monday_of(cast.loaded_at.date()), time(), UTC)
    yield cast.loaded_at - timedelta(days=100), lambda at: _settle_in(cast, content, at)
    yield cast.moment(content["reason"]), lambda at: _change_reason(cast, content["reason"], at)
    yield monday, lambda at: _plan(cast, content["rota"], at)
    yield cast.loaded_at - REST_OF_THE_DAY, lambda at: _go_home(cast, at)
    for band in (Band.RED, Band.AMBER, Band.GREEN):
        yield cast.loaded_at - timedelta(days=99), lambda _, band=band: _count(cast, band, content["counts"])  # type: ignore[misc]


def _settle_in(cast: Cast, content: Facts, at: datetime) -> None:
    """The coordinator says that somebody is on call, and who looks after whom."""
    coordinator = cast.member("tomas")
    hours = present_policy()[1] | {"on_call": True}
    set_policy(hours=hours, actor=coordinator, now=at)
    for facts in content["pair"]:
        buddy = cast.member(facts["buddy"]).id
        pair(cast.member(facts["person"]), buddy=buddy, senior="", actor=coordinator, now=at)


def _change_reason(cast: Cast, facts: Facts, at: datetime) -> None:
    reason = newest_reasons()[facts["key"]]
    save_reason(
        reason.key,
        seen=reason.version,
        wordings=dict(reason.wordings) | {language: facts[language] for language in ("en", "el", "id")},
        anchor=reason.anchor,
        roles=reason.roles,
        is_offered=True,
        actor=cast.member(facts["by"]),
        now=at,
    )


def _plan(cast: Cast, facts: Facts, monday: datetime) -> None:
    """Draft and publish this week and the next, ask for a swap, and begin to draft the week after."""
    for week in range(PUBLISHED_WEEKS):
        _draft_work(cast, facts, monday + week * WEEK, monday)
        _draft_on_call(cast, facts, monday + week * WEEK, monday, turn=week)
    publish_rota(actor=cast.member("tomas"), now=monday)
    _ask_to_swap(cast, facts["asks_to_swap"], monday)
    _draft_on_call(cast, facts, monday + PUBLISHED_WEEKS * WEEK, monday, turn=PUBLISHED_WEEKS)


def _draft_work(cast: Cast, facts: Facts, monday: datetime, now: datetime) -> None:
    tomas = cast.member("tomas")
    for duty, entries in ((Duty.MODERATOR, facts["moderators"]), (Duty.LEAD, facts["leads"])):
        for entry in entries:
            for day in entry["days"]:
                begins = monday + timedelta(days=day) + _since_midnight(entry["from"])
                ends = monday + timedelta(days=day) + _since_midnight(entry["to"])
                add_shift(cast.member(entry["by"]), duty, (begins, ends), actor=tomas, now=now)


def _draft_on_call(cast: Cast, facts: Facts, monday: datetime, now: datetime, *, turn: int) -> None:
    tomas = cast.member("tomas")
    for place, duty in enumerate((Duty.ON_CALL, Duty.SECOND)):
        person = facts["on_call"][(turn + place) % len(facts["on_call"])]
        add_shift(cast.member(person), duty, (monday, monday + WEEK), actor=tomas, now=now)


def _since_midnight(clock: str) -> timedelta:
    at = time.fromisoformat(clock)
    return timedelta(hours=at.hour, minutes=at.minute)


def _ask_to_swap(cast: Cast, facts: Facts, monday: datetime) -> None:
    """Somebody cannot come next week and asks a colleague."""
    person = cast.member(facts["by"])
    day = monday + WEEK + timedelta(days=facts["day"])
    shift = rota_queries.shifts_of(person.id, day, day + timedelta(days=1))[0]
    offer_shift(shift, cast.member(facts["to"]), actor=person, now=monday)


def _go_home(cast: Cast, at: datetime) -> None:
    """Whoever took the hard text has ended their stint since, and comes anew."""
    end_stint(cast.member("niki"), now=at)


def _count(cast: Cast, band: Band, counts: Facts) -> None:
    """Months that are over: each row is one, the latest first."""
    month = cast.loaded_at
    for read, half, most, *became in counts[band.value]:
        month = month.replace(day=1) - timedelta(days=15)
        quick = read // 2 + 1
        count_wait(band, half, now=month, by=quick)
        count_wait(band, most, now=month, by=read - quick)
        count_tally(Tally.HELD, band, now=month, by=sum(became[1:4]))
        for tally, count in zip(TALLIES, became, strict=True):
            if count:
                count_tally(tally, band, now=month, by=count)

"""The rota: whether it keeps the clocks, who has which duty, and how shifts change hands."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from moderation.coverage import Lack, Shortfall, shortfalls
from moderation.hours import DAYS, Hours, Stretch
from moderation.team_models import Duty

HOUR = timedelta(hours=1)
ATHENS = ZoneInfo("Europe/Athens")
NINE, TWENTY_ONE = time(9), time(21)
MONDAY = date(2026, 3, 2)
# On Sunday, 29 March 2026, the clocks of Athens go from 03:00 to 04:00; on 25 October from 04:00 to 03:00.
BEFORE_SPRING, BEFORE_AUTUMN = date(2026, 3, 23), date(2026, 10, 19)


def table(*days: str, on_call: bool = False, holidays: Sequence[date] = ()) -> Hours:
    """Nine to nine on these days, in Athens."""
    week = {day: [(NINE, TWENTY_ONE)] for day in days or DAYS}
    return Hours(ATHENS, week, on_call, frozenset(holidays))


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=ATHENS).astimezone(UTC)


def each_day(
    hours: Hours, begins: time, ends: time, *, first: date = MONDAY, skip: Sequence[date] = ()
) -> list[Stretch]:
    """The same times on each day from the one before `first` on, two weeks and a day long."""
    days = [first + timedelta(days=offset) for offset in range(-1, 15)]
    return [hours.stretch(day, begins, ends) for day in days if day not in skip]


def kinds(found: Sequence[Shortfall]) -> set[Lack]:
    return {one.lack for one in found}


def test_a_rota_that_covers_the_table_by_day_and_leaves_no_night_longer_than_twelve_hours_is_fine() -> None:
    hours = table()
    rota = {Duty.MODERATOR: each_day(hours, NINE, TWENTY_ONE)}

    assert shortfalls(hours, rota, start=midnight(MONDAY)) == []


def test_an_hour_that_students_are_told_and_nobody_reads_in_is_named() -> None:
    hours = table()
    rota = {Duty.MODERATOR: each_day(hours, time(8), time(20, 30)) + each_day(hours, time(20, 0), time(1))}
    friday = MONDAY + timedelta(days=4)
    rota[Duty.MODERATOR].remove(hours.stretch(friday, time(20, 0), time(1)))

    (found,) = shortfalls(hours, rota, start=midnight(MONDAY))

    assert found == Shortfall(
        Lack.READER, *hours.stretch(friday, time(20, 30), TWENTY_ONE), over=timedelta(minutes=30)
    )


def test_a_weekend_without_anybody_is_named_with_the_hours_that_are_too_many() -> None:
    hours = table(*DAYS[:5])
    weekends = [MONDAY + timedelta(days=offset) for offset in (-1, 5, 6, 12, 13)]
    rota = {Duty.MODERATOR: each_day(hours, NINE, TWENTY_ONE, skip=weekends)}

    found = shortfalls(hours, rota, start=midnight(MONDAY))

    assert [(one.lack, one.over) for one in found][:1] == [(Lack.GAP, 48 * HOUR)]
    assert found[0].begins_at == datetime(2026, 3, 6, 19, 0, tzinfo=UTC)


def test_where_a_holiday_lies_between_twenty_four_hours_may_pass() -> None:
    holiday = MONDAY + timedelta(days=3)
    hours = table(holidays=[holiday])
    told = each_day(hours, NINE, TWENTY_ONE, skip=[holiday])

    missing = shortfalls(hours, {Duty.MODERATOR: told}, start=midnight(MONDAY))
    somebody = shortfalls(
        hours, {Duty.MODERATOR: [*told, hours.stretch(holiday, time(18), time(20))]}, start=midnight(MONDAY)
    )

    assert [(one.lack, one.over) for one in missing] == [(Lack.GAP, 12 * HOUR)]
    assert somebody == []


def test_a_day_that_is_no_holiday_may_not_wait_as_long() -> None:
    hours = table()
    day = MONDAY + timedelta(days=3)
    rota = {
        Duty.MODERATOR: [
            *each_day(hours, NINE, TWENTY_ONE, skip=[day]),
            hours.stretch(day, time(18), time(20)),
        ]
    }

    assert {Lack.GAP, Lack.READER} == kinds(shortfalls(hours, rota, start=midnight(MONDAY)))


def test_somebody_is_on_call_in_every_minute_in_which_nobody_reads() -> None:
    hours = table(on_call=True)
    rota = {
        Duty.MODERATOR: each_day(hours, NINE, TWENTY_ONE),
        Duty.ON_CALL: each_day(hours, TWENTY_ONE, NINE),
    }
    assert shortfalls(hours, rota, start=midnight(MONDAY)) == []

    night = hours.stretch(MONDAY, TWENTY_ONE, NINE)
    rota[Duty.ON_CALL].remove(night)
    rota[Duty.ON_CALL].append((night[0], night[1] - timedelta(minutes=1)))

    (found,) = shortfalls(hours, rota, start=midnight(MONDAY))
    assert (found.lack, found.over) == (Lack.ON_CALL, timedelta(minutes=1))


def test_without_anybody_on_call_no_night_needs_one() -> None:
    hours = table(on_call=False)

    found = shortfalls(hours, {Duty.MODERATOR: each_day(hours, NINE, TWENTY_ONE)}, start=midnight(MONDAY))

    assert found == []


@pytest.mark.parametrize("duty", [Duty.LEAD, Duty.SECOND, Duty.ON_CALL])
def test_only_who_reads_covers_what_students_are_told(duty: Duty) -> None:
    hours = table()

    assert kinds(shortfalls(hours, {duty: each_day(hours, NINE, TWENTY_ONE)}, start=midnight(MONDAY))) == {
        Lack.READER,
        Lack.GAP,
    }


def test_the_night_in_which_the_clocks_go_back_is_an_hour_too_long() -> None:
    hours = table()
    rota = {Duty.MODERATOR: each_day(hours, NINE, TWENTY_ONE, first=BEFORE_AUTUMN)}

    (found,) = shortfalls(hours, rota, start=midnight(BEFORE_AUTUMN))

    assert (found.lack, found.over) == (Lack.GAP, HOUR)
    assert found.ends_at == datetime(2026, 10, 25, 7, 0, tzinfo=UTC)


def test_the_night_in_which_the_clocks_go_forward_is_not_counted_longer_than_it_is() -> None:
    hours = table(on_call=True)
    rota = {
        Duty.MODERATOR: each_day(hours, NINE, TWENTY_ONE, first=BEFORE_SPRING),
        Duty.ON_CALL: each_day(hours, TWENTY_ONE, NINE, first=BEFORE_SPRING),
    }

    assert shortfalls(hours, rota, start=midnight(BEFORE_SPRING)) == []


def test_the_next_two_weeks_count_and_not_the_day_after() -> None:
    hours = table()
    rota = {Duty.MODERATOR: each_day(hours, NINE, TWENTY_ONE)}

    assert shortfalls(hours, rota, start=midnight(MONDAY) + 24 * HOUR) == []
    assert kinds(shortfalls(hours, rota, start=midnight(MONDAY) + 48 * HOUR)) == {Lack.READER, Lack.GAP}

"""Clocks and staffed hours: by when a person will have looked."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from accounts.permissions import Role
from core.db import transaction
from moderation.bands import Band
from moderation.team.hours import (
    Hours,
    first_look_due,
    is_staffed,
    next_staffed_at,
    professional_due,
    told_by,
)
from moderation.team.policy import present_policy, set_policy
from tests.cast import NOON, new_staff, staff
from tests.conftest import MakeApp

A_CHANNEL = {
    "STOA_PAGE_WEBHOOK_URL": "http://127.0.0.1:9/",
    "STOA_PAGE_WEBHOOK_SECRET": "a secret of the tests",
}
HOUR = timedelta(hours=1)
FRIDAY_EVENING = datetime(2026, 3, 6, 20, 0, tzinfo=UTC)
MONDAY_NINE = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)


def set_hours(week: dict[str, Any], *, timezone: str = "UTC", on_call: bool = False) -> None:
    tomas = new_staff(Role.COORDINATOR, f"tomas-{len(week)}")
    with transaction():
        set_policy(
            actor=staff(tomas), hours={"timezone": timezone, "week": week, "on_call": on_call}, now=NOON
        )


@pytest.mark.parametrize(("band", "minutes"), [(Band.CRISIS, 10), (Band.RED, 60), (Band.AMBER, 240)])
def test_while_staffed_the_clock_is_the_wall_clock(app: Flask, band: Band, minutes: int) -> None:
    with app.app_context():
        assert first_look_due(band, since=NOON) == NOON + timedelta(minutes=minutes)


def test_the_clock_stands_still_while_nobody_is_there(app: Flask) -> None:
    with app.app_context():
        assert first_look_due(Band.AMBER, since=FRIDAY_EVENING) == MONDAY_NINE + 3 * HOUR
        assert not is_staffed(FRIDAY_EVENING + 2 * HOUR)
        assert next_staffed_at(FRIDAY_EVENING + 2 * HOUR) == MONDAY_NINE


def test_an_urgent_text_is_promised_minutes_at_night_only_when_somebody_can_be_paged(
    make_app: MakeApp,
) -> None:
    with make_app().app_context():
        set_hours({"mon": [["09:00", "21:00"]]}, on_call=True)
        assert first_look_due(Band.RED, since=FRIDAY_EVENING) == MONDAY_NINE + HOUR
    with make_app(**A_CHANNEL).app_context():
        set_hours({"mon": [["09:00", "21:00"]]}, on_call=False)
        assert first_look_due(Band.RED, since=FRIDAY_EVENING) == MONDAY_NINE + HOUR
    with make_app(**A_CHANNEL).app_context():
        set_hours({"mon": [["09:00", "21:00"]]}, on_call=True)
        assert first_look_due(Band.RED, since=FRIDAY_EVENING) == FRIDAY_EVENING + HOUR
        assert first_look_due(Band.GREEN, since=FRIDAY_EVENING) == MONDAY_NINE + 12 * HOUR


def test_hours_are_those_of_the_teams_time_zone_through_the_change_of_the_clocks(app: Flask) -> None:
    with app.app_context():
        set_hours({"sun": [["08:00", "12:00"]]}, timezone="Europe/Athens")
        # On 29 March 2026 the clocks of Athens go from UTC+2 to UTC+3 at 03:00.
        assert next_staffed_at(datetime(2026, 3, 22, 0, 0, tzinfo=UTC)) == datetime(
            2026, 3, 22, 6, 0, tzinfo=UTC
        )
        assert next_staffed_at(datetime(2026, 3, 28, 0, 0, tzinfo=UTC)) == datetime(
            2026, 3, 29, 5, 0, tzinfo=UTC
        )


def test_a_shift_may_go_past_midnight(app: Flask) -> None:
    with app.app_context():
        set_hours({"fri": [["22:00", "02:00"]]})

        assert is_staffed(datetime(2026, 3, 7, 1, 30, tzinfo=UTC))
        assert not is_staffed(datetime(2026, 3, 7, 2, 30, tzinfo=UTC))


def test_without_any_hours_nothing_is_promised_but_twelve(app: Flask) -> None:
    with app.app_context():
        set_hours({})

        assert next_staffed_at(NOON) is None
        assert first_look_due(Band.GREEN, since=NOON) == NOON + 12 * HOUR


def test_a_professional_is_expected_at_any_hour(app: Flask) -> None:
    with app.app_context():
        assert professional_due(Band.RED, since=FRIDAY_EVENING + 5 * HOUR) == FRIDAY_EVENING + 6 * HOUR


def test_each_change_is_a_version_and_the_newest_counts(app: Flask) -> None:
    with app.app_context():
        set_hours({"mon": [["09:00", "10:00"]]})
        set_hours({"mon": [["11:00", "12:00"]], "tue": [["11:00", "12:00"]]})

        assert present_policy()[1]["week"]["mon"] == [["11:00", "12:00"]]
        assert present_policy()[0]["first_look"]["crisis"] == 10


CHRISTMAS = [date(2026, 12, day) for day in (24, 25, 26)]


def set_closed_days(days: Sequence[date], *, on_call: bool = False) -> None:
    irma = new_staff(Role.COORDINATOR, f"irma-{len(days)}-{on_call}")
    week = {day: [["09:00", "21:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    closed = [day.isoformat() for day in days]
    with transaction():
        hours = {"timezone": "Europe/Athens", "week": week, "on_call": on_call, "holidays": closed}
        set_policy(actor=staff(irma), hours=hours, now=NOON)


def test_on_a_holiday_nobody_is_said_to_be_there(app: Flask) -> None:
    with app.app_context():
        set_closed_days(CHRISTMAS)
        christmas_noon = datetime(2026, 12, 25, 10, 0, tzinfo=UTC)

        assert not is_staffed(christmas_noon)
        assert next_staffed_at(christmas_noon) == datetime(2026, 12, 27, 7, 0, tzinfo=UTC)
        assert first_look_due(Band.AMBER, since=christmas_noon) == datetime(2026, 12, 27, 11, 0, tzinfo=UTC)


def test_a_long_closing_does_not_hide_the_day_after_it(app: Flask) -> None:
    with app.app_context():
        set_closed_days([date(2026, 8, day) for day in range(1, 24)])

        assert next_staffed_at(datetime(2026, 8, 1, 12, 0, tzinfo=UTC)) == datetime(
            2026, 8, 24, 6, 0, tzinfo=UTC
        )


def test_a_night_that_began_before_a_holiday_is_worked_to_its_end(app: Flask) -> None:
    with app.app_context():
        night = {"fri": [(time(22), time(2))], "sat": [(time(22), time(2))]}
        hours = Hours(ZoneInfo("UTC"), night, has_on_call=False, holidays=frozenset({date(2026, 3, 7)}))

        assert hours.is_staffed(datetime(2026, 3, 7, 1, 0, tzinfo=UTC))
        assert not hours.is_staffed(datetime(2026, 3, 7, 23, 0, tzinfo=UTC))


def test_without_anybody_on_call_a_student_is_promised_no_hour_of_the_night(make_app: MakeApp) -> None:
    at_three = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)
    with make_app(**A_CHANNEL).app_context():
        set_closed_days([], on_call=False)
        assert told_by(at_three) == datetime(2026, 3, 4, 7, 0, tzinfo=UTC)
        assert told_by(NOON) == NOON
        set_closed_days([], on_call=True)
        assert told_by(at_three) == at_three


def test_somebody_on_call_who_cannot_be_paged_promises_nothing(app: Flask) -> None:
    with app.app_context():
        set_closed_days([], on_call=True)
        assert told_by(datetime(2026, 3, 4, 3, 0, tzinfo=UTC)) == datetime(2026, 3, 4, 7, 0, tzinfo=UTC)


CHRISTMAS_EVE_BEFORE = datetime(2026, 12, 23, 10, 0, tzinfo=UTC)  # noon in Athens


@pytest.mark.parametrize("band", [Band.CRISIS, Band.RED])
def test_holidays_put_off_nothing_urgent(app: Flask, band: Band) -> None:
    with app.app_context():
        usual = professional_due(band, since=CHRISTMAS_EVE_BEFORE + 24 * HOUR)
        set_closed_days(CHRISTMAS)
        assert professional_due(band, since=CHRISTMAS_EVE_BEFORE + 24 * HOUR) == usual


def test_a_professional_s_longer_clocks_stand_still_on_a_holiday(app: Flask) -> None:
    with app.app_context():
        set_closed_days([date(2026, 12, 24)])
        assert professional_due(Band.AMBER, since=CHRISTMAS_EVE_BEFORE) == CHRISTMAS_EVE_BEFORE + 48 * HOUR
        assert professional_due(Band.AMBER, since=CHRISTMAS_EVE_BEFORE - 48 * HOUR) == (
            CHRISTMAS_EVE_BEFORE - 24 * HOUR
        )


@pytest.mark.parametrize(("band", "hours"), [(Band.AMBER, 48), (Band.GREEN, 96)])
def test_however_long_the_service_closes_a_clock_at_most_doubles(app: Flask, band: Band, hours: int) -> None:
    with app.app_context():
        set_closed_days([date(2026, 12, 24) + timedelta(days=one) for one in range(8)])
        assert professional_due(band, since=CHRISTMAS_EVE_BEFORE) == CHRISTMAS_EVE_BEFORE + hours * HOUR

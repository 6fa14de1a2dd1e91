"""The rota: whether it keeps the clocks, who has which duty, and how shifts change hands."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask_babel import force_locale

from accounts import queries as account_queries
from accounts.models import Step
from accounts.permissions import Role
from core.db import db, transaction
from core.refusals import Missing
from moderation.team import rota_queries
from moderation.team.coverage import Lack, Shortfall, shortfalls
from moderation.team.duties import people_on
from moderation.team.hours import DAYS, Hours, Stretch
from moderation.team.models import Duty, Shift
from moderation.team.policy import set_policy
from moderation.team.rota import (
    AlreadyOnDuty,
    CannotKeepTheClocks,
    NotForThisDuty,
    TooManyHours,
    add_shifts,
    copy_week,
    publish_rota,
    published_shortfalls,
    remove_shift,
)
from moderation.team.swaps import accept_shift, decline_shift, keep_shift, offer_shift, shift_to_change
from tests.cast import at_once, new_moderator, new_staff, staff

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


# What people do with it. The rules below look two weeks ahead from Monday noon, in UTC.

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CALM_WEEK = {"timezone": "UTC", "week": {day: [["09:00", "21:00"]] for day in DAYS}, "on_call": False}


@pytest.fixture
def team(app: Flask) -> Iterator[dict[str, str]]:
    """Five moderators and a coordinator, on nine to nine each day, without anybody on call."""
    with app.app_context():
        people = {name: new_moderator(name) for name in ("maya", "tom", "eli", "noor", "ines")}
        people["tomas"] = new_staff(Role.COORDINATOR, "tomas")
        with transaction():
            set_policy(actor=staff(people["tomas"]), hours=CALM_WEEK | {"weekly_limit": 24}, now=START)
        yield people


def draft(
    who: str,
    duty: Duty,
    day: date,
    begins: time = NINE,
    ends: time = TWENTY_ONE,
    *,
    by: str,
    now: datetime = START,
) -> Shift:
    with transaction():
        (shift,) = add_shifts(
            staff(who), duty, days=[day], begins=begins, ends=ends, actor=staff(by), now=now
        )
        return shift


def draft_two_weeks(team: dict[str, str], *, without: date | None = None) -> None:
    """Each of four moderators has two days a week at most, which is what the limit allows."""
    turns = [team[name] for name in ("maya", "tom", "eli", "noor")]
    for offset in range(15):
        day = MONDAY + timedelta(days=offset)
        if day != without:
            draft(turns[offset % 7 // 2], Duty.MODERATOR, day, by=team["tomas"])


def publish(by: str) -> None:
    with transaction():
        publish_rota(actor=staff(by), now=START)


def on_duty(duty: Duty, now: datetime) -> list[str]:
    return [one.id for one in people_on(duty, now=now)]


def test_a_draft_gives_no_duty_and_a_published_shift_does(team: dict[str, str]) -> None:
    draft_two_weeks(team)
    assert on_duty(Duty.MODERATOR, START) == []

    publish(team["tomas"])

    assert on_duty(Duty.MODERATOR, START) == [team["maya"]]


def test_a_rota_that_leaves_a_day_out_is_refused_and_stays_a_draft(team: dict[str, str]) -> None:
    day = MONDAY + timedelta(days=5)
    draft_two_weeks(team, without=day)

    with pytest.raises(CannotKeepTheClocks) as refused:
        publish(team["tomas"])

    assert {(one.lack, one.over) for one in refused.value.shortfalls} == {
        (Lack.READER, 12 * HOUR),
        (Lack.GAP, 24 * HOUR),
    }
    assert on_duty(Duty.MODERATOR, START) == []


def test_with_somebody_on_call_promised_each_night_needs_one(team: dict[str, str]) -> None:
    draft_two_weeks(team)
    with transaction():
        set_policy(actor=staff(team["tomas"]), hours=CALM_WEEK | {"on_call": True}, now=START)

    with pytest.raises(CannotKeepTheClocks) as refused:
        publish(team["tomas"])

    assert kinds(refused.value.shortfalls) == {Lack.ON_CALL}


def test_a_person_is_asked_for_no_more_hours_than_the_policy_says(team: dict[str, str]) -> None:
    for offset in (0, 1):
        draft(team["maya"], Duty.MODERATOR, MONDAY + timedelta(days=offset), by=team["tomas"])

    with pytest.raises(TooManyHours) as refused:
        draft(team["maya"], Duty.LEAD, MONDAY + timedelta(days=2), NINE, time(10, 30), by=team["tomas"])

    with force_locale("en"):
        assert "Maya would have 25.5 hours" in refused.value.sentence
        assert "1.5 more than the 24" in refused.value.sentence


def test_two_duties_at_the_same_time_count_once_and_waiting_on_call_does_not(team: dict[str, str]) -> None:
    for offset in (0, 1):
        day = MONDAY + timedelta(days=offset)
        draft(team["maya"], Duty.MODERATOR, day, by=team["tomas"])
        draft(team["maya"], Duty.LEAD, day, by=team["tomas"])
        draft(team["maya"], Duty.ON_CALL, day, TWENTY_ONE, NINE, by=team["tomas"])

    with pytest.raises(TooManyHours):
        draft(team["maya"], Duty.LEAD, MONDAY + timedelta(days=3), NINE, time(10), by=team["tomas"])


def test_hours_of_another_week_are_not_counted(team: dict[str, str]) -> None:
    for offset in (0, 1, 7, 8):
        draft(team["maya"], Duty.MODERATOR, MONDAY + timedelta(days=offset), by=team["tomas"])


def test_two_coordinators_who_add_at_once_do_not_pass_the_limit_together(both_databases: Flask) -> None:
    app = both_databases
    with app.app_context():
        maya, tomas, irma = (
            new_moderator("maya"),
            new_staff(Role.COORDINATOR, "tomas"),
            new_staff(Role.COORDINATOR, "irma"),
        )

        def add(by: str, day: date) -> str:
            with transaction():
                actor = staff(by)
                person = account_queries.staff_member(maya, locked=True)
                assert person is not None
                add_shifts(
                    person, Duty.MODERATOR, days=[day], begins=NINE, ends=TWENTY_ONE, actor=actor, now=START
                )
            return by

        results = at_once(
            app,
            [lambda: add(tomas, MONDAY), lambda: add(irma, MONDAY + timedelta(days=1))],
        )

        assert sorted(isinstance(one, TooManyHours) for one in results) == [False, True]


@pytest.mark.parametrize(("who", "duty"), [("tomas", Duty.MODERATOR), ("tomas", Duty.ON_CALL)])
def test_a_duty_that_needs_another_role_is_refused(team: dict[str, str], who: str, duty: Duty) -> None:
    with pytest.raises(NotForThisDuty):
        draft(team[who], duty, MONDAY, by=team["tomas"])


def test_who_only_observes_reads_for_nobody(team: dict[str, str]) -> None:
    new = new_moderator("new", step=Step.OBSERVER)

    with pytest.raises(NotForThisDuty):
        draft(new, Duty.MODERATOR, MONDAY, by=team["tomas"])


def test_the_same_duty_twice_at_a_time_is_refused(team: dict[str, str]) -> None:
    draft(team["maya"], Duty.MODERATOR, MONDAY, by=team["tomas"])

    with pytest.raises(AlreadyOnDuty):
        draft(team["maya"], Duty.MODERATOR, MONDAY, time(20), time(23), by=team["tomas"])


def test_a_published_shift_is_not_torn_away_but_leaves_when_the_rota_still_keeps_the_clocks(
    team: dict[str, str],
) -> None:
    draft_two_weeks(team)
    publish(team["tomas"])
    day = MONDAY + timedelta(days=6)
    (noors,) = rota_queries.shifts_of(team["noor"], START, START + timedelta(days=7))
    with transaction():
        remove_shift(noors, actor=staff(team["tomas"]), now=START)

    with pytest.raises(CannotKeepTheClocks):
        publish(team["tomas"])
    assert on_duty(Duty.MODERATOR, noors.begins_at) == [team["noor"]]

    draft(team["ines"], Duty.MODERATOR, day, by=team["tomas"])
    publish(team["tomas"])
    assert on_duty(Duty.MODERATOR, datetime(2026, 3, 8, 10, 0, tzinfo=UTC)) == [team["ines"]]


def test_a_week_is_copied_at_the_same_local_times_across_the_change_of_the_clocks(
    team: dict[str, str],
) -> None:
    with transaction():
        set_policy(actor=staff(team["tomas"]), hours=CALM_WEEK | {"timezone": "Europe/Athens"}, now=START)
    draft(team["maya"], Duty.MODERATOR, BEFORE_SPRING, by=team["tomas"])

    with transaction():
        drafted = copy_week(BEFORE_SPRING + timedelta(days=7), actor=staff(team["tomas"]), now=START)

    old, new = rota_queries.shifts_of(team["maya"], START, START + timedelta(days=40))
    assert drafted == 1
    assert old.begins_at == datetime(2026, 3, 23, 7, 0, tzinfo=UTC)
    assert new.begins_at == datetime(2026, 3, 30, 6, 0, tzinfo=UTC)


def test_a_week_copied_twice_is_there_once(team: dict[str, str]) -> None:
    draft(team["maya"], Duty.MODERATOR, MONDAY, by=team["tomas"])
    for expected in (1, 0):
        with transaction():
            drafted = copy_week(MONDAY + timedelta(days=7), actor=staff(team["tomas"]), now=START)
        assert drafted == expected


def published_shift(team: dict[str, str]) -> str:
    shift = draft(team["maya"], Duty.MODERATOR, MONDAY, by=team["tomas"])
    with transaction():
        shift_to_change(shift.id).is_published = True
    return shift.id


def offer(shift_id: str, *, by: str, to: str) -> None:
    with transaction():
        offer_shift(shift_to_change(shift_id), staff(to), actor=staff(by), now=START)


def answer(act: Callable[..., None], shift_id: str, *, by: str) -> None:
    with transaction():
        act(shift_to_change(shift_id), actor=staff(by), now=START)


def test_until_a_colleague_accepts_nothing_changes(team: dict[str, str]) -> None:
    shift_id = published_shift(team)
    offer(shift_id, by=team["maya"], to=team["tom"])
    assert on_duty(Duty.MODERATOR, START) == [team["maya"]]

    answer(accept_shift, shift_id, by=team["tom"])

    assert on_duty(Duty.MODERATOR, START) == [team["tom"]]


def test_a_colleague_who_declines_leaves_everything_as_it_was(team: dict[str, str]) -> None:
    shift_id = published_shift(team)
    offer(shift_id, by=team["maya"], to=team["tom"])

    answer(decline_shift, shift_id, by=team["tom"])

    assert on_duty(Duty.MODERATOR, START) == [team["maya"]]
    with pytest.raises(Missing):
        answer(accept_shift, shift_id, by=team["tom"])


def test_only_who_was_asked_accepts(team: dict[str, str]) -> None:
    shift_id = published_shift(team)
    offer(shift_id, by=team["maya"], to=team["tom"])

    with pytest.raises(Missing):
        answer(accept_shift, shift_id, by=team["eli"])


def test_only_its_holder_offers_a_shift(team: dict[str, str]) -> None:
    shift_id = published_shift(team)

    with pytest.raises(Missing):
        offer(shift_id, by=team["tom"], to=team["eli"])


def test_taking_over_more_than_one_is_asked_for_is_refused(team: dict[str, str]) -> None:
    shift_id = published_shift(team)
    for offset in (1, 2):
        draft(team["tom"], Duty.MODERATOR, MONDAY + timedelta(days=offset), by=team["tomas"])
    offer(shift_id, by=team["maya"], to=team["tom"])

    with pytest.raises(TooManyHours):
        answer(accept_shift, shift_id, by=team["tom"])
    assert on_duty(Duty.MODERATOR, START) == [team["maya"]]


def test_an_offer_taken_back_while_it_is_accepted_ends_in_one_of_the_two(both_databases: Flask) -> None:
    app = both_databases
    with app.app_context():
        team = {name: new_moderator(name) for name in ("maya", "tom")}
        team["tomas"] = new_staff(Role.COORDINATOR, "tomas")
        for _ in range(3):
            with transaction():
                db.session.query(Shift).delete()
            shift_id = published_shift(team)
            offer(shift_id, by=team["maya"], to=team["tom"])

            results = at_once(
                app,
                [
                    partial(answer, keep_shift, shift_id, by=team["maya"]),
                    partial(answer, accept_shift, shift_id, by=team["tom"]),
                ],
            )

            db.session.rollback()
            kept = results[0] is None
            assert on_duty(Duty.MODERATOR, START) == [team["maya"] if kept else team["tom"]]
            assert isinstance(results[1 if kept else 0], Missing)


def test_a_team_is_warned_before_its_rota_runs_out(team: dict[str, str]) -> None:
    assert published_shortfalls(now=START, length=timedelta(days=3)) == []
    draft_two_weeks(team)
    publish(team["tomas"])

    assert published_shortfalls(now=START + timedelta(days=11), length=timedelta(days=3)) == []
    assert published_shortfalls(now=START + timedelta(days=14), length=timedelta(days=3))

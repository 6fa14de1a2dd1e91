"""The public page of promises: true, never per person, and no small number can be computed from it."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from accounts.permissions import Role
from core.clock import utcnow
from core.db import db, transaction
from core.suppression import SMALLEST
from moderation.bands import Band
from moderation.promises.counting import count_tally, count_wait
from moderation.promises.models import Tally
from moderation.promises.stretches import Kept, Stretch, kept_promises
from moderation.team.policy import present_policy, set_policy
from tests.cast import NOON, new_staff, staff
from tests.conftest import MakeApp

A_CHANNEL = {
    "STOA_PAGE_WEBHOOK_URL": "http://127.0.0.1:9/",
    "STOA_PAGE_WEBHOOK_SECRET": "a secret of the tests",
}
OUTCOMES = (Tally.PUBLISHED, Tally.CHANGED, Tally.REFUSED)


def month(number: int, year: int = 2026) -> datetime:
    return datetime(year, number, 15, tzinfo=UTC)


def read(
    at: datetime,
    band: Band,
    published: int,
    changed: int = 0,
    refused: int = 0,
    *,
    minutes: int = 30,
    in_time: int | None = None,
) -> None:
    """Texts of a month that became what they became."""
    total = published + changed + refused
    with transaction():
        count_wait(band, minutes, now=at, by=total)
        count_tally(Tally.IN_TIME, band, now=at, by=total if in_time is None else in_time)
        count_tally(Tally.HELD, band, now=at, by=total)
        for tally, count in zip(OUTCOMES, (published, changed, refused), strict=True):
            count_tally(tally, band, now=at, by=count)


def every_band(at: datetime, published: int = 12) -> None:
    for band in Band:
        read(at, band, published)


def told(now: datetime = NOON) -> list[Stretch]:
    found = kept_promises(now=now)
    db.session.rollback()
    return found


def bands_of(stretch: Stretch) -> list[tuple[Band, ...]]:
    return [row.bands for row in stretch.rows]


def only_row(now: datetime = NOON) -> Kept:
    ((row,),) = [stretch.rows for stretch in told(now)]
    return row


def test_a_month_with_enough_of_each_band_is_told_by_band(app: Flask) -> None:
    with app.app_context():
        every_band(month(2))

        (stretch,) = told()
        assert (stretch.first, stretch.last) == (date(2026, 2, 1), date(2026, 2, 1))
        assert bands_of(stretch) == [(band,) for band in Band]
        assert stretch.rows[0].published == 12


def test_a_month_that_is_not_over_is_not_told(app: Flask) -> None:
    with app.app_context():
        every_band(month(3))

        assert told(month(3)) == []
        assert told(datetime(2026, 4, 1, 12, tzinfo=UTC)) == []
        assert len(told(datetime(2026, 4, 2, 12, tzinfo=UTC))) == 1


def test_a_band_with_too_few_is_told_with_its_neighbour(app: Flask) -> None:
    with app.app_context():
        for band, count in ((Band.CRISIS, 3), (Band.RED, 8), (Band.AMBER, 20), (Band.GREEN, 90)):
            read(month(2), band, count)

        (stretch,) = told()
        assert bands_of(stretch) == [(Band.CRISIS, Band.RED), (Band.AMBER,), (Band.GREEN,)]


def test_the_last_band_with_too_few_is_told_with_the_one_before(app: Flask) -> None:
    with app.app_context():
        for band, count in ((Band.CRISIS, 12), (Band.RED, 12), (Band.AMBER, 20), (Band.GREEN, 2)):
            read(month(2), band, count)

        (stretch,) = told()
        assert bands_of(stretch) == [(Band.CRISIS,), (Band.RED,), (Band.AMBER, Band.GREEN)]


def test_too_few_in_a_month_are_told_with_the_next_two(app: Flask) -> None:
    with app.app_context():
        for number in (1, 2, 3):
            read(month(number), Band.AMBER, 5)
            read(month(number), Band.GREEN, 9)

        assert told(month(3)) == []
        (stretch,) = told(month(4))
        assert (stretch.first, stretch.last) == (date(2026, 1, 1), date(2026, 3, 1))
        assert [row.published for row in stretch.rows] == [15, 27]


def test_too_few_in_three_months_are_told_with_the_year(app: Flask) -> None:
    with app.app_context():
        for number in range(1, 13):
            read(month(number, 2025), Band.GREEN, 2)

        assert told(month(12, 2025)) == []
        (stretch,) = told(month(1))
        assert (stretch.first, stretch.last) == (date(2025, 1, 1), date(2025, 12, 1))
        assert [row.published for row in stretch.rows] == [24]


def test_a_year_with_fewer_than_ten_says_only_that(app: Flask) -> None:
    with app.app_context():
        read(month(1, 2025), Band.GREEN, 9)

        row = only_row(month(1))
        assert (row.half_within, row.in_time, row.held, row.published) == (None, None, None, None)


def test_what_was_told_stays_told_as_it_was(app: Flask) -> None:
    with app.app_context():
        every_band(month(1))
        for number in (2, 3, 4):
            every_band(month(number), published=4)
        every_band(month(5))
        seen = [told(month(number)) for number in range(2, 7)]

        for earlier, later in itertools.pairwise(seen):
            assert later[len(later) - len(earlier) :] == earlier
        assert [len(stretches) for stretches in seen] == [1, 1, 1, 2, 3]


def test_no_month_is_told_twice(app: Flask) -> None:
    with app.app_context():
        for number in range(1, 11):
            every_band(month(number, 2025), published=number * 3)

        ends = [(stretch.first, stretch.last) for stretch in reversed(told())]
        assert all(before[1] < after[0] for before, after in itertools.pairwise(ends))
        assert len(ends) > 2


@pytest.mark.parametrize("parts", [(90, 3, 2), (90, 3, 40), (90, 0, 40), (12, 12, 9), (90, 8, 8)])
def test_a_small_number_cannot_be_computed_from_the_others(app: Flask, parts: tuple[int, int, int]) -> None:
    with app.app_context():
        read(month(1, 2025), Band.GREEN, *parts)
        row = only_row(month(1))
        shown = (row.published, row.changed, row.refused)
        hidden = [part for part, number in zip(parts, shown, strict=True) if number is None]

        assert all(part < SMALLEST for part in hidden)
        if row.held is not None and hidden:
            assert len(hidden) > 1
            assert row.held - sum(number or 0 for number in shown) >= SMALLEST


def test_appeals_are_not_told_where_few_of_them_changed_nothing(app: Flask) -> None:
    with app.app_context():
        read(month(1, 2025), Band.GREEN, 90)
        with transaction():
            count_tally(Tally.APPEALED, Band.GREEN, now=month(1, 2025), by=15)
            count_tally(Tally.OVERTURNED, Band.GREEN, now=month(1, 2025), by=12)

        row = only_row(month(1))
        assert (row.appealed, row.is_appealed_told, row.overturned) == (None, False, 12)


def test_the_share_in_time_is_never_told_better_than_it_was(app: Flask) -> None:
    with app.app_context():
        read(month(1, 2025), Band.GREEN, 300, in_time=299)

        assert only_row(month(1)).in_time == 99


@pytest.fixture
def page(app: Flask, client: FlaskClient) -> str:
    with app.app_context():
        for age in (62, 31 + 62):
            for band in Band:
                read(utcnow() - timedelta(days=age), band, 40, 5, 20, minutes=38)
        db.session.remove()
    return client.get("/promises").text


def test_the_page_tells_it_in_plain_words(page: str) -> None:
    assert "A life in danger now" in page
    assert "40 minutes" in page
    assert "100 of 100" in page
    assert "fewer than 10" in page
    assert "not told" in page
    assert not [word for word in ("amber", "crisis", "data-band") if word in page.lower()]


def test_without_anybody_on_call_the_page_says_so_and_promises_no_minutes(client: FlaskClient) -> None:
    page = client.get("/promises").text

    assert "Nobody is on call" in page
    assert "10 minutes" not in page


def test_with_somebody_on_call_the_page_promises_minutes(make_app: MakeApp) -> None:
    app = make_app(**A_CHANNEL)
    with app.app_context():
        tomas = new_staff(Role.COORDINATOR, "tomas")
        with transaction():
            set_policy(actor=staff(tomas), hours=present_policy()[1] | {"on_call": True}, now=NOON)
        db.session.remove()
    page = app.test_client().get("/promises").text

    assert "within 10 minutes" in page
    assert "Nobody is on call" not in page


def test_a_visitor_asks_the_database_four_times_and_gets_no_form_and_no_cookie(
    app: Flask, client: FlaskClient
) -> None:
    statements: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "ROLLBACK", "PRAGMA")):
            statements.append(statement)

    client.get("/promises")
    event.listen(engine, "before_cursor_execute", note)
    answer = client.get("/promises")
    event.remove(engine, "before_cursor_execute", note)

    assert len(statements) <= 4
    assert 'method="post"' not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_every_page_leads_to_it_and_search_engines_may_list_it(client: FlaskClient) -> None:
    assert 'href="/promises"' in client.get("/help").text
    assert "X-Robots-Tag" not in client.get("/promises").headers

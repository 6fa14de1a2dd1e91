"""What the author of a waiting text is told: true, from live data, and nothing of the band or of reports."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from core.db import transaction
from forum import posting
from forum.gate import Standing, WaitBasis, gate
from moderation.bands import Band
from moderation.models import QueueItem, ReportReason
from moderation.promises.counting import count_wait
from moderation.promises.waiting import end_of_hour, month_a_year_ago, shares, told_length, usual_wait
from moderation.reports import file_report
from moderation.team.policy import present_policy, set_policy
from tests.cast import (
    MINUTE,
    NOON,
    begin_thread,
    decided,
    item,
    new_moderator,
    new_staff,
    new_student,
    post,
    staff,
    student,
)
from tests.conftest import MakeApp
from tests.forum.texts import student as student_browser
from tests.forum.texts import write_thread

AIM = timedelta(hours=12)
DAY = timedelta(days=1)
A_CHANNEL = {
    "STOA_PAGE_WEBHOOK_URL": "http://127.0.0.1:9/",
    "STOA_PAGE_WEBHOOK_SECRET": "a secret of the tests",
}


def read_in(*minutes: int, at: datetime = NOON, band: Band = Band.GREEN) -> None:
    """Texts that were read after so many minutes."""
    with transaction():
        for length in minutes:
            count_wait(band, length, now=at)


def standing(post_id: str, *, now: datetime = NOON) -> Standing:
    found = gate().standing(post(post_id), now=now)
    assert found is not None
    return found


def set_on_call() -> None:
    tomas = new_staff(Role.COORDINATOR, "tomas")
    with transaction():
        set_policy(actor=staff(tomas), hours=present_policy()[1] | {"on_call": True}, now=NOON)


def test_half_and_nine_in_ten_are_the_nearest_ranks_rounded_up() -> None:
    histogram = [(2, 5), (38, 4), (170, 1)]

    assert shares(histogram) == (timedelta(minutes=5), timedelta(minutes=40))
    assert shares([(2, 9)]) is None


def test_nothing_is_told_to_take_less_than_five_minutes() -> None:
    assert told_length(0) == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("age", "basis"),
    [
        (timedelta(days=14), WaitBasis.FORTNIGHT),
        (timedelta(days=15), WaitBasis.QUARTER),
        (timedelta(days=92), WaitBasis.QUARTER),
        (timedelta(days=93), WaitBasis.YEAR),
        (timedelta(days=330), WaitBasis.YEAR),
        (timedelta(days=400), WaitBasis.POLICY),
    ],
)
def test_the_stretch_is_widened_until_there_are_ten(app: Flask, age: timedelta, basis: WaitBasis) -> None:
    with app.app_context():
        read_in(*[30] * 10, at=NOON - age)

        assert usual_wait(Band.GREEN, aim=AIM, now=NOON).basis is basis


def test_nine_are_too_few_and_leave_the_aim(app: Flask) -> None:
    with app.app_context():
        read_in(*[30] * 9)

        usual = usual_wait(Band.GREEN, aim=AIM, now=NOON)
        assert (usual.basis, usual.aim, usual.half_within) == (WaitBasis.POLICY, AIM, None)


def test_the_last_twelve_months_begin_eleven_before_this_one() -> None:
    assert month_a_year_ago(NOON) == "2025-04"
    assert month_a_year_ago(NOON.replace(month=12, day=31)) == "2026-01"


def test_a_promise_is_rounded_up_to_the_hour_and_a_full_hour_stays() -> None:
    assert end_of_hour(NOON + MINUTE) == NOON + 60 * MINUTE
    assert end_of_hour(NOON) == NOON


def test_without_anybody_on_call_no_minutes_are_promised(app: Flask) -> None:
    with app.app_context():
        told = standing(begin_thread(new_student(), "I am going to kill myself tonight.", now=NOON))

        assert not told.has_on_call
        assert told.look_by == NOON + 60 * MINUTE


def test_with_somebody_on_call_the_minute_is_promised(make_app: MakeApp) -> None:
    with make_app(**A_CHANNEL).app_context():
        set_on_call()
        told = standing(begin_thread(new_student(), "I am going to kill myself tonight.", now=NOON))

        assert told.has_on_call
        assert told.look_by == NOON + 10 * MINUTE


def test_a_report_changes_nothing_that_the_author_of_a_waiting_edit_sees(app: Flask) -> None:
    with app.app_context():
        ana, maya = new_student(), new_moderator()
        post_id = begin_thread(ana)
        held = decided(post_id, by=maya)
        with transaction():
            draft = posting.write_draft("other words", language="en", title="First weeks")
            posting.edit(post(post_id), draft, author=student(ana), now=NOON + MINUTE)
        before = standing(post_id, now=NOON + 3 * MINUTE)
        with transaction():
            file_report(post(post_id), reason=ReportReason.ATTACKS_ME, note="", now=NOON + 2 * MINUTE)

        assert item(held.id).band is Band.AMBER
        assert standing(post_id, now=NOON + 3 * MINUTE) == before


def test_an_edit_after_a_report_is_told_its_own_time(app: Flask) -> None:
    with app.app_context():
        ana, maya = new_student(), new_moderator()
        post_id = begin_thread(ana)
        decided(post_id, by=maya)
        with transaction():
            file_report(post(post_id), reason=ReportReason.ATTACKS_ME, note="", now=NOON)
        with transaction():
            draft = posting.write_draft("other words", language="en", title="First weeks")
            posting.edit(post(post_id), draft, author=student(ana), now=NOON + 3 * DAY / 24)

        told = standing(post_id, now=NOON + 3 * DAY / 24)
        assert not told.shows_help
        assert told.look_by == NOON + 3 * DAY / 24 + DAY  # 12 staffed hours of days of 12 hours


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return student_browser(app)


def test_the_page_says_from_what_it_knows(app: Flask, browser: FlaskClient) -> None:
    thread = write_thread(browser)
    assert "Our aim is to read it within" in browser.get(thread).text
    with app.app_context():
        one = app.extensions["sqlalchemy"].session.query(QueueItem).one()
        read_in(*[38] * 9, 170, at=one.waiting_since)
    page = browser.get(thread).text
    assert "Of late, half of such texts were read within 40 minutes, nine in ten within 40 minutes." in page


def test_the_page_of_a_waiting_text_leads_to_help_and_to_the_promises(browser: FlaskClient) -> None:
    page = browser.get(write_thread(browser)).text

    assert 'href="/promises"' in page
    assert "people you can call or write to now" in page
    assert "nobody is on call" in page.lower()


def test_no_word_of_the_band_stands_on_the_page(browser: FlaskClient) -> None:
    page = browser.get(write_thread(browser)).text.lower()

    assert not [band for band in ("crisis", "amber", "data-band") if band in page]

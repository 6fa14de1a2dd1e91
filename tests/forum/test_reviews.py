"""Crisis help is checked every 90 days: the coordinator is told, and once a week by e-mail."""

from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from core import outbox, queries
from core.clock import utcnow
from core.db import db, transaction
from core.settings import LANGUAGES, Settings
from core.web import settings_of
from forum import site_queries
from forum.helplines import LineWish, add_help_line
from forum.models import SiteTextKind
from forum.reviews import is_due, remind_of_reviews, review_alarms
from forum.sitetexts import save_site_text, write_site_draft, write_site_files
from tests.cast import NOON
from tests.conftest import MakeApp
from tests.people import add_staff_person, post_form, sign_in_as


@pytest.fixture
def coordinator(app: Flask) -> FlaskClient:
    browser = app.test_client()
    sign_in_as(browser, add_staff_person(app, Role.COORDINATOR))
    return browser


def days_ago(days: int) -> date:
    return NOON.date() - timedelta(days=days)


def keep_line(reviewed_on: date, name: str = "Night line") -> None:
    texts = dict.fromkeys(LANGUAGES, name)
    with transaction():
        wish = LineWish("GR", "112", "", texts, texts, texts, False, "Ms Owner", reviewed_on)
        add_help_line(wish, actor=None, now=NOON)


def keep_text(reviewed_on: date, language: str = "el") -> None:
    draft = write_site_draft(
        SiteTextKind.CRISIS_HELP, language, body="Call.", owner="Ms Owner", reviewed_on=reviewed_on
    )
    with transaction():
        save_site_text(draft, actor=None, now=NOON)


@pytest.mark.parametrize(("days", "due"), [(0, False), (89, False), (90, True), (91, True), (400, True)])
def test_a_check_holds_for_ninety_days(days: int, due: bool) -> None:
    assert is_due(days_ago(days), today=NOON.date()) is due


@pytest.mark.parametrize(("days", "due"), [(89, False), (90, True), (91, True)])
def test_a_line_that_was_not_checked_is_named_with_the_days(app: Flask, days: int, due: bool) -> None:
    with app.test_request_context():
        keep_line(days_ago(days))
        said = f"“Night line” was last checked {days} days ago. Check it and set the date."
        assert (review_alarms(NOON.date()) == [said]) is due
        db.session.remove()


@pytest.mark.parametrize(("days", "due"), [(89, False), (90, True), (91, True)])
def test_a_text_that_was_not_checked_is_named_with_its_language(app: Flask, days: int, due: bool) -> None:
    with app.test_request_context():
        keep_line(days_ago(0))
        keep_text(days_ago(days))
        said = f"“Crisis help (Greek)” was last checked {days} days ago. Check it and set the date."
        assert (review_alarms(NOON.date()) == [said]) is due
        db.session.remove()


def test_many_are_not_all_named(app: Flask) -> None:
    with app.test_request_context():
        for number in range(5):
            keep_line(days_ago(100 + number), name=f"Line {number}")
        alarms = review_alarms(NOON.date())
        db.session.remove()
    assert ["Line 4" in alarms[0], "Line 3" in alarms[1], "Line 2" in alarms[2]] == [True] * 3
    assert alarms[3:] == ["2 more of the numbers and texts must be checked."]


def test_where_nobody_can_be_called_the_coordinator_is_told(app: Flask, coordinator: FlaskClient) -> None:
    said = "No number of crisis help is set"
    assert said in coordinator.get("/admin/texts").text
    with app.app_context():
        keep_line(utcnow().date())
        db.session.remove()
    assert said not in coordinator.get("/admin/texts").text


def test_only_a_coordinator_is_told(app: Flask, coordinator: FlaskClient) -> None:
    moderator = app.test_client()
    sign_in_as(moderator, add_staff_person(app, Role.MODERATOR))
    with app.app_context():
        keep_line(utcnow().date() - timedelta(days=90))
        db.session.remove()
    assert "was last checked 90 days ago" in coordinator.get("/admin/categories").text
    assert "was last checked" not in moderator.get("/moderation/queue").text


def test_checked_today_settles_it(app: Flask, coordinator: FlaskClient) -> None:
    with app.app_context():
        keep_line(utcnow().date() - timedelta(days=90))
        keep_text(utcnow().date() - timedelta(days=95))
        write_site_files(settings_of(app).data_dir)
        line = site_queries.all_help_lines()[0].id
        db.session.remove()
    addresses = [f"/admin/help/{line}/checked", "/admin/texts/crisis_help/el/checked"]
    for address, page in zip(addresses, ("/admin/help", "/admin/texts"), strict=True):
        assert "Check it again" in coordinator.get(page).text
        assert post_form(coordinator, address, {}, page=page).status_code == 303
        assert "Check it again" not in coordinator.get(page).text
    assert "was last checked" not in coordinator.get("/admin/categories").text


@pytest.mark.parametrize("path", ["/admin/texts/crisis_help/el/checked", "/admin/texts/else/en/checked"])
def test_a_text_that_is_not_there_cannot_be_checked(coordinator: FlaskClient, path: str) -> None:
    assert post_form(coordinator, path, {}, page="/admin/categories").status_code == 404


MAIL = {
    "STOA_SMTP_HOST": "127.0.0.1",
    "STOA_SMTP_SECURITY": "none",
    "STOA_SMTP_FROM": "stoa@example.org",
    "STOA_PAGE_TO": "team@example.org",
}


def reminders(app: Flask, moments: list[datetime]) -> list[int]:
    """How many reminders wait after the job ran at each of these moments."""
    found = []
    for moment in moments:
        with app.app_context():
            remind_of_reviews(moment)
            rows = queries.due_outbox_rows(moment, limit=100)
            found.append(sum(row.kind == "review_reminder" for row in rows))
            db.session.remove()
    return found


def test_a_reminder_goes_out_once_a_week_and_not_each_day(make_app: MakeApp) -> None:
    app = make_app(**MAIL)
    with app.app_context():
        keep_line(days_ago(90))
        db.session.remove()
    assert reminders(app, [NOON + timedelta(days=day) for day in range(9)]) == [1] * 7 + [2] * 2


def test_no_reminder_goes_out_while_every_check_holds(make_app: MakeApp) -> None:
    app = make_app(**MAIL)
    with app.app_context():
        keep_line(days_ago(89))
        db.session.remove()
    assert reminders(app, [NOON]) == [0]
    assert reminders(app, [NOON + timedelta(days=1)]) == [1]


def test_without_mail_there_is_no_reminder(app: Flask) -> None:
    with app.app_context():
        keep_line(days_ago(90))
        db.session.remove()
    assert reminders(app, [NOON]) == [0]


def test_a_reminder_says_how_many_and_how_old_and_nothing_else(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(**MAIL)
    sent: list[tuple[str, str]] = []

    def note(_settings: Settings, channel: str, sentence: str, **_facts: object) -> None:
        sent.append((channel, sentence))

    monkeypatch.setattr("forum.reviews.send_page", note)
    with app.app_context():
        keep_line(days_ago(97))
        keep_text(days_ago(91))
        remind_of_reviews(NOON)
        outbox.drain(now=NOON)
        db.session.remove()
    assert sent == [
        (
            "email",
            "crisis help must be checked: 2 of its numbers and texts, the oldest last checked 97 days ago",
        )
    ]

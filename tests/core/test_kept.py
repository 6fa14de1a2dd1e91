"""What somebody typed before they could send it: sealed under a token that only their browser has."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask, session
from sqlalchemy import text

from core.db import db, transaction
from core.kept import KEPT_FOR, NEVER_KEPT, forget_kept_form, keep_form, kept_form, kept_path
from core.queries import delete_expired
from core.web import settings_of

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PATH = "/c/family/new"
TYPED = {"title": ["Home"], "body": ["We do not talk.\n\nWhat do I do?"], "warnings": ["loss", "abuse"]}


class Browser:
    """Pages opened one after the other with the same cookie."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.cookie: dict[str, Any] = {}

    @contextmanager
    def page(self) -> Iterator[None]:
        with self.app.test_request_context():
            session.update(self.cookie)
            yield
            self.cookie = dict(session)


@pytest.fixture
def browser(app: Flask) -> Browser:
    """The browser of a visitor who left a form."""
    visitor = Browser(app)
    with visitor.page():
        keep_form(PATH, TYPED, now=NOON)
    return visitor


def test_what_was_typed_is_there_again(browser: Browser) -> None:
    with browser.page():
        assert kept_form(PATH, now=NOON) == TYPED


def test_the_browser_can_be_led_back_to_the_form(browser: Browser) -> None:
    with browser.page():
        assert kept_path() == PATH


def test_another_form_is_not_filled_with_it(browser: Browser) -> None:
    with browser.page():
        assert kept_form("/c/social/new", now=NOON) is None


@pytest.mark.usefixtures("browser")
def test_another_browser_does_not_get_it(app: Flask) -> None:
    with Browser(app).page():
        assert kept_form(PATH, now=NOON) is None


@pytest.mark.parametrize("forged", ["", "x", "AAAA", "ü", 7, None, "A" * 44])
def test_a_token_that_is_none_of_ours_opens_nothing(app: Flask, forged: object) -> None:
    browser = Browser(app)
    browser.cookie = {"kept": forged}
    with browser.page():
        assert kept_form(PATH, now=NOON) is None
        assert kept_path() is None


@pytest.mark.parametrize(("later", "is_there"), [(-1, True), (1, False)])
def test_it_is_kept_for_two_hours(browser: Browser, later: int, is_there: bool) -> None:
    with browser.page():
        assert (kept_form(PATH, now=NOON + KEPT_FOR + timedelta(seconds=later)) is not None) is is_there


def test_afterwards_its_row_goes(browser: Browser) -> None:
    with browser.page(), transaction():
        delete_expired(NOON + KEPT_FOR + timedelta(seconds=1))
    with browser.page():
        assert db.session.execute(text("SELECT count(*) FROM kept_forms")).scalar() == 0


def test_once_sent_it_is_forgotten(browser: Browser) -> None:
    with browser.page(), transaction():
        forget_kept_form()
    assert browser.cookie == {}
    with browser.page():
        assert db.session.execute(text("SELECT count(*) FROM kept_forms")).scalar() == 0


def test_a_send_that_fails_forgets_nothing_in_the_database(browser: Browser) -> None:
    def send_and_fail() -> None:
        with transaction():
            forget_kept_form()
            raise ZeroDivisionError

    with browser.app.test_request_context():
        session.update(browser.cookie)
        with pytest.raises(ZeroDivisionError):
            send_and_fail()
    with browser.page():
        assert kept_form(PATH, now=NOON) == TYPED


@pytest.mark.parametrize("field", sorted(NEVER_KEPT))
def test_a_secret_is_never_kept(app: Flask, field: str) -> None:
    browser = Browser(app)
    with browser.page():
        keep_form(PATH, TYPED | {field: ["a secret"]}, now=NOON)
    with browser.page():
        assert kept_form(PATH, now=NOON) == TYPED


def test_only_the_newest_form_is_kept_for_a_browser(browser: Browser) -> None:
    with browser.page():
        keep_form("/c/social/new", {"body": ["Another"]}, now=NOON)
    with browser.page():
        assert kept_form("/c/social/new", now=NOON) == {"body": ["Another"]}
        assert kept_form(PATH, now=NOON) is None


def test_neither_words_nor_address_nor_token_lie_in_the_data_directory(browser: Browser) -> None:
    marks = [b"We do not talk", PATH.encode(), browser.cookie["kept"].encode()]
    files = [path for path in settings_of(browser.app).data_dir.rglob("*") if path.is_file()]
    found = [path for path in files for mark in marks if mark in path.read_bytes()]
    assert files
    assert not found


def test_without_keys_a_visitor_can_still_leave_a_text(browser: Browser) -> None:
    browser.app.extensions["stoa_keys"] = None
    with browser.page():
        keep_form(PATH, TYPED, now=NOON)
    with browser.page():
        assert kept_form(PATH, now=NOON) == TYPED

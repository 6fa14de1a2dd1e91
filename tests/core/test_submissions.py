"""Sending the same form twice creates once, also when both arrive at the same moment."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from core.db import db, transaction
from core.queries import delete_expired
from core.submissions import REMEMBERED_FOR, earlier_result, remember_result

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WAIT = 20.0


def send(submission_id: str, *, sender: str = "student:maya", makes: str = "/t/one") -> str:
    """What a view does: look for the first time, else create and remember."""
    with transaction():
        earlier = earlier_result(submission_id, sender=sender)
        if earlier is not None:
            return earlier
        remember_result(submission_id, sender=sender, location=makes, now=NOON)
        return makes


@pytest.mark.usefixtures("inside")
def test_sending_twice_leads_to_what_the_first_made() -> None:
    send("abc", makes="/t/one")
    assert send("abc", makes="/t/two") == "/t/one"


@pytest.mark.usefixtures("inside")
def test_another_form_makes_another() -> None:
    send("abc", makes="/t/one")
    assert send("abd", makes="/t/two") == "/t/two"


@pytest.mark.usefixtures("inside")
def test_the_same_id_from_somebody_else_is_not_the_same_form() -> None:
    send("abc", sender="student:maya", makes="/t/one")
    assert send("abc", sender="student:nikos", makes="/t/two") == "/t/two"


@pytest.mark.usefixtures("inside")
def test_forms_without_an_id_are_never_the_same() -> None:
    send("", makes="/t/one")
    assert send("", makes="/t/two") == "/t/two"


@pytest.mark.usefixtures("inside")
def test_what_failed_is_not_remembered() -> None:
    def send_and_fail() -> None:
        with transaction():
            remember_result("abc", sender="student:maya", location="/t/one", now=NOON)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        send_and_fail()
    assert send("abc", makes="/t/two") == "/t/two"


@pytest.mark.parametrize(("later", "expected"), [(-1, "/t/one"), (1, "/t/two")])
@pytest.mark.usefixtures("inside")
def test_a_submission_is_remembered_for_a_day(later: int, expected: str) -> None:
    send("abc", makes="/t/one")
    with transaction():
        delete_expired(NOON + REMEMBERED_FOR + timedelta(seconds=later))
    assert send("abc", makes="/t/two") == expected


@pytest.mark.usefixtures("inside")
def test_neither_the_id_nor_the_sender_is_in_the_table() -> None:
    send("a-marked-submission", sender="student:a-marked-sender")
    row = repr(db.session.execute(text("SELECT * FROM submissions")).all())
    assert "/t/one" in row
    assert "marked" not in row


def test_two_that_arrive_at_once_create_once(on_both: Flask) -> None:
    start = threading.Barrier(2)

    def click(makes: str) -> str:
        with on_both.app_context():
            start.wait(WAIT)
            return send("abc", makes=makes)

    with ThreadPoolExecutor(max_workers=2) as pool:
        clicks = [pool.submit(click, makes) for makes in ("/t/one", "/t/two")]
        led_to = {done.result(timeout=WAIT) for done in clicks}
    assert len(led_to) == 1


def test_two_that_overlap_create_once(on_both: Flask) -> None:
    remembered, second_comes = threading.Event(), threading.Event()

    def click_first() -> str:
        with on_both.app_context(), transaction():
            assert earlier_result("abc", sender="student:maya") is None
            remember_result("abc", sender="student:maya", location="/t/one", now=NOON)
            db.session.flush()
            remembered.set()
            assert second_comes.wait(WAIT)
            threading.Event().wait(0.3)  # so that the other one is in the middle of it
            return "/t/one"

    def click_second() -> str:
        with on_both.app_context():
            assert remembered.wait(WAIT)
            second_comes.set()
            return send("abc", makes="/t/two")

    with ThreadPoolExecutor(max_workers=2) as pool:
        first, second = pool.submit(click_first), pool.submit(click_second)
        assert (first.result(timeout=WAIT), second.result(timeout=WAIT)) == ("/t/one", "/t/one")

"""A process in which a student asks for a counsellor, or writes to the one they have, that they may end their
life, and that is killed by SIGKILL between two steps of what must follow.

`python -m tests.faults.killed_asking POINT ACT DATA_DIRECTORY [SETTING=VALUE …]` prints the six words of the
student and the address to which they send, and dies.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

import counselling.clocks
import counselling.messages
import counselling.obligations
import counselling.referrals
import moderation.pages
from accounts import queries as account_queries
from accounts.permissions import Role
from accounts.websessions import find_session
from app import create_app
from core import outbox
from core.clock import utcnow
from counselling.views import student
from tests.conftest import settings_for
from tests.counselling.people import add_staff_row, make_case
from tests.faults.killed import die
from tests.faults.killed_arriving import AFTER_THE_CLOCK, CRISIS
from tests.people import hidden_fields, join_as_student, run_outbox

REQUEST = "/counsel/request"
SENT_ID = "one-and-the-same-sending"


def _replace(*places: tuple[object, str], by: Callable[..., Any] = die) -> Callable[[], None]:
    """What puts another function in the place of some steps, when it is called."""

    def replace(*_facts: Any, **_more: Any) -> None:
        for owner, name in places:
            setattr(owner, name, by)

    return replace


# Where the process dies, in the order of the steps: case, letter, clock and page, the answer to the browser,
# and what the worker does.
PAGES = [(counselling.messages, "hasten_case"), (counselling.obligations, "page_who_answers")]
INSIDE: dict[str, Callable[[], None]] = {
    "after the case": _replace((counselling.referrals, "hear_student")),
    "after the letter": _replace((counselling.messages, "note_reached")),
    "before the page": _replace(*PAGES),
    "after the page": _replace((student, "remember_result")),
    "before the commit": _replace((student, "remember_result"), by=_replace((Session, "commit"))),
}
AFTERWARDS: dict[str, Callable[[], None]] = {
    "after the commit": _replace((student, "go_on")),
    "before a page is sent": _replace((moderation.pages, "send_page")),
    "after a page was sent": _replace((outbox, "_delete")),
    "while the clock climbs": _replace((counselling.clocks, "record_event")),
}


def send(browser: FlaskClient, address: str) -> TestResponse:
    """Send the words of danger, as the same sending however often."""
    page = browser.get("/counsel" if address != REQUEST else address, follow_redirects=True)
    token = hidden_fields(page.text)["csrf_token"]
    return browser.post(address, data={"csrf_token": token, "submission_id": SENT_ID, "body": CRISIS})


def case_with_counsellor(app: Flask, browser: FlaskClient) -> str:
    """A case of the student in this browser, which Maya has. Gives where its letters are sent."""
    cookie = browser.get_cookie("stoa")
    assert cookie is not None
    with app.app_context():
        session = find_session(cookie.value, now=utcnow())
        assert session is not None
        account = account_queries.account(session.person)
        assert account is not None
        case = make_case(account, add_staff_row(Role.PROFESSIONAL, "maya"))
        return f"/counsel/{case.id}/messages"


def main(point: str, act: str, directory: str, *settings: str) -> None:
    app = create_app(settings_for(Path(directory), **dict(setting.split("=", 1) for setting in settings)))
    browser = app.test_client()
    words = join_as_student(browser)
    address = case_with_counsellor(app, browser) if act == "letter" else REQUEST
    run_outbox(app)
    print(words, address, sep="\n", flush=True)
    (INSIDE | AFTERWARDS)[point]()
    send(browser, address)
    if point == "while the clock climbs":
        with app.app_context():
            counselling.clocks.climb(utcnow() + AFTER_THE_CLOCK)
    run_outbox(app)
    raise AssertionError(f"still here: {point}")


if __name__ == "__main__":
    main(*sys.argv[1:])

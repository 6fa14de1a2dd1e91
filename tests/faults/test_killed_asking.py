"""A student's own words of danger to the counsellors are never lost, never there twice and never silent: a
process is killed between each pair of steps from the request, or the letter, to the page. After the restart
there is all of it or nothing, and the browser that sends it once more makes it one: one case, one letter, one
clock, and one page for each rung.
"""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from core.clock import utcnow
from core.db import db
from core.models import OutboxRow
from counselling import clocks
from counselling.models import AuthorKind, Case, CaseMessage, Obligation
from moderation.bands import Band
from tests.conftest import StartAgain, settings_for
from tests.faults.dying import AFTER_THE_LEASE, killed_at
from tests.faults.killed_arriving import AFTER_THE_CLOCK
from tests.faults.killed_asking import AFTERWARDS, send
from tests.journeys.sinks import HookSink, MailSink
from tests.people import post_form, run_outbox

PAGE = re.compile(r"a case waits for its counsellor, crisis, due [^,]*, (for: [a-z ]+)")
RUNGS = {
    "request": ["for: on call", "for: second"],
    "letter": ["for: the counsellor of the case", "for: on call"],
}
KILLED = [
    ("after the case", "request"),
    ("after the letter", "request"),
    ("before the page", "request"),
    ("before the commit", "request"),
    ("after the commit", "request"),
    ("before a page is sent", "request"),
    ("after the letter", "letter"),
    ("before the page", "letter"),
    ("after the page", "letter"),
    ("after the commit", "letter"),
]
# Whoever joins in another process comes back in this one.
pytestmark = pytest.mark.usefixtures("real_hashes")


def send_again(app: Flask, words: str, address: str) -> None:
    """The student comes back, and their browser sends the same once more: it does not know what arrived."""
    browser = app.test_client()
    assert post_form(browser, "/return", {"passphrase": words}).status_code == 303
    assert send(browser, address).status_code == 303


def letters() -> list[CaseMessage]:
    return db.session.query(CaseMessage).filter_by(author_kind=AuthorKind.STUDENT).all()


def clock_of(act: str) -> Case | Obligation:
    """What runs out: the case that nobody has yet, or the answer that its counsellor owes. There is one."""
    (case,) = db.session.query(Case).all()
    obligations = db.session.query(Obligation).all()
    assert len(obligations) == (act == "letter")
    return obligations[0] if obligations else case


def pages_in(mail: MailSink, hook: HookSink) -> list[list[str]]:
    """Whom each page was for, by channel."""
    posted = [json.loads(body)["text"] for _headers, body in hook.posts]
    mailed = [letter.replace("\r\n ", " ") for letter in mail.letters]
    return [[found[1] for text in texts if (found := PAGE.search(text))] for texts in (posted, mailed)]


@pytest.mark.parametrize(("point", "act"), KILLED)
def test_after_the_restart_it_is_there_once_with_its_clock_and_one_page_for_each_rung(
    directory: Path,
    start_again: StartAgain,
    mail: MailSink,
    hook: HookSink,
    channels: dict[str, str],
    point: str,
    act: str,
) -> None:
    # Given a process that was killed there
    words, address = killed_at("killed_asking", point, act, directory, **channels)

    # When the service runs again
    app = start_again(settings_for(directory, **channels))
    with app.app_context():
        # Then there is all of it or nothing
        assert len(letters()) == (point in AFTERWARDS)
        assert db.session.query(Case).count() == (point in AFTERWARDS or act == "letter")
        db.session.remove()
    # And sent once more it is there once, with its clock and one page by each channel
    send_again(app, words, address)
    run_outbox(app, seconds_later=AFTER_THE_LEASE)
    with app.app_context():
        (letter,) = letters()
        clock = clock_of(act)
        assert (clock.band, clock.due_at) == (Band.CRISIS, letter.sent_at + timedelta(minutes=15))
        db.session.remove()
    assert pages_in(mail, hook) == [RUNGS[act][:1]] * 2
    # And when the clock runs out it pages one rung higher, once
    with app.app_context():
        clocks.climb(utcnow() + AFTER_THE_CLOCK)
        clocks.climb(utcnow() + AFTER_THE_CLOCK)
        assert db.session.query(OutboxRow).filter_by(kind="page").count() == 2
        db.session.remove()
    run_outbox(app, seconds_later=AFTER_THE_LEASE + AFTER_THE_CLOCK.total_seconds())
    assert pages_in(mail, hook) == [RUNGS[act]] * 2


@pytest.mark.parametrize("act", ["request", "letter"])
def test_a_page_of_which_nobody_knows_that_it_left_leaves_again_and_nothing_else_is_doubled(
    directory: Path,
    start_again: StartAgain,
    mail: MailSink,
    hook: HookSink,
    channels: dict[str, str],
    act: str,
) -> None:
    # Given a process that was killed when one channel had brought the page
    words, address = killed_at("killed_asking", "after a page was sent", act, directory, **channels)
    assert sorted(map(len, pages_in(mail, hook))) == [0, 1]

    # When the service runs again, and the browser sends once more
    app = start_again(settings_for(directory, **channels))
    send_again(app, words, address)
    run_outbox(app, seconds_later=AFTER_THE_LEASE)

    # Then that channel has brought it rather twice than never, and there is one of everything
    assert sorted(map(len, pages_in(mail, hook))) == [1, 2]
    with app.app_context():
        assert len(letters()) == 1
        assert clock_of(act).band is Band.CRISIS
        db.session.remove()


def test_a_clock_that_was_killed_while_it_climbed_pages_the_next_rung_after_the_restart(
    directory: Path, start_again: StartAgain, mail: MailSink, hook: HookSink, channels: dict[str, str]
) -> None:
    # Given a process that was killed while the clock of a request climbed to the second
    killed_at("killed_asking", "while the clock climbs", "request", directory, **channels)

    # When the clock runs in the next process
    app = start_again(settings_for(directory, **channels))
    with app.app_context():
        assert clock_of("request").climbed == 0
        clocks.climb(utcnow() + AFTER_THE_CLOCK)
        db.session.remove()
    run_outbox(app, seconds_later=AFTER_THE_LEASE + AFTER_THE_CLOCK.total_seconds())

    # Then each rung was paged once by each channel
    assert pages_in(mail, hook) == [RUNGS["request"]] * 2

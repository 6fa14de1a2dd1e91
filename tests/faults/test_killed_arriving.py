"""An escalation is never lost and never silent: a process is killed between each pair of steps from the words
of danger to the page, and after the restart every such text has exactly one open escalation with a clock,
whose page leaves, to a real mail server and a real web server.
"""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from accounts.permissions import Role
from core.clock import utcnow
from core.db import db
from core.models import OutboxRow
from core.settings import ROOT
from counselling import clocks
from moderation import queries
from moderation.bands import Band
from moderation.models import Escalation, EscalationState, QueueItem
from moderation.team.models import Duty
from tests.cast import new_staff, on_duty
from tests.conftest import StartAgain, settings_for
from tests.faults.dying import AFTER_THE_LEASE, killed_at
from tests.faults.killed_arriving import AFTER_THE_CLOCK, AFTERWARDS, INSIDE, write
from tests.faults.test_killed import wait_for
from tests.journeys.sinks import HookSink, MailSink
from tests.people import run_outbox

PAGE = "an escalation waits for a professional, crisis, due "
KILLED = [
    *((point, "new") for point in INSIDE | AFTERWARDS),
    ("after the flag", "reply"),
    ("after the escalation", "edit"),
]
KILLED_AGAIN = [
    "after the flag",
    "after the escalation",
    "before the commit",
    "after the commit",
    "before a page is sent",
    "after a page was sent",
    "while the counsellor is looked for",
]


def texts_of_crisis() -> list[QueueItem]:
    return db.session.query(QueueItem).filter_by(band=Band.CRISIS).all()


def open_escalations(item: QueueItem) -> list[Escalation]:
    open_states = {EscalationState.WAITING, EscalationState.ACCEPTED}
    return [one for one in queries.escalations_of_item(item.id) if one.state in open_states]


def pages_in(mail: MailSink, hook: HookSink) -> tuple[int, int]:
    """How often each channel brought the page of an escalation."""
    letters = [letter for letter in mail.letters if PAGE in letter.replace("\r\n ", " ")]
    posts = [body for _headers, body in hook.posts if json.loads(body)["text"].startswith(PAGE)]
    return len(letters), len(posts)


@pytest.mark.parametrize(("point", "act"), KILLED)
def test_after_the_restart_each_such_text_has_one_open_escalation_and_its_page_leaves(
    directory: Path,
    start_again: StartAgain,
    mail: MailSink,
    hook: HookSink,
    channels: dict[str, str],
    point: str,
    act: str,
) -> None:
    # Given a process that was killed there
    author, earlier = killed_at("killed_arriving", point, act, directory, **channels)

    # When the service runs again, and somebody whose text was not taken sends it again
    app = start_again(settings_for(directory, **channels))
    with app.app_context():
        assert bool(texts_of_crisis()) is (point in AFTERWARDS)
        assert db.session.query(Escalation).count() == len(texts_of_crisis())
        if not texts_of_crisis():
            write(act, author, earlier)
        db.session.remove()
    run_outbox(app, seconds_later=AFTER_THE_LEASE)

    # Then the text has exactly one open escalation with a clock
    with app.app_context():
        (item,) = texts_of_crisis()
        (escalation,) = open_escalations(item)
        assert escalation.due_at - escalation.raised_at == timedelta(minutes=15)
        assert db.session.query(OutboxRow).filter_by(kind="page").count() == 0
    # And its page has left by both channels, rather twice than never
    assert all(0 < times <= 2 for times in pages_in(mail, hook))


@pytest.mark.parametrize("point", KILLED_AGAIN)
def test_after_the_restart_more_words_of_danger_in_a_text_that_waits_page_once_more(
    directory: Path,
    start_again: StartAgain,
    mail: MailSink,
    hook: HookSink,
    channels: dict[str, str],
    point: str,
) -> None:
    # Given a text of danger whose page has left, and a process that was killed when more words came
    author, earlier = killed_at("killed_arriving", point, "more", directory, **channels)

    # When the service runs again, and somebody whose words were not taken sends them again
    app = start_again(settings_for(directory, **channels))
    with app.app_context():
        (item,) = texts_of_crisis()
        is_stored = item.post.latest_revision == 3
        assert is_stored is (point in AFTERWARDS)
        if not is_stored:
            assert pages_in(mail, hook) == (1, 1)
            write("more", author, earlier)
        db.session.remove()
    run_outbox(app, seconds_later=AFTER_THE_LEASE)

    # Then the text has still one open escalation, and a page of the new words has left by both channels
    with app.app_context():
        (item,) = texts_of_crisis()
        assert len(open_escalations(item)) == 1
        assert db.session.query(OutboxRow).filter_by(kind="page").count() == 0
    assert all(2 <= times <= 3 for times in pages_in(mail, hook))


def test_a_clock_that_was_killed_while_it_climbed_climbs_after_the_restart(
    directory: Path, start_again: StartAgain, mail: MailSink, hook: HookSink, channels: dict[str, str]
) -> None:
    # Given a process that was killed while the clock climbed to the second
    killed_at("killed_arriving", "while the clock climbs", "new", directory, **channels)
    app = start_again(settings_for(directory, **channels))
    with app.app_context():
        sam = new_staff(Role.PROFESSIONAL, "sam")
        on_duty(sam, Duty.SECOND, since=utcnow())
        (item,) = texts_of_crisis()
        assert open_escalations(item)[0].climbed == 0

        # When the clock runs in the next process
        clocks.climb(utcnow() + AFTER_THE_CLOCK)

        # Then it has climbed once
        db.session.expire_all()
        assert open_escalations(item)[0].climbed == 1
        db.session.remove()
    run_outbox(app, seconds_later=AFTER_THE_LEASE + AFTER_THE_CLOCK.total_seconds())
    assert pages_in(mail, hook) == (2, 2)
    assert any("for: second" in body.decode() for _headers, body in hook.posts)


def test_a_worker_in_a_process_of_its_own_sends_what_the_killed_one_left(
    directory: Path, mail: MailSink, hook: HookSink, channels: dict[str, str]
) -> None:
    # Given a process that was killed right after it stored the text
    killed_at("killed_arriving", "after the commit", "new", directory, **channels)
    assert pages_in(mail, hook) == (0, 0)

    # When a worker starts
    environment = os.environ | {"STOA_MODE": "test", "STOA_DATA_DIR": str(directory)} | channels
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "work"]
    worker = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        # Then the page leaves by both channels
        wait_for(lambda: all(pages_in(mail, hook)))
    finally:
        worker.kill()
        worker.wait()
    assert pages_in(mail, hook) == (1, 1)

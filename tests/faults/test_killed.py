"""A process that is killed without a word loses nothing that it had promised and leaves nothing half done."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core import worker
from core.clock import utcnow
from core.settings import ROOT
from tests.conftest import StartAgain, settings_for
from tests.faults.dying import AFTER_THE_LEASE, killed_at
from tests.faults.killed import TITLE
from tests.journeys.sinks import HookSink
from tests.journeys.steps import begin_thread
from tests.people import post_form, run_outbox

WAIT = 40.0
# Whoever joins in another process comes back in this one.
pytestmark = pytest.mark.usefixtures("real_hashes")


def back(app: Flask, words: str) -> FlaskClient:
    """The student in the restarted service."""
    browser = app.test_client()
    assert post_form(browser, "/return", {"passphrase": words}).status_code == 303
    return browser


@pytest.mark.parametrize("point", ["after a decision", "inside the delivery of a notice"])
def test_a_notice_arrives_once_after_the_restart(
    directory: Path, start_again: StartAgain, point: str
) -> None:
    # Given a process that was killed between a decision and its notice
    words = killed_at("killed", point, directory)[0]

    # When the service runs again
    app = start_again(settings_for(directory))
    anna = back(app, words)
    assert "News for you" not in anna.get("/me").text
    run_outbox(app, seconds_later=AFTER_THE_LEASE)

    # Then the decision stands, and its notice and its place in the index arrive, once
    page = anna.get("/me").text
    assert page.count("can now be read by everybody") == 1
    assert TITLE in app.test_client().get("/search?q=library").text
    run_outbox(app, seconds_later=2 * AFTER_THE_LEASE)
    assert anna.get("/me").text.count("can now be read by everybody") == 1


def test_a_page_is_sent_again_when_nobody_knows_that_it_was_sent(
    directory: Path, start_again: StartAgain, hook: HookSink
) -> None:
    # Given a process that was killed after a page went out and before it could note that
    killed_at("killed", "after a page was sent", directory, **hook.settings())
    assert len(hook.posts) == 1

    # When the service runs again
    app = start_again(settings_for(directory, **hook.settings()))
    run_outbox(app, seconds_later=AFTER_THE_LEASE)

    # Then the person on call hears of it rather twice than never
    assert len(hook.posts) == 2
    run_outbox(app, seconds_later=2 * AFTER_THE_LEASE)
    assert len(hook.posts) == 2


def test_a_text_is_there_wholly_or_not_at_all(directory: Path, start_again: StartAgain) -> None:
    # Given a process that was killed while it stored a text
    words = killed_at("killed", "inside the commit of a text", directory)[0]

    # Then there is nothing of it, and everything works
    app = start_again(settings_for(directory))
    anna = back(app, words)
    assert "You have not written anything yet." in anna.get("/me").text
    assert TITLE in anna.get(begin_thread(anna, TITLE, "Where is the library?")).text


@contextmanager
def working(directory: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a process of its own, which writes what it says into a file."""
    environment = os.environ | {"STOA_MODE": "test", "STOA_DATA_DIR": str(directory)}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "work"]
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=file)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_killed_worker_is_followed_by_the_one_that_waits(directory: Path, tmp_path: Path) -> None:
    # Given two workers, of which the second says that it waits
    heartbeat, said = directory / worker.HEARTBEAT, tmp_path / "said by the second"
    with working(directory, tmp_path / "said by the first") as first:
        wait_for(heartbeat.exists)
        with working(directory, said):
            wait_for(lambda: "another worker is running" in said.read_text())

            # When the first is killed
            first.kill()
            first.wait()
            heartbeat.unlink(missing_ok=True)

            # Then the second takes over
            wait_for(heartbeat.exists)


def test_when_no_worker_is_left_the_service_is_not_ready(directory: Path, start_again: StartAgain) -> None:
    # Given a heartbeat of more than a minute ago
    app = start_again(settings_for(directory))
    worker.beat(directory)
    assert app.test_client().get("/readyz").status_code == 200
    stamp = utcnow().timestamp() - 61
    os.utime(directory / worker.HEARTBEAT, (stamp, stamp))

    # Then the service says that it is not ready, and what is missing
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.text) == (503, "not ready: worker\n")


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)

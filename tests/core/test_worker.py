"""The background worker: one at a time, visibly alive, and no broken job silences the others."""

import logging
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask

from core import outbox, worker
from core.clock import utcnow
from core.db import db, transaction
from core.locks import try_lock
from core.outbox import Handler, enqueue, register_handler
from core.web import settings_of
from core.worker import beat, is_alive, register_job, run_once, start_worker_thread, work
from tests.core.failing import WAIT, Failing

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def directory(app: Flask) -> Path:
    return settings_of(app).data_dir


def test_a_worker_that_never_beat_is_not_alive(inside: Flask) -> None:
    assert not is_alive(directory(inside), now=NOON)


def test_a_worker_that_beat_just_now_is_alive(inside: Flask) -> None:
    beat(directory(inside))
    assert is_alive(directory(inside), now=utcnow())


@pytest.mark.parametrize(("seconds", "alive"), [(59, True), (61, False)])
def test_a_heartbeat_holds_for_a_minute(inside: Flask, seconds: int, alive: bool) -> None:
    beat(directory(inside))
    stamp = NOON.timestamp()
    os.utime(directory(inside) / worker.HEARTBEAT, (stamp, stamp))
    assert is_alive(directory(inside), now=NOON + timedelta(seconds=seconds)) is alive


def test_readyz_is_red_without_a_heartbeat(app: Flask) -> None:
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.text) == (503, "not ready: worker\n")


def test_readyz_is_green_with_one(app: Flask) -> None:
    beat(directory(app))
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ready\n")


def test_a_running_worker_beats_and_does_what_waits(app: Flask) -> None:
    done = threading.Event()
    with app.app_context():
        register_handler("test", Handler(lambda _payloads, _now: done.set(), inside=False))
        with transaction():
            enqueue("test", {}, now=utcnow())
        db.session.remove()
    stop = start_worker_thread(app)
    try:
        assert done.wait(WAIT)
        assert_soon(lambda: is_alive(directory(app), now=utcnow()))
    finally:
        end(stop)


def test_a_worker_starts_only_when_asked(app: Flask) -> None:
    assert app.extensions["stoa_jobs"]
    assert "stoa-worker" not in {thread.name for thread in threading.enumerate()}


def test_a_second_worker_waits_says_so_and_takes_over(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="stoa.worker")
    with (directory(app) / worker.LOCK).open("a") as first:
        assert try_lock(first)
        stop = start_worker_thread(app)
        assert_soon(lambda: "another worker is running" in caplog.text)
        assert not is_alive(directory(app), now=utcnow())
    try:
        assert_soon(lambda: is_alive(directory(app), now=utcnow()))
    finally:
        end(stop)
    assert caplog.text.count("another worker is running") == 1


def test_a_waiting_worker_that_is_told_to_stop_ends(app: Flask) -> None:
    stop = threading.Event()
    stop.set()
    with (directory(app) / worker.LOCK).open("a") as first:
        assert try_lock(first)
        work(app, stop=stop)
    assert not is_alive(directory(app), now=utcnow())


@pytest.mark.usefixtures("inside")
def test_a_failing_job_does_not_silence_the_next() -> None:
    done: list[datetime] = []
    register_job("broken", lambda _now: 1 // 0, every=timedelta(seconds=1))
    register_job("sound", done.append, every=timedelta(seconds=1))
    run_once(now=NOON)
    assert done == [NOON]


@pytest.mark.usefixtures("inside")
def test_a_job_that_left_a_write_half_done_does_not_spoil_the_next() -> None:
    done: list[datetime] = []

    def write_outside(now: datetime) -> None:
        enqueue("test", {}, now=now)
        raise ZeroDivisionError

    def write(now: datetime) -> None:
        with transaction():
            enqueue("test", {}, now=now)
        done.append(now)

    register_job("broken", write_outside, every=timedelta(seconds=1))
    register_job("sound", write, every=timedelta(seconds=1))
    run_once(now=NOON)
    assert done == [NOON]


@pytest.mark.usefixtures("inside")
def test_an_outbox_that_cannot_be_read_does_not_silence_the_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[datetime] = []
    register_job("sound", done.append, every=timedelta(seconds=1))
    monkeypatch.setattr(outbox, "drain", Failing(ConnectionError()))
    run_once(now=NOON)
    assert done == [NOON]


@pytest.mark.usefixtures("inside")
def test_a_failing_job_is_tried_again_at_its_next_time() -> None:
    job = Failing(ZeroDivisionError())
    register_job("broken", job, every=timedelta(seconds=10))
    for seconds in (0, 9, 10, 11):
        run_once(now=NOON + timedelta(seconds=seconds))
    assert job.calls == [(NOON,), (NOON + timedelta(seconds=10),)]


def beat_and_fail(
    app: Flask, monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, error: Exception
) -> None:
    """A worker in which this fails at each beat: it goes on, and tries again."""
    failing = Failing(error)
    monkeypatch.setattr(module, name, failing)
    monkeypatch.setattr(worker, "PULSE", timedelta(milliseconds=10))
    stop = start_worker_thread(app)
    try:
        assert failing.was_tried_again()
    finally:
        end(stop)


def test_a_heartbeat_that_cannot_be_left_does_not_end_the_worker(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat_and_fail(app, monkeypatch, worker, "beat", OSError(28, "No space left on device"))


def test_a_beat_that_fails_as_a_whole_does_not_end_the_worker(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat_and_fail(app, monkeypatch, worker, "run_once", ConnectionError())


def test_a_worker_that_cannot_open_the_outbox_leaves_no_heartbeat(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat_and_fail(app, monkeypatch, outbox, "drain", OSError(28, "No space left on device"))

    assert not is_alive(directory(app), now=utcnow())


def test_a_worker_begins_with_what_a_killed_one_had_taken(app: Flask) -> None:
    done = threading.Event()
    with app.app_context():
        register_handler("test", Handler(lambda _payloads, _now: done.set(), inside=False))
        with transaction():
            enqueue("test", {}, now=utcnow()).taken_until = utcnow() + outbox.TAKEN_FOR
        db.session.remove()
    stop = start_worker_thread(app)
    try:
        assert done.wait(WAIT)
    finally:
        end(stop)


def test_a_job_that_fails_is_named_until_it_runs_again(inside: Flask) -> None:
    fails = [True, False]

    def job(_now: datetime) -> None:
        if fails.pop(0):
            raise ZeroDivisionError

    register_job("clocks", job, every=timedelta(seconds=10))
    named = []
    for seconds in (0, 5, 10):
        run_once(now=NOON + timedelta(seconds=seconds))
        worker.tell_trouble(directory(inside))
        named.append(worker.broken_jobs(directory(inside)))

    assert named == [["clocks"], ["clocks"], []]


def assert_soon(holds: Callable[[], bool]) -> None:
    tick = threading.Event()
    for _ in range(int(WAIT / 0.05)):
        if holds():
            return
        tick.wait(0.05)
    raise AssertionError("it never came true")


def end(stop: threading.Event) -> None:
    """Stop the worker and wait for it."""
    stop.set()
    for thread in threading.enumerate():
        if thread.name == "stoa-worker":
            thread.join(WAIT)

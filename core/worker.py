"""The background worker: drains the outbox every second and runs the periodic jobs.

Exactly one works at a time: it holds a lock on `worker.lock` in the data directory, and a second one waits
and says so. Its heartbeat is the time of `worker.heartbeat`; one older than a minute turns `/readyz` red and
shows on the staff pages. It is started by the server's hook or by `flask work`, never by `create_app()`.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from flask import Flask, current_app

from core import outbox
from core.clock import utcnow
from core.db import db
from core.locks import try_lock

LOCK, HEARTBEAT = "worker.lock", "worker.heartbeat"
PULSE = timedelta(seconds=1)
STALE_AFTER = timedelta(seconds=60)

log = logging.getLogger("stoa.worker")


@dataclass
class Job:
    """A function that runs again and again. It opens its own transactions and may be killed at any point."""

    name: str
    run: Callable[[datetime], object]
    every: timedelta
    next_at: datetime = field(default=datetime.min.replace(tzinfo=UTC))


def register_job(name: str, run: Callable[[datetime], object], *, every: timedelta) -> None:
    """Add a periodic job. Called by `app.py` while the application is put together."""
    _jobs().append(Job(name=name, run=run, every=every))


def _jobs() -> list[Job]:
    jobs: list[Job] = current_app.extensions.setdefault("stoa_jobs", [])
    return jobs


def run_once(*, now: datetime) -> None:
    """One beat: what the outbox has due, then each job whose time has come.

    A job that fails is logged and tried at its next time.
    """
    try:
        outbox.drain(now=now)
    except Exception:  # the database may be away for a moment; the next beat tries again
        log.exception("the outbox could not be drained")
    for job in _jobs():
        if job.next_at > now:
            continue
        job.next_at = now + job.every
        try:
            job.run(now)
        except Exception:  # one broken job must not silence the others
            log.exception("the job %s failed", job.name)
        finally:
            db.session.rollback()


def work(app: Flask, *, stop: threading.Event) -> None:
    """Beat until `stop` is set. Waits for the lock when another worker holds it."""
    directory = Path(app.config["STOA"].data_dir)
    with (directory / LOCK).open("a") as handle:
        if not _lock_when_free(handle, stop):
            return
        log.info("the worker runs")
        while not stop.is_set():
            started = time.monotonic()
            with app.app_context():
                run_once(now=utcnow())
            try:
                beat(directory)
            except OSError:  # a full disk: the work goes on, and the old heartbeat tells the staff
                log.exception("the heartbeat could not be left")
            stop.wait(max(0.05, PULSE.total_seconds() - (time.monotonic() - started)))


def start_worker_thread(app: Flask) -> threading.Event:
    """Start the worker beside the web threads of this process. Setting the returned event stops it."""
    stop = threading.Event()
    threading.Thread(target=work, args=(app,), kwargs={"stop": stop}, name="stoa-worker", daemon=True).start()
    return stop


def beat(directory: Path) -> None:
    """Leave a sign of life."""
    (directory / HEARTBEAT).touch()


def is_alive(directory: Path, *, now: datetime) -> bool:
    """Whether a worker beat within the last minute."""
    try:
        beaten = datetime.fromtimestamp((directory / HEARTBEAT).stat().st_mtime, UTC)
    except FileNotFoundError:
        return False
    return now - beaten < STALE_AFTER


def _lock_when_free(handle: IO[str], stop: threading.Event) -> bool:
    told = False
    while not stop.is_set():
        if try_lock(handle):
            return True
        if not told:
            log.warning("another worker is running; this one waits for it to end")
            told = True
        stop.wait(1)
    return False

"""The background worker: drains the outbox every second and runs the periodic jobs.

Exactly one works at a time: it holds a lock on `worker.lock` in the data directory, and a second one waits
and says so. Its heartbeat is the time of `worker.heartbeat`; one older than a minute turns `/readyz` red and
shows on the staff pages. A worker that lives and cannot open the outbox, because the disk is full or the
database is away, leaves no heartbeat either: it would page nobody. `worker.trouble` names the jobs that fail.
It is started by the server's hook or by `flask work`, never by `create_app()`.
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

LOCK, HEARTBEAT, TROUBLE = "worker.lock", "worker.heartbeat", "worker.trouble"
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
    is_broken: bool = False


def register_job(name: str, run: Callable[[datetime], object], *, every: timedelta) -> None:
    """Add a periodic job. Called by `app.py` while the application is put together."""
    _jobs().append(Job(name=name, run=run, every=every))


def _jobs() -> list[Job]:
    jobs: list[Job] = current_app.extensions.setdefault("stoa_jobs", [])
    return jobs


def run_once(*, now: datetime) -> bool:
    """One beat: what the outbox has due, then each job whose time has come. Whether the outbox was open.

    A job that fails is logged and tried at its next time.
    """
    is_open = True
    try:
        outbox.drain(now=now)
    except Exception:  # the database may be away for a moment; the next beat tries again
        log.exception("the outbox could not be drained")
        is_open = False
    for job in _jobs():
        if job.next_at > now:
            continue
        job.next_at = now + job.every
        job.is_broken = not _ran(job, now)
    return is_open


def _ran(job: Job, now: datetime) -> bool:
    try:
        job.run(now)
    except Exception:  # one broken job must not silence the others
        log.exception("the job %s failed", job.name)
        return False
    finally:
        db.session.rollback()
    return True


def work(app: Flask, *, stop: threading.Event) -> None:
    """Beat until `stop` is set. Waits for the lock when another worker holds it."""
    directory = Path(app.config["STOA"].data_dir)
    with (directory / LOCK).open("a") as handle:
        if not _lock_when_free(handle, stop):
            return
        log.info("the worker runs")
        has_begun = False
        while not stop.is_set():
            started = time.monotonic()
            try:
                with app.app_context():
                    if not has_begun:
                        outbox.free_leftovers()
                        has_begun = True
                    if run_once(now=utcnow()):
                        beat(directory)
                    tell_trouble(directory)
            except Exception:  # whatever went wrong, what waits must be done once it is right again
                log.exception("a beat of the worker failed")
            stop.wait(max(0.05, PULSE.total_seconds() - (time.monotonic() - started)))


def start_worker_thread(app: Flask) -> threading.Event:
    """Start the worker beside the web threads of this process. Setting the returned event stops it."""
    stop = threading.Event()
    threading.Thread(target=work, args=(app,), kwargs={"stop": stop}, name="stoa-worker", daemon=True).start()
    return stop


def beat(directory: Path) -> None:
    """Leave a sign of life."""
    (directory / HEARTBEAT).touch()


def tell_trouble(directory: Path) -> None:
    """Write down which jobs failed at their last time, for the staff's pages."""
    names = "".join(f"{job.name}\n" for job in _jobs() if job.is_broken)
    if names or (directory / TROUBLE).exists():
        (directory / TROUBLE).write_text(names, encoding="utf-8")


def broken_jobs(directory: Path) -> list[str]:
    """The jobs that failed at their last time."""
    try:
        return (directory / TROUBLE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


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

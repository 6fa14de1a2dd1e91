"""Load the demo: invented people live through what the content files tell, by the same rules as everybody
else.

Nothing is written into tables by hand: students begin threads, moderators claim and decide, counsellors
accept and write, each at the time that the files give. All of it is one transaction, so that a load that
breaks off has loaded nothing and can be repeated.
"""

import json
import os
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from accounts import queries as account_queries
from accounts.hashing import hash_password
from accounts.permissions import Role
from accounts.staffing import NewStaff, add_staff
from core.db import db, transaction
from core.refusals import StartRefused
from core.settings import Mode, Settings
from demo.caseload import case_events
from demo.cast import MADE_BEFORE, Cast, Event, Facts, make_credentials, read_content
from demo.colleagues import colleague_events
from demo.house import save_texts
from demo.moderating import moderation_events
from demo.publishing import thread_events
from demo.teamwork import team_events
from demo.telling import tell_students
from forum import queries as forum_queries

STAFF_FILE = "demo-staff.json"
STUDENT_FILE = "demo-student.json"
STUDENT = "student:heron"


class DemoRefused(StartRefused):
    """The demo may not be loaded here; the message says why."""


def load_demo(settings: Settings, *, now: datetime) -> int:
    """Load everything that is not loaded yet, and write the staff's passwords, and the six words of one
    student with the code of their conversation and those of reports and appeals, to files of the owner's.

    Returns the number of threads. Raises DemoRefused.
    """
    if settings.mode is Mode.LIVE:
        raise DemoRefused(
            "The demo is refused in a live installation: its people are invented. Use STOA_MODE=demo."
        )
    entries = read_content("staff.toml")["staff"]
    if forum_queries.newest_threads(before=None, limit=1) and not _knows(entries):
        raise DemoRefused("There are threads here that are not the demo's: nothing was loaded.")
    cast = Cast(loaded_at=now)
    credentials = [_member(entry, now=now - MADE_BEFORE) for entry in entries]
    cast.staff = {new.staff.username: new.staff.id for new in credentials}
    threads = read_content("threads.toml")["thread"]
    save_texts(settings, now=now)
    if not forum_queries.newest_threads(before=None, limit=1):
        student = cast.credentials[STUDENT] = make_credentials()
        with transaction():
            for at, act in sorted(_events(cast, threads), key=lambda event: event[0]):
                tell_students(at)
                act(at)
                db.session.flush()
            # Before the commit: words that nobody can read would be words that nobody has.
            facts = {
                "passphrase": student.words,
                "return_code": cast.return_code,
                "codes": cast.codes,
            }
            _write_private(settings.data_dir / STUDENT_FILE, facts)
    _write_credentials(settings.data_dir / STAFF_FILE, credentials)
    return len(threads)


def require_no_demo(settings: Settings) -> None:
    """A live installation does not serve invented people. Raises DemoRefused."""
    if settings.mode is Mode.LIVE and (settings.data_dir / STAFF_FILE).exists():
        raise DemoRefused(
            f"{settings.data_dir} holds the demo, and its people are invented: "
            "give the live forum a data directory of its own."
        )


def _knows(entries: list[Facts]) -> bool:
    return account_queries.staff_by_username(entries[0]["username"]) is not None


def _member(entry: Facts, *, now: datetime) -> NewStaff:
    """A member of staff with a new random password, made or, after a load that broke off, met again."""
    staff = account_queries.staff_by_username(entry["username"])
    if staff is None:
        return add_staff(
            entry["username"],
            role=Role(entry["role"]),
            alias=entry["alias"],
            keep_password=True,
            actor="command",
            now=now,
        )
    password = secrets.token_urlsafe(12)
    hashed = hash_password(password)
    with transaction():
        staff.password_hash = hashed
    return NewStaff(staff, password, staff.otp_secret)


def _write_credentials(path: Path, credentials: list[NewStaff]) -> None:
    """The last step: whoever finds this file finds a demo that is whole."""
    facts = [
        {
            "username": new.staff.username,
            "role": new.staff.role.value,
            "password": new.password,
            "otp_secret": new.otp_secret,
        }
        for new in credentials
    ]
    _write_private(path, facts)


def _write_private(path: Path, facts: Any) -> None:
    """A file that only its owner reads, whole or not at all."""
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(facts, file, indent=1)
    draft.replace(path)


def _events(cast: Cast, threads: list[Facts]) -> Iterator[Event]:
    """Everything that happens in the demo, each with its time."""
    yield from thread_events(cast, threads)
    yield from colleague_events(cast)
    yield from case_events(cast)
    yield from moderation_events(cast)
    yield from team_events(cast)

"""What is measured: the visitor's pages, and students who are signed in.

Read from the data directory before any server runs on it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event

from accounts import joining
from accounts.guard import session_cookie
from accounts.queries import account
from accounts.websessions import find_session
from app import create_app
from bench.make_data import COMMON, RARE, bench_environment, close_database
from core.clock import utcnow
from core.db import db, transaction
from core.paging import encode_cursor
from core.settings import load_settings
from forum import index_queries, queries

DEEP_AT = 0.5
MANY = 100


@dataclass(frozen=True)
class Page:
    """A visitor's page and what can be said of it without a load."""

    name: str
    path: str
    statements: int
    writes: int
    size: int


@dataclass(frozen=True)
class Subjects:
    """Everything that a run needs to know of a data directory."""

    pages: list[Page]
    reply_threads: list[str]
    students: list[dict[str, str]]


def find_subjects(data_dir: Path, *, students: int) -> Subjects:
    """Choose the pages, count their statements and bytes, and sign students in."""
    app = create_app(load_settings(bench_environment(data_dir)))
    with app.app_context():
        threads = queries.newest_threads(before=None, limit=MANY + 1)
        if not threads:
            raise ValueError(f"{data_dir} holds no threads")
        shown, slug = threads[len(threads) // 2], threads[0].slug
        category = queries.category_by_slug(slug)
        middle = int(index_queries.newest_sequence() * DEEP_AT)
        close_database()
    if category is None:
        raise ValueError(f"there is no category {slug}")
    paths = {
        "home": "/",
        "category, first page": f"/c/{slug}",
        "category, in the middle": f"/c/{slug}?after={encode_cursor(middle)}",
        "thread, 10 posts": f"/t/{shown.id}",
        "search, a common word": f"/search?q={COMMON}",
        "search, a rare word": f"/search?q={RARE}",
        "crisis help": "/help",
    }
    pages = [_look_at(app, name, path) for name, path in paths.items()]
    with app.app_context():
        signed_in = [_join(app, utcnow()) for _ in range(students)]
        close_database()
    others = [f"/t/{thread.id}" for thread in threads if thread.id != shown.id]
    return Subjects(pages, others or [f"/t/{shown.id}"], signed_in)


def _look_at(app: Flask, name: str, path: str) -> Page:
    """Ask for a page inside this process, where its statements can be seen."""
    client = app.test_client(use_cookies=False)
    with app.app_context(), counted_statements() as statements:
        answer = client.get(path, base_url="http://127.0.0.1")
    if answer.status_code != 200:
        raise ValueError(f"{path} answered {answer.status_code}")
    writes = [one for one in statements if not one.lstrip().upper().startswith("SELECT")]
    return Page(name, path, len(statements), len(writes), len(answer.data))


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """The statements that run meanwhile. A BEGIN asks for nothing and is left out."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _join(app: Flask, now: datetime) -> dict[str, str]:
    """A new student by the rules of joining, without its pages. Returns their cookie."""
    session = find_session(joining.join(now=now), now=now)
    if session is None:
        raise RuntimeError("a session that was just opened is not there")
    with transaction():
        student = account(session.person, locked=True)
        if student is None:
            raise RuntimeError("a student who just joined is not there")
        token = joining.confirm_words(
            student, session, [session.words[place] for place in session.asked], now=now
        )
    with app.test_request_context(base_url="http://127.0.0.1"):
        return {session_cookie("student"): token}

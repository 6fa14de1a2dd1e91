"""What a page costs the database: for a visitor few statements and no write, never a walk through a table.

The plans are those of SQLite, for the very statements that the pages send, with their values, on tables that
are large enough for a walk to hurt.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, event

from accounts.permissions import Role
from app import create_app
from core.clock import utcnow
from core.db import db, transaction
from forum import posting
from forum import queries as forum_queries
from forum.importing import import_threads
from forum.indexing import rebuild_index
from moderation import queries
from moderation.bands import Band
from moderation.escalations import Briefing, escalate
from moderation.models import EscalationState, ReportReason
from moderation.reports import file_report
from tests import cast
from tests.conftest import put_away, settings_for
from tests.people import add_staff_person, join_as_student, post_form, sign_in_as

MANY = 110
LONG = 60
LARGE_ENOUGH = 100
AT_MOST = 4
WATCHED = ("posts", "threads", "post_revisions", "queue_items", "reports")
LONG_TOPIC, SHORT_TOPIC, STUDENTS_TOPIC = "career-and-work", "family-relationships", "academic-difficulties"

VISITED = {
    "home": "/",
    "a topic of one thread": f"/c/{SHORT_TOPIC}",
    "a topic of many threads": f"/c/{LONG_TOPIC}",
    "a thread of two posts": "{short}",
    "a thread that nobody has answered": "{alone}",
    "a thread of many posts": "{long}",
    "a post": "{post}",
    "a search that finds many": "/search?q=lantern",
    "a search that finds nothing": "/search?q=zeppelin",
    "what this is": "/welcome",
    "what to do about somebody else": "/worried",
    "where to start": "/start",
    "where to start, answered": "/start?a=1&a=3&w=2",
    "what nobody has answered": "/unanswered",
    "what nobody has answered in a topic": f"/unanswered?topic={LONG_TOPIC}",
    "a feed": "/feed.atom",
    "the feed of a topic": f"/c/{LONG_TOPIC}/feed.atom",
    "a counsellor's door": "/counsel",
    "crisis help": "/help",
    "house rules": "/rules",
    "what a reader would rather not see": "/reading",
    "who learns what": "/privacy",
}


@dataclass
class Place:
    """A forum with a past, and the addresses in it that the tests visit."""

    app: Flask
    data_dir: Path
    addresses: dict[str, str]
    student: FlaskClient
    moderator: FlaskClient
    professional: FlaskClient


@dataclass
class Seen:
    """The statements of some pages, each with its values."""

    statements: list[tuple[str, Any]] = field(default_factory=list)


@pytest.fixture(scope="module")
def place(empty_installation: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """More than a hundred rows in every table that may not be walked through. No test here changes it."""
    data_dir = tmp_path_factory.mktemp("place") / "data"
    shutil.copytree(empty_installation, data_dir)
    app = create_app(settings_for(data_dir))
    with app.app_context():
        app.extensions["stoa_first_start"]()
        _import_published(data_dir.parent / "threads.jsonl")
        held = _fill_queue()
        _report_many()
        rebuild_index()
        addresses = _addresses(held[0])
        db.session.remove()
    student, moderator, professional = app.test_client(), app.test_client(), app.test_client()
    _write_a_little(student, addresses)
    sign_in_as(moderator, add_staff_person(app, Role.MODERATOR, username="maya"))
    sign_in_as(professional, add_staff_person(app, Role.PROFESSIONAL, username="petra"))
    taken = post_form(moderator, f"{addresses['item']}/claim", {}, page=addresses["item"])
    assert taken.status_code == 303, taken.text
    with app.app_context():
        _escalate(held[:5])
        with transaction():
            db.session.connection().exec_driver_sql("ANALYZE")
        db.session.remove()
        addresses["case"] = _open_case(app, professional)
    for page in (
        *VISITED.values(),
        "/me",
    ):  # what is made at the first visit, such as an open index, is made now
        student.get(page.format(**addresses))
    yield Place(app, data_dir, addresses, student, moderator, professional)
    put_away(app)


def _import_published(file: Path) -> None:
    """Topics of one and of many threads, threads of one and of many posts, read by everybody."""
    lines = [_line(number, LONG_TOPIC, answers=0) for number in range(MANY)]
    lines += [_line(MANY, LONG_TOPIC, answers=LONG - 1), _line(MANY + 1, SHORT_TOPIC, answers=1)]
    file.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    assert import_threads(file, strict=True, now=utcnow()).added == len(lines)


def _line(number: int, topic: str, *, answers: int) -> dict[str, Any]:
    return {
        "id": f"line-{number}",
        "lang": "en",
        "category": topic,
        "title": f"Thread {number}",
        "body": f"A lantern, number {number}.",
        "answers": [{"body": f"Answer {place} by lantern light."} for place in range(answers)],
    }


def _fill_queue() -> list[str]:
    """Held texts of a few students, each an item that waits. Returns the posts' ids."""
    authors = [cast.new_student() for _ in range(5)]
    draft = posting.write_draft("I miss home.", language="en", title="First weeks")
    topic = forum_queries.category_by_slug(STUDENTS_TOPIC)
    assert topic is not None
    with transaction():
        people = [cast.student(author) for author in authors]
        return [
            posting.begin_thread(topic, draft, author=people[number % len(people)], now=utcnow()).id
            for number in range(MANY)
        ]


def _report_many() -> None:
    with transaction():
        rows = forum_queries.newest_threads(before=None, limit=MANY)
        for row in rows:
            post = forum_queries.opening_post(row.id)
            assert post is not None
            file_report(post, reason=ReportReason.OTHER, note="", now=utcnow())


def _addresses(held: str) -> dict[str, str]:
    rows = forum_queries.newest_threads(before=None, limit=MANY + 2)
    long = next(row.id for row in rows if row.reply_count == LONG - 1)
    short = next(row.id for row in rows if row.slug == SHORT_TOPIC)
    alone = next(row.id for row in rows if row.reply_count == 0)
    opening = forum_queries.opening_post(short)
    assert opening is not None
    return {
        "long": f"/t/{long}",
        "short": f"/t/{short}",
        "alone": f"/t/{alone}",
        "post": f"/p/{opening.id}",
        "item": f"/moderation/items/{cast.item_id_of(held)}",
    }


def _write_a_little(student: FlaskClient, addresses: dict[str, str]) -> None:
    """A student with a thread, an answer in somebody else's, and thus something on their own page."""
    join_as_student(student)
    begun = post_form(student, f"/c/{STUDENTS_TOPIC}/new", {"title": "Mine", "body": "My own words."})
    answered = post_form(student, f"{addresses['long']}/reply", {"body": "My own answer."})
    assert (begun.status_code, answered.status_code) == (303, 303)
    addresses["own"] = begun.headers["Location"]


def _escalate(held: list[str]) -> None:
    """Texts that wait for a professional."""
    briefing = Briefing(band=Band.AMBER, prompted_by="a test", already_said="nothing")
    with transaction():
        for post_id in held:
            escalate(cast.item(cast.item_id_of(post_id)), briefing, actor=None, now=utcnow())


def _open_case(app: Flask, professional: FlaskClient) -> str:
    with app.app_context():
        waiting = queries.escalations_in_state(EscalationState.WAITING)[0].id
        db.session.remove()
    page = f"/counselling/escalations/{waiting}"
    taken = post_form(professional, f"{page}/accept", {}, page=page)
    assert taken.status_code == 303, taken.text
    return taken.headers["Location"]


@contextmanager
def watched(app: Flask) -> Iterator[Seen]:
    """The statements that run meanwhile. A BEGIN asks for nothing and is left out."""
    seen = Seen()

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.statements.append((statement, parameters))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def visit(place: Place, page: str) -> Seen:
    """Open a page as somebody who has nothing, not even a cookie."""
    with watched(place.app) as seen:
        answer = place.app.test_client().get(page.format(**place.addresses))
    assert answer.status_code in {200, 303}, f"{page} answered {answer.status_code}"
    return seen


@pytest.mark.parametrize("page", VISITED.values(), ids=VISITED.keys())
def test_a_visitors_page_asks_little(place: Place, page: str) -> None:
    assert len(visit(place, page).statements) <= AT_MOST


@pytest.mark.parametrize("page", VISITED.values(), ids=VISITED.keys())
def test_a_visitors_page_writes_nothing(place: Place, page: str) -> None:
    assert [
        one for one, _ in visit(place, page).statements if not one.lstrip().upper().startswith("SELECT")
    ] == []


@pytest.mark.parametrize("page", VISITED.values(), ids=VISITED.keys())
def test_a_visitor_gets_no_cookie(place: Place, page: str) -> None:
    assert "Set-Cookie" not in place.app.test_client().get(page.format(**place.addresses)).headers


def test_a_visit_leaves_no_trace_in_any_file(place: Place) -> None:
    before = fingerprints(place.data_dir)
    for page in VISITED.values():
        visit(place, page)
    assert fingerprints(place.data_dir) == before


@pytest.mark.parametrize(
    ("short", "long"), [("{short}", "{long}"), (f"/c/{SHORT_TOPIC}", f"/c/{LONG_TOPIC}")]
)
def test_a_long_page_asks_no_more_than_a_short_one(place: Place, short: str, long: str) -> None:
    assert len(visit(place, long).statements) == len(visit(place, short).statements)


def fingerprints(directory: Path) -> dict[str, str]:
    """Every file and what is in it, but for the shared memory beside the database.

    Readers mark their places there; it never outlives the processes.
    """
    files = (path for path in directory.rglob("*") if path.is_file() and not path.name.endswith("-shm"))
    return {str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def open_pages(place: Place, who: str, pages: list[str]) -> Seen:
    """Open these pages, and whatever follows them, as one of the people."""
    browser = place.app.test_client() if who == "visitor" else getattr(place, who)
    with watched(place.app) as seen:
        for page in pages:
            answer = browser.get(page.format(**place.addresses))
            assert answer.status_code in {200, 303}, f"{page} answered {answer.status_code}"
            after = re.search(r'href="([^"]*[?&]after=[^"]*)"', answer.text)
            if after is not None:
                assert browser.get(after.group(1)).status_code == 200
    return seen


PEOPLE = {
    "visitor": list(VISITED.values()),
    "student": ["/me", "{own}", "{long}", "/counsel"],
    "moderator": ["/moderation/queue", "{item}", "/moderation/unanswered", "{long}"],
    "professional": ["/counselling/", "{case}"],
}


@pytest.mark.parametrize(("who", "pages"), PEOPLE.items(), ids=PEOPLE.keys())
def test_no_page_walks_through_a_table_or_sorts_it(place: Place, who: str, pages: list[str]) -> None:
    seen = open_pages(place, who, pages)
    assert seen.statements
    with place.app.app_context():
        connection = db.session.connection()
        bad = {
            statement: wrong
            for statement, values in seen.statements
            if (wrong := faults(connection, statement, values))
        }
        db.session.remove()
    assert bad == {}


def faults(connection: Connection, statement: str, values: Any) -> list[str]:
    """The steps of a statement's plan that read all of a watched table, or sort its rows."""
    if not statement.lstrip().upper().startswith("SELECT"):
        return []
    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    return [step.detail for step in plan if is_fault(step.detail, statement)]


def is_fault(step: str, statement: str) -> bool:
    if step.startswith("USE TEMP B-TREE"):
        return any(re.search(rf"\b(FROM|JOIN) {table}\b", statement) for table in WATCHED)
    scan = re.match(r"SCAN (\w+?)(_\d+)?\b", step)
    return scan is not None and scan.group(1) in WATCHED and " USING " not in step


def test_the_tables_are_large_enough_to_tell(place: Place) -> None:
    with place.app.app_context():
        connection = db.session.connection()
        counts = {
            table: connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            for table in WATCHED
        }
        db.session.remove()
    assert min(counts.values()) > LARGE_ENOUGH, counts


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT posts.id FROM posts WHERE posts.byline = 'x'",
        "SELECT reports_1.id FROM reports AS reports_1 WHERE reports_1.reason = 'x'",
        "SELECT threads.id FROM threads ORDER BY threads.title",
    ],
)
def test_a_walk_and_a_sorting_are_noticed(place: Place, statement: str) -> None:
    with place.app.app_context():
        found = faults(db.session.connection(), statement, ())
        db.session.remove()
    assert found

"""Texts for the forum's tests: written through the pages, published as a moderator would have it."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from core.clock import utcnow
from core.db import db, transaction
from forum.importing import import_threads
from forum.lifecycle import PostAct, move_post
from forum.models import Post, PostStatus, Thread
from forum.posting import publish_wording
from tests.people import join_as_student, post_form

TOPIC = "academic-difficulties"


def student(app: Flask) -> FlaskClient:
    """Somebody new, signed in with their six words."""
    browser = app.test_client()
    join_as_student(browser)
    return browser


def write_thread(
    browser: FlaskClient,
    title: str = "Awake all night",
    body: str = "I cannot sleep before exams.",
    topic: str = TOPIC,
) -> str:
    """Begin a thread through its form. Returns the thread's address."""
    answer = post_form(browser, f"/c/{topic}/new", {"title": title, "body": body})
    assert answer.status_code == 303, answer.text
    return answer.location.split("#")[0].split("?")[0]


def write_reply(browser: FlaskClient, thread: str, body: str = "You are not alone.") -> str:
    """Reply through the form. Returns where the answer led."""
    answer = post_form(browser, f"{thread}/reply", {"body": body})
    assert answer.status_code == 303, answer.text
    return answer.location


def publish_everything(app: Flask) -> None:
    """Let every held text through."""
    with app.app_context():
        with transaction():
            held = (
                select(Post)
                .where(Post.status == PostStatus.HELD)
                .order_by(Post.is_opening.desc(), Post.submitted_at)
            )
            for post in db.session.scalars(held).all():
                move_post(post, PostAct.PUBLISH, now=utcnow())
        db.session.remove()


def let_edit_pass(app: Flask, post_id: str) -> None:
    """Publish the latest wording of a post."""
    with app.app_context():
        with transaction():
            post = db.session.get(Post, post_id)
            assert post is not None
            publish_wording(post, now=utcnow())
        db.session.remove()


def act_on(app: Flask, thread: str, act: PostAct, *, place: int = 0) -> None:
    """Do something to a post of a thread, counted from 0 in the order of publication."""
    with app.app_context():
        with transaction():
            posts = select(Post).where(Post.thread_id == id_of(thread)).order_by(Post.position)
            move_post(db.session.scalars(posts).all()[place], act, now=utcnow())
        db.session.remove()


def published_thread(
    app: Flask, title: str = "Awake all night", body: str = "I cannot sleep before exams."
) -> str:
    """A thread that everybody can read."""
    thread = write_thread(student(app), title, body)
    publish_everything(app)
    return thread


def id_of(thread: str) -> str:
    """The id in a thread's address."""
    return thread.rsplit("/", 1)[-1]


def post_ids(app: Flask, thread: str) -> list[str]:
    """The ids of a thread's posts, in the order of publication, then of writing."""
    with app.app_context():
        statement = (
            select(Post.id)
            .where(Post.thread_id == id_of(thread))
            .order_by(Post.position.nulls_last(), Post.id)
        )
        ids = list(db.session.scalars(statement))
        db.session.remove()
    return ids


def long_thread(app: Flask, folder: Path, *, answers: int) -> str:
    """A public thread with many answers, brought in the quick way."""
    line = {
        "id": "long-thread",
        "title": "A long thread",
        "category": TOPIC,
        "lang": "en",
        "body": "How do you all sleep?",
        "answers": [
            {"role": "member", "body": f"Answer number {number}.", "upvotes": 0} for number in range(answers)
        ],
    }
    file = folder / "long-thread.jsonl"
    file.write_text(json.dumps(line))
    with app.app_context():
        import_threads(file, now=utcnow())
        post = db.session.scalars(select(Post).where(Post.import_key == "long-thread")).one()
        address = f"/t/{post.thread_id}"
        db.session.remove()
    return address


def names_on(page: str) -> list[str]:
    """Who wrote the posts of a page, in their order."""
    return re.findall(r'<header class="byline">\s*<h\d[^>]*>([^<]*)</h\d>', page)


def thread_row(app: Flask, thread: str) -> Thread:
    """A thread as it stands, for a look at its counters."""
    with app.app_context():
        found = db.session.get(Thread, id_of(thread))
        assert found is not None
        db.session.expunge(found)
        db.session.remove()
    return found


@contextmanager
def statements_of(app: Flask) -> Iterator[list[tuple[str, Any]]]:
    """The SQL that runs meanwhile with its values, without BEGIN and its like."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append((statement, values))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def plans_of(app: Flask, statements: list[tuple[str, Any]]) -> list[str]:
    """The steps by which SQLite answers these statements, those on the list of categories left out: it is
    short.
    """
    with app.app_context():
        connection = db.session.connection()
        steps = [
            str(step[3])
            for statement, values in statements
            if "FROM categories ORDER BY" not in " ".join(statement.split())
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
        db.session.remove()
    return steps

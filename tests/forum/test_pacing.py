"""Texts that come faster than usual: none is refused or lost, and nobody in danger is kept at the door."""

import base64
import json
from typing import Any

import pytest
from altcha import Challenge, solve_challenge
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core import proof
from core.db import db, transaction
from core.limits import Pace
from forum import pacing
from forum import queries as forum_queries
from forum.models import ModerationMode
from moderation.views import turns as report_turns
from tests.forum.texts import TOPIC, id_of, published_thread
from tests.people import join_as_student, post_form

NEW = f"/c/{TOPIC}/new"
SCRIPT = {"Stoa-Script": "1"}
DANGER = "I want to die and I cannot go on."


@pytest.fixture(autouse=True)
def narrow_paces(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place in which the second text within the hour comes after the limit, and puzzles are easy."""
    monkeypatch.setattr(pacing, "POSTING", Pace("posting", person="1 per hour"))
    monkeypatch.setattr(proof, "COST", 10)
    with app.app_context(), transaction():
        category = forum_queries.category_by_slug(TOPIC)
        assert category is not None
        category.opening_mode = category.reply_mode = ModerationMode.READ_AFTER
    with app.app_context():
        db.session.remove()


@pytest.fixture
def eager(client: FlaskClient) -> FlaskClient:
    """The browser of a student who has just sent a text."""
    join_as_student(client)
    assert write(client, "My first").status_code == 303
    return client


def write(browser: FlaskClient, title: str, body: str = "I miss home.", **more: Any) -> TestResponse:
    headers = more.pop("headers", {})
    return post_form(browser, NEW, {"title": title, "body": body} | more, headers=headers)


def status_of(browser: FlaskClient, answer: TestResponse) -> str:
    """Where the text stands that an answer leads to, as its author sees it."""
    page = browser.get(answer.headers["Location"].split("#")[0], follow_redirects=True).text
    return page.split('data-status="')[1].split('"')[0]


def solution_of(challenge: dict[str, Any]) -> str:
    solution = solve_challenge(Challenge.from_dict(challenge))
    assert solution is not None
    payload = {"challenge": challenge, "solution": solution.to_dict()}
    return base64.b64encode(json.dumps(payload).encode()).decode()


def test_within_the_limit_a_text_goes_as_its_topic_says(client: FlaskClient) -> None:
    join_as_student(client)
    assert status_of(client, write(client, "My first")) == "published"


def test_after_the_limit_a_text_without_proof_is_taken_and_waits(eager: FlaskClient) -> None:
    answer = write(eager, "My second")
    assert answer.status_code == 303
    assert status_of(eager, answer) == "held"


def test_a_script_is_asked_for_proof_and_then_the_text_goes_as_ever(eager: FlaskClient) -> None:
    asked = write(eager, "My second", headers=SCRIPT)
    assert asked.status_code == 428
    sent = write(eager, "My second", headers=SCRIPT, altcha=solution_of(asked.get_json()))
    assert sent.status_code == 201
    assert status_of(eager, sent) == "published"


def test_a_script_that_cannot_prove_sends_a_text_that_waits(eager: FlaskClient) -> None:
    sent = write(eager, "My second", headers=SCRIPT, altcha="none")
    assert sent.status_code == 201
    assert status_of(eager, sent) == "held"


def test_one_proof_is_good_for_one_text(eager: FlaskClient) -> None:
    payload = solution_of(write(eager, "My second", headers=SCRIPT).get_json())
    write(eager, "My second", altcha=payload)
    assert status_of(eager, write(eager, "My third", altcha=payload)) == "held"


def test_a_writer_who_may_be_in_danger_is_asked_for_nothing(eager: FlaskClient) -> None:
    assert write(eager, "My second", DANGER, headers=SCRIPT).status_code == 201


def test_the_page_works_at_its_proof_while_a_student_types(eager: FlaskClient) -> None:
    assert "data-challenge" in eager.get(NEW).text


def test_within_the_limit_the_page_works_at_nothing(client: FlaskClient) -> None:
    join_as_student(client)
    assert "data-challenge" not in client.get(NEW).text


def test_a_visitor_gets_no_puzzle(app: Flask, eager: FlaskClient) -> None:
    assert eager
    assert "data-challenge" not in app.test_client().get(NEW).text


def test_a_reply_after_the_limit_waits_too(app: Flask, eager: FlaskClient) -> None:
    thread = id_of(published_thread(app))
    answer = post_form(eager, f"/t/{thread}/reply", {"body": "Me too."})
    assert answer.status_code == 303
    with app.app_context():
        states = db.session.execute(db.text("SELECT status FROM posts WHERE NOT is_opening")).scalars().all()
        db.session.remove()
    assert states == ["held"]


def test_a_report_after_the_limit_is_taken(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_turns, "REPORTING", Pace("reporting", network="1 per hour"))
    thread = id_of(published_thread(app))
    with app.app_context():
        (post,) = [row.id for row in forum_queries.published_posts(thread, after=0, limit=9)]
        db.session.remove()
    for reason in ("spam", "other", "worries_me"):
        answer = post_form(client, f"/p/{post}/report", {"reason": reason, "note": "please look"})
        assert answer.status_code == 200
    with app.app_context():
        assert db.session.execute(db.text("SELECT count(*) FROM reports")).scalar() == 3
        db.session.remove()

"""No thread looks abandoned: what waits has a list of its own, and says truthfully when somebody looks."""

import base64
import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from core.db import db, transaction
from forum.gate import gate
from forum.lifecycle import PostAct, restore_post
from forum.models import Post, PostStatus, Thread
from moderation.team.policy import set_policy
from tests.cast import NOON, new_staff, staff
from tests.forum.texts import (
    TOPIC,
    act_on,
    id_of,
    plans_of,
    post_ids,
    publish_everything,
    published_thread,
    statements_of,
    student,
    thread_row,
    write_reply,
    write_thread,
)
from tests.people import add_staff_person, post_form, sign_in_as

WEDNESDAY = date(2026, 3, 4)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS = {day: [["00:00", "12:00"], ["12:00", "00:00"]] for day in DAYS}


def set_hours(app: Flask, week: dict[str, Any]) -> None:
    with app.app_context():
        tomas = new_staff(Role.COORDINATOR, "tomas")
        with transaction():
            hours = {"timezone": "UTC", "week": week, "on_call": False}
            set_policy(actor=staff(tomas), hours=hours, now=NOON)
        db.session.remove()


def age(app: Flask, thread: str, *, days: int) -> None:
    """Let a thread have been published so many days earlier."""
    with app.app_context(), transaction():
        row = db.session.get(Thread, id_of(thread))
        post = db.session.get(Post, post_ids(app, thread)[0])
        assert row is not None
        assert row.published_at is not None
        assert post is not None
        assert post.published_on is not None
        row.published_at -= timedelta(days=days)
        post.published_on -= timedelta(days=days)


def titles_on(page: str) -> list[str]:
    return re.findall(r'<h2><a href="/t/[^"]*"[^>]*>([^<]*)</a>', page)


def test_a_thread_that_nobody_has_answered_is_on_the_list(app: Flask, client: FlaskClient) -> None:
    published_thread(app, title="Waiting")
    assert titles_on(client.get("/unanswered").text) == ["Waiting"]


def test_an_answered_thread_is_not(app: Flask, client: FlaskClient) -> None:
    thread = published_thread(app)
    write_reply(student(app), thread)
    publish_everything(app)
    assert titles_on(client.get("/unanswered").text) == []


def test_what_the_author_adds_is_no_answer(app: Flask, client: FlaskClient) -> None:
    author = student(app)
    thread = write_thread(author, "Still waiting")
    publish_everything(app)
    write_reply(author, thread, "One more thing.")
    publish_everything(app)
    assert titles_on(client.get("/unanswered").text) == ["Still waiting"]


def test_a_held_answer_does_not_show_by_its_absence(app: Flask, client: FlaskClient) -> None:
    thread = published_thread(app, title="Waiting")
    write_reply(student(app), thread)
    assert titles_on(client.get("/unanswered").text) == ["Waiting"]


def test_a_held_or_hidden_thread_is_not_on_the_list(app: Flask, client: FlaskClient) -> None:
    hidden = published_thread(app, title="Hidden")
    act_on(app, hidden, PostAct.HIDE)
    write_thread(student(app), "Held")
    assert titles_on(client.get("/unanswered").text) == []


@pytest.mark.parametrize("act", [PostAct.HIDE, PostAct.REMOVE, PostAct.WITHDRAW])
def test_a_thread_that_loses_its_only_answer_waits_again(app: Flask, act: PostAct) -> None:
    thread = published_thread(app)
    write_reply(student(app), thread)
    publish_everything(app)
    act_on(app, thread, act, place=1)
    assert not thread_row(app, thread).is_answered


def test_a_thread_that_loses_one_of_two_answers_is_answered(app: Flask) -> None:
    thread = published_thread(app)
    for _ in range(2):
        write_reply(student(app), thread)
    publish_everything(app)
    act_on(app, thread, PostAct.HIDE, place=1)
    assert thread_row(app, thread).is_answered


def test_a_thread_to_which_only_its_author_still_speaks_waits_again(app: Flask) -> None:
    author = student(app)
    thread = write_thread(author)
    publish_everything(app)
    write_reply(student(app), thread)
    publish_everything(app)
    write_reply(author, thread, "Thank you.")
    publish_everything(app)
    act_on(app, thread, PostAct.HIDE, place=1)
    assert not thread_row(app, thread).is_answered


def test_a_peers_answer_remains_one_when_a_students_goes(app: Flask) -> None:
    thread = published_thread(app)
    write_reply(student(app), thread)
    publish_everything(app)
    maya = app.test_client()
    sign_in_as(maya, add_staff_person(app, Role.MODERATOR))
    assert post_form(maya, f"{thread}/reply", {"body": "I am here."}, page=thread).status_code == 303
    act_on(app, thread, PostAct.HIDE, place=1)
    assert thread_row(app, thread).is_answered


def test_an_answer_whose_publication_is_undone_is_none(app: Flask) -> None:
    thread = published_thread(app)
    write_reply(student(app), thread)
    publish_everything(app)
    reply = post_ids(app, thread)[1]
    with app.app_context(), transaction():
        post = db.session.get(Post, reply)
        assert post is not None
        restore_post(post, PostStatus.HELD, visible=0, latest=1, now=NOON)
    assert not thread_row(app, thread).is_answered


def test_the_longest_waiting_stands_first_and_pages_go_on_from_there(app: Flask, client: FlaskClient) -> None:
    writer = student(app)
    threads = [write_thread(writer, f"Thread {number:02}") for number in range(22)]
    publish_everything(app)
    for number, thread in enumerate(threads):
        age(app, thread, days=30 - number)
    first = client.get("/unanswered").text
    onwards = re.search(r'rel="next" href="([^"]*)"', first)
    assert onwards is not None
    second = client.get(onwards.group(1)).text
    assert [*titles_on(first), *titles_on(second)] == [f"Thread {number:02}" for number in range(22)]


def test_a_cursor_tells_no_hour(app: Flask, client: FlaskClient) -> None:
    writer = student(app)
    threads = [write_thread(writer, f"Thread {number}") for number in range(21)]
    publish_everything(app)
    cursor = re.search(r"after=([\w-]+)", client.get("/unanswered").text)
    assert cursor is not None
    text = cursor.group(1)
    (value,) = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    assert value in {id_of(thread) for thread in threads}


@pytest.mark.parametrize("cursor", ["x", "WzFd", "WyJ4Il0", "WyIyMDI2LTAzLTA0Il0"])
def test_a_cursor_that_is_none_of_ours_is_not_there(client: FlaskClient, cursor: str) -> None:
    assert client.get(f"/unanswered?after={cursor}").status_code == 404


def test_a_topic_has_a_list_of_its_own(app: Flask, client: FlaskClient) -> None:
    published_thread(app, title="About exams")
    assert titles_on(client.get(f"/unanswered?topic={TOPIC}").text) == ["About exams"]
    assert titles_on(client.get("/unanswered?topic=family-relationships").text) == []


def test_the_list_of_an_unknown_topic_is_not_there(client: FlaskClient) -> None:
    assert client.get("/unanswered?topic=no-such-topic").status_code == 404


@pytest.mark.parametrize("page", ["/", f"/c/{TOPIC}"])
def test_the_list_is_a_step_away(client: FlaskClient, page: str) -> None:
    assert "Nobody has answered these yet" in client.get(page).text


@pytest.mark.parametrize("path", ["/unanswered", f"/unanswered?topic={TOPIC}", "thread"])
def test_a_visitor_costs_at_most_four_questions(app: Flask, client: FlaskClient, path: str) -> None:
    thread = published_thread(app)
    with statements_of(app) as seen:
        client.get(thread if path == "thread" else path)
    assert len(seen) <= 4


def test_the_list_sorts_nothing_and_walks_through_nothing(app: Flask, client: FlaskClient) -> None:
    published_thread(app)
    with statements_of(app) as seen:
        client.get("/unanswered")
        client.get(f"/unanswered?topic={TOPIC}&after=WyIwMDAwMDAwMDAwMDAwIl0")
    plans = plans_of(app, seen)
    assert plans
    assert [step for step in plans if re.match(r"SCAN threads|USE TEMP B-TREE", step)] == []


def test_a_thread_says_by_when_a_trained_peer_will_have_looked(app: Flask, client: FlaskClient) -> None:
    set_hours(app, ALWAYS)
    page = client.get(published_thread(app)).text
    after_tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    assert "Nobody has answered yet" in page
    assert f"One of them will have looked at it by {after_tomorrow:%A} {after_tomorrow.day}" in page


def test_an_answered_thread_says_nothing_of_the_kind(app: Flask, client: FlaskClient) -> None:
    thread = published_thread(app)
    write_reply(student(app), thread)
    publish_everything(app)
    assert "Nobody has answered yet" not in client.get(thread).text


def test_when_the_time_has_passed_the_page_is_sorry_and_names_no_new_one(
    app: Flask, client: FlaskClient
) -> None:
    set_hours(app, ALWAYS)
    thread = published_thread(app)
    age(app, thread, days=9)
    page = client.get(thread).text
    assert "waited for longer than it should, and we are sorry" in page
    assert "Trained peers are here now." in page
    assert "will have looked" not in page


def test_without_hours_nobody_promises_a_time(app: Flask, client: FlaskClient) -> None:
    set_hours(app, {})
    thread = published_thread(app)
    page, listed = client.get(thread).text, client.get("/unanswered").text
    assert "We cannot say when one of them is here next." in page
    assert "On the list of our trained peers" in listed
    assert "will have looked" not in page + listed


def test_a_promise_counts_from_the_end_of_the_public_day_and_tells_no_hour(app: Flask) -> None:
    with app.app_context():
        look = gate().peer_looks([WEDNESDAY], now=NOON)[WEDNESDAY]
        db.session.remove()
    # Twelve hours of the default Thursday, nine to nine: the same for whatever was published on Wednesday.
    assert look.look_by == datetime(2026, 3, 5, 21, 0, tzinfo=UTC)


def test_a_promise_skips_the_days_on_which_nobody_is_there(app: Flask) -> None:
    friday = WEDNESDAY + timedelta(days=2)
    with app.app_context():
        look = gate().peer_looks([friday], now=NOON)[friday]
        db.session.remove()
    assert look.look_by == datetime(2026, 3, 9, 21, 0, tzinfo=UTC)


def test_many_days_cost_one_question(app: Flask) -> None:
    with statements_of(app) as seen, app.app_context():
        looks = gate().peer_looks([WEDNESDAY - timedelta(days=number) for number in range(5)], now=NOON)
        db.session.remove()
    assert len(looks) == 5
    assert len(seen) == 1

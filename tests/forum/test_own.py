"""A student's own page, which nobody else sees: texts can be taken along, taken back, or left behind."""

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from accounts import mailbox
from accounts.models import Account
from core.clock import utcnow
from core.db import db, transaction
from forum.lifecycle import PostAct
from forum.models import Post, PostStatus, Pseudonym
from tests.forum.texts import (
    act_on,
    post_ids,
    publish_everything,
    published_thread,
    student,
    write_reply,
    write_thread,
)
from tests.people import join_as_student, post_form


def count_of(app: Flask, *conditions: object) -> int:
    with app.app_context():
        found = db.session.scalar(select(func.count()).select_from(Post).where(*conditions))  # type: ignore[arg-type]
        db.session.remove()
    return found or 0


def withdraw(browser: FlaskClient, post: str) -> int:
    return post_form(browser, f"/p/{post}/withdraw", {}, page="/me").status_code


def test_a_visitor_is_led_to_the_way_in_and_back(client: FlaskClient) -> None:
    assert client.get("/me").location == "/return?next=/me"


def test_the_own_page_shows_a_held_text_with_its_state(app: Flask) -> None:
    writer = student(app)
    write_thread(writer, title="Sleepless", body="It is three at night.")
    page = writer.get("/me").text
    assert "Sleepless" in page
    assert "It is three at night." in page
    assert "Waiting to be read" in page


def test_the_own_page_shows_nothing_of_others(app: Flask) -> None:
    thread = published_thread(app, title="Somebody else's")
    writer = student(app)
    write_reply(writer, thread, "My own answer.")
    page = writer.get("/me").text
    assert "My own answer." in page
    assert "I cannot sleep before exams." not in page


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (PostAct.RETURN, "A moderator asks for a change."),
        (PostAct.REFUSE, "Moderators decided that this text does not belong here."),
    ],
)
def test_the_author_keeps_a_text_that_was_not_published(app: Flask, act: PostAct, words: str) -> None:
    writer = student(app)
    thread = write_thread(writer, body="My words.")
    act_on(app, thread, act)
    page = writer.get("/me").text
    assert words in page
    assert "My words." in page


def test_notices_are_shown_and_can_be_marked_as_read(app: Flask) -> None:
    writer = student(app)
    with app.app_context(), transaction():
        account = db.session.scalars(select(Account)).one()
        mailbox.deliver(account, "forum.unknown", {}, now=utcnow())
    assert "1 new" in writer.get("/me").text
    assert post_form(writer, "/me/notices/read", {}, page="/me").status_code == 303
    assert "1 new" not in writer.get("/me").text


def test_a_withdrawn_text_is_gone_for_readers_and_for_its_author(app: Flask, client: FlaskClient) -> None:
    writer = student(app)
    thread = write_thread(writer, body="I regret this.")
    publish_everything(app)
    (post,) = post_ids(app, thread)
    assert withdraw(writer, post) == 303
    assert client.get(thread).status_code == 404
    assert "I regret this." not in writer.get("/me").text


def test_withdrawing_twice_is_fine(app: Flask) -> None:
    writer = student(app)
    thread = write_thread(writer)
    (post,) = post_ids(app, thread)
    assert [withdraw(writer, post), withdraw(writer, post)] == [303, 303]


def test_nobody_else_withdraws_a_text(app: Flask) -> None:
    thread = published_thread(app)
    (post,) = post_ids(app, thread)
    assert withdraw(student(app), post) == 404


def test_the_export_holds_every_text_with_its_state(app: Flask) -> None:
    writer = student(app)
    write_thread(writer, title="Sleepless", body="It is three at night.")
    answer = writer.get("/me/export")
    (thread,) = json.loads(answer.text)["threads"]
    assert (thread["title"], thread["posts"][0]["body"]) == ("Sleepless", "It is three at night.")
    assert thread["posts"][0]["status"] == "held"
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_leaving_texts_behind_keeps_them_readable_and_cuts_them_off(app: Flask, client: FlaskClient) -> None:
    writer = student(app)
    thread = write_thread(writer, body="Still true.")
    publish_everything(app)
    assert post_form(writer, "/me/delete", {"posts": "keep"}).status_code == 303
    assert "Still true." in client.get(thread).text
    assert count_of(app, Post.author_ref.is_not(None) | Post.author_tag.is_not(None)) == 0


def test_taking_all_texts_back_hides_every_one(app: Flask, client: FlaskClient) -> None:
    writer = student(app)
    own, other = write_thread(writer, body="My own."), published_thread(app)
    write_reply(writer, other, "My answer.")
    publish_everything(app)
    post_form(writer, "/me/delete", {"posts": "withdraw"})
    assert client.get(own).status_code == 404
    assert "My answer." not in client.get(other).text
    assert count_of(app, Post.status == PostStatus.WITHDRAWN) == 2


def test_a_removed_text_stays_removed_when_its_author_leaves(app: Flask) -> None:
    writer = student(app)
    act_on(app, write_thread(writer), PostAct.REFUSE)
    assert post_form(writer, "/me/delete", {"posts": "withdraw"}).status_code == 303
    assert count_of(app, Post.status == PostStatus.REMOVED) == 1


def test_after_leaving_the_words_open_nothing_and_every_browser_is_signed_out(app: Flask) -> None:
    browser, phone = app.test_client(), app.test_client()
    words = join_as_student(browser)
    post_form(phone, "/return", {"passphrase": words})
    post_form(browser, "/me/delete", {"posts": "keep"})
    assert phone.get("/me").status_code == 303
    assert post_form(app.test_client(), "/return", {"passphrase": words}).status_code == 422


def test_a_name_of_somebody_who_left_stays_taken_and_leads_to_nobody(app: Flask) -> None:
    writer = student(app)
    write_thread(writer)
    publish_everything(app)
    with app.app_context():
        before = db.session.execute(select(Pseudonym.name, Pseudonym.author_tag)).one()
        db.session.remove()
    post_form(writer, "/me/delete", {"posts": "keep"})
    with app.app_context():
        after = db.session.execute(select(Pseudonym.name, Pseudonym.author_tag)).one()
        db.session.remove()
    assert after.name == before.name
    assert after.author_tag != before.author_tag


def test_leaving_asks_what_becomes_of_the_texts(app: Flask) -> None:
    assert post_form(student(app), "/me/delete", {}).status_code == 422

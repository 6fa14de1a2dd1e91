"""A student writes: first, before they have joined; then what waits, and what happens when things are sent
twice or wrong.
"""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from forum.lifecycle import PostAct
from tests.forum.texts import (
    TOPIC,
    act_on,
    names_on,
    post_ids,
    publish_everything,
    published_thread,
    student,
    write_reply,
    write_thread,
)
from tests.people import add_staff_person, hidden_fields, join_as_student, post_form, sign_in_as

NEW = f"/c/{TOPIC}/new"


def test_a_visitors_text_is_kept_while_they_join_and_stands_in_the_form_again(client: FlaskClient) -> None:
    answer = post_form(client, NEW, {"title": "Sleepless", "body": "It is three at night."})
    assert answer.status_code == 303
    assert answer.location == f"/join?next={NEW}"
    join_as_student(client)
    page = client.get(NEW).text
    assert "Sleepless" in page
    assert "It is three at night." in page


def test_joining_leads_back_to_the_text_that_was_kept(client: FlaskClient) -> None:
    post_form(client, NEW, {"title": "Sleepless", "body": "It is three at night."})
    post_form(client, "/join", {})
    page = client.get("/join/words").text
    words = re.findall(r"<li>([a-z]+)</li>", page)
    asked = [int(number) for number in re.findall(r'data-word="(\d)"', page)]
    typed = {"first": words[asked[0] - 1], "second": words[asked[1] - 1]}
    assert post_form(client, "/join/words", typed).location == NEW


def test_a_kept_text_is_forgotten_once_it_was_sent(client: FlaskClient) -> None:
    post_form(client, NEW, {"title": "Sleepless", "body": "It is three at night."})
    join_as_student(client)
    page = client.get(NEW).text
    sent = client.post(
        NEW, data=hidden_fields(page, NEW) | {"title": "Sleepless", "body": "It is three at night."}
    )
    assert sent.status_code == 303
    assert "It is three at night." not in client.get(NEW).text


def test_a_visitors_answer_is_kept_like_their_thread(app: Flask, client: FlaskClient) -> None:
    thread = published_thread(app)
    answer = post_form(client, f"{thread}/reply", {"body": "Breathe."})
    assert answer.location == f"/join?next={thread}/reply"
    join_as_student(client)
    assert "Breathe." in client.get(f"{thread}/reply").text


def test_the_author_sees_that_their_thread_waits_who_sees_it_and_where_help_is(app: Flask) -> None:
    writer = student(app)
    page = writer.get(write_thread(writer, body="A bad week.")).text
    assert "A bad week." in page
    assert 'data-status="held"' in page
    assert "Nobody but you and our moderators can see it." in page
    assert "at the latest" in page
    assert 'href="/help"' in page


def test_a_published_thread_keeps_one_name_for_its_author(app: Flask, client: FlaskClient) -> None:
    writer = student(app)
    thread = write_thread(writer)
    publish_everything(app)
    write_reply(writer, thread, "It got better.")
    publish_everything(app)
    names = names_on(client.get(thread).text)
    assert names[0] == names[1]


def test_another_student_has_another_name(app: Flask, client: FlaskClient) -> None:
    thread = published_thread(app)
    write_reply(student(app), thread)
    publish_everything(app)
    names = names_on(client.get(thread).text)
    assert names[0] != names[1]


def test_sending_twice_creates_once(app: Flask) -> None:
    writer = student(app)
    data = hidden_fields(writer.get(NEW).text, NEW) | {"title": "Once", "body": "Only once."}
    first, second = writer.post(NEW, data=data), writer.post(NEW, data=data)
    assert first.location == second.location
    assert writer.get("/me").text.count("Only once.") == 1


def test_an_answer_sent_twice_is_there_once(app: Flask) -> None:
    thread, writer = published_thread(app), student(app)
    data = hidden_fields(writer.get(f"{thread}/reply").text, f"{thread}/reply") | {"body": "Only once."}
    assert [writer.post(f"{thread}/reply", data=data).status_code for _ in range(2)] == [303, 303]
    assert len(post_ids(app, thread)) == 2


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("", "A text without a title."),
        ("A title without a text", ""),
        ("Only blanks below", "  \n\t \u200b "),
        ("x" * 141, "A long title."),
        ("A long text", "y" * 8001),
    ],
)
def test_what_cannot_be_taken_comes_back_whole(app: Flask, title: str, body: str) -> None:
    answer = post_form(student(app), NEW, {"title": title, "body": body})
    assert answer.status_code == 422
    assert title in answer.text
    assert body.strip() in answer.text


def test_an_over_long_answer_comes_back_whole(app: Flask) -> None:
    thread = published_thread(app)
    answer = post_form(student(app), f"{thread}/reply", {"body": "z" * 8001})
    assert answer.status_code == 422
    assert "z" * 8001 in answer.text


def test_a_foreign_token_gives_the_text_back(app: Flask) -> None:
    answer = student(app).post(NEW, data={"csrf_token": "foreign", "title": "T", "body": "Do not lose me."})
    assert answer.status_code == 400
    assert "Do not lose me." in answer.text


def test_the_preview_shows_the_text_and_sends_nothing(app: Flask) -> None:
    writer = student(app)
    answer = post_form(writer, NEW, {"title": "T", "body": "**Loud**", "preview": "1"})
    assert answer.status_code == 200
    assert '<div class="words" dir="auto"><p><strong>Loud</strong></p>' in answer.text
    assert "You have not written anything yet." in writer.get("/me").text


def test_a_closed_topic_takes_no_thread_and_gives_the_text_back(app: Flask) -> None:
    writer, coordinator = student(app), app.test_client()
    sign_in_as(coordinator, add_staff_person(app, Role.COORDINATOR))
    page = coordinator.get("/admin/categories").text
    close = re.search(r'action="(/admin/categories/[^"]*/close)"', page)
    assert close is not None
    topics = re.findall(r'<a href="/c/([a-z-]+)"', page)
    post_form(coordinator, close.group(1), {}, page="/admin/categories")
    answer = post_form(writer, f"/c/{topics[0]}/new", {"title": "T", "body": "Do not lose me."})
    assert answer.status_code == 409
    assert "Do not lose me." in answer.text


def test_nobody_answers_in_a_thread_that_is_not_public(app: Flask) -> None:
    thread = write_thread(student(app))
    assert student(app).get(f"{thread}/reply").status_code == 404


def test_a_thread_that_closed_while_somebody_wrote_gives_the_text_back(app: Flask) -> None:
    thread, writer = published_thread(app), student(app)
    data = hidden_fields(writer.get(f"{thread}/reply").text, f"{thread}/reply") | {"body": "Do not lose me."}
    act_on(app, thread, PostAct.HIDE)
    answer = writer.post(f"{thread}/reply", data=data)
    assert answer.status_code == 404
    assert "Do not lose me." in answer.text


def test_a_moderator_answers_at_once_under_alias_and_badge(app: Flask, client: FlaskClient) -> None:
    thread, maya = published_thread(app), app.test_client()
    sign_in_as(maya, add_staff_person(app, Role.MODERATOR, alias="Quiet Harbour"))
    write_reply(maya, thread, "We are listening.")
    page = client.get(thread).text
    assert "We are listening." in page
    assert "Quiet Harbour" in page
    assert "Trained peer supporter" in page


def test_staff_begin_no_threads(app: Flask) -> None:
    maya = app.test_client()
    sign_in_as(maya, add_staff_person(app, Role.MODERATOR))
    assert maya.get(NEW).status_code == 403


def test_a_coordinator_answers_nowhere(app: Flask) -> None:
    thread, browser = published_thread(app), app.test_client()
    sign_in_as(browser, add_staff_person(app, Role.COORDINATOR))
    assert browser.get(f"{thread}/reply").status_code == 403


def test_an_edit_of_a_published_text_waits_while_readers_keep_the_old_wording(
    app: Flask, client: FlaskClient
) -> None:
    writer = student(app)
    thread = write_thread(writer, body="The first wording.")
    publish_everything(app)
    (post,) = post_ids(app, thread)
    answer = post_form(writer, f"/p/{post}/edit", {"title": "Exams", "body": "The second wording."})
    assert answer.status_code == 303
    assert "The second wording." not in client.get(thread).text
    assert "The first wording." in client.get(thread).text
    assert "Your new wording waits to be read" in writer.get(thread).text


def test_a_returned_text_is_changed_and_sent_again(app: Flask) -> None:
    writer = student(app)
    thread = write_thread(writer, body="With a name in it.")
    act_on(app, thread, PostAct.RETURN)
    (post,) = post_ids(app, thread)
    assert "With a name in it." in writer.get(f"/p/{post}/edit").text
    post_form(writer, f"/p/{post}/edit", {"title": "Exams", "body": "Without it."})
    assert 'data-status="held"' in writer.get(thread).text


def test_nobody_else_edits_a_text(app: Flask) -> None:
    thread = published_thread(app)
    (post,) = post_ids(app, thread)
    assert student(app).get(f"/p/{post}/edit").status_code == 404


def test_a_removed_text_cannot_be_changed(app: Flask) -> None:
    writer = student(app)
    thread = write_thread(writer)
    act_on(app, thread, PostAct.REFUSE)
    (post,) = post_ids(app, thread)
    assert writer.get(f"/p/{post}/edit").status_code == 409


def test_a_signed_out_student_is_led_back_by_their_words_with_the_text_kept(client: FlaskClient) -> None:
    join_as_student(client)
    data = hidden_fields(client.get(NEW).text, NEW) | {"title": "T", "body": "Do not lose me."}
    token = client.get_cookie("stoa")
    assert token is not None
    client.set_cookie("stoa", token.value[:-8] + "AAAAAAA=")
    answer = client.post(NEW, data=data)
    assert answer.location == f"/return?next={NEW}"
    assert "Do not lose me." in client.get(NEW).text

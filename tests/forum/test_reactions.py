"""Standing by a writer with a few words: what is counted, what is shown, and what stays unknown."""

import re
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from accounts.permissions import Role
from core.db import db, transaction
from forum import access, reactions
from forum.lifecycle import NotPossibleNow, PostAct, move_post
from forum.models import Post, Reaction, ReactionKind
from tests import cast
from tests.forum.texts import (
    act_on,
    post_ids,
    publish_everything,
    published_thread,
    statements_of,
    student,
    write_reply,
    write_thread,
)
from tests.people import add_staff_person, hidden_fields, join_as_student, post_form, sign_in_as

HEAR, TOO = ReactionKind.HEAR_YOU, ReactionKind.ME_TOO


def say(
    browser: FlaskClient, thread: str, post: str, kind: str = "hear_you", wanted: str = ""
) -> TestResponse:
    """Press one of the buttons below a post."""
    page = browser.get(thread).text
    address = f"/p/{post}/react"
    return browser.post(
        address + (f"?wanted={wanted}" if wanted else ""), data=hidden_fields(page, address) | {"kind": kind}
    )


def counts_of(app: Flask, post: str) -> dict[str, int]:
    with app.app_context():
        counts = db.session.scalars(select(Post.reactions).where(Post.id == post)).one()
        db.session.remove()
    return counts


def rows_of(app: Flask, post: str) -> list[tuple[bytes, ReactionKind]]:
    with app.app_context():
        statement = select(Reaction.reactor_tag, Reaction.kind).where(Reaction.post_id == post)
        rows = [(bytes(tag), kind) for tag, kind in db.session.execute(statement)]
        db.session.remove()
    return rows


def buttons(page: str, post: str) -> dict[str, str]:
    """The words below a post, each with whether it is pressed."""
    form = page.split(f'action="/p/{post}/react"')[1].split("</form>")[0]
    return dict(re.findall(r'<button name="kind" value="(\w+)" aria-pressed="(\w+)"', form))


def what_readers_see(page: str) -> str:
    """The words with their counts on a page without forms."""
    lists = re.findall(r'<ul class="chips".*?</ul>', page, re.S)
    return " ".join(re.sub(r"<[^>]+>", "", text) for text in lists)


@pytest.fixture
def thread(app: Flask) -> str:
    return published_thread(app)


@pytest.fixture
def post(app: Flask, thread: str) -> str:
    return post_ids(app, thread)[0]


def test_a_student_stands_by_a_writer_and_comes_back_to_the_post(app: Flask, thread: str, post: str) -> None:
    reader = student(app)
    answer = say(reader, thread, post)
    assert (answer.status_code, answer.location) == (303, f"{thread}#p-{post}")
    assert buttons(reader.get(thread).text, post)["hear_you"] == "true"


def test_the_words_can_be_taken_back(app: Flask, thread: str, post: str) -> None:
    reader = student(app)
    say(reader, thread, post)
    say(reader, thread, post, wanted="off")
    assert buttons(reader.get(thread).text, post)["hear_you"] == "false"
    assert (counts_of(app, post), rows_of(app, post)) == ({}, [])


def test_a_pressed_button_asks_for_the_words_to_be_taken_back(app: Flask, thread: str, post: str) -> None:
    reader = student(app)
    say(reader, thread, post)
    assert f'formaction="/p/{post}/react?wanted=off"' in reader.get(thread).text


def test_saying_the_same_twice_counts_once(app: Flask, thread: str, post: str) -> None:
    reader = student(app)
    say(reader, thread, post)
    say(reader, thread, post)
    assert counts_of(app, post) == {"hear_you": 1}


def test_one_student_may_say_several_things(app: Flask, thread: str, post: str) -> None:
    reader = student(app)
    say(reader, thread, post, "me_too")
    say(reader, thread, post, "thank_you")
    assert counts_of(app, post) == {"me_too": 1, "thank_you": 1}


def test_one_alone_is_told_to_nobody(app: Flask, client: FlaskClient, thread: str, post: str) -> None:
    say(student(app), thread, post)
    assert what_readers_see(client.get(thread).text) == ""
    assert "<b>1</b>" not in student(app).get(thread).text


def test_a_count_is_told_from_two_on(app: Flask, client: FlaskClient, thread: str, post: str) -> None:
    for _ in range(2):
        say(student(app), thread, post)
    assert "I hear you 2" in what_readers_see(client.get(thread).text)


def test_a_visitor_gets_no_button(client: FlaskClient, thread: str) -> None:
    assert "/react" not in client.get(thread).text


def test_a_visitor_who_sends_the_form_is_led_to_the_door(app: Flask, post: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    answer = app.test_client().post(f"/p/{post}/react", data={"kind": "me_too"})
    assert (answer.status_code, answer.location.split("?")[0]) == (303, "/return")


def test_reactions_cost_a_visitor_nothing(app: Flask, client: FlaskClient, thread: str, post: str) -> None:
    with statements_of(app) as before:
        client.get(thread)
    say(student(app), thread, post)
    with statements_of(app) as after:
        client.get(thread)
    assert len(after) == len(before)


def test_staff_get_no_button(app: Flask, thread: str) -> None:
    moderator = app.test_client()
    sign_in_as(moderator, add_staff_person(app, Role.MODERATOR))
    assert "/react" not in moderator.get(thread).text


def test_nobody_reacts_to_their_own_text(app: Flask) -> None:
    writer = student(app)
    own = write_thread(writer)
    publish_everything(app)
    (post,) = post_ids(app, own)
    assert f"/p/{post}/react" not in writer.get(own).text
    answer = post_form(writer, f"/p/{post}/react", {"kind": "me_too"}, page="/me/delete")
    assert answer.status_code == 409
    assert rows_of(app, post) == []


def test_a_held_text_of_somebody_else_is_not_there(app: Flask, thread: str) -> None:
    write_reply(student(app), thread)
    held = post_ids(app, thread)[-1]
    assert (
        post_form(student(app), f"/p/{held}/react", {"kind": "me_too"}, page="/me/delete").status_code == 404
    )


def test_words_of_ones_own_are_refused(app: Flask, thread: str, post: str) -> None:
    assert say(student(app), thread, post, kind="<3").status_code == 422


def test_a_hidden_post_takes_its_words_with_it(app: Flask, client: FlaskClient) -> None:
    thread = published_thread(app)
    write_reply(student(app), thread)
    publish_everything(app)
    reply = post_ids(app, thread)[1]
    for _ in range(2):
        say(student(app), thread, reply)
    act_on(app, thread, PostAct.HIDE, place=1)
    assert what_readers_see(client.get(thread).text) == ""


def test_one_person_has_another_tag_at_each_post(app: Flask, thread: str) -> None:
    write_reply(student(app), thread)
    publish_everything(app)
    first, second = post_ids(app, thread)
    reader = student(app)
    say(reader, thread, first)
    say(reader, thread, second)
    assert rows_of(app, first)[0][0] != rows_of(app, second)[0][0]


@pytest.mark.parametrize("posts", ["keep", "withdraw"])
def test_what_somebody_said_goes_with_their_account(app: Flask, thread: str, post: str, posts: str) -> None:
    leaving, staying = student(app), student(app)
    say(leaving, thread, post)
    say(staying, thread, post)
    assert post_form(leaving, "/me/delete", {"posts": posts}).status_code == 303
    assert counts_of(app, post) == {"hear_you": 1}
    assert len(rows_of(app, post)) == 1


def test_an_export_says_nothing_of_reactions(app: Flask, thread: str, post: str) -> None:
    reader = app.test_client()
    join_as_student(reader)
    say(reader, thread, post)
    assert "hear_you" not in reader.get("/me/export").text


def test_counts_stay_equal_to_the_rows_when_many_react_at_once(both_databases: Flask) -> None:
    with both_databases.app_context():
        author, readers = cast.new_student(), [cast.new_student() for _ in range(4)]
        post_id = cast.begin_thread(author)
        with transaction():
            move_post(cast.post(post_id), PostAct.PUBLISH, now=cast.NOON)
        db.session.remove()

    def act(reader: str, kind: ReactionKind, wanted: bool) -> None:
        with transaction():
            actor = cast.student(reader)
            reactions.react(
                access.post_to_react_to(post_id, reader=actor),
                kind,
                wanted=wanted,
                actor=actor,
                now=cast.NOON,
            )

    steps = [(kind, wanted) for kind in (HEAR, TOO) for wanted in (True, True, False)] + [(HEAR, True)]
    for kind, wanted in steps:
        acts: list[Callable[[], None]] = [partial(act, reader, kind, wanted) for reader in readers]
        results = cast.at_once(both_databases, acts)
        assert results == [None] * len(readers)
        rows = Counter(kind.value for _, kind in rows_of(both_databases, post_id))
        assert counts_of(both_databases, post_id) == rows
    assert rows == {"hear_you": 4}


def test_the_rule_refuses_a_post_that_readers_do_not_see(app: Flask) -> None:
    with app.app_context():
        author, reader = cast.new_student(), cast.new_student()
        post_id = cast.begin_thread(author)
        actor, held = cast.student(reader), cast.post(post_id)
        with pytest.raises(NotPossibleNow):
            reactions.react(held, HEAR, wanted=True, actor=actor, now=cast.NOON)
        db.session.remove()

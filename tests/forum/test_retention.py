"""What the forum forgets by itself, and what it must not."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.joining import IDLE_DAYS
from accounts.models import Account
from core.clock import utcnow
from core.db import db
from forum.lifecycle import PostAct, text_of
from forum.models import Post, PostRevision
from forum.retention import forget_idle_accounts, forget_old_texts
from tests.forum.texts import (
    act_on,
    let_edit_pass,
    post_ids,
    publish_everything,
    published_thread,
    student,
    write_thread,
)
from tests.people import join_as_student, post_form


def nobody_needs(_post_ids: Sequence[str]) -> set[str]:
    return set()


def everybody_needs(post_ids: Sequence[str]) -> set[str]:
    return set(post_ids)


def bodies(app: Flask) -> list[str]:
    """The words of every wording there is, in the order of writing."""
    with app.app_context():
        revisions = db.session.scalars(
            select(PostRevision).order_by(PostRevision.post_id, PostRevision.number)
        )
        found = [text_of(revision)["body"] for revision in revisions]
        db.session.remove()
    return found


def forget(app: Flask, *, days: int, is_needed: object = nobody_needs) -> int:
    with app.app_context():
        count = forget_old_texts(utcnow() + timedelta(days=days), is_needed=is_needed)  # type: ignore[arg-type]
        db.session.remove()
    return count


@pytest.mark.parametrize("act", [PostAct.WITHDRAW, PostAct.REFUSE])
def test_the_words_of_a_text_that_is_gone_are_destroyed_after_thirty_days(app: Flask, act: PostAct) -> None:
    act_on(app, write_thread(student(app)), act)
    assert forget(app, days=31) == 1
    assert bodies(app) == [""]


def test_before_thirty_days_nothing_is_destroyed(app: Flask) -> None:
    act_on(app, write_thread(student(app)), PostAct.WITHDRAW)
    assert forget(app, days=29) == 0
    assert bodies(app) == ["I cannot sleep before exams."]


def test_a_text_that_somebody_still_needs_is_kept(app: Flask) -> None:
    act_on(app, write_thread(student(app)), PostAct.WITHDRAW)
    assert forget(app, days=31, is_needed=everybody_needs) == 0
    assert bodies(app) == ["I cannot sleep before exams."]


@pytest.mark.parametrize("act", [None, PostAct.RETURN, PostAct.PUBLISH])
def test_texts_that_wait_or_are_published_are_kept(app: Flask, act: PostAct | None) -> None:
    thread = write_thread(student(app))
    if act is not None:
        act_on(app, thread, act)
    assert forget(app, days=4000) == 0
    assert bodies(app) == ["I cannot sleep before exams."]


def test_a_hidden_text_is_kept_because_it_may_come_back(app: Flask) -> None:
    act_on(app, published_thread(app), PostAct.HIDE)
    assert forget(app, days=4000) == 0


def test_an_old_wording_is_destroyed_and_the_present_one_stays(app: Flask, client: FlaskClient) -> None:
    writer = student(app)
    thread = write_thread(writer, body="The first wording.")
    publish_everything(app)
    (post,) = post_ids(app, thread)
    post_form(writer, f"/p/{post}/edit", {"body": "The second wording."})
    assert forget(app, days=31) == 0
    let_edit_pass(app, post)
    assert forget(app, days=31) == 1
    assert bodies(app) == ["", "The second wording."]
    assert "The second wording." in client.get(thread).text


def test_the_author_is_told_that_the_words_are_no_longer_kept(app: Flask) -> None:
    writer = student(app)
    act_on(app, write_thread(writer), PostAct.REFUSE)
    forget(app, days=31)
    assert "We no longer keep the words of this text." in writer.get("/me").text


def test_an_account_that_nobody_uses_goes_and_its_texts_stay(app: Flask, client: FlaskClient) -> None:
    writer = app.test_client()
    words = join_as_student(writer)
    thread = write_thread(writer, body="Still true.")
    publish_everything(app)
    with app.app_context():
        assert forget_idle_accounts(utcnow() + timedelta(days=IDLE_DAYS + 1)) == 1
        tags = list(db.session.scalars(select(Post.author_tag)))
        db.session.remove()
    assert tags == [None]
    assert "Still true." in client.get(thread).text
    assert post_form(app.test_client(), "/return", {"passphrase": words}).status_code == 422


def test_an_account_that_was_used_within_the_time_stays(app: Flask) -> None:
    student(app)
    with app.app_context():
        assert forget_idle_accounts(utcnow() + timedelta(days=IDLE_DAYS - 1)) == 0
        assert db.session.scalars(select(Account)).one()
        db.session.remove()

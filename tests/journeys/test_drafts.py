"""A student's text is kept while they write, by a button or by the script, and never against their wish."""

import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from core.db import db
from forum.models import TextDraft
from tests.journeys.steps import publish_thread
from tests.people import hidden_fields, join_as_student, post_form

NEW = "/c/family-relationships/new"
TITLE, BODY = "My parents do not speak", "They have not spoken since June."
SCRIPT = {"Stoa-Script": "1"}


def keep(student: FlaskClient, *, page: str = NEW, place: str = NEW, **typed: str) -> None:
    """Press "Keep as draft" below the form of a page."""
    fields = hidden_fields(student.get(page).text, action=place) | {"title": TITLE, "body": BODY} | typed
    kept = student.post("/drafts", data=fields)
    assert kept.status_code == 303, kept.text


def count_rows(app: Flask) -> int:
    with app.app_context():
        count = db.session.scalar(select(func.count()).select_from(TextDraft))
        db.session.remove()
    return count or 0


def test_a_text_is_kept_by_a_button_and_stands_in_the_form_the_next_day(app: Flask) -> None:
    # Given a student who keeps a text and goes
    student = app.test_client()
    words = join_as_student(student)
    keep(student, warnings="loss")
    post_form(student, "/logout", {}, page="/me")

    # When they come back elsewhere
    elsewhere = app.test_client()
    post_form(elsewhere, "/return", {"passphrase": words})
    page = elsewhere.get(NEW).text

    # Then it stands in the form again, and the page says until when it is kept
    assert BODY in page
    assert TITLE in page
    assert re.search(r'value="loss" checked', page)
    assert "This is your draft of" in page

    # And their own page leads there
    assert f'<a href="{NEW}">{TITLE}</a>' in elsewhere.get("/me").text


def test_sending_takes_the_draft_away(app: Flask, anna: FlaskClient) -> None:
    keep(anna)
    sent = post_form(anna, NEW, {"title": TITLE, "body": BODY})
    assert sent.status_code == 303
    assert count_rows(app) == 0
    assert BODY not in anna.get(NEW).text


def test_a_text_that_is_refused_at_the_last_moment_is_not_lost(
    app: Flask, anna: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a draft, and a forum that breaks in the middle of taking the text
    keep(anna)
    monkeypatch.setattr("forum.posting.new_thread_key", lambda: 1 / 0)

    # When it is sent
    assert post_form(anna, NEW, {"title": TITLE, "body": BODY}).status_code == 500

    # Then the draft is still there
    assert BODY in anna.get(NEW).text
    assert count_rows(app) == 2


def test_a_draft_can_be_thrown_away(app: Flask, anna: FlaskClient) -> None:
    keep(anna)
    thrown = post_form(anna, "/drafts/discard", {}, page=NEW)
    assert thrown.headers["Location"] == NEW
    assert BODY not in anna.get(NEW).text
    assert count_rows(app) == 0


def test_do_not_keep_deletes_what_was_kept_and_keeps_nothing(app: Flask, anna: FlaskClient) -> None:
    keep(anna)
    keep(anna, no_draft="1")
    assert count_rows(app) == 0
    shown = post_form(anna, NEW, {"title": TITLE, "body": BODY, "preview": "1", "no_draft": "1"})
    assert re.search(r'name="no_draft"[^>]*checked', shown.text)
    assert count_rows(app) == 0


@pytest.mark.parametrize(
    "typed", [{"preview": "1"}, {"title": ""}, {"body": "Write to me: anna@mail.example"}]
)
def test_a_text_that_comes_back_is_kept(anna: FlaskClient, typed: dict[str, str]) -> None:
    post_form(anna, NEW, {"title": TITLE, "body": BODY} | typed)
    assert typed.get("body", BODY) in anna.get(NEW).text


def test_an_answer_begun_below_a_thread_stands_there_again(anna: FlaskClient, maya: FlaskClient) -> None:
    thread = publish_thread(anna, maya, "Lonely", "I know nobody here.")
    keep(anna, page=thread, place=f"{thread}/reply", body="I wanted to add.")
    assert "I wanted to add.</textarea>" in anna.get(thread).text
    assert "I wanted to add.</textarea>" in anna.get(f"{thread}/reply").text
    assert "I wanted to add." not in maya.get(thread).text


def test_what_somebody_tells_a_counsellor_first_is_kept(anna: FlaskClient) -> None:
    keep(anna, page="/counsel/request", place="/counsel/request", body="It began in June.", hope="Sleep.")
    page = anna.get("/counsel/request").text
    assert "It began in June.</textarea>" in page
    assert "Sleep.</textarea>" in page


def test_the_script_hears_until_when_and_what_may_show_who_they_are(anna: FlaskClient) -> None:
    fields = hidden_fields(anna.get(NEW).text, action=NEW)
    answer = anna.post("/drafts", data=fields | {"body": "I am anna@mail.example"}, headers=SCRIPT)
    assert answer.status_code == 200
    assert "Kept as a draft until" in answer.text
    assert "<mark>anna@mail.example</mark>" in answer.text


def test_a_counsellor_may_be_told_who_somebody_is(anna: FlaskClient) -> None:
    fields = hidden_fields(anna.get("/counsel/request").text, action="/counsel/request")
    answer = anna.post("/drafts", data=fields | {"body": "I am anna@mail.example"}, headers=SCRIPT)
    assert "<mark>" not in answer.text


def test_a_script_that_sends_is_told_where_the_text_is(anna: FlaskClient) -> None:
    fields = hidden_fields(anna.get(NEW).text, action=NEW) | {"title": TITLE, "body": BODY}
    sent = anna.post(NEW, data=fields, headers=SCRIPT)
    assert sent.status_code == 201
    assert "#p-" in sent.headers["Location"]


def test_somebody_who_disappears_leaves_no_draft(app: Flask, anna: FlaskClient, ben: FlaskClient) -> None:
    keep(anna)
    keep(ben)
    post_form(anna, "/me/delete", {"posts": "keep"})
    assert count_rows(app) == 2
    assert BODY in ben.get(NEW).text


def test_a_copy_of_everything_holds_what_was_not_sent(anna: FlaskClient) -> None:
    keep(anna)
    (draft,) = json.loads(anna.get("/me/export").text)["drafts"]
    assert draft["body"] == [BODY]


def test_nobody_else_gets_a_draft(anna: FlaskClient, ben: FlaskClient, maya: FlaskClient) -> None:
    keep(anna)
    for other in (ben, maya):
        assert BODY not in other.get("/c/family-relationships").text
    assert BODY not in ben.get(NEW).text
    assert BODY not in ben.get("/me").text


def test_staff_and_visitors_are_offered_no_draft(
    reader: FlaskClient, anna: FlaskClient, maya: FlaskClient
) -> None:
    thread = publish_thread(anna, maya, "Lonely", "I know nobody here.")
    for page in (reader.get(NEW).text, maya.get(thread).text):
        assert 'name="keep"' not in page
        assert "data-drafts" not in page
    assert reader.post("/drafts", data=hidden_fields(reader.get(NEW).text)).status_code == 303
    assert maya.post("/drafts", data=hidden_fields(maya.get(thread).text)).status_code == 403


@pytest.mark.parametrize(
    "place", ["", "https://evil.example", "//evil.example", "/me", f"{NEW}/../../../leave"]
)
def test_a_place_that_is_none_leads_nowhere(app: Flask, anna: FlaskClient, place: str) -> None:
    fields = hidden_fields(anna.get(NEW).text, action=NEW) | {"body": BODY, "back_to": place}
    assert anna.post("/drafts", data=fields).status_code == 404
    assert anna.post("/drafts/discard", data=fields).status_code == 404
    assert count_rows(app) == 0


def test_a_student_whose_sign_in_ran_out_is_led_back_with_the_text(anna: FlaskClient) -> None:
    fields = hidden_fields(anna.get(NEW).text, action=NEW) | {"title": TITLE, "body": BODY}
    token = anna.get_cookie("stoa")
    assert token is not None
    anna.set_cookie("stoa", token.value[:-8] + "AAAAAAA=")
    assert anna.post("/drafts", data=fields, headers=SCRIPT).status_code == 303
    assert BODY in anna.get(NEW).text

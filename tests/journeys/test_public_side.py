"""The public side of an escalated thread: a counsellor looks after it, its author says what may be said."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.journeys.steps import (
    BRIEFING,
    accept_escalation,
    begin_thread,
    decide_next,
    write_reply,
)
from tests.people import post_form, run_outbox

SAYS = "A counsellor is looking after this."


@pytest.fixture
def thread(anna: FlaskClient) -> str:
    return begin_thread(anna, "The bowl", "I count the quinces in the bowl.")


@pytest.fixture
def case(thread: str, maya: FlaskClient, nora: FlaskClient) -> str:
    """Nora's case, of a thread that was published and handed over."""
    assert thread
    decide_next(maya, "publish", "escalate", **BRIEFING)
    return accept_escalation(nora)


def look_after(nora: FlaskClient, case: str, act: str) -> int:
    page = f"{case}/forum"
    found = re.search(rf'action="({case}/threads/[0-9a-z]{{13}}/care)"', nora.get(page).text)
    assert found is not None
    return post_form(nora, found.group(1), {"act": act}, page=page).status_code


def answer(anna: FlaskClient, case: str, said: str) -> None:
    conversation = f"/counsel/{case.rsplit('/', 1)[1]}"
    found = re.search(rf'action="({conversation}/threads/[0-9a-z]{{13}}/words)"', anna.get(conversation).text)
    assert found is not None
    sent = post_form(anna, found.group(1), {"answer": said}, page=conversation)
    assert sent.status_code == 303


def test_the_thread_says_it_after_its_author_s_yes_and_stops_after_a_no(
    anna: FlaskClient, nora: FlaskClient, reader: FlaskClient, thread: str, case: str
) -> None:
    # Given a counsellor who looks after the thread in public
    assert look_after(nora, case, "begin") == 303
    assert look_after(nora, case, "say") == 409
    assert SAYS not in reader.get(thread).text

    # When she asks, and its author says yes
    look_after(nora, case, "ask")
    answer(anna, case, "yes")
    assert look_after(nora, case, "say") == 303

    # Then readers read it, until the author takes that back
    assert SAYS in reader.get(thread).text
    answer(anna, case, "no")
    assert SAYS not in reader.get(thread).text


def test_a_reply_that_was_typed_before_the_pause_is_given_back(
    ben: FlaskClient, nora: FlaskClient, reader: FlaskClient, thread: str, case: str
) -> None:
    page = ben.get(thread).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    look_after(nora, case, "begin")
    look_after(nora, case, "pause")
    fields = {
        "csrf_token": token.group(1),
        "submission_id": "once",
        "body": "I count plums.",
        "personal": "leave",
    }
    refused = ben.post(f"{thread}/reply", data=fields)
    assert refused.status_code == 409
    assert "I count plums." in refused.text
    assert "pause for a while" in reader.get(thread).text
    look_after(nora, case, "resume")
    assert write_reply(ben, thread, "I count plums.").status_code == 303


def test_who_answered_is_thanked_without_a_word_of_the_case(
    app: Flask, ben: FlaskClient, nora: FlaskClient, thread: str, case: str
) -> None:
    write_reply(ben, thread, "I count plums.")
    look_after(nora, case, "begin")
    run_outbox(app)
    page = ben.get("/me").text
    assert "You answered in a thread that was not easy." in page
    assert "counsellor is looking after" not in page


def test_a_thread_of_another_case_is_as_good_as_missing(
    ben: FlaskClient, nora: FlaskClient, maya: FlaskClient, case: str
) -> None:
    other = begin_thread(ben, "Plums", "I count plums.").removeprefix("/t/")
    decide_next(maya, "publish")
    page = f"{case}/forum"
    for thread in (other, "0000000000000"):
        answer = post_form(nora, f"{case}/threads/{thread}/care", {"act": "begin"}, page=page)
        assert answer.status_code == 404, thread

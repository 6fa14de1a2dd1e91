"""A student who may not come back: what is offered before they leave, and a code when the words are lost."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.db import db
from counselling.models import Case
from tests.journeys.steps import (
    accept_escalation,
    begin_thread,
    come_back,
    get_code,
    new_student,
    read_case,
)
from tests.people import post_form

CRISIS = "I am going to kill myself tonight."
NUMBER = "+30 210 000 00 00"


def test_who_lost_the_words_finds_the_counsellor_again(
    app: Flask, anna: FlaskClient, nora: FlaskClient, case: str, conversation: str
) -> None:
    # Given a code on paper
    code = get_code(anna, conversation)

    # When Anna comes with it in another browser
    browser = come_back(app, code)

    # Then the conversation is there, and hears her
    assert "Good that you wrote." in browser.get(conversation).text
    assert browser.get("/counsel").headers["Location"] == conversation
    sent = post_form(browser, f"{conversation}/messages", {"body": "I lost my words."}, page=conversation)
    assert sent.status_code == 303
    assert "I lost my words." in read_case(nora, case)


def test_the_code_opens_nothing_else(app: Flask, anna: FlaskClient, conversation: str) -> None:
    browser = come_back(app, get_code(anna, conversation))
    other = "/counsel/0000000000000"
    assert browser.get(other).status_code == 404
    for address in ("/me", "/me/export", "/counsel/request"):
        assert browser.get(address).status_code == 303, address
    assert browser.get("/counselling/").status_code == 404


def test_what_is_typed_when_a_code_runs_out_is_not_lost(
    app: Flask, anna: FlaskClient, conversation: str
) -> None:
    # Given somebody who came with a code, before Anna ended it
    browser = come_back(app, get_code(anna, conversation))
    page = browser.get(conversation).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    ended = post_form(anna, f"{conversation}/code/end", {}, page=f"{conversation}/reach")
    assert ended.status_code == 303

    # When they send what they wrote
    fields = {"csrf_token": token.group(1), "body": "Are you still there?", "submission_id": "once"}
    answer = browser.post(f"{conversation}/messages", data=fields)

    # Then it is refused and given back
    assert answer.status_code == 403
    assert "Are you still there?" in answer.text


def test_a_wrong_code_is_told_so(app: Flask) -> None:
    answer = post_form(app.test_client(), "/counsel/return", {"code": "abcd-abcd-abcd-abcd"})
    assert answer.status_code == 422
    assert "opens no conversation" in answer.text


def test_before_leaving_after_a_crisis_a_number_reaches_the_counsellor(app: Flask, nora: FlaskClient) -> None:
    # Given a student whose text sounds like a crisis
    ben = new_student(app)
    begin_thread(ben, "Goodbye", CRISIS)
    link = re.search(r'href="(/counsel/stay\?post=[0-9a-z]{13})"', ben.get("/me").text)
    assert link is not None

    # When they ask to be called back, first without a number
    fields = {"way": "call_back", "when": "any time", "post": link.group(1)[-13:]}
    refused = post_form(ben, "/counsel/stay", fields, page=link.group(1))
    assert refused.status_code == 422
    assert "any time" in refused.text
    assert post_form(ben, "/counsel/stay", fields | {"number": NUMBER}, page=link.group(1)).status_code == 303

    # Then whoever accepts the escalation has one case, with the number behind one press
    case = accept_escalation(nora)
    with app.app_context():
        assert db.session.query(Case).count() == 1
    page = nora.get(case).text
    assert NUMBER not in page
    shown = post_form(nora, f"{case}/number", {}, page=case)
    assert NUMBER in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    noted = post_form(nora, f"{case}/called", {"outcome": "reached"}, page=case)
    assert noted.status_code == 303
    assert "Call the student back" not in nora.get(case).text


def test_a_number_of_somebody_else_is_not_there(app: Flask, case: str, nora: FlaskClient) -> None:
    assert case
    stranger = new_student(app)
    assert stranger.get(f"/counsel/{case.rsplit('/', 1)[1]}/reach").status_code == 404
    empty = post_form(nora, f"{case}/number", {}, page=case)
    assert empty.status_code == 409


@pytest.mark.parametrize(
    "fields", [{"number": "call me"}, {"email": "somewhere"}, {"email": "a@b.example, c@d.example"}]
)
def test_a_way_that_cannot_be_taken_comes_back_as_it_was(
    anna: FlaskClient, conversation: str, fields: dict[str, str]
) -> None:
    answer = post_form(anna, f"{conversation}/reach", fields, page=f"{conversation}/reach")
    assert answer.status_code == 422
    if "number" in fields:
        assert fields["number"] in answer.text


def test_a_sign_is_not_offered_where_no_mail_can_be_sent(anna: FlaskClient) -> None:
    page = anna.get("/counsel/stay").text
    assert 'value="call_back"' in page
    assert 'value="sign"' not in page

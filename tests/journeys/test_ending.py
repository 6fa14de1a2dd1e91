"""A student ends what is theirs, on its pages: takes a letter back, takes all along, ends it, destroys it."""

import json

from flask import Flask
from flask.testing import FlaskClient

from tests.journeys.steps import (
    answer_letter,
    new_student,
    read_case,
)
from tests.people import post_form


def test_a_letter_is_taken_back_until_it_is_read(
    anna: FlaskClient, nora: FlaskClient, case: str, conversation: str
) -> None:
    answer_letter(anna, "I should not have said that.")
    taken = post_form(anna, f"{conversation}/messages/2/withdraw", {}, page=conversation)
    assert taken.status_code == 303
    assert "should not have said" not in anna.get(conversation).text
    assert "should not have said" not in read_case(nora, case)
    assert "taken back before anybody read it" in nora.get(case).text

    answer_letter(anna, "This one stays.")
    assert "This one stays." in nora.get(case).text
    late = post_form(anna, f"{conversation}/messages/3/withdraw", {}, page=conversation)
    assert late.status_code == 409


def test_all_of_it_can_be_taken_along(anna: FlaskClient, conversation: str) -> None:
    file = anna.get(f"{conversation}/export")
    assert file.headers["Cache-Control"] == "no-store"
    assert [one["body"] for one in json.loads(file.text)["letters"]] == ["Good that you wrote."]


def test_what_a_student_ended_stays_open_to_them(
    anna: FlaskClient, nora: FlaskClient, case: str, conversation: str
) -> None:
    page = f"{conversation}/end"
    assert post_form(anna, page, {}, page=page).status_code == 303
    assert "This conversation is ended." in anna.get(page).text
    assert "The student ended this conversation." in nora.get(f"{case}/closing").text
    answer_letter(anna, "One thing more.")
    assert "One thing more." in nora.get(case).text


def test_what_is_destroyed_is_gone_for_both(
    anna: FlaskClient, nora: FlaskClient, case: str, conversation: str
) -> None:
    page = f"{conversation}/end"
    unsure = post_form(anna, f"{conversation}/destroy", {}, page=page)
    assert unsure.status_code == 422
    assert post_form(anna, f"{conversation}/destroy", {"sure": "y"}, page=page).status_code == 303
    assert (anna.get(conversation).status_code, nora.get(case).status_code) == (404, 404)
    assert nora.get("/counselling/").status_code == 200


def test_the_words_at_the_end_are_for_the_student(
    anna: FlaskClient, nora: FlaskClient, case: str, conversation: str
) -> None:
    closing = {"summary": "You sleep again. Write when the nights get long."}
    assert post_form(nora, f"{case}/close", closing, page=f"{case}/closing").status_code == 303
    assert "You sleep again." in anna.get(conversation).text


def test_a_conversation_of_somebody_else_is_not_theirs_to_end(app: Flask, conversation: str) -> None:
    stranger = new_student(app)
    assert stranger.get(f"{conversation}/end").status_code == 404
    for act in ("end", "destroy", "messages/1/withdraw"):
        sent = post_form(stranger, f"{conversation}/{act}", {"sure": "y"}, page="/me")
        assert sent.status_code == 404, act

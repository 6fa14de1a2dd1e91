"""What somebody types in a live talk and has not sent is kept, sealed, on both sides, as a letter is."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.db import db
from counselling.record import queries
from counselling.record.drafts import LIVE, STUDENT
from tests.counselling.talking import SCRIPT, Talk
from tests.people import hidden_fields, post_form


@pytest.fixture(params=["student", "professional"])
def side(open_talk: Talk, request: pytest.FixtureRequest) -> tuple[FlaskClient, str, str]:
    """One side: who types, where they talk, and where it is kept."""
    if request.param == "student":
        return open_talk.student, open_talk.own, f"/counsel/{open_talk.case_id}/drafts"
    return open_talk.maya, open_talk.room, f"/counselling/cases/{open_talk.case_id}/drafts"


def type_words(who: FlaskClient, place: str, keeps_at: str, body: str) -> TestResponse:
    """What a page does when typing pauses."""
    page = who.get(place).text
    assert f'data-drafts="{keeps_at}"' in page
    fields = hidden_fields(page, f"{place}/lines") | {"body": body}
    return who.post(keeps_at, data=fields, headers=SCRIPT)


def test_what_was_typed_stands_in_the_box_after_a_reload(side: tuple[FlaskClient, str, str]) -> None:
    who, place, keeps_at = side
    type_words(who, place, keeps_at, "Half a sen")
    assert "Half a sen</textarea>" in who.get(place).text


def test_it_is_gone_when_it_was_sent(open_talk: Talk, side: tuple[FlaskClient, str, str]) -> None:
    who, place, keeps_at = side
    type_words(who, place, keeps_at, "Half a sen")
    assert open_talk.say(who, "Half a sentence.", "id").status_code == 201
    assert "Half a sen</textarea>" not in who.get(place).text


def test_an_emptied_box_keeps_nothing(side: tuple[FlaskClient, str, str]) -> None:
    who, place, keeps_at = side
    type_words(who, place, keeps_at, "Half a sen")
    type_words(who, place, keeps_at, "")
    assert "Half a sen" not in who.get(place).text


def test_it_lies_sealed(open_talk: Talk, app: Flask) -> None:
    type_words(open_talk.student, open_talk.own, f"/counsel/{open_talk.case_id}/drafts", "a quiet zebra")
    with app.app_context():
        draft = queries.draft(open_talk.case_id, STUDENT, LIVE)
        assert draft is not None
        assert b"zebra" not in draft.sealed
        db.session.remove()


def test_the_other_side_never_sees_it(open_talk: Talk) -> None:
    type_words(open_talk.student, open_talk.own, f"/counsel/{open_talk.case_id}/drafts", "a quiet zebra")
    assert "zebra" not in open_talk.maya.get(open_talk.room).text


def test_when_the_talk_is_over_it_can_go_as_a_letter_and_is_gone_then(
    side: tuple[FlaskClient, str, str],
) -> None:
    # Given somebody who was still typing when the talk ended
    who, place, keeps_at = side
    type_words(who, place, keeps_at, "One more thing.")
    post_form(who, f"{place}/end", {}, page=place)

    # When they send it as the letter that the page makes of it
    page = who.get(place).text
    letter = re.search(r'<form[^>]*id="say"[^>]*action="([^"]*)"', page)
    assert letter is not None
    sent = who.post(letter[1], data=hidden_fields(page, letter[1]) | {"body": "One more thing."})

    # Then it stands there no more
    assert sent.status_code == 303
    assert "One more thing.</textarea>" not in who.get(place).text


def test_a_letter_that_was_begun_beside_the_talk_stays(open_talk: Talk) -> None:
    keeps_at, letters = f"/counsel/{open_talk.case_id}/drafts", f"/counsel/{open_talk.case_id}"
    fields = hidden_fields(open_talk.student.get(letters).text, f"{letters}/messages")
    open_talk.student.post(keeps_at, data=fields | {"body": "A letter that I began."}, headers=SCRIPT)
    assert open_talk.say(open_talk.student, "Hello.", "id").status_code == 201
    assert "A letter that I began.</textarea>" in open_talk.student.get(letters).text


def test_a_student_who_wants_no_draft_has_none(open_talk: Talk) -> None:
    keeps_at = f"/counsel/{open_talk.case_id}/drafts"
    fields = hidden_fields(open_talk.student.get(open_talk.own).text, f"{open_talk.own}/lines")
    open_talk.student.post(keeps_at, data=fields | {"body": "Half", "no_draft": "1"}, headers=SCRIPT)
    assert "Half</textarea>" not in open_talk.student.get(open_talk.own).text


def test_without_script_a_button_keeps_it(side: tuple[FlaskClient, str, str]) -> None:
    who, place, keeps_at = side
    page = who.get(f"{place}?write=1").text
    assert f'formaction="{keeps_at}"' in page
    kept = who.post(keeps_at, data=hidden_fields(page, f"{place}/lines") | {"body": "Half", "keep": "1"})
    assert kept.headers["Location"] == place
    assert "Half</textarea>" in who.get(place).text

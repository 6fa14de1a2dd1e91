"""Whoever works along in a case says why again after a quarter of an hour, also in the middle of a live talk:
their page is told that, and nothing that they typed is lost.
"""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts import queries as account_queries
from accounts.models import Staff
from accounts.permissions import Role
from core.clock import utcnow
from core.db import transaction
from counselling import queries as case_queries
from counselling.handing.members import invite, join_case
from counselling.models import MemberPart
from tests.counselling.talking import SCRIPT, Talk
from tests.people import add_staff_person, hidden_fields, post_form, sign_in_as


@pytest.fixture
def second(open_talk: Talk, app: Flask) -> FlaskClient:
    """Somebody who works along in the case, and has not just said why."""
    browser, credentials = app.test_client(), add_staff_person(app, Role.PROFESSIONAL, username="oren")
    with app.app_context(), transaction():
        case = case_queries.case(open_talk.case_id, locked=True)
        oren = account_queries.staff_member(credentials.staff_id)
        assert case is not None
        assert case.owner_id is not None
        maya = account_queries.staff_member(case.owner_id)
        assert isinstance(oren, Staff)
        assert isinstance(maya, Staff)
        invite(case, colleague=oren, actor=maya, now=utcnow())
        join_case(case, staff=oren, part=MemberPart.SECOND, until=None, actor=oren, now=utcnow())
    sign_in_as(browser, credentials)
    return browser


def question(talk: Talk) -> str:
    return f"/counselling/cases/{talk.case_id}/open"


def say_why(talk: Talk, who: FlaskClient) -> str:
    """State the purpose, as the question has it, and give the address that it leads to."""
    fields = {"purpose": "think_along", "words": "", "next": talk.room}
    return str(post_form(who, question(talk), fields).headers["Location"])


def token_of(talk: Talk, who: FlaskClient) -> dict[str, str]:
    return hidden_fields(who.get(question(talk)).text)


@pytest.mark.parametrize("part", ["messages", "state", "events"])
def test_a_page_that_asks_is_told_that_the_purpose_is_missing(
    open_talk: Talk, second: FlaskClient, part: str
) -> None:
    answer = second.get(f"{open_talk.room}/{part}", headers=SCRIPT)
    assert (answer.status_code, answer.json) == (403, {"purpose": True})


def test_a_page_that_says_it_is_there_is_told_so_too(open_talk: Talk, second: FlaskClient) -> None:
    answer = second.post(f"{open_talk.room}/here", data=token_of(open_talk, second), headers=SCRIPT)
    assert (answer.status_code, answer.json) == (403, {"purpose": True})


def test_with_a_purpose_the_page_hears_on(open_talk: Talk, second: FlaskClient) -> None:
    assert say_why(open_talk, second) == open_talk.room
    assert second.get(f"{open_talk.room}/state", headers=SCRIPT).status_code == 200


def test_what_was_typed_stands_in_the_talk_again_after_the_question(
    open_talk: Talk, second: FlaskClient
) -> None:
    # Given somebody who typed half a sentence when the question came
    typed = token_of(open_talk, second) | {"body": "Half a sen", "look": "1", "back_to": open_talk.room}
    asked = second.post(f"{open_talk.room}/lines", data=typed)
    assert asked.headers["Location"].startswith(question(open_talk))

    # When they say why
    page = second.get(say_why(open_talk, second)).text

    # Then it stands in the form, and is gone from there once it was sent
    assert "Half a sen</textarea>" in page
    assert open_talk.say(second, "Half a sentence.", "id").status_code == 201
    assert "Half a sen</textarea>" not in second.get(open_talk.room).text


def test_the_form_leads_back_to_the_talk(open_talk: Talk) -> None:
    assert f'name="back_to" value="{open_talk.room}"' in open_talk.maya.get(open_talk.room).text

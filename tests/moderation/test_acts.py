"""The buttons beside a decision: each frees the text, keeps what was typed, and tells nothing of what
somebody must not judge.
"""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from accounts.permissions import Role
from core.clock import utcnow
from moderation.models import ItemState
from tests.cast import (
    begin_thread,
    item,
    item_id_of,
    new_student,
)
from tests.moderation.handing import is_free
from tests.people import Credentials, add_staff_person, hidden_fields, post_form, sign_in_as


@pytest.fixture
def tom(app: Flask) -> Credentials:
    return add_staff_person(app, Role.MODERATOR, username="tom", alias="Tom")


@pytest.fixture
def maya(app: Flask) -> FlaskClient:
    browser = app.test_client()
    sign_in_as(browser, add_staff_person(app, Role.MODERATOR, username="maya", alias="Maya"))
    return browser


@pytest.fixture
def in_hand(app: Flask, maya: FlaskClient) -> str:
    """A text that Maya has taken in her browser."""
    with app.app_context():
        item_id = item_id_of(begin_thread(new_student(), now=utcnow()))
    assert press(maya, f"/moderation/items/{item_id}/claim").status_code == 303
    return item_id


def press(browser: FlaskClient, url: str, **fields: str) -> TestResponse:
    """Send a form from the queue's page, with its token."""
    token = hidden_fields(browser.get("/moderation/queue").text)
    return browser.post(url, data=token | fields)


def state_of(app: Flask, item_id: str) -> ItemState:
    with app.app_context():
        return item(item_id).state


@pytest.mark.parametrize("address", ["skip", "recuse", "release"])
def test_a_button_frees_the_text_and_leads_back_to_the_queue(
    app: Flask, maya: FlaskClient, in_hand: str, address: str
) -> None:
    answer = press(maya, f"/moderation/items/{in_hand}/{address}")

    assert (answer.status_code, answer.location) == (303, "/moderation/queue")
    assert state_of(app, in_hand) is ItemState.WAITING


def test_holding_needs_a_reason_and_keeps_what_was_chosen(
    app: Flask, maya: FlaskClient, tom: Credentials, in_hand: str
) -> None:
    url = f"/moderation/items/{in_hand}/hold"

    refused = press(maya, url, reason="", minutes="60", colleague=tom.staff_id)
    assert refused.status_code == 422
    assert f'<option selected value="{tom.staff_id}">' in refused.text
    assert state_of(app, in_hand) is ItemState.CLAIMED

    assert press(maya, url, reason="a second opinion", minutes="60").status_code == 303
    assert state_of(app, in_hand) is ItemState.ON_HOLD


def test_handing_on_needs_somebody_who_can_take_it(
    app: Flask, maya: FlaskClient, tom: Credentials, in_hand: str
) -> None:
    url = f"/moderation/items/{in_hand}/hand"

    assert press(maya, url, colleague="").status_code == 422
    assert press(maya, url, colleague=in_hand).status_code == 422
    assert press(maya, url, colleague=tom.staff_id).status_code == 303
    with app.app_context():
        assert item(in_hand).held_for == tom.staff_id


def test_the_cover_button_frees_what_is_in_hand(app: Flask, maya: FlaskClient, in_hand: str) -> None:
    answer = press(maya, "/moderation/cover", note="please")

    assert answer.status_code == 303
    assert answer.location == "/moderation/rest"
    assert state_of(app, in_hand) is ItemState.WAITING


def test_what_somebody_must_not_judge_answers_like_an_id_that_was_never_given(
    maya: FlaskClient, in_hand: str
) -> None:
    press(maya, f"/moderation/items/{in_hand}/recuse")

    never_given = "0000000000001"
    for way in ("", "/claim", "/skip", "/release"):
        answers = []
        for item_id in (in_hand, never_given):
            address = f"/moderation/items/{item_id}{way}"
            answers.append(press(maya, address) if way else maya.get(address))
        assert [answer.status_code for answer in answers] == [404, 404], way


def test_signing_out_frees_what_is_in_hand(app: Flask, maya: FlaskClient, in_hand: str) -> None:
    post_form(maya, "/logout", {}, page="/moderation/queue")

    with app.app_context():
        assert is_free(in_hand)


def test_leaving_quickly_frees_what_is_in_hand(app: Flask, maya: FlaskClient, in_hand: str) -> None:
    maya.get("/leave")

    with app.app_context():
        assert is_free(in_hand)

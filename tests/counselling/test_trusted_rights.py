"""Whoever came by a link into one talk is a visitor at every other address, those of the talk's own case
included.
"""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.counselling.addresses import addresses_of_counselling
from tests.counselling.bringing import JOINED, Bringing, approved_link, bring, come_in
from tests.counselling.talking import Talk


@pytest.fixture
def brought(app: Flask, open_talk: Talk) -> Bringing:
    app.config["WTF_CSRF_ENABLED"] = False  # a token would stand before the door
    return bring(app, open_talk)


def without_noise(page: str) -> str:
    """A page without what differs from answer to answer."""
    return re.sub(r'(value|name)="[^"]*"', "", page)


def test_they_are_answered_like_a_visitor_everywhere_else(app: Flask, brought: Bringing) -> None:
    visitor = app.test_client()
    ids = {"case_id": brought.talk.case_id, "trusted_id": brought.person_id}
    asked = 0
    for address in addresses_of_counselling(app, **ids):
        view = app.view_functions[address.endpoint]
        if getattr(view, "permission", None) == "attend":
            continue
        theirs = brought.sister.open(address.path, method=address.method)
        strangers = visitor.open(address.path, method=address.method)
        assert theirs.status_code == strangers.status_code, address
        assert theirs.location == strangers.location, address
        assert without_noise(theirs.text) == without_noise(strangers.text), address
        asked += 1
    assert asked > 100
    assert brought.sister.get(JOINED).status_code == 200


@pytest.mark.parametrize("who", ["visitor", "student", "professional"])
def test_a_joined_talk_does_not_exist_for_anybody_else(app: Flask, brought: Bringing, who: str) -> None:
    people: dict[str, FlaskClient] = {
        "visitor": app.test_client(),
        "student": brought.talk.student,
        "professional": brought.talk.maya,
    }
    for address in addresses_of_counselling(app):
        view = app.view_functions[address.endpoint]
        if getattr(view, "permission", None) == "attend":
            assert people[who].open(address.path, method=address.method).status_code == 404, address


def test_nothing_that_they_get_is_kept_by_a_browser(app: Flask, brought: Bringing) -> None:
    _, link = approved_link(brought.talk, "a friend")
    browser = app.test_client()
    answers = [browser.get(link), come_in(browser, link)]
    answers += [browser.get(f"{JOINED}{path}") for path in ("", "/messages", "/state", "/again")]
    for answer in answers:
        assert answer.headers["Cache-Control"] == "no-store", answer.request.path
    assert browser.get(JOINED).text.count("<title>Live talk") == 1

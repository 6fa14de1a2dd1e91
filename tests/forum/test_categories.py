"""What a coordinator does to categories."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from core import queries as core_queries
from core.db import db
from forum import queries
from forum.categories import ensure_default_categories, in_language
from tests.people import add_staff_person, post_form, sign_in_as

CHESS = {
    "slug": "chess",
    "name_en": "Chess",
    "name_el": "Σκάκι",
    "place": "9",
    "opening_mode": "hold_all",
    "reply_mode": "read_after",
}


@pytest.fixture
def coordinator(app: Flask) -> FlaskClient:
    browser = app.test_client()
    sign_in_as(browser, add_staff_person(app, Role.COORDINATOR))
    return browser


def act(browser: FlaskClient, what: str, slug: str) -> int:
    """Press a category's button in the list."""
    page = browser.get("/admin/categories").text
    row = next(part for part in page.split("<tr>") if f'href="/c/{slug}"' in part)
    action = re.search(rf'(?:action|href)="(/admin/categories/[^"]*/{what})"', row)
    assert action is not None
    return post_form(browser, action.group(1), {}, page="/admin/categories").status_code


def test_a_new_installation_has_the_eight_default_categories(app: Flask) -> None:
    with app.app_context():
        assert len(queries.all_categories()) == 8
        db.session.remove()


def test_the_defaults_are_made_once(app: Flask) -> None:
    with app.app_context():
        assert ensure_default_categories() == 0
        db.session.remove()


def test_a_new_category_is_open_to_readers(client: FlaskClient, coordinator: FlaskClient) -> None:
    assert post_form(coordinator, "/admin/categories/new", CHESS).status_code == 303
    assert "Chess" in client.get("/c/chess").text


def test_a_category_sent_twice_is_there_once(coordinator: FlaskClient) -> None:
    page = coordinator.get("/admin/categories/new").text
    fields = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page))
    answers = [coordinator.post("/admin/categories/new", data=fields | CHESS).status_code for _ in range(2)]
    assert answers == [303, 303]


@pytest.mark.parametrize(
    "wrong",
    [
        {"slug": "romantic-relationships"},
        {"slug": "Not a slug"},
        {"slug": "other"},
        {"slug": ""},
        {"name_en": ""},
        {"place": "-1"},
        {"opening_mode": "never"},
    ],
)
def test_a_category_that_cannot_be_is_refused_with_what_was_typed(
    coordinator: FlaskClient, wrong: dict[str, str]
) -> None:
    answer = post_form(coordinator, "/admin/categories/new", CHESS | wrong)
    assert answer.status_code == 422
    assert "Σκάκι" in answer.text


def test_a_category_is_renamed(client: FlaskClient, coordinator: FlaskClient) -> None:
    post_form(coordinator, "/admin/categories/new", CHESS)
    page = coordinator.get("/admin/categories").text
    row = next(part for part in page.split("<tr>") if 'href="/c/chess"' in part)
    edit = re.search(r'href="(/admin/categories/[^"]*/edit)"', row)
    assert edit is not None
    post_form(coordinator, edit.group(1), CHESS | {"name_en": "Board games"})
    assert "Board games" in client.get("/c/chess").text


def test_a_closed_category_can_be_read_but_not_written_in(
    client: FlaskClient, coordinator: FlaskClient
) -> None:
    post_form(coordinator, "/admin/categories/new", CHESS)
    assert act(coordinator, "close", "chess") == 303
    page = client.get("/c/chess").text
    assert "takes no new threads" in page
    assert "/c/chess/new" not in page


def test_a_closed_category_opens_again(client: FlaskClient, coordinator: FlaskClient) -> None:
    post_form(coordinator, "/admin/categories/new", CHESS)
    act(coordinator, "close", "chess")
    act(coordinator, "reopen", "chess")
    assert "/c/chess/new" in client.get("/c/chess").text


def test_every_change_is_audited(app: Flask, coordinator: FlaskClient) -> None:
    post_form(coordinator, "/admin/categories/new", CHESS)
    act(coordinator, "close", "chess")
    with app.app_context():
        events = [event for event in core_queries.all_audit_events() if event.kind == "category_changed"]
        db.session.remove()
    assert [event.detail["act"] for event in events] == ["added", "closed"]


def test_a_moderator_finds_no_such_room(app: Flask) -> None:
    browser = app.test_client()
    sign_in_as(browser, add_staff_person(app, Role.MODERATOR))
    assert browser.get("/admin/categories").status_code == 403


def test_an_unknown_category_is_not_there(coordinator: FlaskClient) -> None:
    assert coordinator.get("/admin/categories/0000000000000/edit").status_code == 404


@pytest.mark.parametrize(
    ("texts", "shown"), [({"en": "a", "el": "b"}, "b"), ({"en": "a"}, "a"), ({"id": "c"}, "c"), ({}, "")]
)
def test_a_text_is_shown_in_the_nearest_language(texts: dict[str, str], shown: str) -> None:
    assert in_language(texts, "el") == shown

"""The shared word, as a coordinator changes it while the service runs."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from core.db import db
from core.web import settings_of
from tests.conftest import MakeApp
from tests.people import add_staff_person, post_form, sign_in_as

PAGE = "/admin/join-word"


@pytest.fixture
def school(make_app: MakeApp) -> Flask:
    """An installation whose word is "olive" by its setting."""
    return make_app(STOA_JOIN="code", STOA_JOIN_CODE="olive")


@pytest.fixture
def coordinator(school: Flask) -> FlaskClient:
    browser = school.test_client()
    sign_in_as(browser, add_staff_person(school, Role.COORDINATOR))
    return browser


def lets_in(app: Flask, word: str) -> bool:
    return post_form(app.test_client(), "/join", {"code": word}).status_code == 303


def test_until_a_coordinator_sets_one_the_settings_word_holds(
    school: Flask, coordinator: FlaskClient
) -> None:
    assert "olive" in coordinator.get(PAGE).text
    assert lets_in(school, "olive")


def test_a_new_word_holds_and_the_old_one_stops_at_once(school: Flask, coordinator: FlaskClient) -> None:
    assert post_form(coordinator, PAGE, {"word": "Cypress 7"}).status_code == 303
    assert lets_in(school, "cypress7")
    assert not lets_in(school, "olive")


def test_without_a_word_nobody_can_join(school: Flask, coordinator: FlaskClient) -> None:
    post_form(coordinator, PAGE, {"word": ""})
    assert "Nobody can join at the moment" in school.test_client().get("/join").text


def test_a_word_without_letters_is_refused(school: Flask, coordinator: FlaskClient) -> None:
    assert post_form(coordinator, PAGE, {"word": "!!!"}).status_code == 422
    assert lets_in(school, "olive")


def test_the_change_is_in_the_audit_log_and_the_word_is_nowhere(
    school: Flask, coordinator: FlaskClient
) -> None:
    post_form(coordinator, PAGE, {"word": "Cypresstree"})
    with school.app_context():
        kinds = db.session.execute(db.text("SELECT kind FROM audit_events")).scalars().all()
        db.session.remove()
    assert "join_word_set" in kinds
    files = [path for path in settings_of(school).data_dir.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert not [path for path in files if b"cypresstree" in path.read_bytes().lower()]


def test_a_moderator_has_no_such_page(school: Flask) -> None:
    browser = school.test_client()
    sign_in_as(browser, add_staff_person(school, Role.MODERATOR))
    assert browser.get(PAGE).status_code == 403

"""Crisis help shows whatever is broken; the texts of the institution; who learns what."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from core import queries
from core.db import db
from core.settings import LANGUAGES
from core.web import settings_of
from tests.conftest import MakeApp
from tests.people import add_staff_person, post_form, sign_in_as

TODAY = {"owner": "Counselling centre", "reviewed_on": date.today().isoformat()}


@pytest.fixture
def coordinator(app: Flask) -> FlaskClient:
    browser = app.test_client()
    sign_in_as(browser, add_staff_person(app, Role.COORDINATOR))
    return browser


@pytest.fixture
def without_database(make_app: MakeApp) -> Iterator[Flask]:
    """An application whose database is away: its file is a directory."""
    app = make_app()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    file = settings_of(app).data_dir / "stoa.db"
    for part in file.parent.glob("stoa.db*"):
        part.unlink()
    file.mkdir()
    yield app
    file.rmdir()


def test_without_a_text_the_page_says_so_and_names_the_european_number(client: FlaskClient) -> None:
    page = client.get("/help").text
    assert "Your university has not yet said here whom you can call" in page
    assert "112" in page


def test_what_the_coordinator_writes_is_what_readers_get(
    client: FlaskClient, coordinator: FlaskClient
) -> None:
    answer = post_form(
        coordinator, "/admin/texts/crisis_help/en", TODAY | {"body": "Call **10306**, day and night."}
    )
    assert answer.status_code == 303
    assert "<strong>10306</strong>" in client.get("/help").text


def test_readers_of_a_language_without_a_text_get_the_one_there_is(
    client: FlaskClient, coordinator: FlaskClient
) -> None:
    post_form(coordinator, "/admin/texts/crisis_help/en", TODAY | {"body": "Call 10306."})
    assert "Call 10306." in client.get("/help", headers={"Accept-Language": "id"}).text


def test_crisis_help_shows_while_the_database_is_away(without_database: Flask) -> None:
    folder = settings_of(without_database).data_dir / "help"
    folder.mkdir()
    (folder / "crisis_help-en.html").write_text("<p>Call 10306.</p>")
    answer = without_database.test_client().get("/help")
    assert answer.status_code == 200
    assert "Call 10306." in answer.text


def test_crisis_help_without_any_text_shows_while_the_database_is_away(without_database: Flask) -> None:
    answer = without_database.test_client().get("/help")
    assert answer.status_code == 200
    assert "112" in answer.text


def test_crisis_help_shows_to_a_signed_in_student_while_the_database_is_away(without_database: Flask) -> None:
    browser = without_database.test_client()
    browser.set_cookie("stoa", "A" * 43 + "=")
    answer = browser.get("/help")
    assert answer.status_code == 200
    assert "112" in answer.text


def test_a_text_is_audited_with_who_answers_for_it(app: Flask, coordinator: FlaskClient) -> None:
    post_form(coordinator, "/admin/texts/house_rules/en", TODAY | {"body": "Be kind."})
    with app.app_context():
        event = list(queries.all_audit_events())[-1]
        db.session.remove()
    assert (event.kind, event.target) == ("site_text_changed", "site_text:house_rules-en")
    assert event.detail["owner"] == "Counselling centre"


@pytest.mark.parametrize(
    "wrong",
    [{"body": ""}, {"owner": ""}, {"reviewed_on": "2999-01-01"}, {"reviewed_on": "yesterday"}],
)
def test_a_text_that_cannot_be_taken_comes_back(coordinator: FlaskClient, wrong: dict[str, str]) -> None:
    answer = post_form(coordinator, "/admin/texts/house_rules/en", TODAY | {"body": "Be kind."} | wrong)
    assert answer.status_code == 422
    assert wrong.get("body", "Be kind.") in answer.text


@pytest.mark.parametrize("path", ["/admin/texts/crisis_help/xx", "/admin/texts/else/en"])
def test_texts_and_languages_that_do_not_exist_are_not_there(coordinator: FlaskClient, path: str) -> None:
    assert coordinator.get(path).status_code == 404


def test_script_in_a_text_is_shown_and_never_run(client: FlaskClient, coordinator: FlaskClient) -> None:
    post_form(coordinator, "/admin/texts/crisis_help/en", TODAY | {"body": "<script>alert(1)</script> Call."})
    assert "<script>alert" not in client.get("/help").text


def test_built_in_house_rules_stand_until_there_are_own_ones(
    client: FlaskClient, coordinator: FlaskClient
) -> None:
    assert "Give no diagnoses." in client.get("/rules").text
    post_form(coordinator, "/admin/texts/house_rules/en", TODAY | {"body": "Be kind."})
    assert "Give no diagnoses." not in client.get("/rules").text


def test_the_privacy_page_names_every_observer(client: FlaskClient) -> None:
    assert len(re.findall(r'<th scope="row"', client.get("/privacy").text)) == 10


@pytest.mark.parametrize("word", ["code word", "by video", "whom you trust", "sealed", "four weeks"])
def test_the_privacy_page_says_what_becomes_of_what_a_student_leaves_with_a_counsellor(
    client: FlaskClient, word: str
) -> None:
    assert word in client.get("/privacy").text.partition('<section id="counsellor">')[2]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/", "/help", "/rules", "/privacy", "/join", "/return"])
def test_pages_say_their_language(client: FlaskClient, path: str, language: str) -> None:
    assert f'<html lang="{language}"' in client.get(path, headers={"Accept-Language": language}).text

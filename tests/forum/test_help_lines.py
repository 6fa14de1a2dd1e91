"""Whom to call: kept by the coordinator, and on every page, whatever else is broken."""

import html
import json
import re
import shutil
from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from core import queries
from core.clock import utcnow
from core.db import db
from core.settings import LANGUAGES
from core.web import settings_of
from core.worker import run_once
from forum import site_queries
from tests.conftest import MakeApp
from tests.people import add_staff_person, hidden_fields, join_as_student, post_form, sign_in_as

NEW = "/admin/help/new"
ATHENS = {
    "country": "GR",
    "phone": "+44 1632 960 001",
    "name_en": "Night line",
    "name_el": "Νυχτερινή γραμμή",
    "name_id": "Saluran malam",
    "hours_en": "Every night",
    "hours_el": "Κάθε βράδυ",
    "hours_id": "Setiap malam",
    "happens_en": "A person answers.",
    "happens_el": "Απαντά άνθρωπος.",
    "happens_id": "Orang yang menjawab.",
    "owner": "Ms Owner",
    "reviewed_on": date.today().isoformat(),
}
JAKARTA = ATHENS | {"country": "ID", "phone": "+44 1632 960 002", "name_en": "Day line"}
NAMES = {language: ATHENS[f"name_{language}"] for language in LANGUAGES}
HOURS = {language: ATHENS[f"hours_{language}"] for language in LANGUAGES}
DIAL = 'href="tel:+441632960001"'


@pytest.fixture
def coordinator(app: Flask) -> FlaskClient:
    return coordinator_of(app)


def coordinator_of(app: Flask) -> FlaskClient:
    browser = app.test_client()
    sign_in_as(browser, add_staff_person(app, Role.COORDINATOR))
    return browser


def add(coordinator: FlaskClient, **changes: str) -> None:
    answer = post_form(coordinator, NEW, ATHENS | changes)
    assert answer.status_code == 303, answer.text


def line_ids(app: Flask) -> list[str]:
    with app.app_context():
        found = [line.id for line in site_queries.all_help_lines()]
        db.session.remove()
    return found


def asked_in(language: str) -> dict[str, str]:
    return {"Accept-Language": language}


def take_database_away(app: Flask) -> None:
    """The file of the database becomes a directory."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    file = settings_of(app).data_dir / "stoa.db"
    for part in file.parent.glob("stoa.db*"):
        part.unlink()
    file.mkdir()


@pytest.fixture
def without_database(app: Flask, coordinator: FlaskClient) -> Iterator[Flask]:
    """An installation with a line, whose database is away."""
    add(coordinator)
    take_database_away(app)
    yield app
    (settings_of(app).data_dir / "stoa.db").rmdir()


# What readers see


@pytest.mark.parametrize(
    "path", ["/", "/c/family-relationships", "/join", "/privacy", "/staff/login", "/help"]
)
def test_a_line_stands_on_every_page_with_a_number_to_tap(
    client: FlaskClient, coordinator: FlaskClient, path: str
) -> None:
    add(coordinator)
    page = client.get(path).text
    assert DIAL in page
    assert "Every night" in page


def test_students_and_staff_have_it_too(client: FlaskClient, coordinator: FlaskClient) -> None:
    add(coordinator)
    join_as_student(client)
    assert DIAL in client.get("/me").text
    assert DIAL in coordinator.get("/admin/help").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_line_speaks_the_readers_language(
    client: FlaskClient, coordinator: FlaskClient, language: str
) -> None:
    add(coordinator)
    page = client.get("/", headers=asked_in(language)).text
    assert NAMES[language] in page
    assert HOURS[language] in page


def test_words_that_are_not_there_in_the_readers_language_say_which_they_are_in(
    client: FlaskClient, coordinator: FlaskClient
) -> None:
    add(coordinator, name_el="")
    assert '<span lang="en">Night line</span>' in client.get("/", headers=asked_in("el")).text


def test_the_link_on_a_page_leads_to_the_card_that_says_what_happens(
    client: FlaskClient, coordinator: FlaskClient
) -> None:
    add(coordinator)
    found = re.search(r'href="/help#(line-\w+)"', client.get("/").text)
    assert found is not None
    card = client.get("/help").text.split(f'id="{found.group(1)}"')[1].split("</section>")[0]
    assert "A person answers." in card
    assert "Last checked on" in card


def test_nobody_reads_who_answers_for_a_line(
    app: Flask, client: FlaskClient, coordinator: FlaskClient
) -> None:
    add(coordinator)
    assert "Ms Owner" not in client.get("/help").text
    files = [file.read_text() for file in (settings_of(app).data_dir / "help").iterdir()]
    assert not [text for text in files if "Ms Owner" in text]


def test_an_example_says_that_it_is_one(client: FlaskClient, coordinator: FlaskClient) -> None:
    add(coordinator)
    assert "reaches nobody" not in client.get("/").text
    add(coordinator, is_example="y", phone="+44 1632 960 003")
    assert "reaches nobody" in client.get("/").text


def test_without_lines_every_page_names_112(client: FlaskClient) -> None:
    for path in ("/", "/help", "/no-such-page"):
        assert 'href="tel:112"' in client.get(path).text


# Countries


def foot(page: str) -> str:
    return page.split("<footer", 1)[1]


def test_the_first_country_is_the_one_that_is_shown(client: FlaskClient, coordinator: FlaskClient) -> None:
    add(coordinator)
    post_form(coordinator, NEW, JAKARTA)
    assert "Night line" in foot(client.get("/").text)
    assert "Day line" not in foot(client.get("/").text)


def test_a_reader_chooses_another_country(client: FlaskClient, coordinator: FlaskClient) -> None:
    add(coordinator)
    post_form(coordinator, NEW, JAKARTA)
    answer = client.get("/country/ID", headers={"Referer": "http://localhost/help"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/help")
    assert "Day line" in foot(client.get("/").text)
    assert "Night line" not in foot(client.get("/").text)
    page = client.get("/help").text
    assert page.index("Day line") < page.index("Night line")


def test_a_line_for_everywhere_stays_in_its_place(client: FlaskClient, coordinator: FlaskClient) -> None:
    add(coordinator, country="", phone="112", name_en="Emergency")
    add(coordinator)
    post_form(coordinator, NEW, JAKARTA)
    client.set_cookie("country", "ID")
    assert re.findall(r'tel:[+\d]+"', foot(client.get("/").text)) == ['tel:112"', 'tel:+441632960002"']


@pytest.mark.parametrize("chosen", ["XX", "", "'", "ΕΛ", "../", "gr", "G" * 500])
def test_a_country_that_nobody_knows_shows_the_first(
    client: FlaskClient, coordinator: FlaskClient, chosen: str
) -> None:
    add(coordinator)
    client.set_cookie("country", chosen)
    assert DIAL in client.get("/").text


@pytest.mark.parametrize("code", ["XXX", "1", "G1", "%CE%95%CE%9B"])
def test_what_is_no_country_sets_no_cookie(client: FlaskClient, code: str) -> None:
    assert "Set-Cookie" not in client.get(f"/country/{code}").headers


def test_no_more_than_two_lines_stand_on_a_page(client: FlaskClient, coordinator: FlaskClient) -> None:
    for number in range(3):
        add(coordinator, phone=f"1110{number}")
    assert len(re.findall('href="tel:', client.get("/").text)) == 2
    assert len(re.findall('href="tel:', client.get("/help").text)) == 3


# What a coordinator does


@pytest.mark.parametrize("phone", ["112", "10306", "210 123 4567", "+30 210 123 4567"])
def test_a_number_as_one_dials_it_is_taken(coordinator: FlaskClient, phone: str) -> None:
    add(coordinator, phone=phone)


@pytest.mark.parametrize(
    "wrong",
    [
        {"phone": "call us"},
        {"phone": "12"},
        {"phone": "210-1234567"},
        {"phone": "1" * 16},
        {"phone": ""},
        {"url": "http://example.org/"},
        {"url": "javascript:alert(1)"},
        {"url": "https://example.org/ x"},
        {"url": "https://someone@example.org/"},
        {"country": "ZZ"},
        {"name_en": ""},
        {"hours_en": " "},
        {"happens_en": ""},
        {"owner": ""},
        {"reviewed_on": ""},
        {"reviewed_on": "2999-01-01"},
    ],
)
def test_what_cannot_be_taken_comes_back_with_everything_else(
    app: Flask, coordinator: FlaskClient, wrong: dict[str, str]
) -> None:
    answer = post_form(coordinator, NEW, ATHENS | wrong)
    assert answer.status_code == 422
    assert 'id="errors"' in answer.text
    assert "Απαντά άνθρωπος." in html.unescape(answer.text)
    assert line_ids(app) == []


def test_an_address_does_without_a_number(client: FlaskClient, coordinator: FlaskClient) -> None:
    add(coordinator, phone="", url="https://example.org/chat")
    assert 'href="https://example.org/chat"' in client.get("/help").text


@pytest.mark.parametrize(("missing", "status"), [("name_en", 303), ("name_el", 422)])
def test_what_must_be_there_is_the_language_of_the_installation(
    make_app: MakeApp, missing: str, status: int
) -> None:
    greek = make_app(STOA_DEFAULT_LANGUAGE="el")
    answer = post_form(coordinator_of(greek), NEW, ATHENS | {missing: ""})
    assert answer.status_code == status


def test_a_line_that_is_sent_twice_is_there_once(app: Flask, coordinator: FlaskClient) -> None:
    fields = hidden_fields(coordinator.get(NEW).text, action=NEW) | ATHENS
    assert [coordinator.post(NEW, data=fields).status_code for _ in range(2)] == [303, 303]
    assert len(line_ids(app)) == 1


def test_a_change_is_what_readers_get(app: Flask, client: FlaskClient, coordinator: FlaskClient) -> None:
    add(coordinator)
    address = f"/admin/help/{line_ids(app)[0]}/edit"
    assert 'value="+44 1632 960 001"' in coordinator.get(address).text
    assert post_form(coordinator, address, ATHENS | {"phone": "116 123"}).status_code == 303
    page = client.get("/").text
    assert 'href="tel:116123"' in page
    assert DIAL not in page


def test_a_line_moves_up_and_down(app: Flask, coordinator: FlaskClient) -> None:
    for number in range(3):
        add(coordinator, phone=f"1110{number}")
    first, second, third = line_ids(app)
    for line, direction in ((third, "up"), (first, "down"), (third, "up"), (second, "down")):
        post_form(coordinator, f"/admin/help/{line}/move", {"direction": direction}, page="/admin/help")
    assert line_ids(app) == [third, first, second]


def test_a_line_is_taken_away_only_after_being_asked(
    app: Flask, client: FlaskClient, coordinator: FlaskClient
) -> None:
    add(coordinator)
    address = f"/admin/help/{line_ids(app)[0]}/delete"
    assert "Night line" in coordinator.get(address).text
    assert DIAL in client.get("/").text
    assert post_form(coordinator, address, {}).status_code == 303
    assert DIAL not in client.get("/").text


def test_a_line_added_after_one_was_taken_away_stands_last(app: Flask, coordinator: FlaskClient) -> None:
    for number in range(3):
        add(coordinator, phone=f"1110{number}")
    first, *others = line_ids(app)
    post_form(coordinator, f"/admin/help/{first}/delete", {})
    add(coordinator, phone="11109")
    assert line_ids(app)[:2] == others


def test_each_act_leaves_a_line_in_the_audit_log_with_the_number(
    app: Flask, coordinator: FlaskClient
) -> None:
    add(coordinator)
    add(coordinator, phone="112")
    line = line_ids(app)[0]
    post_form(coordinator, f"/admin/help/{line}/edit", ATHENS | {"phone": "116 123"})
    post_form(coordinator, f"/admin/help/{line}/checked", {}, page="/admin/help")
    post_form(coordinator, f"/admin/help/{line}/move", {"direction": "down"}, page="/admin/help")
    post_form(coordinator, f"/admin/help/{line}/delete", {})
    with app.app_context():
        events = [event for event in queries.all_audit_events() if event.target == f"help_line:{line}"]
        db.session.remove()
    assert [(event.kind.removeprefix("help_line_"), event.detail["phone"]) for event in events] == [
        ("added", "+44 1632 960 001"),
        ("changed", "116 123"),
        ("checked", "116 123"),
        ("moved", "116 123"),
        ("deleted", "116 123"),
    ]
    assert all(event.actor.startswith("staff:") for event in events)


# Whatever else is broken


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("path", "status"), [("/help", 200), ("/", 503), ("/no-such-page", 404)])
def test_the_lines_show_while_the_database_is_away(
    without_database: Flask, path: str, status: int, language: str
) -> None:
    answer = without_database.test_client().get(path, headers=asked_in(language))
    assert answer.status_code == status
    assert DIAL in answer.text
    assert NAMES[language] in answer.text
    assert HOURS[language] in answer.text


@pytest.mark.parametrize("path", ["/help", "/", "/me"])
def test_they_show_to_somebody_signed_in_while_the_database_is_away(
    without_database: Flask, path: str
) -> None:
    browser = without_database.test_client()
    browser.set_cookie("stoa", "A" * 43 + "=")
    assert DIAL in browser.get(path).text


def test_a_country_can_be_chosen_while_the_database_is_away(app: Flask, coordinator: FlaskClient) -> None:
    add(coordinator)
    post_form(coordinator, NEW, JAKARTA)
    take_database_away(app)
    reader = app.test_client()
    reader.get("/country/ID")
    assert "Day line" in reader.get("/").text


@pytest.mark.parametrize("damage", ["", "{}", "[", '[{"id": 1}]', "[1]", "null", '{"a": 1}'])
def test_a_file_that_is_damaged_closes_no_page(
    app: Flask, client: FlaskClient, coordinator: FlaskClient, damage: str
) -> None:
    add(coordinator)
    (settings_of(app).data_dir / "help" / "lines.json").write_text(damage)
    answer = client.get("/")
    assert answer.status_code == 200
    assert 'href="tel:112"' in answer.text


def test_the_page_of_crisis_help_asks_the_database_where_the_files_are_gone(
    app: Flask, client: FlaskClient, coordinator: FlaskClient
) -> None:
    add(coordinator)
    shutil.rmtree(settings_of(app).data_dir / "help")
    assert DIAL in client.get("/help").text


def test_the_worker_writes_the_files_at_its_start(
    app: Flask, client: FlaskClient, coordinator: FlaskClient
) -> None:
    add(coordinator)
    shutil.rmtree(settings_of(app).data_dir / "help")
    with app.app_context():
        run_once(now=utcnow())
    assert DIAL in client.get("/").text


def test_a_file_that_cannot_be_written_stays_as_it_was(
    app: Flask, coordinator: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(coordinator)
    file = settings_of(app).data_dir / "help" / "lines.json"

    def disk_is_full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.files.os.fsync", disk_is_full)
    post_form(coordinator, NEW, JAKARTA)
    assert [line["country"] for line in json.loads(file.read_text())] == ["GR"]

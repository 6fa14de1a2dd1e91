"""The page that says who can read what: versions, who has read which, and never in the way of a message."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from accounts.models import Staff
from accounts.permissions import Role
from core.db import db, transaction
from core.models import AuditEvent
from core.settings import LANGUAGES
from core.text import BODY_LIMIT, clean_body
from counselling.intake import queries
from counselling.intake.confidentiality import (
    MARK,
    TextChangedMeanwhile,
    all_versions,
    first_version,
    newest_version,
    record_reading,
    save_text,
    to_read,
)
from counselling.models import Case
from tests.counselling.people import NOON, add_staff_row
from tests.faults.stage import build_stage
from tests.journeys.steps import new_staff, new_student
from tests.people import hidden_fields, post_form

TO_READ = 'id="confidentiality"'
PAGE, ADMIN = "/counsel/confidentiality", "/admin/confidentiality"
SAID = "Nobody reads it. Promised."


@pytest.fixture
def coordinator(inside: Flask) -> Staff:  # noqa: ARG001 (a person is added inside the application)
    return add_staff_row(Role.COORDINATOR, "cora")


def save(actor: Staff, text: str, *, seen: int) -> int | None:
    with transaction():
        saved = save_text({"en": text}, seen=seen, actor=actor, now=NOON)
        return saved.version if saved is not None else None


def read(case: Case, number: int | None) -> None:
    with transaction():
        record_reading(case, number, now=NOON)


def test_there_is_a_page_before_anybody_has_written_one(inside: Flask) -> None:  # noqa: ARG001
    newest = newest_version()
    assert (newest.number, newest.is_ours) == (1, True)
    assert set(newest.wordings) == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_an_institution_must_confirm_is_marked_in_each_language(language: str) -> None:
    first = first_version()
    assert first.wordings[language].count(MARK) == first.wordings["en"].count(MARK) == 4
    assert not first.is_confirmed(language)
    assert MARK not in first.page(language)
    assert first.wordings[language] == clean_body(first.wordings[language], limit=BODY_LIMIT)


def test_the_same_text_makes_no_version(coordinator: Staff) -> None:
    assert save(coordinator, "Nobody reads it.", seen=1) == 2
    assert save(coordinator, "Nobody reads it.", seen=2) is None
    assert [one.number for one in all_versions()] == [2, 1]


def test_our_own_text_saved_as_it_is_makes_no_version(coordinator: Staff) -> None:
    with transaction():
        assert save_text(first_version().wordings, seen=1, actor=coordinator, now=NOON) is None


def test_of_two_coordinators_the_second_is_told(coordinator: Staff) -> None:
    save(coordinator, "Nobody reads it.", seen=1)
    with pytest.raises(TextChangedMeanwhile):
        save(coordinator, "Everybody reads it.", seen=1)
    assert newest_version().wordings == {"en": "Nobody reads it."}


def test_a_version_leaves_a_line_in_the_log(coordinator: Staff) -> None:
    save(coordinator, "Nobody reads it.", seen=1)
    event = db.session.query(AuditEvent).filter_by(kind="confidentiality_saved").one()
    assert (event.actor, event.detail) == (coordinator.actor, {"version": 2, "languages": ["en"]})


def test_a_language_that_nobody_wrote_reads_english(coordinator: Staff) -> None:
    save(coordinator, "Nobody reads it.", seen=1)
    assert newest_version().language_for("el") == "en"
    assert "Nobody reads it." in newest_version().page("el")


def test_which_version_a_student_has_read_stays_with_the_case(case: Case, coordinator: Staff) -> None:
    before = to_read(case)
    assert before is not None
    assert not before.is_new
    read(case, 1)
    assert to_read(case) is None
    save(coordinator, "Nobody reads it.", seen=1)
    after = to_read(case)
    assert after is not None
    assert after.is_new


def test_reading_twice_is_noted_once(case: Case) -> None:
    read(case, 1)
    read(case, 1)
    found = queries.newest_reading(case.id)
    assert found is not None
    assert found.version == 1


@pytest.mark.parametrize("number", [None, 0, 2, -1, 10**30])
def test_what_was_never_a_version_was_not_read(case: Case, number: int | None) -> None:
    read(case, number)
    assert queries.newest_reading(case.id) is None


# Over HTTP.


def write(coordinator: FlaskClient, text: str, **more: str) -> int:
    return post_form(coordinator, ADMIN, {"body_en": text, "body_el": "", "body_id": ""} | more).status_code


def ask(student: FlaskClient, page: str = "/counsel/request", **typed: str) -> str:
    sent = post_form(student, "/counsel/request", {"body": "May I talk?"} | typed, page=page)
    assert sent.status_code == 303, sent.text
    return str(sent.headers["Location"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_everybody_reads_it_without_a_cookie(app: Flask, language: str) -> None:
    answer = app.test_client().get(PAGE, headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "csrf_token" not in answer.text
    assert str(first_version().page(language)) in answer.text
    assert MARK not in answer.text


def test_students_are_told_what_is_not_confirmed_yet(app: Flask) -> None:
    reader, coordinator = app.test_client(), new_staff(app, Role.COORDINATOR, "cora")
    assert "has not confirmed every line" in reader.get(PAGE).text
    assert write(coordinator, SAID) == 303
    page = reader.get(PAGE).text
    assert "has not confirmed every line" not in page
    assert SAID in page


def test_the_page_stands_before_the_first_message(app: Flask) -> None:
    student = new_student(app)
    page = student.get("/counsel/request").text
    assert page.index(str(first_version().page("en"))) < page.index('name="body"')
    assert 'href="/counsel/request?read=1#body"' in page


def test_one_button_leads_past_it_and_the_case_knows(app: Flask) -> None:
    student = new_student(app)
    conversation = ask(student, page="/counsel/request?read=1")
    assert TO_READ not in student.get(conversation).text


def test_who_wrote_without_it_finds_it_folded_in_the_conversation(app: Flask) -> None:
    student = new_student(app)
    conversation = ask(student)
    page = student.get(conversation).text
    assert TO_READ in page
    assert "Before you write" not in page
    typed = {"version": "1"}
    done = post_form(student, f"{conversation}/confidentiality", typed, page=conversation)
    assert done.status_code == 303
    assert TO_READ not in student.get(conversation).text


def sent_without_it(student: FlaskClient, page: str, where: str, **typed: str) -> TestResponse:
    """From a page that lay open since before there was anything to read."""
    fields = hidden_fields(student.get(page).text, action=where) | typed
    del fields["shown"]
    return student.post(where, data=fields)


def test_a_request_without_the_page_comes_back_with_it_and_with_what_was_typed(app: Flask) -> None:
    student = new_student(app)
    answer = sent_without_it(
        student, "/counsel/request", "/counsel/request", body="I feel lost.", hope="sleep"
    )
    assert answer.status_code == 422
    for words in ("Please look at this page first", "I feel lost.", "sleep", str(first_version().page("en"))):
        assert words in answer.text
    again = hidden_fields(answer.text, action="/counsel/request") | {"body": "I feel lost."}
    assert student.post("/counsel/request", data=again).status_code == 303


def test_a_request_from_under_an_older_version_comes_back_with_the_newest(app: Flask) -> None:
    student, coordinator = new_student(app), new_staff(app, Role.COORDINATOR, "cora")
    fields = hidden_fields(student.get("/counsel/request").text, action="/counsel/request")
    write(coordinator, SAID)
    answer = student.post("/counsel/request", data=fields | {"body": "I feel lost."})
    assert (answer.status_code, SAID in answer.text, "I feel lost." in answer.text) == (422, True, True)


@pytest.mark.parametrize(
    "typed", [{"body": "I want to kill myself tonight."}, {"body": "Hello.", "safe_today": "no"}]
)
def test_nothing_stands_in_the_way_of_somebody_in_danger(app: Flask, typed: dict[str, str]) -> None:
    student = new_student(app)
    answer = sent_without_it(student, "/counsel/request", "/counsel/request", **typed)
    assert answer.status_code == 303
    page = student.get(answer.headers["Location"]).text
    assert TO_READ in page


@pytest.fixture
def written_to(app: Flask) -> tuple[FlaskClient, str]:
    """A student who never asked: a counsellor took a text of theirs from the forum. Their conversation."""
    built = build_stage(app)
    return built.anna, built.conversation


@pytest.mark.parametrize(
    ("body", "status"), [("Thank you.", 422), ("I want to kill myself tonight.", 303)], ids=["calm", "danger"]
)
def test_a_first_letter_without_the_page_comes_back_unless_it_is_urgent(
    written_to: tuple[FlaskClient, str], body: str, status: int
) -> None:
    anna, talk = written_to
    answer = sent_without_it(anna, talk, f"{talk}/messages", body=body)
    assert answer.status_code == status
    assert ("Please look at this page first" in answer.text) is (status == 422)
    assert body in (answer.text if status == 422 else anna.get(talk).text)


def test_it_stands_above_a_live_talk_too_and_its_button_comes_back_there(
    written_to: tuple[FlaskClient, str],
) -> None:
    anna, talk = written_to
    page = anna.get(f"{talk}/live").text
    assert TO_READ in page
    fields = hidden_fields(page, action=f"{talk}/confidentiality")
    done = anna.post(f"{talk}/confidentiality", data=fields)
    assert (done.status_code, done.headers["Location"]) == (303, f"{talk}/live")
    assert TO_READ not in anna.get(f"{talk}/live").text


def test_a_second_letter_needs_no_page(written_to: tuple[FlaskClient, str]) -> None:
    anna, talk = written_to
    assert post_form(anna, f"{talk}/messages", {"body": "Thank you."}, page=talk).status_code == 303
    assert sent_without_it(anna, talk, f"{talk}/messages", body="One more.").status_code == 303


def test_words_of_danger_pass_without_it(app: Flask) -> None:
    student = new_student(app)
    conversation = ask(student, body="I want to kill myself tonight.")
    assert "You do not have to wait for a letter" in student.get(conversation).text


def test_a_change_later_is_a_calm_note_and_letters_go_on(app: Flask) -> None:
    student, coordinator = new_student(app), new_staff(app, Role.COORDINATOR, "cora")
    conversation = ask(student, page="/counsel/request?read=1")
    write(coordinator, SAID)
    page = student.get(conversation).text
    assert "The page about who can read what has changed" in page
    assert SAID in page
    letter = {"body": "One more thing."}
    assert post_form(student, f"{conversation}/messages", letter, page=conversation).status_code == 303


def test_the_reading_of_somebody_else_cannot_be_confirmed(app: Flask) -> None:
    student, stranger = new_student(app), new_student(app)
    conversation = ask(student)
    token = hidden_fields(stranger.get("/counsel/request").text, action="/counsel/request")["csrf_token"]
    fields = {"csrf_token": token, "version": "1"}
    assert stranger.post(f"{conversation}/confidentiality", data=fields).status_code == 404


@pytest.mark.parametrize("bad", ["", "x" * 8001])
def test_a_text_that_cannot_be_taken_comes_back_whole(app: Flask, bad: str) -> None:
    coordinator = new_staff(app, Role.COORDINATOR, "cora")
    answer = post_form(coordinator, ADMIN, {"body_en": bad, "body_el": "Κανείς."})
    assert answer.status_code == 422
    assert "Κανείς." in answer.text
    assert bad in answer.text


def test_a_preview_saves_nothing_and_shows_the_marks(app: Flask) -> None:
    coordinator = new_staff(app, Role.COORDINATOR, "cora")
    typed = {"body_en": f"Nobody reads it. {MARK}", "preview": "1"}
    shown = post_form(coordinator, ADMIN, typed)
    assert "Nobody reads it. <strong>[to be confirmed]</strong>" in shown.text
    assert "Nobody reads it." not in coordinator.get(PAGE).text


def test_the_second_coordinator_gets_their_text_back(app: Flask) -> None:
    coordinator = new_staff(app, Role.COORDINATOR, "cora")
    stale = hidden_fields(coordinator.get(ADMIN).text, action=ADMIN)
    write(coordinator, "The first text.")
    refused = coordinator.post(ADMIN, data=stale | {"body_en": "The second text."})
    assert refused.status_code == 409
    assert "The second text." in refused.text
    again = hidden_fields(refused.text, action=ADMIN)
    assert coordinator.post(ADMIN, data=again | {"body_en": "The second text."}).status_code == 303


def test_the_history_shows_every_version(app: Flask) -> None:
    coordinator = new_staff(app, Role.COORDINATOR, "cora")
    write(coordinator, "The first text.")
    write(coordinator, "The second text.")
    page = coordinator.get(ADMIN).text
    assert re.findall(r"Version (\d),", page) == ["3", "2", "1"]
    assert "The first text." in page

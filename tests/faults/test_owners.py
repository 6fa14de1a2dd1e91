"""Another's things answer exactly as things that never were: the same status, the same bytes."""

import re

from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from core.ids import new_public_id
from tests.faults.stage import Stage
from tests.journeys.steps import accept_escalation, new_staff, new_student
from tests.people import hidden_fields, post_form

ID = re.compile(r"[0-9a-z]{13}")
TOKEN = re.compile(r'(name="(?:csrf_token|submission_id)" value=")[^"]*')


def answer_to(browser: FlaskClient, method: str, address: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and page, without what is new in every answer."""
    token = hidden_fields(browser.get("/join" if browser.get("/me").status_code == 303 else "/").text)
    typed = {
        "csrf_token": token.get("csrf_token", ""),
        "body": "A text.",
        "title": "A title",
        "reason": "other",
    }
    answer = browser.open(address, method=method, data=typed if method == "POST" else None)
    identifier = ID.findall(address)[0]
    headers = {
        name: value.replace(identifier, "ID") for name, value in answer.headers if name != "Set-Cookie"
    }
    page = TOKEN.sub(r"\1", answer.text).replace(identifier, "ID")
    return answer.status_code, headers, page


def assert_as_if_missing(browser: FlaskClient, real: str, *acts: str) -> None:
    """Whatever is asked of another's thing, the answer is that of a thing that never was."""
    missing = ID.sub(new_public_id(), real)
    for act in acts:
        method, _, path = act.partition(" ")
        theirs = answer_to(browser, method, real + path)
        assert theirs[0] == 404, f"{method} {real}{path} answered {theirs[0]}"
        assert theirs == answer_to(browser, method, missing + path), f"{method} {path} tells that it is there"


def test_another_students_held_text(app: Flask, stage: Stage) -> None:
    for browser in (new_student(app), app.test_client()):
        assert_as_if_missing(browser, stage.held_thread, "GET ", "GET /reply", "POST /reply")
        assert_as_if_missing(browser, f"/p/{stage.held_post}", "GET ", "GET /report", "POST /report")


def test_another_students_text_to_change_or_take_back(app: Flask, stage: Stage) -> None:
    ben = new_student(app)
    for post in (stage.held_post, stage.post):
        assert_as_if_missing(ben, f"/p/{post}", "GET /edit", "POST /edit", "POST /withdraw")
    assert 'data-status="held"' in stage.anna.get(stage.held_thread).text


def test_another_students_conversation(app: Flask, stage: Stage) -> None:
    ben = new_student(app)
    assert_as_if_missing(ben, stage.conversation, "GET ", "POST /messages")
    assert "A text." not in stage.anna.get(stage.conversation).text


def test_another_professionals_case(app: Flask, stage: Stage) -> None:
    other = new_staff(app, Role.PROFESSIONAL, "other")
    assert_as_if_missing(other, stage.case, "GET ", "POST /messages", "POST /encounters", "POST /close")
    assert "A text." not in stage.nora.get(stage.case).text


def test_another_professionals_escalation_once_it_is_theirs(app: Flask, stage: Stage) -> None:
    # Given an escalation that one professional has accepted
    other = new_staff(app, Role.PROFESSIONAL, "other")
    assert other.get(stage.escalation).status_code == 200
    accept_escalation(stage.nora)

    # Then to read it is, for another, as if it had never been
    assert_as_if_missing(other, stage.escalation, "GET ")


def test_what_a_withdrawn_or_removed_text_answers_to_others(app: Flask, stage: Stage) -> None:
    # Given a public text that its author takes back
    ben, reader = new_student(app), app.test_client()
    assert reader.get(stage.thread).status_code == 200
    assert post_form(stage.anna, f"/p/{stage.post}/withdraw", {}, page="/me").status_code == 303

    # Then for everybody else it never was
    for browser in (ben, reader):
        assert_as_if_missing(browser, stage.thread, "GET ", "GET /reply", "POST /reply")
        assert_as_if_missing(browser, f"/p/{stage.post}", "GET ", "GET /report", "POST /report")


def test_staff_rooms_do_not_exist_for_others(app: Flask, stage: Stage) -> None:
    for browser in (new_student(app), app.test_client()):
        for room in (stage.item, stage.escalation, stage.case):
            assert_as_if_missing(browser, room, "GET ")
        for path in ("/moderation/queue", "/counselling/", "/admin/", "/admin/staff", "/insight/"):
            assert browser.get(path).status_code == 404, path


def test_a_held_text_of_a_student_is_not_shown_to_staff_outside_their_rooms(stage: Stage) -> None:
    for browser in (stage.maya, stage.nora, stage.carla):
        assert browser.get(stage.held_thread).status_code == 404
        assert browser.get(f"/p/{stage.held_post}").status_code == 404

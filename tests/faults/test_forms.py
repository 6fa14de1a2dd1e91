"""Forms that were sent twice, from elsewhere, or after signing out: done once or not at all, and not lost."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.guard import session_cookie
from forum import queries
from tests.faults.stage import Stage, Writing, writings
from tests.journeys.steps import new_student, path_of, waiting_escalations
from tests.people import hidden_fields, post_form

NEW = "/c/academic-difficulties/new"


def filled(writing: Writing, text: str) -> dict[str, str]:
    """The form as a browser would send it."""
    fields = hidden_fields(writing.writer.get(writing.page).text, action=writing.address)
    return fields | writing.other | {writing.field: text}


def test_no_post_without_a_token_or_with_anothers_does_anything(app: Flask, stage: Stage) -> None:
    foreign = hidden_fields(app.test_client().get("/join").text)["csrf_token"]
    example = "0123456789abc"
    browsers = (app.test_client(), stage.anna, stage.maya, stage.nora, stage.carla)
    asked = 0
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or set()):
            continue
        address = re.sub(r"<[^>]+>", example, rule.rule)
        for browser in browsers:
            for token in ({}, {"csrf_token": ""}, {"csrf_token": foreign}, {"csrf_token": "x" * 500}):
                answer = browser.post(address, data=token)
                assert answer.status_code in {400, 404}, (address, token, answer.status_code)
                asked += 1
    assert asked > 500


def test_a_text_sent_with_a_foreign_token_is_given_back(stage: Stage) -> None:
    for name, writing in writings(stage).items():
        text = f"What {name} said."
        for token in ("", "foreign"):
            answer = writing.writer.post(writing.address, data=filled(writing, text) | {"csrf_token": token})
            assert answer.status_code == 400, name
            assert text in answer.text, name
            assert "open the page again and send it once more" in answer.text


def test_what_another_site_sends_is_refused_whatever_it_carries(stage: Stage) -> None:
    for name, writing in writings(stage).items():
        answer = writing.writer.post(
            writing.address, data=filled(writing, "Sent from afar."), headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert answer.status_code == 403, name


@pytest.mark.parametrize(
    ("name", "shown_at"),
    [
        ("thread", "/me"),
        ("reply", "/me"),
        ("answer of staff", "thread"),
        ("letter", "case"),
        ("letter back", "conversation"),
        ("encounter", "case"),
    ],
)
def test_a_form_that_is_sent_twice_creates_once(stage: Stage, name: str, shown_at: str) -> None:
    # Given a form that is filled once
    writing = writings(stage)[name]
    fields = filled(writing, "Only once.") | ({"outcome": "next_session"} if name == "encounter" else {})

    # When its button is pressed twice
    first, second = (writing.writer.post(writing.address, data=fields) for _ in range(2))

    # Then both lead to the same place, and what was written is there once
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"].split("#")[0] == second.headers["Location"].split("#")[0]
    address = getattr(stage, shown_at, shown_at)
    page = re.sub(r"<textarea.*?</textarea>", "", writing.writer.get(address).text, flags=re.S)
    assert page.count("Only once.") == 1


def test_an_edit_that_is_sent_twice_is_one_new_wording(app: Flask, stage: Stage) -> None:
    writing = writings(stage)["edit"]
    fields = filled(writing, "Only once.") | {"title": "Lonely"}
    for _ in range(2):
        assert writing.writer.post(writing.address, data=fields).status_code == 303
    with app.app_context():
        assert queries.newest_revision_number(stage.post) == 2


@pytest.mark.parametrize("act", ["accept", "decline"])
def test_an_escalation_that_is_answered_twice_by_the_same_button_is_answered_once(
    stage: Stage, act: str
) -> None:
    address = f"{stage.escalation}/{act}"
    fields = hidden_fields(stage.nora.get(stage.escalation).text, action=address) | {"reason": "Not for us."}
    first, second = (stage.nora.post(address, data=fields) for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert waiting_escalations(stage.nora) == []


def test_a_decision_that_is_sent_twice_is_one_decision(stage: Stage) -> None:
    fields = hidden_fields(stage.maya.get(stage.item).text, action=f"{stage.item}/decision")
    typed = {"conduct": "publish", "risk": "none"}
    first, second = (stage.maya.post(f"{stage.item}/decision", data=fields | typed) for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert "1 earlier decision<" in stage.maya.get(stage.item).text


def test_a_case_that_is_closed_twice_by_the_same_button_is_closed_once(stage: Stage) -> None:
    writing = writings(stage)["closing"]
    fields = filled(writing, "Only once.")
    assert [writing.writer.post(writing.address, data=fields).status_code for _ in range(2)] == [303, 303]
    assert stage.nora.get(f"{stage.case}/closing").text.count("Only once.") == 1


def test_a_wish_for_a_counsellor_that_is_sent_twice_is_one_case(app: Flask, stage: Stage) -> None:
    ben = new_student(app)
    fields = hidden_fields(ben.get("/counsel/request").text) | {"body": "I cannot sleep."}
    first, second = (ben.post("/counsel/request", data=fields) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert stage.nora.get("/counselling/").text.count("Take this case") == 1


def test_a_category_that_is_made_twice_by_the_same_button_is_there_once(stage: Stage) -> None:
    address = "/admin/categories/new"
    fields = hidden_fields(stage.carla.get(address).text) | {
        "slug": "only-once",
        "name_en": "Only once",
        "place": "0",
        "opening_mode": "hold_all",
        "reply_mode": "hold_new",
    }
    assert [stage.carla.post(address, data=fields).status_code for _ in range(2)] == [303, 303]
    assert stage.carla.get("/admin/categories").text.count('href="/c/only-once"') == 1


def test_a_staff_account_that_is_made_twice_by_the_same_button_is_there_once(stage: Stage) -> None:
    fields = hidden_fields(stage.carla.get("/admin/staff").text, action="/admin/staff") | {
        "username": "kosta",
        "alias": "Quiet Harbour",
        "role": "moderator",
    }
    for _ in range(2):
        stage.carla.post("/admin/staff", data=fields)
    assert stage.carla.get("/admin/staff").text.count("Quiet Harbour") == 1


def test_the_same_form_of_two_people_is_two_things(app: Flask) -> None:
    # Given two students whose forms carry the same id
    shared = {"title": "Mine", "body": "My own text.", "submission_id": "the same for both"}
    for browser in (new_student(app), new_student(app)):
        # Then each has their own text
        sent = post_form(browser, NEW, shared)
        assert "My own text." in browser.get(sent.headers["Location"]).text


def expire(browser: FlaskClient, kind: str) -> None:
    """As if the sign-in of this browser had run out."""
    with browser.application.test_request_context():
        name = session_cookie(kind)
    browser.set_cookie(name, "A" * 43 + "=")


def test_a_text_that_is_sent_after_the_sign_in_ran_out_is_kept_for_when_they_are_back(stage: Stage) -> None:
    # Given forms that were filled for so long that the sign-in ran out
    for name, writing in writings(stage).items():
        if name in {"report", "site text"}:
            continue  # a report needs no sign-in; what a coordinator writes is tried below
        fields = filled(writing, f"What {name} said.")
        kind = "student" if writing.writer is stage.anna else "staff"
        cookie = writing.writer.get_cookie("stoa" if kind == "student" else "stoa-staff")
        assert cookie is not None
        expire(writing.writer, kind)

        # When they are sent
        answer = writing.writer.post(writing.address, data=fields)

        # Then the way leads to signing in
        assert answer.status_code == 303, name
        door = "/return" if kind == "student" else "/staff/login"
        assert path_of(answer) == door, name

        # And, signed in again, the text stands in its form
        writing.writer.set_cookie(cookie.key, cookie.value)
        page = writing.writer.get(answer.headers["Location"].split("next=")[1].replace("%2F", "/")).text
        assert f"What {name} said." in page, name
        writing.writer.delete_cookie("stoa-form")


def test_a_student_whose_account_is_gone_gets_no_failure(app: Flask, stage: Stage) -> None:
    # Given a second browser of a student who disappears in the first
    second = app.test_client()
    cookie = stage.anna.get_cookie("stoa")
    assert cookie is not None
    second.set_cookie(cookie.key, cookie.value)
    assert second.get("/me").status_code == 200
    fields = hidden_fields(second.get(NEW).text, action=NEW)
    assert post_form(stage.anna, "/me/delete", {"posts": "withdraw"}).status_code == 303

    # When the second goes on
    sent = second.post(NEW, data=fields | {"title": "Still here", "body": "Do not lose me."})

    # Then they are led to the door, with their text kept
    assert second.get("/me").status_code == 303
    assert sent.status_code == 303
    assert "Do not lose me." in second.get(NEW).text


def test_a_text_that_a_professional_has_already_answered_stays_when_its_author_is_gone(stage: Stage) -> None:
    # When a student with an open case disappears
    assert post_form(stage.anna, "/me/delete", {"posts": "keep"}).status_code == 303

    # Then the professional can still read the case, and is told that nobody can be reached
    page = stage.nora.get(stage.case)
    assert page.status_code == 200
    assert "Nobody to write to" in page.text

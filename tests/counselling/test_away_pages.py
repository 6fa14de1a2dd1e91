"""The pages of being away: the form, what the student reads then, and what the lead sees."""

from datetime import UTC, datetime, timedelta

from flask import Flask

from accounts import queries as account_queries
from accounts.permissions import Role
from core.clock import utcnow
from counselling.professionals.away import look_after_cases
from tests.counselling.recording import begin_case
from tests.people import add_staff_person, post_form, sign_in_as

DAY = timedelta(days=1)


def test_away_from_the_form_to_the_student_s_page(app: Flask) -> None:
    pair, oren = begin_case(app), add_staff_person(app, Role.PROFESSIONAL, username="oren", alias="Oren")
    today = datetime.now(UTC).date()
    fields = {
        "first": today.isoformat(),
        "last": (today + 3 * DAY).isoformat(),
        "cover": oren.staff_id,
        "reply": "",
    }
    assert post_form(pair.maya, "/counselling/away", fields).status_code == 303
    with app.app_context():
        look_after_cases(utcnow())
    post_form(pair.student, f"{pair.own}/messages", {"body": "Are you there?"}, page=pair.own)
    assert "Oren looks after you meanwhile" in pair.student.get(pair.own).text
    browser = app.test_client()
    sign_in_as(browser, oren)
    assert pair.case in browser.get("/counselling/").text


def test_the_page_of_the_lead_shows_no_name_and_no_word_of_a_student(app: Flask) -> None:
    pair = begin_case(app)
    tomas = app.test_client()
    sign_in_as(tomas, add_staff_person(app, Role.COORDINATOR, username="tomas"))
    with app.app_context():
        maya = account_queries.staff_by_username("maya")
        assert maya is not None
        maya_id = maya.id
    today = datetime.now(UTC).date().isoformat()
    fields = {"staff": maya_id, "first": today, "last": today, "cover": ""}
    assert post_form(tomas, "/counselling/away", fields).status_code == 303
    page = tomas.get(f"/counselling/away/{maya_id}/cases")
    name = pair.maya.get(pair.case).text.split("<h1>")[1].split("<")[0].strip()
    assert page.status_code == 200
    assert name
    assert name not in page.text
    assert "I would like to talk" not in page.text


def test_a_moderator_sees_nothing_of_who_is_away(app: Flask) -> None:
    mod = app.test_client()
    sign_in_as(mod, add_staff_person(app, Role.MODERATOR, username="mod"))
    assert mod.get("/counselling/away").status_code == 404

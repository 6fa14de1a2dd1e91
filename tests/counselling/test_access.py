"""Who may open what. What is not yours answers exactly as what does not exist."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.models import Account, Staff
from accounts.permissions import Role
from core.db import transaction
from core.refusals import Missing
from counselling.access import own_case
from counselling.conversants import case_of_conversant, conversant_of
from counselling.models import Case
from counselling.wrapping import destroy_key
from tests.counselling.people import add_student
from tests.people import add_staff_person, hidden_fields, join_as_student, post_form, sign_in_as

NOWHERE = "0000000000000"


@pytest.fixture
def asked(app: Flask) -> tuple[FlaskClient, str]:
    """A student who asked for a counsellor, and the id of their case."""
    student = app.test_client()
    join_as_student(student)
    sent = post_form(student, "/counsel/request", {"body": "I would like to talk."})
    return student, sent.headers["Location"].split("#")[0].rsplit("/", 1)[1]


@pytest.fixture
def maya_browser(app: Flask) -> FlaskClient:
    """A professional who is signed in."""
    browser = app.test_client()
    sign_in_as(browser, add_staff_person(app, Role.PROFESSIONAL, username="maya", alias="Maya"))
    return browser


@pytest.fixture
def oren_browser(app: Flask) -> FlaskClient:
    """Another professional who is signed in."""
    browser = app.test_client()
    sign_in_as(browser, add_staff_person(app, Role.PROFESSIONAL, username="oren", alias="Oren"))
    return browser


def take(browser: FlaskClient, case_id: str) -> None:
    answer = post_form(browser, f"/counselling/cases/{case_id}/take", {}, page="/counselling/")
    assert answer.status_code == 303


def without_noise(page: str) -> str:
    """A page without what differs from answer to answer."""
    return re.sub(r'value="[^"]*"', "", page)


def test_another_professional_s_case_answers_as_a_missing_one(
    asked: tuple[FlaskClient, str], maya_browser: FlaskClient, oren_browser: FlaskClient
) -> None:
    take(maya_browser, asked[1])
    theirs, missing = (
        oren_browser.get(f"/counselling/cases/{asked[1]}"),
        oren_browser.get(f"/counselling/cases/{NOWHERE}"),
    )
    assert theirs.status_code == missing.status_code == 404
    assert without_noise(theirs.text) == without_noise(missing.text)


@pytest.mark.parametrize("act", ["messages", "encounters", "close"])
def test_another_professional_does_nothing_in_a_case(
    asked: tuple[FlaskClient, str], maya_browser: FlaskClient, oren_browser: FlaskClient, act: str
) -> None:
    take(maya_browser, asked[1])
    token = hidden_fields(oren_browser.get("/counselling/").text)
    words = {"body": "Hello", "summary": "Over", "outcome": "resolved"}
    answers = [
        oren_browser.post(f"/counselling/cases/{one}/{act}", data=token | words)
        for one in (asked[1], NOWHERE)
    ]
    assert [answer.status_code for answer in answers] == [404, 404]


def test_a_case_is_not_opened_before_it_is_taken(
    asked: tuple[FlaskClient, str], maya_browser: FlaskClient
) -> None:
    assert maya_browser.get(f"/counselling/cases/{asked[1]}").status_code == 404


def test_a_case_taken_by_a_colleague_is_a_conflict(
    asked: tuple[FlaskClient, str], maya_browser: FlaskClient, oren_browser: FlaskClient
) -> None:
    token = hidden_fields(
        oren_browser.get("/counselling/").text, action=f"/counselling/cases/{asked[1]}/take"
    )
    take(maya_browser, asked[1])
    assert oren_browser.post(f"/counselling/cases/{asked[1]}/take", data=token).status_code == 409


def test_another_student_s_conversation_answers_as_a_missing_one(
    app: Flask, asked: tuple[FlaskClient, str]
) -> None:
    other = app.test_client()
    join_as_student(other)
    theirs, missing = other.get(f"/counsel/{asked[1]}"), other.get(f"/counsel/{NOWHERE}")
    assert theirs.status_code == missing.status_code == 404
    assert without_noise(theirs.text) == without_noise(missing.text)


def test_another_student_does_not_write_into_a_conversation(
    app: Flask, asked: tuple[FlaskClient, str]
) -> None:
    other = app.test_client()
    join_as_student(other)
    fields = hidden_fields(other.get("/counsel/request").text) | {"body": "Hello"}
    assert other.post(f"/counsel/{asked[1]}/messages", data=fields).status_code == 404


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.COORDINATOR, Role.RESEARCHER])
@pytest.mark.parametrize("place", ["/counselling/", "/counselling/cases/{id}", "/counsel/{id}"])
def test_other_staff_stay_outside(app: Flask, asked: tuple[FlaskClient, str], role: Role, place: str) -> None:
    browser = app.test_client()
    sign_in_as(browser, add_staff_person(app, role))
    assert browser.get(place.format(id=asked[1])).status_code == 403


@pytest.mark.parametrize(
    "place", ["/counselling/", "/counselling/cases/{id}", "/counselling/escalations/{id}"]
)
def test_for_a_student_the_rooms_of_counsellors_do_not_exist(
    asked: tuple[FlaskClient, str], place: str
) -> None:
    assert asked[0].get(place.format(id=asked[1])).status_code == 404


def test_a_visitor_is_asked_to_come_in_before_they_write(client: FlaskClient) -> None:
    answer = client.get("/counsel/request")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/return")


def test_a_visitor_reads_what_talking_to_a_counsellor_is_and_how_to_begin(client: FlaskClient) -> None:
    answer = client.get("/counsel")
    assert answer.status_code == 200
    assert "How it begins" in answer.text
    assert 'href="/join?next=/counsel/request"' in answer.text
    assert 'href="/return?next=/counsel"' in answer.text


def test_a_student_whose_sign_in_ran_out_is_led_back_to_their_counsellor(client: FlaskClient) -> None:
    client.set_cookie("stoa", "A" * 43 + "=")
    answer = client.get("/counsel")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/return?next=/counsel"


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.PROFESSIONAL])
def test_staff_are_not_invited_to_join_and_ask_for_a_counsellor(app: Flask, role: Role) -> None:
    browser = app.test_client()
    sign_in_as(browser, add_staff_person(app, role))
    assert "next=/counsel" not in browser.get("/counsel").text


def test_a_destroyed_case_is_missing_for_both_sides(case: Case, student: Account) -> None:
    owner = case.owner
    assert owner is not None
    with transaction():
        destroy_key(case)
        with pytest.raises(Missing):
            own_case(case.id, owner=owner)
        with pytest.raises(Missing):
            case_of_conversant(case.id, conversant=conversant_of(student))


def test_a_case_opens_for_its_owner_and_its_student(case: Case, student: Account) -> None:
    owner: Staff | None = case.owner
    assert owner is not None
    assert (
        own_case(case.id, owner=owner).id == case_of_conversant(case.id, conversant=conversant_of(student)).id
    )


def test_a_case_does_not_open_for_another_student(case: Case) -> None:
    with pytest.raises(Missing):
        case_of_conversant(case.id, conversant=conversant_of(add_student()))

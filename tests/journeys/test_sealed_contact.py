"""Sealed contact on the pages: left by a student, opened by two, opened by the person on call alone,
reviewed, told, and practised. Each person has a browser of their own.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from accounts import queries as account_queries
from accounts.permissions import Role
from core.clock import utcnow
from core.db import db, transaction
from core.models import AuditEvent
from core.web import settings_of
from tests.counselling.opening import KEYS, make_words, put_on_call
from tests.faults.stage import Stage, build_stage
from tests.journeys.residue import find
from tests.journeys.steps import come_back, get_code, new_staff, path_of
from tests.people import hidden_fields, post_form, run_outbox

ADDRESS = "7 Stairwell Lane, the blue door"
REASON = "A farewell, and no answer since six."
TELLING = "We were afraid for you and sent somebody to your door."


@dataclass
class House:
    """A stage on which Nora, Carla and Oren have words of their own, and Anna left contact details."""

    app: Flask
    stage: Stage
    oren: FlaskClient
    words: dict[str, str]

    @property
    def ask_page(self) -> str:
        return f"{self.stage.case}/contact"

    @property
    def contact_page(self) -> str:
        return f"{self.stage.conversation}/contact"

    def ask(self) -> str:
        """Nora asks for a second person. Gives the address of the opening."""
        typed = {"reason": REASON, "telling": TELLING, "days": "0"}
        asked = post_form(self.stage.nora, self.ask_page, typed)
        assert asked.status_code == 303, asked.text
        return path_of(asked)

    def agree(self, opening: str) -> None:
        typed = {"passphrase": self.words["carla"]}
        agreed = post_form(self.stage.carla, f"{opening}/approve", typed, page=opening)
        assert agreed.status_code == 303, agreed.text

    def open(self, opening: str, *, words: str = "") -> TestResponse:
        typed = {"passphrase": words or self.words["nora"]}
        return post_form(self.stage.nora, f"{opening}/open", typed, page=opening)


@pytest.fixture
def house(app: Flask) -> House:
    stage = build_stage(app)
    oren = new_staff(app, Role.PROFESSIONAL, "oren")
    words = {
        name: make_words(who) for name, who in (("nora", stage.nora), ("carla", stage.carla), ("oren", oren))
    }
    oren_id = re.search(r'<option value="([0-9a-z]{13})">Oren', stage.nora.get(KEYS).text)
    assert oren_id is not None
    typed = {"colleague": oren_id.group(1), "passphrase": words["nora"]}
    assert post_form(stage.nora, f"{KEYS}/admit", typed, page=KEYS).status_code == 303
    found = House(app, stage, oren, words)
    assert post_form(stage.anna, found.contact_page, {"address": ADDRESS, "alone": "y"}).status_code == 303
    return found


def on_call(app: Flask, username: str) -> None:
    with app.app_context():
        person = account_queries.staff_by_username(username)
        assert person is not None
        now = utcnow()
        put_on_call(person, begins_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=7))
        db.session.remove()


def lines(app: Flask, kind: str) -> int:
    with app.app_context():
        return db.session.query(AuditEvent).filter_by(kind=kind).count()


def test_nora_takes_back_what_she_asked_for_before_anybody_answered(house: House) -> None:
    # Given an opening that Nora asked for, and Anna who writes after all
    opening = house.ask()
    assert f'action="{opening}/take-back"' not in house.stage.carla.get(opening).text

    # When Nora takes it back
    taken = post_form(house.stage.nora, f"{opening}/take-back", {}, page=opening)
    assert taken.status_code == 303

    # Then nobody is asked any more, it is in the log, and a press in an old tab is told so
    assert "taken back" in house.stage.carla.get(opening).text
    assert "/approve" not in house.stage.carla.get(opening).text
    assert lines(house.app, "contact_opening_taken_back") == 1
    page = house.stage.nora.get("/counselling/appointments").text
    token = hidden_fields(page, action="/counselling/appointments")["csrf_token"]
    again = house.stage.nora.post(f"{opening}/take-back", data={"csrf_token": token})
    assert again.status_code == 409


def test_two_open_what_a_student_left_and_the_student_is_told(house: House) -> None:
    # Given a coordinator who sees the reason, the band, and nothing of the case
    opening = house.ask()
    asked = house.stage.carla.get(opening).text
    assert REASON in asked
    assert "hopeless" not in asked
    assert house.stage.case not in asked
    assert "Sealed contact" in house.stage.carla.get("/admin/").text

    # When she agrees, and the counsellor opens it
    house.agree(opening)
    assert "A coordinator has agreed" in house.stage.nora.get("/counselling/").text
    assert ADDRESS not in house.stage.carla.get(opening).text
    shown = house.open(opening)
    assert shown.status_code == 200
    assert ADDRESS in shown.text
    assert shown.headers["Cache-Control"] == "no-store"

    # Then it is not shown again, and the student reads about it
    fields = hidden_fields(shown.text) | {"passphrase": house.words["nora"]}
    again = house.stage.nora.post(f"{opening}/open", data=fields)
    assert again.status_code == 409
    assert ADDRESS not in again.text
    assert ADDRESS not in house.stage.nora.get(opening).text
    run_outbox(house.app)
    assert "were opened" in house.stage.anna.get("/me").text
    page = house.stage.anna.get(house.contact_page).text
    assert TELLING in page
    assert REASON not in page
    assert "It was opened by two: a counsellor and a coordinator." in page


OPENED = "What you left sealed was opened on"


def test_the_conversation_says_so_until_the_student_has_read_why(house: House) -> None:
    # Given an opening, and a conversation that says so at each visit
    opening = house.ask()
    house.agree(opening)
    assert OPENED not in house.stage.anna.get(house.stage.conversation).text
    assert house.open(opening).status_code == 200
    for _visit in range(2):
        page = house.stage.anna.get(house.stage.conversation).text
        assert OPENED in page
        assert f'href="{house.contact_page}"' in page
    assert TELLING not in page
    assert ADDRESS not in page

    # When Anna reads why
    assert TELLING in house.stage.anna.get(house.contact_page).text

    # Then it has been said
    assert OPENED not in house.stage.anna.get(house.stage.conversation).text


def test_who_has_only_the_code_is_told_in_the_conversation(house: House) -> None:
    # Given Anna, who lost her six words and has the code
    code = get_code(house.stage.anna, house.stage.conversation)
    opening = house.ask()
    house.agree(opening)
    assert house.open(opening).status_code == 200

    # When she comes with it
    browser = come_back(house.app, code)
    page = browser.get(house.stage.conversation).text

    # Then she is told, with nothing of the details, and it is noted once
    assert OPENED in page
    assert house.contact_page not in page
    assert TELLING not in page
    assert OPENED in browser.get(house.stage.conversation).text
    assert lines(house.app, "contact_opening_told") == 1


def test_one_person_alone_is_refused_on_the_page(house: House) -> None:
    opening = house.ask()
    page = house.stage.nora.get(opening).text
    fields = hidden_fields(page) | {"passphrase": house.words["nora"]}
    refused = house.stage.nora.post(f"{opening}/open", data=fields)
    assert refused.status_code == 409
    assert ADDRESS not in refused.text


def test_a_log_that_cannot_be_written_shows_nothing(house: House) -> None:
    opening = house.ask()
    house.agree(opening)
    with house.app.app_context(), transaction():
        db.session.execute(
            text("CREATE TRIGGER full BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'full'); END")
        )
    refused = house.open(opening)
    assert refused.status_code == 503
    assert ADDRESS not in refused.text
    with house.app.app_context(), transaction():
        db.session.execute(text("DROP TRIGGER full"))
    assert ADDRESS in house.open(opening).text


def test_wrong_words_are_asked_for_again_and_never_given_back(house: House) -> None:
    opening = house.ask()
    house.agree(opening)
    refused = house.open(opening, words="marzipan elephants everywhere")
    assert refused.status_code == 422
    assert "marzipan" not in refused.text
    assert ADDRESS in house.open(opening).text


def test_the_person_on_call_opens_it_alone_at_night_and_another_reviews_it(house: House) -> None:
    # Given Oren, who is on call and has no part in the case
    assert house.oren.get(house.ask_page).status_code == 404
    case_id = house.stage.case.rsplit("/")[-1]
    at_night = f"/staff/openings/on-call/{case_id}"
    assert house.oren.get(at_night).status_code == 404
    on_call(house.app, "oren")
    assert at_night in house.oren.get("/staff/openings").text
    assert at_night not in house.stage.nora.get("/staff/openings").text

    # When he opens it alone
    typed = {"way": "alone", "reason": REASON, "telling": TELLING, "days": "0"}
    wrong = post_form(house.oren, at_night, typed | {"passphrase": "not these"})
    assert wrong.status_code == 422
    assert REASON in wrong.text
    form = hidden_fields(house.oren.get(at_night).text) | typed | {"passphrase": house.words["oren"]}
    shown = house.oren.post(at_night, data=form)
    assert ADDRESS in shown.text
    again = house.oren.post(at_night, data=form)
    assert again.status_code == 409
    assert ADDRESS not in again.text
    assert lines(house.app, "contact_opened") == 1

    # Then another person reviews it, and he does not
    page = house.stage.carla.get("/staff/openings").text
    opening = re.search(r'href="(/staff/openings/[0-9a-z]{13})"', page)
    assert opening is not None
    review = {"verdict": "right", "words": "There was no other way."}
    assert house.oren.post(f"{opening.group(1)}/review", data=form | review).status_code == 403
    sent = post_form(house.stage.carla, f"{opening.group(1)}/review", review, page=opening.group(1))
    assert sent.status_code == 303
    run_outbox(house.app)
    assert "The person on call opened it alone" in house.stage.anna.get(house.contact_page).text


def test_both_ways_are_practised_with_details_that_are_made_up(house: House) -> None:
    typed = {"way": "alone", "passphrase": house.words["nora"]}
    alone = post_form(house.stage.nora, f"{KEYS}/drill", typed, page=KEYS)
    assert "Practice</span>" in alone.text
    assert "Practice Person" in alone.text
    opening = path_of(post_form(house.stage.nora, f"{KEYS}/drill", {"way": "two"}, page=KEYS))
    assert "Practice</span>" in house.stage.carla.get(opening).text
    house.agree(opening)
    assert "Practice Person" in house.open(opening).text
    assert "never" not in house.stage.nora.get(KEYS).text.split('id="drills"')[1].split("</dl>")[0]


@pytest.mark.parametrize("who", ["maya", "anna"])
def test_moderators_and_students_find_no_openings(house: House, who: str) -> None:
    opening = house.ask()
    browser = getattr(house.stage, who)
    for place in (opening, "/staff/openings", KEYS):
        assert browser.get(place).status_code in {403, 404}


def test_another_professional_finds_no_opening_by_two(house: House) -> None:
    opening = house.ask()
    assert (
        house.oren.get(opening).status_code
        == house.oren.get("/staff/openings/0000000000001").status_code
        == 404
    )


def test_what_was_left_and_said_lies_nowhere_in_the_clear(house: House) -> None:
    opening = house.ask()
    house.agree(opening)
    house.open(opening)
    marks = {"address": ADDRESS, "reason": REASON, "telling": TELLING}
    words = {name: found.replace(" ", "") for name, found in house.words.items()}
    assert find(settings_of(house.app).data_dir, marks | words) == []

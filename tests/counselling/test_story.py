"""The story over HTTP, with CSRF on: from an escalated text to letters, an outcome, a closed case that
opens again.
"""

import base64
import html
import logging
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from accounts.permissions import Role
from core.db import db
from core.web import settings_of
from counselling.models import Case, CaseMessage
from tests.counselling.spellings import spellings_found
from tests.journeys.steps import read_case
from tests.people import (
    Credentials,
    add_staff_person,
    hidden_fields,
    join_as_student,
    post_form,
    run_outbox,
    sign_in_as,
)

BODY = "I have not slept properly since the exams began, and I cannot eat."
CANARY = "The orchard behind the observatory hides my quiet zebra."
DONE = {
    f"stage_{stage}": "done"
    for stage in ("introduction", "exploration", "interpretation", "guidance", "assessment")
}


@dataclass
class Cast:
    """Everybody in the story, each at their own browser."""

    app: Flask
    student: FlaskClient
    moderator: FlaskClient
    maya: FlaskClient
    maya_credentials: Credentials
    item: str
    pseudonym: str

    def escalation(self) -> str:
        """The address of the escalation that waits."""
        page = self.maya.get("/counselling/").text
        found = re.search(r"/counselling/escalations/[0-9a-z]{13}", page)
        assert found is not None, "no escalation waits"
        return found.group()

    def accept(self) -> str:
        """Maya accepts. The address of the case."""
        address = self.escalation()
        answer = post_form(self.maya, f"{address}/accept", {}, page=address)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def write(self, case: str, body: str) -> TestResponse:
        """Maya writes a letter."""
        return post_form(self.maya, f"{case}/messages", {"body": body}, page=case)

    def conversation(self) -> str:
        """The address of the student's conversation."""
        found = re.search(r"/counsel/[0-9a-z]{13}", self.student.get("/counsel").text)
        assert found is not None, "there is no conversation"
        return found.group()

    def answer(self, body: str) -> TestResponse:
        """The student writes a letter."""
        address = self.conversation()
        return post_form(self.student, f"{address}/messages", {"body": body}, page=address)


@pytest.fixture
def cast(app: Flask) -> Cast:
    """A student whose held text a moderator has escalated, and Maya, a professional."""
    student, moderator, maya = app.test_client(), app.test_client(), app.test_client()
    join_as_student(student)
    sent = post_form(student, "/c/academic-difficulties/new", {"title": "Exams", "body": BODY})
    thread = student.get(sent.headers["Location"]).text
    name = re.search(r'<header class="byline">\s*<h\d>([^<]+)<', thread)
    assert name is not None
    sign_in_as(moderator, add_staff_person(app, Role.MODERATOR, username="nikos", alias="Nikos"))
    credentials = add_staff_person(app, Role.PROFESSIONAL, username="maya", alias="Maya of the centre")
    sign_in_as(maya, credentials)
    item = post_form(moderator, "/moderation/queue/next", {}, page="/moderation/queue").headers["Location"]
    decision = {
        "conduct": "publish",
        "risk": "escalate",
        "esc_band": "amber",
        "prompted_by": "sleepless and not eating",
        "already_said": "that somebody looks after it",
        "thoughts": "no",
    }
    decided = post_form(moderator, f"{item}/decision", decision, page=item)
    assert decided.status_code == 303, decided.text
    return Cast(app, student, moderator, maya, credentials, item, html.unescape(name.group(1)))


def test_the_story_of_a_case(cast: Cast) -> None:
    # Given an escalation, the professional sees the text, its thread, the briefing and the clock
    page = cast.maya.get(cast.escalation()).text
    assert BODY in page
    assert "sleepless and not eating" in page
    assert "Act by" in page

    # When she accepts and writes the first letter
    case = cast.accept()
    assert cast.pseudonym in cast.maya.get(case).text
    assert cast.write(case, "Thank you for writing. How was last night?").status_code == 303

    # Then the student is told at the next page, without a word of it, and reads it at /counsel
    run_outbox(cast.app)
    home = cast.student.get("/").text
    assert "2 new" in home  # the decision about the text, and the letter
    assert "last night" not in home
    assert "A counsellor has written to you" in cast.student.get("/me").text
    conversation = cast.student.get("/counsel").text
    assert "How was last night?" in conversation
    assert "Maya of the centre" in conversation
    assert f"Here you are {cast.pseudonym}" in html.unescape(conversation)

    # When the student answers, the professional sees it under the pseudonym
    assert cast.answer("Bad. I counted the hours.").status_code == 303
    assert "1 new letter" in cast.maya.get("/counselling/").text
    page = cast.maya.get(case).text
    assert "I counted the hours." in page
    assert cast.pseudonym in page

    # When she records an encounter and closes with a summary
    encounter = DONE | {"outcome": "resolved", "agreed": "A walk every evening."}
    assert post_form(cast.maya, f"{case}/encounters", encounter, page=case).status_code == 303
    assert "A walk every evening." in read_case(cast.maya, case)
    closed = post_form(cast.maya, f"{case}/close", {"summary": "Sleeps again, walks."}, page=case)
    assert closed.status_code == 303

    # Then the moderator sees that it is resolved and nothing more
    seen = cast.moderator.get(cast.item).text
    assert "Resolved." in seen
    assert "Sleeps again" not in seen
    assert "walk every evening" not in seen

    # And the student can still write, which opens the case again
    assert "You can write at any time" in cast.student.get(cast.conversation()).text
    assert cast.answer("May I ask one more thing?").status_code == 303
    assert "Answer to the student" in cast.maya.get("/counselling/").text
    assert "A professional is looking after this." in cast.moderator.get(cast.item).text


def test_sending_a_letter_twice_sends_it_once(cast: Cast) -> None:
    case = cast.accept()
    fields = hidden_fields(cast.maya.get(case).text, action=f"{case}/messages") | {"body": "Once."}
    answers = [cast.maya.post(f"{case}/messages", data=fields) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert cast.maya.get(case).text.count("Once.") == 1


def test_a_student_s_letter_sent_twice_arrives_once(cast: Cast) -> None:
    cast.write(cast.accept(), "Hello.")
    address = cast.conversation()
    page = cast.student.get(address).text
    fields = hidden_fields(page, action=f"{address}/messages") | {"body": "Only once."}
    for _ in range(2):
        cast.student.post(f"{address}/messages", data=fields)
    assert cast.student.get(address).text.count("Only once.") == 1


def test_accepting_twice_leads_to_the_same_case(cast: Cast) -> None:
    address = cast.escalation()
    fields = hidden_fields(cast.maya.get(address).text, action=f"{address}/accept")
    first, second = (cast.maya.post(f"{address}/accept", data=fields) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]


def test_a_colleague_who_accepts_second_is_told_so(cast: Cast) -> None:
    oren, address = cast.app.test_client(), cast.escalation()
    sign_in_as(oren, add_staff_person(cast.app, Role.PROFESSIONAL, username="oren", alias="Oren"))
    fields = hidden_fields(oren.get(address).text, action=f"{address}/accept")
    cast.accept()
    answer = oren.post(f"{address}/accept", data=fields)
    assert answer.status_code == 409
    assert "A colleague has already answered" in answer.text


def test_a_declined_text_waits_before_the_moderators_with_the_reason(cast: Cast) -> None:
    address = cast.escalation()
    reason = {"reason": "The study office can help sooner."}
    assert post_form(cast.maya, f"{address}/decline", reason, page=address).status_code == 303
    assert "The study office can help sooner." in cast.moderator.get(cast.item).text


@pytest.mark.parametrize("body", ["", "   \n\u200b ", "x" * 8001])
def test_a_letter_that_cannot_be_taken_comes_back_whole(cast: Cast, body: str) -> None:
    case = cast.accept()
    answer = cast.write(case, body)
    assert answer.status_code == 422
    assert body.strip("\u200b \n") in answer.text


def test_an_encounter_that_cannot_be_taken_gives_back_what_was_agreed(cast: Cast) -> None:
    case = cast.accept()
    wrong = DONE | {"outcome": "cured", "agreed": "A walk."}
    answer = post_form(cast.maya, f"{case}/encounters", wrong, page=case)
    assert answer.status_code == 422
    assert "A walk." in answer.text


def test_a_stage_that_goes_back_is_refused_with_the_text(cast: Cast) -> None:
    case = cast.accept()
    post_form(cast.maya, f"{case}/encounters", {"stage_guidance": "done", "outcome": ""}, page=case)
    back = {"stage_guidance": "begun", "outcome": "", "agreed": "A walk."}
    answer = post_form(cast.maya, f"{case}/encounters", back, page=case)
    assert answer.status_code == 422
    assert "A walk." in answer.text


def test_a_case_needs_a_summary_to_close(cast: Cast) -> None:
    case = cast.accept()
    assert post_form(cast.maya, f"{case}/close", {"summary": " "}, page=case).status_code == 422


def test_a_letter_without_its_token_is_refused_and_given_back(cast: Cast) -> None:
    case = cast.accept()
    answer = cast.maya.post(f"{case}/messages", data={"body": "You are not alone."})
    assert answer.status_code == 400
    assert "You are not alone." in answer.text


def test_a_student_asks_for_a_counsellor_and_somebody_takes_the_case(app: Flask) -> None:
    student, maya = app.test_client(), app.test_client()
    join_as_student(student)
    sign_in_as(maya, add_staff_person(app, Role.PROFESSIONAL, username="maya", alias="Maya"))
    post_form(student, "/c/academic-difficulties/new", {"title": "My own thread", "body": BODY})
    request = student.get("/counsel/request").text
    thread = re.search(r'name="threads" value="([0-9a-z]{13})"', request)
    assert thread is not None
    wish = {"body": "I would like to talk.", "hope": "a plan for May", "threads": thread.group(1)}
    assert post_form(student, "/counsel/request", wish).status_code == 303
    assert "Your request has arrived" in student.get("/counsel").text
    found = re.search(r"/counselling/cases/[0-9a-z]{13}/take", maya.get("/counselling/").text)
    assert found is not None
    taken = post_form(maya, found.group(), {}, page="/counselling/")
    page = read_case(maya, taken.headers["Location"])
    assert "I would like to talk." in page
    assert "a plan for May" in page
    assert "My own thread" in page


def test_a_wish_without_words_comes_back(app: Flask) -> None:
    student = app.test_client()
    join_as_student(student)
    answer = post_form(student, "/counsel/request", {"body": " ", "hope": "a plan for May"})
    assert answer.status_code == 422
    assert "a plan for May" in answer.text


def test_words_of_danger_show_help_at_once(cast: Cast) -> None:
    cast.write(cast.accept(), "Hello.")
    cast.answer("I want to kill myself tonight.")
    assert "You do not have to wait for a letter" in cast.student.get(cast.conversation()).text


def test_nothing_of_a_case_is_kept_by_a_browser_or_said_in_a_title(cast: Cast) -> None:
    case = cast.accept()
    cast.write(case, CANARY)
    for browser, address in ((cast.maya, case), (cast.student, cast.conversation())):
        answer = browser.get(address)
        title = re.search(r"<title>([^<]*)</title>", answer.text)
        assert answer.headers["Cache-Control"] == "no-store"
        assert title is not None
        assert cast.pseudonym not in html.unescape(title.group(1))


def test_a_private_sentence_is_found_nowhere_on_the_disk(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    case = cast.accept()
    cast.write(case, CANARY)
    cast.answer(CANARY)
    encounter = DONE | {"outcome": "referred", "agreed": CANARY}
    post_form(cast.maya, f"{case}/encounters", encounter, page=case)
    post_form(cast.maya, f"{case}/close", {"summary": CANARY}, page=case)
    run_outbox(cast.app)
    assert read_case(cast.maya, case).count(CANARY) == 5  # what was agreed stands on the card as well
    assert spellings_found(settings_of(cast.app).data_dir, CANARY) == []
    assert CANARY not in caplog.text


def test_the_search_for_the_sentence_would_find_it(tmp_path: Path) -> None:
    (tmp_path / "stoa.sqlite3").write_bytes(b"..." + base64.b64encode(b"ab" + CANARY.encode()))
    assert spellings_found(tmp_path, CANARY) != []


def test_the_database_does_not_say_whose_case_it_is(cast: Cast) -> None:
    cast.write(cast.accept(), "Hello.")
    with cast.app.app_context():
        rows = [*db.session.query(Case), *db.session.query(CaseMessage)]
        clear = " ".join(str(getattr(row, column.name)) for row in rows for column in row.__table__.columns)
    assert cast.pseudonym not in clear

"""A live talk as its pages do it: asking, opening, saying something and being heard, with and without script;
and nobody else hears a word.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from accounts.permissions import Role
from core import live
from core.clock import utcnow
from core.db import db, transaction
from counselling import queries as case_queries
from counselling.cases import assign_case
from counselling.live import queries
from counselling.live.presence import QUIET_AFTER
from counselling.record.fits import note_fit
from counselling.record.models import Fit
from tests.counselling.people import add_staff_row
from tests.counselling.talking import SCRIPT, Talk
from tests.people import add_staff_person, hidden_fields, join_as_student, post_form, sign_in_as


def words_on(page: TestResponse) -> list[str]:
    """What stands in the lines of a page, in order."""
    return re.findall(r'<div class="words" dir="auto"><p>(.*?)</p>', page.text)


def fetched(who: FlaskClient, place: str, after: int) -> Any:
    return who.get(f"{place}/messages?after={after}").json


def test_who_asks_is_told_their_place(talk: Talk) -> None:
    talk.ask()
    assert "You are next" in talk.student.get(talk.own).text


def test_the_professional_sees_that_somebody_waits_and_opens(talk: Talk) -> None:
    talk.ask()
    assert "The student waits to talk" in talk.maya.get(talk.room).text
    talk.open()
    assert 'data-state="open"' in talk.maya.get(talk.room).text
    assert 'data-state="open"' in talk.student.get(talk.own).text


def test_an_invited_student_comes_in(talk: Talk) -> None:
    talk.open()
    assert "Come in" in talk.student.get(talk.own).text
    talk.ask()
    assert 'data-state="open"' in talk.maya.get(talk.room).text


def test_each_hears_the_other_in_order(open_talk: Talk) -> None:
    for number, (who, text) in enumerate(
        [(open_talk.student, "Hello."), (open_talk.maya, "Good that you came."), (open_talk.student, "Yes.")]
    ):
        assert open_talk.say(who, text, f"id-{number}").status_code == 201
    heard = ["Hello.", "Good that you came.", "Yes."]
    assert words_on(open_talk.maya.get(open_talk.room)) == heard
    assert words_on(open_talk.student.get(open_talk.own)) == heard


def test_a_page_fetches_what_is_behind_a_number(open_talk: Talk) -> None:
    numbers = [open_talk.say(open_talk.maya, f"Line {n}.", f"id-{n}").json["number"] for n in range(3)]  # type: ignore[index]
    found = fetched(open_talk.student, open_talk.own, numbers[0])
    assert found["lines"] == numbers[1:]
    assert "Line 0" not in found["html"]
    assert "Line 1" in found["html"]


def test_what_is_said_is_shown_without_what_could_run(open_talk: Talk) -> None:
    number = open_talk.say(open_talk.student, "<script>alert(1)</script> **loud**", "id").json["number"]  # type: ignore[index]
    html = fetched(open_talk.maya, open_talk.room, number - 1)["html"]
    assert "<script" not in html
    assert "<strong>loud</strong>" in html


def test_the_same_line_sent_again_is_stored_once(open_talk: Talk) -> None:
    answers = [open_talk.say(open_talk.student, "Once.", "same") for _ in range(2)]
    assert answers[0].json == answers[1].json
    assert words_on(open_talk.maya.get(open_talk.room)) == ["Once."]


def prompt_of(page: TestResponse) -> tuple[bool, list[str]]:
    """Whether a page shows that it has gone quiet, and the words that it offers then."""
    found = re.search(r'<div id="quiet"( hidden)?>(.*?)</ul>', page.text, re.S)
    assert found is not None
    return found[1] is None, re.findall(r"<q>(.*?)</q>", found[2])


def test_words_are_offered_when_a_student_has_said_nothing_for_some_minutes(
    open_talk: Talk, app: Flask
) -> None:
    words = [
        "Take your time. I am here.",
        "It is all right not to know what to say. Shall we go on with something small?",
        "Are you still there? If you would rather stop, that is fine: you can write to me at any time.",
    ]
    assert prompt_of(open_talk.maya.get(open_talk.room)) == (False, words)
    with app.app_context():
        with transaction():
            session = queries.current_session(open_talk.case_id, locked=True)
            assert session is not None
            session.opened_at = utcnow() - QUIET_AFTER
        db.session.remove()
    page = open_talk.maya.get(open_talk.room)
    assert prompt_of(page) == (True, words)
    assert "The student has not written for some minutes." in page.text
    assert open_talk.maya.get(f"{open_talk.room}/state").json["quiet"] is True  # type: ignore[index]


def test_a_student_is_never_told_that_it_has_gone_quiet(open_talk: Talk) -> None:
    assert 'id="quiet"' not in open_talk.student.get(open_talk.own).text


def test_two_tabs_of_a_student_each_hear_all(open_talk: Talk) -> None:
    open_talk.say(open_talk.student, "From one tab.", "a")
    open_talk.say(open_talk.student, "From the other.", "b")
    for _tab in range(2):
        found = fetched(open_talk.student, open_talk.own, 0)
        assert found["html"].count("<li") == 2


def first_state(answer: TestResponse) -> tuple[str, Any]:
    """What a stream says first, as it stands, and its state."""
    said = ""
    for piece in answer.response:
        said += piece.decode() if isinstance(piece, bytes) else piece
        if "data: " in said:
            break
    answer.close()
    (state,) = [line for line in said.splitlines() if line.startswith("data: ")]
    return said, json.loads(state.removeprefix("data: "))


@pytest.mark.parametrize("side", ["student", "professional"])
def test_a_stream_says_that_there_is_a_line_and_never_which(open_talk: Talk, side: str) -> None:
    number = open_talk.say(open_talk.student, "A word that nobody else writes: quince.", "id").json["number"]  # type: ignore[index]
    who, place = {
        "student": (open_talk.student, open_talk.own),
        "professional": (open_talk.maya, open_talk.room),
    }[side]
    said, state = first_state(who.get(f"{place}/events"))
    assert state["last"] == number
    known = {"session", "state", "last", "ends", "version", "other", "people", "quiet", "before"}
    assert state.keys() <= known
    assert "quince" not in said


@pytest.mark.parametrize("side", ["student", "professional"])
def test_asking_again_and_again_tells_the_same_under_the_same_id(open_talk: Talk, side: str) -> None:
    who, place = {
        "student": (open_talk.student, open_talk.own),
        "professional": (open_talk.maya, open_talk.room),
    }[side]
    said, state = first_state(who.get(f"{place}/events"))
    polled = who.get(f"{place}/state").json
    assert polled == {"id": polled["id"], **state}  # type: ignore[index]
    assert f"id: {polled['id']}\n" in said  # type: ignore[index]


def test_the_fifth_stream_is_told_to_ask_instead(open_talk: Talk) -> None:
    streams = [open_talk.student.get(f"{open_talk.own}/events") for _ in range(live.MOST_STREAMS + 1)]
    assert [answer.status_code for answer in streams] == [200] * live.MOST_STREAMS + [204]
    for answer in streams:
        answer.close()


def test_asking_again_and_again_writes_nothing(open_talk: Talk, app: Flask) -> None:
    written = watch_writes(app)
    for who, place in ((open_talk.student, open_talk.own), (open_talk.maya, open_talk.room)):
        assert who.get(f"{place}/state").status_code == 200
    assert written == []


def test_saying_that_one_is_there_writes_once_in_a_while(open_talk: Talk, app: Flask) -> None:
    token = hidden_fields(open_talk.student.get(open_talk.own).text)
    written = watch_writes(app)
    for _ in range(5):
        assert open_talk.student.post(f"{open_talk.own}/here", data=token).status_code == 200
    assert written == []  # the page has just been opened


def watch_writes(app: Flask) -> list[str]:
    """What is written from now on."""
    written: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.split()[0] in {"INSERT", "UPDATE", "DELETE"}:
            written.append(statement)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
    return written


def test_a_talk_that_is_over_refuses_a_line_and_says_so(open_talk: Talk) -> None:
    fields = hidden_fields(open_talk.student.get(open_talk.own).text) | {
        "body": "One more.",
        "submission_id": "x",
    }
    post_form(open_talk.maya, f"{open_talk.room}/end", {}, page=open_talk.room)
    answer = open_talk.student.post(f"{open_talk.own}/lines", data=fields, headers=SCRIPT)
    assert answer.status_code == 409
    assert "over" in answer.json["sentence"]  # type: ignore[index]


@pytest.mark.parametrize("side", ["student", "professional"])
def test_without_script_the_line_comes_back_to_be_sent_as_a_letter(open_talk: Talk, side: str) -> None:
    who, place, other, end = {
        "student": (open_talk.student, open_talk.own, open_talk.maya, open_talk.room),
        "professional": (open_talk.maya, open_talk.room, open_talk.student, open_talk.own),
    }[side]
    fields = hidden_fields(who.get(place).text, f"{place}/lines") | {"body": "One more thing."}
    post_form(other, f"{end}/end", {}, page=end)
    answer = who.post(f"{place}/lines", data=fields)
    assert answer.status_code == 409
    assert "One more thing.</textarea>" in answer.text
    letter = re.search(r'<form[^>]*id="say"[^>]*action="([^"]*)"', answer.text)
    assert letter is not None
    sent = who.post(letter[1], data=hidden_fields(answer.text, letter[1]) | {"body": "One more thing."})
    assert sent.status_code == 303


def test_without_script_a_page_loads_itself_anew_when_somebody_asked_for_that(open_talk: Talk) -> None:
    again = f"{open_talk.own}/again"
    assert f'href="{again}#talk-end"' in open_talk.student.get(open_talk.own).text
    assert open_talk.student.get(again).headers["Refresh"] == f"20; url={again}#talk-end"


def test_no_other_page_loads_itself_anew(open_talk: Talk) -> None:
    for page in (open_talk.own, f"{open_talk.own}?write=1", f"{open_talk.own}?write=again"):
        assert "Refresh" not in open_talk.student.get(page).headers


def test_who_writes_from_a_page_that_loads_itself_comes_back_to_it(open_talk: Talk) -> None:
    page = open_talk.student.get(f"{open_talk.own}?write=again")
    fields = hidden_fields(page.text, f"{open_talk.own}/lines") | {"body": "Hello."}
    answer = open_talk.student.post(f"{open_talk.own}/lines", data=fields)
    assert answer.headers["Location"].startswith(f"{open_talk.own}/again#line-")


def test_without_script_looking_for_new_messages_keeps_what_was_typed(open_talk: Talk) -> None:
    fields = hidden_fields(open_talk.student.get(f"{open_talk.own}?write=1").text, f"{open_talk.own}/lines")
    open_talk.say(open_talk.maya, "Take your time.", "m")
    page = open_talk.student.post(f"{open_talk.own}/lines", data=fields | {"body": "I was just", "look": "1"})
    assert "I was just</textarea>" in page.text
    assert words_on(page) == ["Take your time."]


def test_without_script_a_line_is_sent_and_the_page_shows_it(open_talk: Talk) -> None:
    fields = hidden_fields(open_talk.student.get(f"{open_talk.own}?write=1").text, f"{open_talk.own}/lines")
    answer = open_talk.student.post(f"{open_talk.own}/lines", data=fields | {"body": "Hello."})
    assert answer.status_code == 303
    assert words_on(open_talk.student.get(open_talk.own)) == ["Hello."]


def test_only_the_professional_sees_the_stages(open_talk: Talk) -> None:
    press = {"stage": "introduction:begun"}
    assert post_form(open_talk.maya, f"{open_talk.room}/stage", press, page=open_talk.room).status_code == 303
    assert "Introduction: begun" in open_talk.maya.get(open_talk.room).text
    assert "Introduction" not in open_talk.student.get(open_talk.own).text


def test_both_see_that_time_was_added(open_talk: Talk) -> None:
    before = open_talk.student.get(f"{open_talk.own}/state").json["ends"]  # type: ignore[index]
    post_form(open_talk.maya, f"{open_talk.room}/extend", {"seen": "0"}, page=open_talk.room)
    assert open_talk.student.get(f"{open_talk.own}/state").json["ends"] > before  # type: ignore[index]
    assert "has added time" in open_talk.student.get(open_talk.own).text


def test_before_the_first_talk_the_student_reads_whether_this_fits(talk: Talk, app: Flask) -> None:
    with app.app_context(), transaction():
        case = case_queries.case(talk.case_id, locked=True)
        assert case is not None
        assert case.owner is not None
        note_fit(case, Fit.ONLINE, "Talking live suits you well.", actor=case.owner, now=utcnow())
    assert "Talking live suits you well." in talk.student.get(talk.own).text
    talk.ask()
    assert "Talking live suits you well." in talk.student.get(talk.own).text


def test_the_student_reads_what_was_agreed(talk: Talk) -> None:
    talk.ask()
    talk.open(who="professional", minutes="15", line="The line of the house, 9 to 21")
    page = talk.student.get(talk.own).text
    assert "your counsellor writes to you here within 15 minutes" in page
    assert "The line of the house, 9 to 21" in page


STUDENTS_PLACES = ["", "/again", "/messages", "/events", "/state"]


@pytest.mark.parametrize("tail", STUDENTS_PLACES)
def test_another_student_finds_nothing(open_talk: Talk, app: Flask, tail: str) -> None:
    other = app.test_client()
    join_as_student(other)
    missing = other.get(f"/counsel/0000000000000/live{tail}")
    assert other.get(open_talk.own + tail).status_code == missing.status_code == 404


@pytest.mark.parametrize("tail", STUDENTS_PLACES)
def test_another_professional_finds_nothing(open_talk: Talk, app: Flask, tail: str) -> None:
    other = app.test_client()
    sign_in_as(other, add_staff_person(app, Role.PROFESSIONAL, username="oren"))
    assert other.get(open_talk.room + tail).status_code == 404


@pytest.mark.parametrize("act", ["", "/lines", "/here", "/end"])
def test_another_student_changes_nothing(open_talk: Talk, app: Flask, act: str) -> None:
    other = app.test_client()
    join_as_student(other)
    fields = hidden_fields(other.get("/me").text) | {"body": "Let me in."}
    assert other.post(open_talk.own + act, data=fields).status_code == 404


@pytest.mark.parametrize("act", ["", "/lines", "/here", "/end", "/extend", "/stage", "/cut-off"])
def test_another_professional_changes_nothing(open_talk: Talk, app: Flask, act: str) -> None:
    other = app.test_client()
    sign_in_as(other, add_staff_person(app, Role.PROFESSIONAL, username="oren"))
    fields = hidden_fields(other.get("/staff/password").text)
    fields |= {"body": "Let me in.", "who": "student", "minutes": "15", "seen": "0"}
    fields |= {"stage": "introduction:done"}
    assert other.post(open_talk.room + act, data=fields).status_code == 404


@pytest.mark.parametrize("tail", STUDENTS_PLACES)
def test_no_browser_keeps_anything_of_it(open_talk: Talk, tail: str) -> None:
    for who, place in ((open_talk.student, open_talk.own), (open_talk.maya, open_talk.room)):
        answer = who.get(place + tail)
        assert "no-store" in answer.headers["Cache-Control"]
        answer.close()


def test_the_talk_stands_among_the_letters_folded(open_talk: Talk) -> None:
    open_talk.say(open_talk.student, "In the talk.", "a")
    open_talk.say(open_talk.maya, "Also in the talk.", "b")
    for who, page in (
        (open_talk.student, f"/counsel/{open_talk.case_id}"),
        (open_talk.maya, f"/counselling/cases/{open_talk.case_id}"),
    ):
        folded = re.findall(r"<li data-talk>.*?</details>", who.get(page).text, re.S)
        assert len(folded) == 1
        assert folded[0].count("the talk.") == 2


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream looks, and asks whether it is welcome, without a rest."""
    monkeypatch.setattr(live, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(live, "CHECK_EVERY", 0.0)
    monkeypatch.setattr(live, "LONGEST", 2.0)


def pieces(answer: TestResponse) -> Iterator[str]:
    yield from (piece.decode() if isinstance(piece, bytes) else piece for piece in answer.response)
    answer.close()


@pytest.mark.usefixtures("unhurried")
def test_a_stream_ends_when_the_case_has_another_owner(open_talk: Talk, app: Flask) -> None:
    stream = open_talk.maya.get(f"{open_talk.room}/events")
    heard = pieces(stream)
    assert "data: " in next(heard) + next(heard)
    with app.app_context():
        oren = add_staff_row(Role.PROFESSIONAL, "oren")
        with transaction():
            case = case_queries.case(open_talk.case_id, locked=True)
            assert case is not None
            assign_case(case, owner=oren, now=utcnow())
    assert list(heard) == []
    stream.close()


@pytest.mark.usefixtures("unhurried")
def test_a_stream_ends_when_the_student_has_signed_out(open_talk: Talk) -> None:
    stream = open_talk.student.get(f"{open_talk.own}/events")
    heard = pieces(stream)
    assert "data: " in next(heard) + next(heard)
    post_form(open_talk.student, "/logout", {}, page="/me")
    assert list(heard) == []
    stream.close()


def test_a_professional_s_second_tab_shows_the_same(open_talk: Talk) -> None:
    open_talk.say(open_talk.maya, "From one tab.", "a")
    open_talk.say(open_talk.maya, "From the other.", "b")
    pages = [words_on(open_talk.maya.get(open_talk.room)) for _tab in range(2)]
    assert pages == [["From one tab.", "From the other."]] * 2


def test_closing_the_case_ends_the_talk(open_talk: Talk) -> None:
    case = open_talk.room.removesuffix("/live")
    fields = {"agreed": "A walk.", "outcome": "resolved"}
    assert post_form(open_talk.maya, f"{case}/encounters", fields, page=f"{case}/record").status_code == 303
    closing = {"summary": "Sleeps again."}
    assert post_form(open_talk.maya, f"{case}/close", closing, page=f"{case}/closing").status_code == 303
    assert open_talk.say(open_talk.student, "And then?", "late").status_code == 409

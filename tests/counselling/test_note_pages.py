"""Notes as pages."""

import re

import pytest
from flask import Flask

from tests.counselling.recording import Pair, begin_case, colleague
from tests.people import hidden_fields, post_form, run_outbox


@pytest.fixture
def pair(app: Flask) -> Pair:
    """A student and Maya."""
    return begin_case(app)


def write(pair: Pair, body: str, lane: str = "team", act: str = "save") -> None:
    answer = post_form(pair.maya, f"{pair.case}/notes", {"body": body, "lane": lane, "act": act})
    assert answer.status_code == 303, answer.text


def go_on(pair: Pair) -> str:
    """Where the only unfinished note goes on."""
    found = re.search(r"notes\?note=([0-9a-z]{13})", pair.maya.get(f"{pair.case}/notes").text)
    assert found is not None
    return f"{pair.case}/notes?note={found.group(1)}"


def test_a_shared_note_is_told_and_read(pair: Pair) -> None:
    write(pair, "We said: a walk each day.", "shared", "finalise")
    run_outbox(pair.app)
    told = pair.student.get("/me").text
    assert "Your counsellor has shared a note with you" in told
    assert "a walk each day" not in told
    assert "We said: a walk each day." in pair.student.get(f"{pair.own}/shared").text


def test_an_unfinished_note_and_a_team_note_are_not_the_student_s_to_read(pair: Pair) -> None:
    write(pair, "Half a thought.", "shared")
    write(pair, "Among us.", "team", "finalise")
    run_outbox(pair.app)
    page = pair.student.get(f"{pair.own}/shared").text
    assert "Half a thought." not in page
    assert "Among us." not in page
    assert "has shared a note" not in pair.student.get("/me").text


@pytest.mark.parametrize(("field", "value"), [("body", "  "), ("body", "x" * 8001), ("lane", "everybody")])
def test_a_note_that_cannot_be_taken_comes_back(pair: Pair, field: str, value: str) -> None:
    sent = {"body": "Many words.", "lane": "team"} | {field: value}
    answer = post_form(pair.maya, f"{pair.case}/notes", sent)
    assert answer.status_code == 422
    assert sent["body"].strip() in answer.text


def test_an_unfinished_note_goes_on_where_it_was(pair: Pair) -> None:
    write(pair, "Half a thought.")
    page = go_on(pair)
    assert "Half a thought." in pair.maya.get(page).text
    post_form(pair.maya, f"{pair.case}/notes", {"body": "A whole one.", "lane": "team"}, page=page)
    text = pair.maya.get(f"{pair.case}/notes").text
    assert "A whole one." in text
    assert "Half a thought." not in text


def test_two_tabs_lose_nothing(pair: Pair) -> None:
    write(pair, "Half a thought.")
    page, goal = go_on(pair), f"{pair.case}/notes"
    first, second = (hidden_fields(pair.maya.get(page).text, action=goal) for _ in range(2))
    pair.maya.post(goal, data=first | {"body": "The first tab.", "lane": "team"})
    answer = pair.maya.post(goal, data=second | {"body": "The second tab.", "lane": "team"})
    assert answer.status_code == 409
    assert "The first tab." in answer.text
    assert "The second tab." in answer.text
    again = hidden_fields(answer.text, action=goal) | {"body": "Both tabs.", "lane": "team"}
    assert pair.maya.post(goal, data=again).status_code == 303
    assert "Both tabs." in pair.maya.get(goal).text


def test_a_note_that_was_locked_meanwhile_gives_the_words_back(pair: Pair) -> None:
    write(pair, "Half a thought.")
    page, goal = go_on(pair), f"{pair.case}/notes"
    second = hidden_fields(pair.maya.get(page).text, action=goal)
    post_form(pair.maya, goal, {"body": "Final.", "lane": "team", "act": "finalise"}, page=page)
    answer = pair.maya.post(goal, data=second | {"body": "Too late.", "lane": "team"})
    assert answer.status_code == 409
    assert "Too late." in answer.text


def test_sending_a_new_note_twice_writes_one(pair: Pair) -> None:
    goal = f"{pair.case}/notes"
    fields = hidden_fields(pair.maya.get(goal).text, action=goal) | {"body": "Only once.", "lane": "team"}
    for _ in range(2):
        pair.maya.post(goal, data=fields)
    assert pair.maya.get(goal).text.count("Only once.") == 1


def test_later_words_stand_under_a_locked_note(pair: Pair) -> None:
    write(pair, "Locked.", "shared", "finalise")
    found = re.search(r"notes\?addendum_to=([0-9a-z]{13})", pair.maya.get(f"{pair.case}/notes").text)
    assert found is not None
    page = f"{pair.case}/notes?addendum_to={found.group(1)}"
    sent = post_form(pair.maya, f"{pair.case}/notes", {"body": "Said later."}, page=page)
    assert sent.status_code == 303
    assert "Said later." in pair.student.get(f"{pair.own}/shared").text


@pytest.mark.parametrize("about", ["note=nonsense", "addendum_to=0000000000000", "note=%00"])
def test_a_note_that_does_not_exist_is_missing(pair: Pair, about: str) -> None:
    assert pair.maya.get(f"{pair.case}/notes?{about}").status_code == 404


def test_notes_are_missing_for_a_colleague(pair: Pair) -> None:
    oren = colleague(pair.app)
    token = hidden_fields(oren.get("/counselling/").text)
    assert oren.get(f"{pair.case}/notes").status_code == 404
    words = {"body": "Hello.", "lane": "team", "version": "0"}
    assert oren.post(f"{pair.case}/notes", data=token | words).status_code == 404

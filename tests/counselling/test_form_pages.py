"""Forms as pages: nothing that was typed is lost, and nobody else finds them."""

import html

import pytest
from flask import Flask

from tests.counselling.recording import Pair, begin_case, colleague
from tests.people import hidden_fields, join_as_student, post_form, run_outbox

RISK = {
    "q_thoughts": "passing",
    "q_plan": "no",
    "q_means": "not_asked",
    "q_timeframe": "none",
    "q_done": "We talked about the weekend.",
}
NOWHERE = "0000000000000"


@pytest.fixture
def pair(app: Flask) -> Pair:
    """A student and Maya."""
    return begin_case(app)


def test_a_risk_assessment_is_filled_in_and_locked(pair: Pair) -> None:
    form = pair.begin_form("risk_assessment")
    assert pair.fill(form, **RISK, act="finalise").status_code == 303
    page = pair.maya.get(form).text
    assert "We talked about the weekend." in page
    assert "finalised" in page
    assert 'name="q_done"' not in page


def test_a_form_that_misses_something_comes_back_whole(pair: Pair) -> None:
    answer = pair.fill(pair.begin_form("risk_assessment"), q_done="A walk.", act="finalise")
    assert answer.status_code == 422
    assert "A walk." in answer.text
    assert "Please answer this before you finalise." in answer.text


def test_an_answer_that_is_none_of_the_choices_gives_everything_back(pair: Pair) -> None:
    answer = pair.fill(pair.begin_form("risk_assessment"), **(RISK | {"q_plan": "perhaps"}))
    assert answer.status_code == 422
    assert "We talked about the weekend." in answer.text


def test_too_many_words_give_everything_back(pair: Pair) -> None:
    answer = pair.fill(pair.begin_form("safety_plan"), q_alone="Walk.", q_signs="x" * 2001)
    assert answer.status_code == 422
    assert "Walk." in answer.text
    assert "x" * 2001 in answer.text


def test_the_second_tab_gets_its_words_back_beside_the_saved_ones(pair: Pair) -> None:
    form = pair.begin_form("safety_plan")
    second = hidden_fields(pair.maya.get(form).text, action=form)
    pair.fill(form, q_alone="The first tab.")
    answer = pair.maya.post(form, data=second | {"q_alone": "The second tab."})
    assert answer.status_code == 409
    assert "The first tab." in answer.text
    assert "The second tab." in answer.text
    again = hidden_fields(answer.text, action=form) | {"q_alone": "The second tab."}
    assert pair.maya.post(form, data=again).status_code == 303
    assert "The second tab." in pair.maya.get(form).text


def test_a_form_that_was_locked_in_another_tab_gives_the_words_back(pair: Pair) -> None:
    form = pair.begin_form("risk_assessment")
    second = hidden_fields(pair.maya.get(form).text, action=form)
    pair.fill(form, **RISK, act="finalise")
    answer = pair.maya.post(form, data=second | {"q_done": "Later words."})
    assert answer.status_code == 409
    assert "Later words." in answer.text


def test_the_student_reads_a_plan_and_adds_to_it(pair: Pair) -> None:
    form = pair.begin_form("safety_plan")
    pair.fill(form, q_signs="I stop answering messages.", is_shared="1")
    run_outbox(pair.app)
    assert "a plan there for you" in pair.student.get("/me").text
    assert f"{pair.own}/plan" in pair.student.get(f"{pair.own}/shared").text
    assert "I stop answering messages." in pair.student.get(f"{pair.own}/plan").text
    added = post_form(pair.student, f"{pair.own}/plan", {"part": "alone", "words": "Make tea."})
    assert added.status_code == 303
    assert "Make tea." in pair.student.get(f"{pair.own}/plan").text
    assert "Make tea." in pair.maya.get(form).text


def test_a_plan_that_is_not_shared_is_not_shown(pair: Pair) -> None:
    pair.fill(pair.begin_form("safety_plan"), q_signs="I stop answering messages.")
    assert "I stop answering" not in pair.student.get(f"{pair.own}/plan").text
    assert "There is no plan yet" in pair.student.get(f"{pair.own}/plan").text


def test_a_line_for_the_plan_without_a_place_comes_back(pair: Pair) -> None:
    pair.fill(pair.begin_form("safety_plan"), q_signs="Silence.", is_shared="1")
    answer = post_form(pair.student, f"{pair.own}/plan", {"words": "Make tea."})
    assert answer.status_code == 422
    assert "Make tea." in answer.text


def test_sending_a_line_twice_adds_it_once(pair: Pair) -> None:
    pair.fill(pair.begin_form("safety_plan"), q_signs="Silence.", is_shared="1")
    plan = f"{pair.own}/plan"
    fields = hidden_fields(pair.student.get(plan).text, action=plan) | {"part": "alone", "words": "Make tea."}
    for _ in range(2):
        pair.student.post(plan, data=fields)
    assert pair.student.get(plan).text.count("Make tea.") == 1


@pytest.mark.parametrize("room", ["shared", "plan"])
def test_what_is_shared_is_missing_for_another_student(pair: Pair, room: str) -> None:
    other = pair.app.test_client()
    join_as_student(other)
    assert other.get(f"{pair.own}/{room}").status_code == 404
    assert other.get(f"/counsel/{NOWHERE}/{room}").status_code == 404


def test_forms_are_missing_for_a_colleague(pair: Pair) -> None:
    form = pair.begin_form("risk_assessment")
    oren = colleague(pair.app)
    token = hidden_fields(oren.get("/counselling/").text)
    assert oren.get(form).status_code == 404
    assert oren.get(f"{pair.case}/forms").status_code == 404
    assert oren.post(form, data=token | RISK | {"version": "1"}).status_code == 404
    assert oren.post(f"{pair.case}/forms", data=token | {"kind": "referral"}).status_code == 404


def test_a_form_s_pages_are_kept_by_no_browser(pair: Pair) -> None:
    form = pair.begin_form("risk_assessment")
    for browser, address in ((pair.maya, form), (pair.student, f"{pair.own}/plan")):
        assert browser.get(address).headers["Cache-Control"] == "no-store"


def test_a_kind_that_does_not_exist_begins_nothing(pair: Pair) -> None:
    begun = pair.maya.post(f"{pair.case}/forms", data=pair.token(f"{pair.case}/forms") | {"kind": "cv"})
    assert begun.headers["Location"].endswith("/forms")
    assert "No form has been filled in yet" in html.unescape(pair.maya.get(f"{pair.case}/forms").text)

"""Closing a case, as its page: what is missing is said before anybody has written the words of a farewell."""

import pytest
from flask import Flask

from tests.counselling.recording import Pair, begin_case
from tests.people import post_form

FAREWELL = "You found your sentence, and the lamp is on."


@pytest.fixture
def pair(app: Flask) -> Pair:
    """A student and Maya."""
    return begin_case(app)


def record(pair: Pair, outcome: str) -> None:
    fields = {"stage_introduction": "done", "outcome": outcome, "agreed": "A walk."}
    answer = post_form(pair.maya, f"{pair.case}/encounters", fields, page=f"{pair.case}/record")
    assert answer.status_code == 303


def test_an_encounter_without_an_outcome_is_named_before_the_form(pair: Pair) -> None:
    record(pair, "")
    page = pair.maya.get(f"{pair.case}/closing").text
    assert "Encounter 1 has no outcome yet." in page
    assert f"{pair.case}/record" in page


def test_with_an_outcome_nothing_stands_in_the_way(pair: Pair) -> None:
    record(pair, "resolved")
    assert "has no outcome yet" not in pair.maya.get(f"{pair.case}/closing").text


def test_words_that_came_too_early_come_back(pair: Pair) -> None:
    record(pair, "")
    answer = post_form(pair.maya, f"{pair.case}/close", {"summary": FAREWELL}, page=f"{pair.case}/closing")
    assert answer.status_code == 409
    assert "Encounter 1 has no outcome yet." in answer.text
    assert f"{FAREWELL}</textarea>" in answer.text
    assert 'name="summary"' in answer.text

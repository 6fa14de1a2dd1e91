"""What may leave a case: that there was help, and no word of whom it helped."""

import re

import pytest
from flask import Flask

from core.db import db
from core.models import AuditEvent
from tests.counselling.recording import Pair, begin_case, colleague
from tests.people import post_form

REFERRAL = {
    "q_service": "The sleep clinic",
    "q_reference": "Door 4",
    "q_consent": "yes",
    "q_shared": "A letter about the nights.",
    "q_why": "They know nights.",
}


@pytest.fixture
def pair(app: Flask) -> Pair:
    """A student and Maya, who wrote everywhere."""
    pair = begin_case(app)
    post_form(pair.maya, f"{pair.case}/messages", {"body": "A zebra letter."}, page=pair.case)
    encounter = {"outcome": "referred", "agreed": "A zebra walk."}
    post_form(pair.maya, f"{pair.case}/encounters", encounter, page=f"{pair.case}/record")
    note = {"body": "A zebra note.", "lane": "team", "act": "finalise"}
    post_form(pair.maya, f"{pair.case}/notes", note)
    pair.fill(pair.begin_form("referral"), **REFERRAL, act="finalise")
    pair.fill(pair.begin_form("risk_assessment"), q_before="A zebra risk.")
    return pair


def test_it_holds_dates_counts_and_where_somebody_was_referred(pair: Pair) -> None:
    page = pair.maya.get(f"{pair.case}/neutral").text
    for words in ("The sleep clinic", "Door 4", "referred to another service"):
        assert words in page


def test_it_holds_no_word_of_the_student_or_about_them(pair: Pair) -> None:
    page = pair.maya.get(f"{pair.case}/neutral").text
    for words in ("zebra", "I would like to talk", "about the nights", "They know nights"):
        assert words not in page


def test_the_name_in_the_forum_does_not_leave_the_case(pair: Pair) -> None:
    name = re.search(r"<h1>(\w+ \w+)", pair.maya.get(pair.case).text)
    assert name is not None
    assert name.group(1) not in pair.maya.get(f"{pair.case}/neutral").text


def test_opening_it_is_logged_with_its_purpose(pair: Pair) -> None:
    pair.maya.get(f"{pair.case}/neutral")
    with pair.app.app_context():
        events = db.session.query(AuditEvent).filter_by(kind="case_summarised").all()
        assert [one.target for one in events] == [f"case:{pair.case_id}"]


def test_it_is_missing_for_a_colleague(pair: Pair) -> None:
    assert colleague(pair.app).get(f"{pair.case}/neutral").status_code == 404

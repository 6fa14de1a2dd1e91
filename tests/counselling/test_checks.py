""" "Did I get you right?", and words for how one feels."""

from datetime import timedelta

import pytest
from flask import Flask

from accounts.models import Staff
from core.db import transaction
from core.refusals import Missing
from counselling import queries
from counselling.exporting import export_case
from counselling.messages import hear_student
from counselling.models import AuthorKind, Case, MessageKind, ObligationKind
from counselling.record.checks import checks_of, confirm_check, correct_check, open_check, send_check
from counselling.record.feelings import feelings_of, set_feelings
from tests.counselling.people import NOON
from tests.counselling.recording import Pair, begin_case
from tests.people import hidden_fields, post_form

LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def asked(case: Case, maya: Staff) -> int:
    """Maya has sent a summary. Its number."""
    with transaction():
        return send_check(case, "You sleep badly.", actor=maya, now=NOON).number


def unanswered(case: Case) -> list[ObligationKind]:
    return [one.kind for one in queries.unsettled_obligations(case.id)]


def test_a_yes_asks_for_no_answer(case: Case, asked: int) -> None:
    with transaction():
        confirm_check(case, asked, "Yes.", now=LATER)
    assert open_check(case) is None
    assert ObligationKind.ANSWER not in unanswered(case)


def test_a_correction_is_answered_like_a_letter(case: Case, asked: int) -> None:
    with transaction():
        correct_check(case, asked, "Only on Sundays.", now=LATER)
    assert open_check(case) is None
    assert ObligationKind.ANSWER in unanswered(case)


@pytest.mark.parametrize("number", [0, 2, 99])
def test_only_what_waits_is_answered(case: Case, asked: int, number: int) -> None:
    assert number != asked
    with pytest.raises(Missing), transaction():
        confirm_check(case, number, "Yes.", now=LATER)


def test_both_stay_with_the_encounter(case: Case, asked: int) -> None:
    with transaction():
        confirm_check(case, asked, "Yes.", now=LATER)
    encounter = queries.open_encounter(case.id)
    assert encounter is not None
    own = checks_of(queries.messages(case.id), encounter)
    assert [one.author_kind for one in own] == [AuthorKind.PROFESSIONAL, AuthorKind.STUDENT]
    assert {one.kind for one in own} == {MessageKind.CHECK}


def test_words_for_a_feeling_lie_sealed_and_come_back(inside: Flask, case: Case) -> None:
    with transaction():
        message = hear_student(case, "Hello.", now=NOON)
        set_feelings(case, message, ["tired", "hopeful", "invented"])
    assert message.feeling is not None
    assert b"tired" not in message.feeling
    with inside.test_request_context():
        assert feelings_of(case, message) == ["hopeful", "tired"]


def test_words_for_a_feeling_are_taken_along(inside: Flask, case: Case) -> None:
    with transaction():
        set_feelings(case, hear_student(case, "I cannot sleep.", now=NOON), ["tired"])
    with inside.test_request_context():
        (letter,) = export_case(case)["letters"]
    assert letter["feelings"] == ["tired"]


def test_nobody_has_to_say_how_they_feel(case: Case) -> None:
    with transaction():
        message = hear_student(case, "Hello.", now=NOON)
        set_feelings(case, message, [])
    assert message.feeling is None


@pytest.fixture
def pair(app: Flask) -> Pair:
    """A student and Maya."""
    return begin_case(app)


def ask(pair: Pair) -> None:
    sent = post_form(pair.maya, f"{pair.case}/check", {"body": "You sleep badly."})
    assert sent.status_code == 303


def test_the_student_says_yes(pair: Pair) -> None:
    ask(pair)
    assert "did I get you right?" in pair.student.get(pair.own).text
    answered = post_form(pair.student, f"{pair.own}/check", {"answer": "yes"})
    assert answered.status_code == 303
    assert "Yes, you got me right." in pair.maya.get(pair.case).text
    assert f"{pair.own}/check" not in pair.student.get(pair.own).text


def test_the_student_puts_it_right_once(pair: Pair) -> None:
    ask(pair)
    page = f"{pair.own}/check"
    fields = hidden_fields(pair.student.get(page).text, action=page)
    for _ in range(2):
        sent = pair.student.post(page, data=fields | {"answer": "correct", "body": "Only on Sundays."})
        assert sent.status_code == 303
    assert pair.maya.get(pair.case).text.count("Only on Sundays.") == 1


@pytest.mark.parametrize("answer", ["correct", "perhaps"])
def test_a_correction_without_words_comes_back(pair: Pair, answer: str) -> None:
    ask(pair)
    assert post_form(pair.student, f"{pair.own}/check", {"answer": answer}).status_code == 422


def test_a_letter_carries_a_feeling(pair: Pair) -> None:
    words = {"body": "Hello.", "feelings": ["tired", "lonely"]}
    post_form(pair.student, f"{pair.own}/messages", words, page=pair.own)
    assert "tired, lonely" in pair.maya.get(pair.case).text

"""What a line of a live talk may carry and set going: a few words for how one feels, and the reply of a
counsellor who is away.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask_babel import force_locale

from accounts.models import Staff
from core.db import db, transaction
from counselling import queries
from counselling.live.cut_off import CutOff
from counselling.live.lines import say_as_professional, say_as_student
from counselling.live.sessions import ask_for_live, invite_or_open
from counselling.models import Case, CaseMessage, MessageKind
from counselling.professionals.away import set_away
from tests.counselling.people import NOON
from tests.counselling.talking import Talk
from tests.people import hidden_fields

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def english(inside: Flask) -> Iterator[None]:  # noqa: ARG001
    """Nobody asks here, so nobody has a language."""
    with force_locale("en"):
        yield


@pytest.fixture
def talking(english: None, case: Case, maya: Staff) -> Case:  # noqa: ARG001
    """The student and Maya talk."""
    with transaction():
        ask_for_live(case, now=NOON)
        invite_or_open(case, CutOff(), actor=maya, now=NOON)
    return case


def away(person: Staff, cover: Staff) -> None:
    """Somebody is away for a week, from today."""
    with transaction():
        today = NOON.date()
        set_away(person, first=today, last=today + 6 * DAY, cover=cover, reply="", actor=person, now=NOON)


def say(case: Case, body: str, *, at: timedelta) -> CaseMessage:
    with transaction():
        return say_as_student(case, body, sent_id=body, now=NOON + at)


def automatic(case: Case) -> list[CaseMessage]:
    found = db.session.query(CaseMessage).filter_by(case_id=case.id, kind=MessageKind.AWAY)
    return found.order_by(CaseMessage.number).all()


def test_who_talks_to_nobody_is_told_that_the_counsellor_is_away(
    talking: Case, maya: Staff, oren: Staff
) -> None:
    away(maya, oren)
    said = say(talking, "Are you there?", at=5 * MINUTE)
    (told,) = automatic(talking)
    assert (told.number, told.live_session_id) == (said.number + 1, said.live_session_id)


def test_a_burst_of_lines_is_answered_once(talking: Case, maya: Staff, oren: Staff) -> None:
    away(maya, oren)
    for minutes in (5, 6, 7):
        say(talking, f"Hello, {minutes}.", at=minutes * MINUTE)
    assert len(automatic(talking)) == 1


def test_the_same_line_sent_again_is_answered_once(talking: Case, maya: Staff, oren: Staff) -> None:
    away(maya, oren)
    with transaction():
        say_as_student(talking, "Hello.", sent_id="same", now=NOON + 5 * MINUTE)
    with transaction():
        say_as_professional(talking, "I stand in.", sent_id="m", author=oren, now=NOON + 6 * MINUTE)
    with transaction():
        say_as_student(talking, "Hello.", sent_id="same", now=NOON + 20 * MINUTE)
    assert len(automatic(talking)) == 1


def test_while_somebody_attends_nothing_is_sent_by_itself(talking: Case, maya: Staff, oren: Staff) -> None:
    away(maya, oren)  # and yet here
    say(talking, "Hello.", at=timedelta(seconds=5))
    assert automatic(talking) == []


def test_a_counsellor_who_is_not_away_sends_nothing_by_itself(talking: Case) -> None:
    say(talking, "Hello.", at=5 * MINUTE)
    assert automatic(talking) == []
    assert len(queries.unsettled_obligations(talking.id)) == 1


def test_a_feeling_stands_beside_the_line_on_both_sides(open_talk: Talk) -> None:
    fields = hidden_fields(open_talk.student.get(f"{open_talk.own}?write=1").text, f"{open_talk.own}/lines")
    sent = fields | {"body": "Not a good day.", "feelings": ["sad", "tired", "no such word"]}
    assert open_talk.student.post(f"{open_talk.own}/lines", data=sent).status_code == 303
    for who, place in ((open_talk.student, open_talk.own), (open_talk.maya, open_talk.room)):
        assert "Feels: tired, sad" in who.get(place).text
        assert "Feels: tired, sad" in who.get(f"{place}/messages?after=0").json["html"]  # type: ignore[index]


def test_a_feeling_lies_sealed(talking: Case) -> None:
    with transaction():
        line = say_as_student(talking, "Not a good day.", sent_id="a", feelings=["lonely"], now=NOON)
    assert line.feeling is not None
    assert b"lonely" not in line.feeling


def test_what_was_ticked_stays_ticked_when_somebody_looks_for_new_lines(open_talk: Talk) -> None:
    fields = hidden_fields(open_talk.student.get(f"{open_talk.own}?write=1").text, f"{open_talk.own}/lines")
    looked = open_talk.student.post(
        f"{open_talk.own}/lines", data=fields | {"body": "", "feelings": ["calm"], "look": "1"}
    )
    assert 'value="calm" checked' in looked.text


def test_only_the_student_is_offered_words_for_feelings(open_talk: Talk) -> None:
    assert 'name="feelings"' in open_talk.student.get(open_talk.own).text
    assert 'name="feelings"' not in open_talk.maya.get(open_talk.room).text

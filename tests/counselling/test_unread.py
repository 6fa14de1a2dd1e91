"""What a page shows counts as read, and nothing else does: whatever came while somebody was in another room
of the case still waits for them.
"""

import re
from datetime import timedelta

import pytest
from flask import Flask

from accounts.models import Account, Staff
from core.db import transaction
from counselling import queries
from counselling.cases import close_case
from counselling.live import queries as live_queries
from counselling.messages import hear_student
from counselling.models import AuthorKind, Case, CaseState, ObligationKind
from counselling.reading import open_to_read
from counselling.taking import accept_escalation
from counselling.unread import Shows, unread_texts
from moderation.models import Escalation, EscalationState
from tests.counselling.people import NOON, escalate_post, write_post
from tests.counselling.recording import Pair, begin_case
from tests.counselling.talking import Talk
from tests.people import post_form

LATER = NOON + timedelta(hours=1)
NEW = re.compile(r'">([^<]*) <strong class="tag">new</strong>')


def give_further_text(case: Case, student: Account, colleague: Staff) -> Escalation:
    """A colleague accepts another text of the student, and the owner of their case is given it."""
    further = escalate_post(write_post(student, title="Home"))
    with transaction():
        assert accept_escalation(further, actor=colleague, now=NOON).case is case
    return further


def hear(case: Case) -> None:
    with transaction():
        hear_student(case, "I am here.", now=NOON)


@pytest.mark.parametrize(
    ("shows", "letter_waits", "text_waits"),
    [
        (Shows.NOTHING, True, True),
        (Shows.TALK, True, True),
        (Shows.CONVERSATION, False, True),
        (Shows.TEXTS, True, False),
    ],
)
def test_a_page_marks_what_it_shows(
    case: Case, student: Account, maya: Staff, oren: Staff, shows: Shows, letter_waits: bool, text_waits: bool
) -> None:
    for minute in range(2):  # the first opening is logged, the second is not
        give_further_text(case, student, oren)
        hear(case)
        open_to_read(case.id, reader=maya, now=NOON + timedelta(minutes=minute), shows=shows)
        assert queries.has_unread(case.id, AuthorKind.STUDENT) is letter_waits
        assert bool(unread_texts(case)) is text_waits


@pytest.fixture
def pair(app: Flask) -> Pair:
    """A student and Maya, who has opened the conversation."""
    pair = begin_case(app)
    pair.maya.get(pair.case)
    return pair


ROOMS = ("live", "beginning", "record", "notes", "forms", "forum", "colleagues", "closing")


@pytest.mark.parametrize("room", ROOMS)
def test_a_letter_waits_in_every_other_room_until_the_conversation_was_opened(pair: Pair, room: str) -> None:
    sent = post_form(pair.student, f"{pair.own}/messages", {"body": "I am here."}, page=pair.own)
    assert sent.status_code == 303
    for _visit in range(2):
        assert NEW.findall(pair.maya.get(f"{pair.case}/{room}").text) == ["Conversation"]
    pair.maya.get(pair.case)
    assert NEW.findall(pair.maya.get(f"{pair.case}/{room}").text) == []


OWN_ROOMS = ("live", "live/people", "appointments", "card", "intake", "shared", "reach", "end")


@pytest.mark.parametrize("room", OWN_ROOMS)
def test_a_letter_to_the_student_waits_until_they_opened_the_letters(pair: Pair, room: str) -> None:
    sent = post_form(pair.maya, f"{pair.case}/messages", {"body": "How are you today?"}, page=pair.case)
    assert sent.status_code == 303
    for _visit in range(2):
        answer = pair.student.get(f"{pair.own}/{room}")
        assert answer.status_code == 200
        assert NEW.findall(answer.text) == ["Letters"]
    pair.student.get(pair.own)
    assert NEW.findall(pair.student.get(f"{pair.own}/{room}").text) == []


def test_the_room_of_a_talk_marks_its_lines_alone(app: Flask, open_talk: Talk) -> None:
    # Given a line of the talk, and a letter from before that nobody has opened
    with app.app_context(), transaction():
        case = queries.case(open_talk.case_id, locked=True)
        assert case is not None
        hear_student(case, "I am here.", now=NOON)
    open_talk.say(open_talk.student, "Are you there?", "a-line-of-the-student")

    # When the professional looks at the talk
    open_talk.maya.get(open_talk.room)

    # Then the line is read, and the letter is not
    with app.app_context():
        session = live_queries.current_session(open_talk.case_id)
        assert session is not None
        assert not queries.has_unread(open_talk.case_id, AuthorKind.STUDENT, talk=session.id)
        assert queries.has_unread(open_talk.case_id, AuthorKind.STUDENT)


def test_a_text_that_came_while_a_case_was_closed_stays_promised(
    case: Case, student: Account, maya: Staff, oren: Staff
) -> None:
    # Given a further text that the owner has not looked at
    further = give_further_text(case, student, oren)

    # When they close the case
    with transaction():
        close_case(case, summary="Sleeps again.", actor=maya, now=LATER)

    # Then the text is not resolved, and its answer is still promised
    assert case.state is CaseState.CLOSED
    assert further.state is EscalationState.ACCEPTED
    assert [one.kind for one in queries.unsettled_obligations(case.id)] == [ObligationKind.NEW_TEXT]


def test_a_text_that_was_read_is_resolved_with_the_case(
    case: Case, student: Account, maya: Staff, oren: Staff
) -> None:
    further = give_further_text(case, student, oren)
    open_to_read(case.id, reader=maya, now=NOON, shows=Shows.TEXTS)
    with transaction():
        close_case(case, summary="Sleeps again.", actor=maya, now=LATER)
    assert further.state is EscalationState.RESOLVED
    assert queries.unsettled_obligations(case.id) == []

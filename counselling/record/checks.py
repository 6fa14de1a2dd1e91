""" "Did I get you right?": a professional's summary, which the student confirms or puts right.

Both are messages of the case and stay with its encounter. A yes asks for no answer; a correction does, like
any letter.
"""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import Staff
from accounts.permissions import Role
from core.refusals import Missing
from counselling import queries
from counselling.cases import CaseAct, move_case
from counselling.encounters import encounter_to_join
from counselling.messages import add_message, hear_student, write_letter
from counselling.models import AuthorKind, Case, CaseMessage, Encounter, MessageKind
from counselling.reaching.unread import note_reached


def send_check(case: Case, summary: str, *, actor: Staff, now: datetime) -> CaseMessage:
    """Send what was understood, in a locked case, as part of the encounter that goes on. Raises what
    `write_letter` raises.
    """
    message = write_letter(case, summary, author=actor, now=now)
    message.kind = MessageKind.CHECK
    encounter_to_join(case, staff_id=actor.id, now=now)
    return message


def open_check(case: Case) -> CaseMessage | None:
    """The summary that waits for the student, if one does: the last, while they have not answered it."""
    checks = [one for one in queries.messages(case.id) if one.kind is MessageKind.CHECK]
    if not checks or checks[-1].author_kind is not AuthorKind.PROFESSIONAL:
        return None
    return checks[-1]


def confirm_check(case: Case, number: int, words: str, *, now: datetime) -> CaseMessage:
    """The student says yes, in words of their language, in a locked case. Raises Missing when nothing
    waits.
    """
    _require_open(case, number)
    move_case(case, CaseAct.HEAR, actor=Role.STUDENT, now=now)
    message = add_message(case, AuthorKind.STUDENT, words, now=now)
    message.kind = MessageKind.CHECK
    note_reached(case, now=now)
    return message


def correct_check(case: Case, number: int, words: str, *, now: datetime) -> CaseMessage:
    """The student puts it right, in a locked case. Raises Missing when nothing waits."""
    _require_open(case, number)
    message = hear_student(case, words, now=now)
    message.kind = MessageKind.CHECK
    return message


def _require_open(case: Case, number: int) -> None:
    waiting = open_check(case)
    if waiting is None or waiting.number != number:
        raise Missing(case.id)


def checks_of(messages: Sequence[CaseMessage], encounter: Encounter) -> list[CaseMessage]:
    """The summaries and answers of one encounter: an answer belongs to the summary before it."""
    own: list[CaseMessage] = []
    for one in messages:
        if one.kind is not MessageKind.CHECK:
            continue
        is_during = one.sent_at >= encounter.began_at and (
            encounter.ended_at is None or one.sent_at <= encounter.ended_at
        )
        is_answer = bool(own) and own[-1].author_kind is not one.author_kind
        if is_during or is_answer:
            own.append(one)
    return own

"""What a student may do about a conversation that is theirs: take back a letter that nobody has read, end the
conversation, have it destroyed at once.

One bound: what sounds as if somebody is in danger is read by a person first. Until then a conversation can be
neither ended nor destroyed, and the page says so. The texts in the forum are no part of it.
"""

from datetime import datetime

from flask_babel import gettext as _

from accounts.blobs import read_blob, write_blob
from accounts.permissions import Role
from core.audit import record_event
from core.db import db
from core.refusals import Missing, Refusal
from counselling import queries
from counselling.cases import CaseAct, move_case, outcome_so_far, resolve_escalations
from counselling.handing.seen import can_be_taken_back, seen_up_to
from counselling.handing.states import settle_for_closing
from counselling.intake.answers import has_news, told_of
from counselling.intake.telling import urgency_of
from counselling.live.sessions import end_live
from counselling.messages import answer_band
from counselling.models import AuthorKind, Case, CaseMessage, CaseState
from counselling.notices import student_of
from counselling.obligations import NamedAct, settle_obligations
from counselling.retention import destroy_content
from counselling.sealing import open_letter
from counselling.unread import unread_texts
from moderation.bands import Band


class AlreadyRead(Refusal):
    """The counsellor has read the letter in the meantime."""

    @property
    def sentence(self) -> str:
        return _("Your counsellor has read this letter in the meantime. It can no longer be taken back.")


class ReadFirst(Refusal):
    """What the student wrote sounds as if they were in danger, and nobody has read it."""

    @property
    def sentence(self) -> str:
        return _(
            "What you wrote sounded as if you could be in danger. A counsellor reads it first; after that "
            "you can end this. You do not have to answer."
        )


def withdraw_letter(case: Case, number: int, *, now: datetime) -> CaseMessage:
    """Take back a letter of the student that nobody has read, on a locked case. Its words are gone; that
    there was one, and what was promised for it, stays.

    Raises AlreadyRead, ReadFirst; Missing when there is no such letter.
    """
    message = queries.message(case.id, number)
    if message is None or message.author_kind is not AuthorKind.STUDENT or message.withdrawn_at is not None:
        raise Missing(case.id)
    if not can_be_taken_back(message, seen=seen_up_to(case)):
        raise AlreadyRead(message.id)
    if sounds_urgent(case, message):
        raise ReadFirst(message.id)
    message.sealed, message.feeling, message.withdrawn_at = b"", None, now
    record_event("letter_withdrawn", actor=Role.STUDENT, target=f"case:{case.id}", now=now)
    return message


def end_by_student(case: Case, *, now: datetime) -> None:
    """The student ends the conversation, on a locked case: it closes without a summary, and a letter of
    theirs opens it again. A live talk ends with it, for everybody who is in.

    Raises ReadFirst, CaseMovedOn.
    """
    require_read_when_in_danger(case)
    move_case(case, CaseAct.END, actor=Role.STUDENT, now=now)
    end_live(case, by=AuthorKind.STUDENT, now=now)
    settle_for_closing(case, now=now)
    case.outcome, case.closed_at, case.due_at, case.summary = outcome_so_far(case), now, None, None
    settle_obligations(case, NamedAct.CLOSE, now=now)
    resolve_escalations(case, actor=None, now=now)


def destroy_by_student(case: Case, *, now: datetime) -> None:
    """The student has the conversation destroyed at once. Account and case are locked, in this order.

    Raises ReadFirst.
    """
    require_read_when_in_danger(case)
    if case.state is not CaseState.CLOSED:
        end_by_student(case, now=now)
    student = student_of(case)
    if student is not None:
        left = [entry for entry in read_blob(student, "cases") if entry["case"] != case.id]
        write_blob(student, "cases", left)
    destroy_content(case, now=now, actor=Role.STUDENT)
    db.session.flush()


def require_read_when_in_danger(case: Case) -> None:
    """What sounds like danger is read by a person before it goes. Raises ReadFirst."""
    if case.state is CaseState.NEW and case.rank <= Band.RED.rank:
        raise ReadFirst(case.id)
    if has_news(case) and (urgency_of(told_of(case).answers) or Band.GREEN).rank <= Band.RED.rank:
        raise ReadFirst(case.id)
    if any(one.band.rank <= Band.RED.rank for one in unread_texts(case)):
        raise ReadFirst(case.id)
    unread = (one for one in queries.messages(case.id) if one.read_at is None)
    if any(sounds_urgent(case, one) for one in unread):
        raise ReadFirst(case.id)


def sounds_urgent(case: Case, message: CaseMessage) -> bool:
    """Whether words from the student's side sound as if they were in danger, or cannot be screened."""
    if message.author_kind is AuthorKind.PROFESSIONAL or message.withdrawn_at is not None:
        return False
    return answer_band(open_letter(case, message)).rank <= Band.RED.rank

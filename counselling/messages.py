"""Letters between a student and a professional.

Nobody else reads them, and no index, log, page or notice holds a word of them.
"""

from datetime import datetime

from flask_babel import gettext as _

from accounts.models import Staff
from accounts.permissions import Role
from core.db import db
from core.ids import new_public_id
from core.refusals import Refusal
from counselling.cases import CaseAct, move_case, raise_case_band
from counselling.conversants import somebody_reads
from counselling.models import (
    AuthorKind,
    Case,
    CaseMessage,
    CaseState,
    MessageKind,
    Obligation,
    ObligationKind,
)
from counselling.notices import CaseNotice, tell_student
from counselling.obligations import NamedAct, promise, settle_obligations
from counselling.professionals.automatic import automatic_reply
from counselling.reaching.signs import send_sign_later
from counselling.reaching.unread import note_reached
from counselling.record.canned import canned_texts_for, require_own_words
from counselling.sealing import FIRST_VERSION, reason_of, seal_letter
from moderation import queries as moderation_queries
from moderation.bands import Band, higher_of
from moderation.escalations import EscalationAct, move_escalation
from moderation.models import EscalationState
from moderation.pages import page_staff
from moderation.team.hours import professional_due
from moderation.triage import screen_or_none


class NobodyToReach(Refusal):
    """The text behind this case has no author who could read a letter."""

    @property
    def sentence(self) -> str:
        return _(
            "This letter would reach nobody: the student is gone, or was never known here. "
            "What you typed is below."
        )


def write_letter(case: Case, body: str, *, author: Staff, now: datetime) -> CaseMessage:
    """A professional's letter, on a locked case.

    It keeps what was promised, and the student is told that somebody wrote. Raises NobodyToReach,
    CaseMovedOn, OnlyCanned.
    """
    if not somebody_reads(case):
        raise NobodyToReach(case.id)
    require_own_words(body, canned_texts_for(author))
    move_case(case, CaseAct.CONTACT, actor=author.actor, now=now)
    message = add_message(case, AuthorKind.PROFESSIONAL, body, staff=author, now=now)
    for obligation in settle_obligations(case, NamedAct.LETTER, now=now):
        _accept_escalation(reason_of(case, obligation).get("escalation"), actor=author, now=now)
    tell_student(case, CaseNotice.COUNSELLOR_WROTE, key=str(message.number), now=now)
    send_sign_later(case, now=now)
    return message


def _accept_escalation(escalation_id: str | None, *, actor: Staff, now: datetime) -> None:
    """The further text that this letter answers: its clock stops with the letter, if nobody accepted it
    before.
    """
    escalation = moderation_queries.escalation(escalation_id, locked=True) if escalation_id else None
    if escalation is not None and escalation.state is EscalationState.WAITING:
        move_escalation(escalation, EscalationAct.ACCEPT, actor=actor, now=now)


def hear_student(case: Case, body: str, *, now: datetime) -> CaseMessage:
    """A student's letter, on a locked case.

    It opens a closed case again and promises an answer; words of danger make that promise more pressing.
    """
    move_case(case, CaseAct.HEAR, actor=Role.STUDENT, now=now)
    message = add_message(case, AuthorKind.STUDENT, body, now=now)
    note_reached(case, now=now)
    band = answer_band(body)
    if case.owner_id is not None or case.state is not CaseState.NEW:
        answer = promise(case, ObligationKind.ANSWER, band=band, now=now)
        reply_for_the_absent(case, answer, now=now)
        if case.owner_id is None:
            case.due_at = min(case.due_at or answer.due_at, answer.due_at)
    elif band.rank < case.rank or band.rank <= Band.RED.rank:
        hasten_case(case, band, now=now)
    return message


def reply_for_the_absent(case: Case, answer: Obligation, *, now: datetime) -> CaseMessage | None:
    """Tell a student who writes to a counsellor who is away when they are back, and who answers by when."""
    words = automatic_reply(case, answer, now=now)
    if words is None or case.owner is None:
        return None
    message = add_message(case, AuthorKind.PROFESSIONAL, words, staff=case.owner, now=now)
    message.kind = MessageKind.AWAY
    return message


def hasten_case(case: Case, band: Band, *, now: datetime) -> None:
    """A case that nobody has yet became more pressing, or says once more that somebody is in danger: its
    clock can only come nearer, and crisis and red page each time.
    """
    raise_case_band(case, band)
    due_at = professional_due(band, since=now)
    case.due_at = min(case.due_at, due_at) if case.due_at is not None else due_at
    if band.rank <= Band.RED.rank:
        page_staff("case", case.id, band=case.band, due_at=case.due_at, now=now)


def answer_band(text: str) -> Band:
    """How soon a letter must be answered: amber, or sooner when its words call for it.

    A screening that fails counts as red: somebody must look.
    """
    verdict = screen_or_none(text)
    return higher_of(Band.AMBER, verdict.band) if verdict is not None else Band.RED


def add_message(
    case: Case,
    author_kind: AuthorKind,
    body: str,
    *,
    now: datetime,
    staff: Staff | None = None,
    trusted_id: str | None = None,
) -> CaseMessage:
    """Number, seal and store a message of a locked case."""
    case.message_count += 1
    number = case.message_count
    message = CaseMessage(
        id=new_public_id(),
        case_id=case.id,
        number=number,
        author_kind=author_kind,
        staff_id=staff.id if staff is not None else None,
        trusted_id=trusted_id,
        version=FIRST_VERSION,
        sealed=seal_letter(case, number, author_kind, body, trusted_id=trusted_id),
        sent_at=now,
    )
    db.session.add(message)
    db.session.flush()
    return message

"""Answering an escalation: accepting it opens a case, declining it puts the text before the moderators
again.

Which case an escalation led to lies only in the sealed links of that case. A further text of a student who
has an open case goes to the professional who has it.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from accounts.models import Account, Staff
from core import outbox
from core.db import db
from core.refusals import Missing, Refusal
from counselling import queries
from counselling.access import case_ids_of
from counselling.cases import assign_case, open_case, raise_case_band
from counselling.intake.wants import set_wants, wants_of_text
from counselling.models import Case, CaseState, ObligationKind
from counselling.notices import CaseNotice, tell_student
from counselling.obligations import hasten, promise
from counselling.sealing import links_of, set_links, set_reason
from counselling.unread import text_of
from counselling.wrapping import can_open
from forum.authorship import open_author
from forum.pseudonyms import name_for
from moderation import queries as moderation_queries
from moderation.escalations import AlreadyAnswered, EscalationAct, decline, move_escalation
from moderation.models import Escalation, EscalationState
from moderation.recusal import recused_from


class NewWords(Refusal):
    """The student wrote more since this professional read the text."""

    @property
    def sentence(self) -> str:
        return _(
            "The student has changed this text since you read it. Please read it again first. "
            "It was not declined, and your reason is kept."
        )


@dataclass(frozen=True)
class Taken:
    """What accepting led to.

    `is_mine` is False when the student already has a counsellor, who was given the text.
    """

    case: Case
    is_mine: bool


def accept_escalation(escalation: Escalation, *, actor: Staff, now: datetime) -> Taken:
    """Take an escalation into care.

    The rows are locked in the order account, case, escalation. Raises AlreadyAnswered, and Missing for
    whoever said that they know this student.
    """
    if escalation.state is not EscalationState.WAITING:
        raise AlreadyAnswered(escalation.state)
    student = open_author(escalation.post, purpose="accept an escalation", actor=actor.actor, now=now)
    if student is not None and actor.id in recused_from(student):
        raise Missing(escalation.id)
    case = open_case_of(student)
    db.session.refresh(escalation, with_for_update=True)
    move_escalation(escalation, EscalationAct.ACCEPT, actor=actor, now=now)
    if case is None:
        name = escalation.post.byline if student is not None else fresh_pseudonym()
        case = open_case(band=escalation.band, student=student, pseudonym=name, due_at=None, now=now)
        set_wants(case, wants_of_text(escalation.post))
    if case.owner_id in {None, actor.id} or queries.is_takeable(case.id):
        return Taken(_take_into_own(case, escalation, actor=actor, now=now), is_mine=True)
    pass_on(case, escalation, now=now)
    return Taken(case, is_mine=False)


def _take_into_own(case: Case, escalation: Escalation, *, actor: Staff, now: datetime) -> Case:
    is_known = _is_linked(case, escalation)
    _link(case, escalation)
    raise_case_band(case, escalation.band)
    if case.owner_id != actor.id:
        had_counsellor = case.state is not CaseState.NEW
        assign_case(case, owner=actor, now=now)
        if had_counsellor:
            tell_student(case, CaseNotice.COUNSELLOR_CHANGED, key=now.isoformat(), now=now)
        promise(case, ObligationKind.FIRST_LETTER, band=escalation.band, now=now)
    elif not is_known:
        promise(
            case, ObligationKind.NEW_TEXT, band=escalation.band, reason={"escalation": escalation.id}, now=now
        )
    return case


def pass_on(case: Case, escalation: Escalation, *, now: datetime) -> None:
    """Give a further text to the owner of the student's open case, as a promise with a clock, and tell the
    student. Once for each escalation.
    """
    if _is_linked(case, escalation):
        return
    _link(case, escalation)
    raise_case_band(case, escalation.band)
    promise(
        case, ObligationKind.NEW_TEXT, band=escalation.band, reason={"escalation": escalation.id}, now=now
    )
    tell_student(case, CaseNotice.TEXT_PASSED_ON, key=escalation.id, now=now)


def _give_again(case: Case, escalation: Escalation, *, now: datetime) -> None:
    """A text that the owner was given, and that waits for an answer, says more than it did: its promise
    becomes as pressing as it is now, and the owner is paged once more.
    """
    raise_case_band(case, escalation.band)
    reason = {"escalation": escalation.id}
    promised = queries.unsettled_obligations(case.id)
    given = (one for one in promised if text_of(case, one) == escalation.id)
    known = next(given, None)
    if known is not None:
        set_reason(case, known, reason)
        hasten(known, case, band=escalation.band, now=now)
    else:
        promise(case, ObligationKind.NEW_TEXT, band=escalation.band, reason=reason, now=now)


def route_escalations(payloads: Sequence[outbox.Payload], now: datetime) -> None:
    """The outbox handler for a fresh escalation, and for one that says more than it did (`again`): when its
    author has an open case with an owner, the owner is given the text at once. It waits on before everybody
    until a person acts.
    """
    for payload in payloads:
        escalation = moderation_queries.escalation(payload["escalation"])
        if escalation is None or escalation.state is not EscalationState.WAITING:
            continue
        student = open_author(
            escalation.post, purpose="find the student's counsellor", actor="system", now=now
        )
        case = open_case_of(student)
        if case is None or case.owner_id is None:
            continue
        if payload.get("again") and _is_linked(case, escalation):
            _give_again(case, escalation, now=now)
        else:
            pass_on(case, escalation, now=now)


def open_case_of(student: Account | None) -> Case | None:
    """The open case of a student whose account is locked, locked as well; None when there is none."""
    for case_id in reversed(case_ids_of(student) if student is not None else []):
        case = queries.case(case_id, locked=True)
        if case is not None and case.state is not CaseState.CLOSED and can_open(case):
            return case
    return None


def decline_escalation(
    escalation: Escalation, *, reason: str, actor: Staff, now: datetime, read: int | None = None
) -> None:
    """Give an escalation back with a reason: the text waits before the moderators again.

    `read` is the wording that the professional has read. The rows are locked in the order item, escalation,
    as a decision locks them. Raises AlreadyAnswered, and NewWords where the student wrote more since.
    """
    moderation_queries.item(escalation.item_id, locked=True)
    db.session.refresh(escalation, with_for_update=True)
    if read is not None and read != escalation.post.latest_revision:
        raise NewWords(escalation.id)
    decline(escalation, reason=reason, actor=actor, now=now)


def own_case_of_escalation(escalation_id: str, *, owner: Staff) -> Case | None:
    """The case of this professional that an escalation belongs to, found by the sealed links of their own
    open cases.
    """
    for case in queries.open_cases_of_owner(owner.id):
        if can_open(case) and escalation_id in links_of(case)["escalations"]:
            return case
    return None


def fresh_pseudonym() -> str:
    """A two-word name for a case that comes from no thread."""
    return name_for(secrets.token_bytes(32), taken=())


def _is_linked(case: Case, escalation: Escalation) -> bool:
    return escalation.id in links_of(case)["escalations"]


def _link(case: Case, escalation: Escalation) -> None:
    links = links_of(case)
    if escalation.id not in links["escalations"]:
        set_links(case, links | {"escalations": [*links["escalations"], escalation.id]})

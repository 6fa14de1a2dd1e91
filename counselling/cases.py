"""The states of a case and the steps between them.

The only module that changes a case's state, its owner or its band.

`new` → `assigned` → `in_contact` → `monitoring` → `closed` → `in_contact`. Nothing is moved by looking, and
closing never cuts a student off: their next message opens the case again.
"""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from flask_babel import gettext as _

from accounts.blobs import read_blob, write_blob
from accounts.models import Account, Staff
from core.audit import record_event
from core.db import db
from core.ids import new_public_id
from core.refusals import Refusal
from counselling import queries
from counselling.appointments.releasing import cancel_what_nobody_keeps
from counselling.handing.allowed import is_recused
from counselling.handing.states import settle_for_closing, settle_for_owner
from counselling.models import Assignment, AuthorKind, Case, CaseOutcome, CaseState, ObligationKind
from counselling.notices import CaseNotice, tell_student
from counselling.obligations import NamedAct, promise, settle_obligations
from counselling.professionals.profiles import require_licence
from counselling.sealing import links_of, set_links, set_pseudonym, set_student, set_summary
from counselling.unread import text_of, unread_texts
from counselling.wrapping import give_key
from moderation import queries as moderation_queries
from moderation.bands import Band, higher_of
from moderation.escalations import EscalationAct, move_escalation
from moderation.models import EscalationState
from moderation.recusal import recused_from


class CaseAct(StrEnum):
    """What can happen to a case."""

    ASSIGN = "assign"  # a professional takes it, or takes it over
    CONTACT = "contact"  # the professional writes or records an encounter
    HEAR = "hear"  # the student writes
    MONITOR = "monitor"  # an encounter ended and nothing more is agreed
    CLOSE = "close"
    END = "end"  # the student ends the conversation


LEGAL: dict[CaseAct, dict[CaseState, CaseState]] = {
    CaseAct.ASSIGN: {
        CaseState.NEW: CaseState.ASSIGNED,
        CaseState.ASSIGNED: CaseState.ASSIGNED,
        CaseState.IN_CONTACT: CaseState.IN_CONTACT,
        CaseState.MONITORING: CaseState.MONITORING,
    },
    CaseAct.CONTACT: {
        CaseState.ASSIGNED: CaseState.IN_CONTACT,
        CaseState.IN_CONTACT: CaseState.IN_CONTACT,
        CaseState.MONITORING: CaseState.IN_CONTACT,
        CaseState.CLOSED: CaseState.IN_CONTACT,
    },
    CaseAct.HEAR: {
        CaseState.NEW: CaseState.NEW,
        CaseState.ASSIGNED: CaseState.ASSIGNED,
        CaseState.IN_CONTACT: CaseState.IN_CONTACT,
        CaseState.MONITORING: CaseState.IN_CONTACT,
        CaseState.CLOSED: CaseState.IN_CONTACT,
    },
    CaseAct.MONITOR: {
        CaseState.IN_CONTACT: CaseState.MONITORING,
        CaseState.MONITORING: CaseState.MONITORING,
    },
    CaseAct.CLOSE: {
        CaseState.ASSIGNED: CaseState.CLOSED,
        CaseState.IN_CONTACT: CaseState.CLOSED,
        CaseState.MONITORING: CaseState.CLOSED,
    },
    CaseAct.END: {
        CaseState.NEW: CaseState.CLOSED,
        CaseState.ASSIGNED: CaseState.CLOSED,
        CaseState.IN_CONTACT: CaseState.CLOSED,
        CaseState.MONITORING: CaseState.CLOSED,
    },
}


class CaseMovedOn(Refusal):
    """The case is not in a state from which this can be done."""

    @property
    def sentence(self) -> str:
        return _(
            "This case has moved on in the meantime, and this can no longer be done. What you typed is below."
        )


class AlreadyTaken(Refusal):
    """Another professional has this case."""

    @property
    def sentence(self) -> str:
        return _("A colleague has already taken this case. Nothing was changed.")


class LeftToOthers(Refusal):
    """The professional said that they know this student."""

    @property
    def sentence(self) -> str:
        return _("Please leave this to a colleague. Nothing was changed.")


class EncounterStillOpen(Refusal):
    """An encounter without an outcome is in the way of closing."""

    @property
    def sentence(self) -> str:
        return _(
            "An encounter of this case has no outcome yet. Record its outcome first, then close the case."
        )


def move_case(case: Case, act: CaseAct, *, actor: str, now: datetime) -> None:
    """Take one legal step, on a locked row, and log it when it leads somewhere. Raises CaseMovedOn."""
    goal = LEGAL[act].get(case.state)
    if goal is None:
        raise CaseMovedOn(case.state, act)
    if case.state is CaseState.CLOSED:
        _reopen(case, now=now)
    if goal is not case.state:
        case.state = goal
        record_event(f"case_{goal}", actor=actor, target=f"case:{case.id}", now=now)


def open_case(
    *, band: Band, student: Account | None, pseudonym: str, due_at: datetime | None, now: datetime
) -> Case:
    """Open a case with a key of its own, and note it in the student's sealed list.

    `student` is locked, or None when nobody can be reached.
    """
    case = Case(
        id=new_public_id(),
        state=CaseState.NEW,
        band=band,
        rank=band.rank,
        opened_at=now,
        due_at=due_at,
        climbed=0,
        message_count=0,
    )
    give_key(case)
    set_pseudonym(case, pseudonym)
    recused = recused_from(student) if student is not None else []
    set_links(case, {"escalations": [], "threads": [], "recused": recused})
    if student is not None:
        set_student(case, student.id)
        write_blob(student, "cases", [*read_blob(student, "cases"), {"case": case.id}])
    db.session.add(case)
    db.session.flush()
    return case


def assign_case(case: Case, *, owner: Staff, now: datetime) -> None:
    """Give a case to a professional; what was promised in it goes along. Raises LicenceExpired."""
    require_licence(owner, now=now)
    move_case(case, CaseAct.ASSIGN, actor=owner.actor, now=now)
    earlier = queries.live_assignment(case.id)
    if earlier is not None:
        earlier.ended_at = now
        db.session.flush()
    db.session.add(Assignment(case_id=case.id, staff_id=owner.id, began_at=now))
    settle_for_owner(case, owner, now=now)
    case.owner, case.owner_id, case.due_at = owner, owner.id, None
    for obligation in queries.unsettled_obligations(case.id):
        obligation.owner_id = owner.id
    cancel_what_nobody_keeps(case, now=now)
    _accept_what_waits(case, owner=owner, now=now)
    record_event("case_taken", actor=owner.actor, target=f"case:{case.id}", now=now)
    db.session.flush()


def _accept_what_waits(case: Case, *, owner: Staff, now: datetime) -> None:
    """Whoever has the case has the texts that belong to it: an escalation among them waits no longer."""
    for escalation_id in links_of(case)["escalations"]:
        escalation = moderation_queries.escalation(escalation_id, locked=True)
        if escalation is not None and escalation.state is EscalationState.WAITING:
            move_escalation(escalation, EscalationAct.ACCEPT, actor=owner, now=now)


def take_case(case: Case, *, actor: Staff, now: datetime) -> None:
    """Take a case that has no owner, or whose owner missed an urgent promise.

    Its clock ends with the taking, so that a first letter is promised where nothing is. The row is locked.
    Raises AlreadyTaken, LeftToOthers.
    """
    if is_recused(case, actor):
        raise LeftToOthers(case.id)
    if not queries.is_takeable(case.id) or case.owner_id == actor.id:
        raise AlreadyTaken(case.id)
    was_in_care = case.state is not CaseState.NEW
    if case.state is CaseState.CLOSED:  # over a letter that nobody read
        move_case(case, CaseAct.HEAR, actor="system", now=now)
    assign_case(case, owner=actor, now=now)
    if not queries.unsettled_obligations(case.id):
        promise(case, ObligationKind.FIRST_LETTER, band=case.band, now=now)
    if was_in_care:
        tell_student(case, CaseNotice.COUNSELLOR_CHANGED, key=now.isoformat(), now=now)


def raise_case_band(case: Case, band: Band) -> None:
    """Make a case more urgent; never less."""
    case.band = higher_of(case.band, band)
    case.rank = case.band.rank


def close_case(case: Case, *, summary: str, actor: Staff, now: datetime) -> None:
    """Close with a summary and the last encounter's outcome.

    What was promised stays promised where the student wrote something that has not been read, and a further
    text that has not been read is not resolved. Raises EncounterStillOpen, CaseMovedOn.
    """
    if queries.open_encounter(case.id) is not None:
        raise EncounterStillOpen(case.id)
    move_case(case, CaseAct.CLOSE, actor=actor.actor, now=now)
    settle_for_closing(case, now=now)
    case.outcome, case.closed_at = outcome_so_far(case), now
    set_summary(case, summary)
    unread = {text_of(case, promised) for promised in unread_texts(case)}
    if not unread and not queries.has_unread(case.id, AuthorKind.STUDENT):
        settle_obligations(case, NamedAct.CLOSE, now=now)
    resolve_escalations(case, actor=actor, now=now, but=unread)
    tell_student(case, CaseNotice.CASE_CLOSED, key=now.isoformat(), now=now)


def resolve_escalations(case: Case, *, actor: Staff | None, now: datetime, but: Collection[str] = ()) -> None:
    """A locked case is closed: moderators see of its texts, `but` for some, that they are resolved. `actor`
    is None for its student.
    """
    for escalation_id in set(links_of(case)["escalations"]).difference(but):
        escalation = moderation_queries.escalation(escalation_id, locked=True)
        if escalation is not None and escalation.state is EscalationState.ACCEPTED:
            move_escalation(escalation, EscalationAct.RESOLVE, actor=actor, now=now)


def outcome_so_far(case: Case) -> CaseOutcome:
    """What a case closes with: the outcome of its last encounter that has one."""
    last = queries.last_ended_encounter(case.id)
    return CaseOutcome(last.outcome) if last is not None and last.outcome else CaseOutcome.NO_CONTACT


def _reopen(case: Case, *, now: datetime) -> None:
    """A closed case goes on: its escalations are again in its owner's care, and its retention starts anew
    at the next closing.
    """
    case.closed_at = case.outcome = case.warned_at = None
    for escalation_id in links_of(case)["escalations"]:
        escalation = moderation_queries.escalation(escalation_id, locked=True)
        if escalation is not None and escalation.state is EscalationState.RESOLVED:
            move_escalation(escalation, EscalationAct.REOPEN, actor=None, now=now)

"""“I know this person”: no reason is asked, and it holds at once.

Whoever says so has no part in the case any more, is offered nothing of this student again, and sees nothing
further. A case of theirs goes to the others under its clock. Who said so lies sealed: in the student's
account, and with each open case.
"""

from datetime import datetime

from accounts.models import Account, Staff
from core.audit import record_event
from core.db import db
from core.refusals import Missing
from counselling import queries
from counselling.access import case_ids_of, part_in
from counselling.appointments.releasing import cancel_what_nobody_keeps
from counselling.handing import queries as handing_queries
from counselling.handing.handovers import bring_to_lead
from counselling.handing.states import HandoverAct, move_handover
from counselling.models import Case, CaseState
from counselling.notices import student_of
from counselling.sealing import links_of, set_links
from forum.authorship import open_author
from moderation import queries as moderation_queries
from moderation.escalations import AlreadyAnswered
from moderation.models import Escalation, EscalationState
from moderation.pages import page_staff
from moderation.recusal import recuse, recuse_from_author
from moderation.team.duties import Rung
from moderation.team.hours import professional_due


def recuse_from_case(case_id: str, *, actor: Staff, now: datetime) -> None:
    """Somebody with a part in a case, or to whom it was offered, knows its student.

    Locks the account, then the case. Raises Missing.
    """
    case = queries.case(case_id)
    if case is None or case.wrapped_key is None:
        raise Missing(case_id)
    student = student_of(case, locked=True)
    db.session.refresh(case, with_for_update=True)
    if part_in(case, actor, now=now) is None and not _was_offered(case, actor):
        raise Missing(case_id)
    _withdraw(case, actor, now=now)
    if student is not None:
        recuse_from_author(student, actor=actor, now=now)
        _withdraw_elsewhere(student, actor, but=case.id, now=now)


def recuse_from_escalation(escalation: Escalation, *, actor: Staff, now: datetime) -> None:
    """Somebody recognises who wrote a text that waits for a professional: from now on it does not exist for
    them. Raises AlreadyAnswered.
    """
    if escalation.state is not EscalationState.WAITING:
        raise AlreadyAnswered(escalation.state)
    student = open_author(escalation.post, purpose="recusal", actor=actor.actor, now=now)
    if student is not None:
        _withdraw_elsewhere(student, actor, but="", now=now)
    item = moderation_queries.item(escalation.item_id, locked=True)
    if item is not None:
        recuse(item, actor=actor, now=now)


def _withdraw_elsewhere(student: Account, actor: Staff, *, but: str, now: datetime) -> None:
    for case_id in case_ids_of(student):
        case = queries.case(case_id, locked=True) if case_id != but else None
        if case is not None and case.wrapped_key is not None:
            _withdraw(case, actor, now=now)


def _withdraw(case: Case, actor: Staff, *, now: datetime) -> None:
    """Take one person out of a locked case, whatever they were in it."""
    _remember(case, actor.id)
    for member in handing_queries.open_members(case.id):
        if member.staff_id == actor.id:
            member.ended_at = now
    for supervision in handing_queries.supervisions(case.id):
        if actor.id in {supervision.asked_by, supervision.supervisor_id} and supervision.ended_at is None:
            supervision.ended_at = now
    offer = handing_queries.open_handover(case.id)
    record_event("case_recused", actor=actor.actor, target=f"case:{case.id}", now=now)
    if case.owner_id == actor.id:
        if offer is not None:
            move_handover(offer, HandoverAct.TAKE_BACK, now=now)
        _leave_without_owner(case, actor, now=now)
    elif offer is not None and offer.to_id == actor.id:
        move_handover(offer, HandoverAct.REFUSE, now=now)
        bring_to_lead(case, by=offer.from_id, now=now)
    db.session.flush()
    cancel_what_nobody_keeps(case, now=now)


def _leave_without_owner(case: Case, actor: Staff, *, now: datetime) -> None:
    """The case waits for a professional under the clock of its band, and whoever is on call is paged when it
    is urgent. A closed one waits for nothing until the student writes.
    """
    assignment = queries.live_assignment(case.id)
    if assignment is not None:
        assignment.ended_at = now
    case.owner, case.owner_id = None, None
    for obligation in queries.unsettled_obligations(case.id):
        obligation.owner_id = None
    db.session.flush()
    if case.state is CaseState.CLOSED:
        return
    case.due_at, case.climbed = professional_due(case.band, since=now), 0
    handover = bring_to_lead(case, by=actor.id, now=now, is_conflict=True)
    handover.due_at = min(handover.due_at, case.due_at)
    page_staff("case", case.id, band=case.band, due_at=case.due_at, now=now, rung=Rung.ON_CALL)


def _remember(case: Case, staff_id: str) -> None:
    links = links_of(case)
    known = links.get("recused", [])
    if staff_id not in known:
        set_links(case, links | {"recused": [*known, staff_id]})


def _was_offered(case: Case, person: Staff) -> bool:
    offer = handing_queries.open_handover(case.id)
    return offer is not None and offer.to_id == person.id

"""Handing a case to a colleague.

The owner keeps the case until somebody has accepted it, so that it is never without one. The colleague sees
what was promised and the owner's note before they accept, and no letter. What is refused or ignored goes to
the lead, who gives the case to somebody without reading it.

An offer lapses by the clock of the case's band, and never later than half of what is left until the next
promise is due: who comes after must still be able to keep it. A few minutes are left in any case.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _

from accounts.models import Staff
from core.audit import record_event
from core.crypto import CannotUnseal
from core.db import db, transaction
from core.ids import new_public_id
from core.keys import KeysMissing
from core.queries import latest_audit_event
from core.refusals import Refusal
from counselling import queries
from counselling.cases import CaseMovedOn, assign_case
from counselling.handing import queries as handing_queries
from counselling.handing.allowed import is_recused, leads_of_cases
from counselling.handing.members import NotACounsellor, require_counsellor
from counselling.handing.models import Handover, HandoverState
from counselling.handing.purposes import GOOD_FOR
from counselling.handing.states import HandoverAct, OfferGone, move_handover
from counselling.models import Case, CaseState, Obligation
from counselling.notices import CaseNotice, tell_student
from counselling.sealing import seal_for_case, words_to_show
from moderation.pages import page_staff
from moderation.team.duties import Rung
from moderation.team.duties import leads_of_cases as leads_by_duty
from moderation.team.hours import professional_due
from moderation.team.models import Duty, TaskKind
from moderation.team.tasks import ask_team

LEAST = timedelta(minutes=5)
OFFER_READ = "handover_read"


class AlreadyOffered(Refusal):
    """The case is before a colleague or the lead."""

    @property
    def sentence(self) -> str:
        return _("This case is already offered to somebody. Take that offer back first. Nothing was changed.")


@dataclass(frozen=True)
class OfferView:
    """What the receiver of an offer sees before they accept: what was promised, and the owner's note."""

    handover: Handover
    case: Case
    note: str
    promises: Sequence[Obligation]


def offer_case(case: Case, *, colleague: Staff, note: str, actor: Staff, now: datetime) -> Handover:
    """Offer a locked case to a colleague.

    Raises AlreadyOffered, NotACounsellor, CaseMovedOn when it is closed. A colleague who knows the student
    cannot be asked, and whoever asks learns no reason.
    """
    _require_free(case)
    require_counsellor(colleague, but=actor)
    if is_recused(case, colleague):
        raise NotACounsellor(colleague.id)
    handover = _add_offer(case, to=colleague, by=actor, due_at=lapses_at(case, now=now), now=now)
    handover.note = seal_for_case(case, f"handover:{handover.id}:note", note)
    return handover


def lapses_at(case: Case, *, now: datetime) -> datetime:
    """When an offer that is made now is over."""
    clock = professional_due(case.band, since=now) - now
    ahead = [one.due_at - now for one in queries.unsettled_obligations(case.id) if one.due_at > now]
    return now + max(LEAST, min([clock, *(left / 2 for left in ahead)]))


def view_offer(handover: Handover, case: Case) -> OfferView:
    """What the receiver sees while the offer is open; nothing of the case afterwards."""
    if handover.state is not HandoverState.OFFERED:
        return OfferView(handover, case, "", [])
    return OfferView(handover, case, note_of(case, handover), queries.unsettled_obligations(case.id))


def log_offer_read(handover: Handover, *, reader: Staff, now: datetime) -> None:
    """Log that an open offer is read: the note speaks of a student. Once in a quarter of an hour. Opens its
    own transaction.
    """
    target = f"handover:{handover.id}"
    event = latest_audit_event(kind=OFFER_READ, actor=reader.actor, target=target)
    if handover.state is HandoverState.OFFERED and (event is None or now - event.at >= GOOD_FOR):
        with transaction():
            record_event(OFFER_READ, actor=reader.actor, target=target, now=now)


def note_of(case: Case, handover: Handover) -> str:
    """What the owner wrote with the offer, or ""."""
    return words_to_show(case, f"handover:{handover.id}:note", handover.note) if handover.note else ""


def answer_of(case: Case, handover: Handover) -> str:
    """Why a colleague refused, or ""."""
    return words_to_show(case, f"handover:{handover.id}:answer", handover.answer) if handover.answer else ""


def accept_handover(handover: Handover, case: Case, *, actor: Staff, now: datetime) -> Case:
    """Accept an offer: the case, its promises and all rights are the receiver's from now on. On locked rows.

    Raises OfferGone, NotACounsellor.
    """
    _require_open(handover)
    _pass_case(case, to=actor, actor=actor, now=now)
    return case


def refuse_handover(handover: Handover, case: Case, *, reason: str, actor: Staff, now: datetime) -> None:
    """Refuse an offer, with a reason for the owner: the lead is asked. On locked rows. Raises OfferGone."""
    move_handover(handover, HandoverAct.REFUSE, now=now)
    if reason:
        handover.answer = seal_for_case(case, f"handover:{handover.id}:answer", reason)
    record_event("handover_refused", actor=actor.actor, target=f"case:{case.id}", now=now)
    bring_to_lead(case, by=handover.from_id, now=now)


def take_back(handover: Handover, case: Case, *, actor: Staff, now: datetime) -> None:
    """The owner keeps the case after all. On locked rows. Raises OfferGone."""
    move_handover(handover, HandoverAct.TAKE_BACK, now=now)
    record_event("handover_taken_back", actor=actor.actor, target=f"case:{case.id}", now=now)


def assign_handover(handover: Handover, case: Case, *, colleague: Staff, actor: Staff, now: datetime) -> None:
    """The lead gives a case to somebody, without having read it. On locked rows.

    Raises OfferGone, NotACounsellor.
    """
    _require_open(handover)
    if colleague.id == case.owner_id or is_recused(case, colleague):
        raise NotACounsellor(colleague.id)
    _pass_case(case, to=colleague, actor=actor, now=now)
    page_staff("case", case.id, band=case.band, due_at=_next_due(case, now=now), now=now, owner=colleague.id)


def bring_to_lead(case: Case, *, by: str, now: datetime, is_conflict: bool = False) -> Handover:
    """Ask the lead to give a locked case to somebody, with a clock."""
    handover = _add_offer(case, to=None, by=by, due_at=lapses_at(case, now=now), now=now)
    handover.is_conflict = is_conflict
    ask_team(
        TaskKind.HANDOVER,
        person=_instead_of_the_leads(handover, case, now=now),
        note=handover.id,
        due_at=handover.due_at,
        now=now,
    )
    db.session.flush()
    return handover


def _instead_of_the_leads(handover: Handover, case: Case, *, now: datetime) -> Staff | None:
    """Whom to ask where not all of those who lead now may give this case to somebody; None where they may,
    and while nobody can open who knows the student: a clock must not wait for a key.
    """
    try:
        leads = leads_of_cases(case, now=now)
    except (CannotUnseal, KeysMissing):
        return None
    ids = {one.id for one in leads}
    is_by_duty = not handover.is_conflict and handover.from_id not in ids
    if not leads or (is_by_duty and ids == {one.id for one in leads_by_duty(now=now)}):
        return None
    return leads[0]


def lapse_offers(now: datetime) -> None:
    """A job: what a colleague left lying goes to the lead; what the lead left lying pages everybody, and
    again each time that the clock has run out. Opens its own transactions.
    """
    for handover_id, case_id in handing_queries.overdue_handovers(now):
        with transaction():
            case = queries.case(case_id, locked=True)
            handover = handing_queries.handover(handover_id, locked=True)
            if case is None or case.wrapped_key is None or handover is None:
                continue
            if handover.state is HandoverState.OFFERED and handover.due_at <= now:
                _lapse(handover, case, now=now)


def _lapse(handover: Handover, case: Case, *, now: datetime) -> None:
    if handover.to_id is not None:
        move_handover(handover, HandoverAct.LAPSE, now=now)
        record_event("handover_lapsed", actor="system", target=f"case:{case.id}", now=now)
        bring_to_lead(case, by=handover.from_id, now=now)
        return
    page_staff(
        "case",
        case.id,
        band=case.band,
        due_at=handover.due_at,
        now=now,
        rung=Rung.COORDINATORS,
        owner=case.owner_id,
    )
    record_event("handover_unanswered", actor="system", target=f"case:{case.id}", now=now)
    _ask_anew(handover, case, now=now)
    handover.due_at = now + max(LEAST, professional_due(case.band, since=now) - now)


def _ask_anew(handover: Handover, case: Case, *, now: datetime) -> None:
    """Whoever was asked has not acted, and may not lead any more or know the student: ask who leads now."""
    person = _instead_of_the_leads(handover, case, now=now)
    for task in handing_queries.tasks_about(handover.id):
        task.for_staff, task.for_duty = (person.id, None) if person is not None else (None, Duty.LEAD)


def _pass_case(case: Case, *, to: Staff, actor: Staff, now: datetime) -> None:
    require_counsellor(to)
    former = case.owner_id
    assign_case(case, owner=to, now=now)
    detail = {"from": former, "to": to.id}
    record_event("case_handed_over", actor=actor.actor, target=f"case:{case.id}", detail=detail, now=now)
    tell_student(case, CaseNotice.COUNSELLOR_CHANGED, key=now.isoformat(), now=now)


def _require_free(case: Case) -> None:
    if case.state is CaseState.CLOSED:
        raise CaseMovedOn(case.state)
    if handing_queries.open_handover(case.id) is not None:
        raise AlreadyOffered(case.id)


def _require_open(handover: Handover) -> None:
    if handover.state is not HandoverState.OFFERED:
        raise OfferGone(handover.state)


def _next_due(case: Case, *, now: datetime) -> datetime:
    due = [one.due_at for one in queries.unsettled_obligations(case.id)]
    return min(due, default=professional_due(case.band, since=now))


def _add_offer(case: Case, *, to: Staff | None, by: Staff | str, due_at: datetime, now: datetime) -> Handover:
    handover = Handover(
        id=new_public_id(),
        case_id=case.id,
        from_id=by if isinstance(by, str) else by.id,
        to_id=to.id if to is not None else None,
        state=HandoverState.OFFERED,
        is_conflict=False,
        offered_at=now,
        due_at=due_at,
    )
    db.session.add(handover)
    db.session.flush()
    actor = "system" if isinstance(by, str) else by.actor
    detail = {"to": handover.to_id or "lead"}
    record_event("handover_offered", actor=actor, target=f"case:{case.id}", detail=detail, now=now)
    return handover

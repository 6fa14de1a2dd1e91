"""The states of a handover, and what becomes of what hangs on an owner when a case gets another or closes.

`offered` → `accepted` | `refused` | `lapsed` | `taken_back`. Each end is final: there is one winner.
"""

from datetime import datetime
from enum import StrEnum

from flask_babel import gettext as _

from accounts.models import Staff
from core.db import db
from core.refusals import Refusal
from counselling.appointments.releasing import cancel_for_closing
from counselling.handing import queries as handing_queries
from counselling.handing.models import Handover, HandoverState
from counselling.models import Case, MemberPart


class HandoverAct(StrEnum):
    """What can happen to an offer."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    LAPSE = "lapse"
    TAKE_BACK = "take_back"


LEGAL: dict[HandoverAct, dict[HandoverState, HandoverState]] = {
    HandoverAct.ACCEPT: {HandoverState.OFFERED: HandoverState.ACCEPTED},
    HandoverAct.REFUSE: {HandoverState.OFFERED: HandoverState.REFUSED},
    HandoverAct.LAPSE: {HandoverState.OFFERED: HandoverState.LAPSED},
    HandoverAct.TAKE_BACK: {HandoverState.OFFERED: HandoverState.TAKEN_BACK},
}


class OfferGone(Refusal):
    """The offer was answered, taken back or has lapsed."""

    @property
    def sentence(self) -> str:
        sentences = {
            HandoverState.ACCEPTED: _("This offer was accepted already. Nothing was changed."),
            HandoverState.REFUSED: _("This offer was refused already. Nothing was changed."),
            HandoverState.LAPSED: _("The time for this offer is over: the lead has it now."),
        }
        gone = _("This offer was taken back, or the case was closed. Nothing was changed.")
        return sentences.get(self.args[0], gone)


def move_handover(handover: Handover, act: HandoverAct, *, now: datetime) -> None:
    """Take one legal step, on a locked case, and end what the lead was asked about it. Raises OfferGone."""
    goal = LEGAL[act].get(handover.state)
    if goal is None:
        raise OfferGone(handover.state)
    handover.state, handover.answered_at = goal, now
    for task in handing_queries.tasks_about(handover.id):
        task.done_at = now
    db.session.flush()


def settle_for_owner(case: Case, owner: Staff, *, now: datetime) -> None:
    """A locked case gets an owner: the offer to them, or to the lead, is accepted, any other is over; they
    are no longer somebody who works along, nobody covers for who had it before, and nobody supervises them.
    """
    offer = handing_queries.open_handover(case.id)
    if offer is not None:
        is_theirs = offer.to_id in {None, owner.id}
        move_handover(offer, HandoverAct.ACCEPT if is_theirs else HandoverAct.TAKE_BACK, now=now)
    for member in handing_queries.open_members(case.id):
        if member.staff_id == owner.id or member.part is MemberPart.COVER:
            member.ended_at = now
    for supervision in handing_queries.supervisions(case.id):
        if supervision.ended_at is None and supervision.asked_by != owner.id:
            supervision.ended_at = now


def settle_for_closing(case: Case, *, now: datetime) -> None:
    """A locked case closes: nobody can accept it any more, nobody works along, and nobody waits at a set time
    for its student.
    """
    cancel_for_closing(case, now=now)
    offer = handing_queries.open_handover(case.id)
    if offer is not None:
        move_handover(offer, HandoverAct.TAKE_BACK, now=now)
    for member in handing_queries.open_members(case.id):
        if member.part is MemberPart.SECOND:
            member.ended_at = now

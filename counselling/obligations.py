"""What a professional promised, with a due time. `open` → `kept` | `missed`.

Only the act that a promise names clears it; looking never does. One that was missed stays missed, and stays
on the list until the act has come after all.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _

from core.db import db
from core.ids import new_public_id
from core.refusals import Refusal
from counselling import queries
from counselling.models import Case, Obligation, ObligationKind, ObligationState
from counselling.sealing import set_reason
from moderation.bands import Band, higher_of
from moderation.pages import page_staff
from moderation.team.hours import professional_due


class ObligationAct(StrEnum):
    """What can happen to a promise."""

    KEEP = "keep"
    MISS = "miss"


LEGAL: dict[ObligationAct, dict[ObligationState, ObligationState]] = {
    ObligationAct.KEEP: {ObligationState.OPEN: ObligationState.KEPT},
    ObligationAct.MISS: {ObligationState.OPEN: ObligationState.MISSED},
}


class NamedAct(StrEnum):
    """The acts that promises are about."""

    LETTER = "letter"
    CLOSE = "close"


KEPT_BY: dict[ObligationKind, frozenset[NamedAct]] = {
    ObligationKind.FIRST_LETTER: frozenset({NamedAct.LETTER, NamedAct.CLOSE}),
    ObligationKind.ANSWER: frozenset({NamedAct.LETTER, NamedAct.CLOSE}),
    ObligationKind.NEW_TEXT: frozenset({NamedAct.LETTER, NamedAct.CLOSE}),
}


class AlreadySettled(Refusal):
    """The promise was kept or missed before."""

    @property
    def sentence(self) -> str:
        return _("This promise was already kept or missed. Nothing was changed.")


def move_obligation(obligation: Obligation, act: ObligationAct) -> None:
    """Take one legal step. Raises AlreadySettled."""
    goal = LEGAL[act].get(obligation.state)
    if goal is None:
        raise AlreadySettled(obligation.state, act)
    obligation.state = goal


def promise(
    case: Case, kind: ObligationKind, *, band: Band, now: datetime, reason: dict[str, Any] | None = None
) -> Obligation:
    """Promise something in a case, by the professional clock of `band`.

    An open promise to answer is made more pressing instead of doubled; crisis and red page.
    """
    due_at = professional_due(band, since=now)
    earlier = queries.open_obligation(case.id, kind) if reason is None else None
    if earlier is not None:
        earlier.band, earlier.due_at = higher_of(earlier.band, band), min(earlier.due_at, due_at)
        obligation = earlier
    else:
        obligation = Obligation(
            id=new_public_id(),
            case_id=case.id,
            kind=kind,
            state=ObligationState.OPEN,
            band=band,
            owner_id=case.owner_id,
            opened_at=now,
            due_at=due_at,
            climbed=0,
        )
        obligation.case = case
        if reason is not None:
            set_reason(case, obligation, reason)
        db.session.add(obligation)
        db.session.flush()
    if band.rank <= Band.RED.rank:
        page_staff("case", case.id, band=band, due_at=obligation.due_at, now=now, owner=obligation.owner_id)
    return obligation


def settle_obligations(case: Case, named_act: NamedAct, *, now: datetime) -> list[Obligation]:
    """The act has come: clear what it keeps. What was late is missed all the same. Returns what was
    cleared.
    """
    settled = [one for one in queries.unsettled_obligations(case.id) if named_act in KEPT_BY[one.kind]]
    for obligation in settled:
        if obligation.state is ObligationState.OPEN:
            move_obligation(
                obligation, ObligationAct.KEEP if now <= obligation.due_at else ObligationAct.MISS
            )
        obligation.settled_at = now
    return settled

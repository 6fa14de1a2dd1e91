"""What a professional promised, with a due time. `open` → `kept` | `missed`.

Only the act that a promise names clears it; looking never does. One that was missed stays missed, and stays
on the list until the act has come after all.

A kind of promise is one line in `TERMS`: which acts keep it, its words, whether the student is told of it.
Pages, timeline, worklist and clocks read that table.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.db import db
from core.ids import new_public_id
from core.refusals import Refusal
from counselling import queries
from counselling.models import Case, Obligation, ObligationKind, ObligationState
from counselling.professionals.standing_in import nobody_stands_in, who_answers
from counselling.sealing import set_reason
from moderation.bands import Band, higher_of
from moderation.pages import page_staff
from moderation.team.duties import Rung
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
    LIVE = "live"  # a live session that came about
    ENCOUNTER = "encounter"  # an encounter that was recorded, wherever it took place
    MEETING = "meeting"  # an appointment that took place
    APPOINTMENT = "appointment"  # one was cancelled or settled, or its professional is there after all
    REACHED = "reached"  # the student read or wrote, or was spoken to
    CALLED = "called"  # the professional called, and says how it went
    CLOSE = "close"


A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Terms:
    """What belongs to a kind of promise: the acts that keep it, its words for the professional's pages, and
    whether the student is told of it unless somebody says otherwise.

    With `early` an act keeps it from that long before it is due: what was promised for Thursday is not kept
    by the letter that promises it. Closing keeps it at any time.
    """

    kept_by: Collection[NamedAct]
    words: Any
    is_told: bool = True
    early: timedelta | None = None


WRITING = frozenset({NamedAct.LETTER, NamedAct.CLOSE})
TALKING = WRITING | {NamedAct.LIVE, NamedAct.MEETING}

TERMS: dict[ObligationKind, Terms] = {
    ObligationKind.FIRST_LETTER: Terms(WRITING, _l("First letter to the student")),
    ObligationKind.ANSWER: Terms(WRITING, _l("Answer to the student")),
    ObligationKind.NEW_TEXT: Terms(WRITING, _l("Answer to a new text")),
    ObligationKind.FIRST_UNREAD: Terms(
        {NamedAct.REACHED, NamedAct.CALLED, NamedAct.MEETING, NamedAct.CLOSE},
        _l("The first letter was not read yet: reach the student another way"),
        is_told=False,
    ),
    ObligationKind.CALL_BACK: Terms({NamedAct.CALLED, NamedAct.CLOSE}, _l("Call the student back")),
    ObligationKind.CHECK_IN: Terms(TALKING, _l("Check in with the student"), early=A_DAY),
    ObligationKind.FOLLOW_UP: Terms(
        TALKING | {NamedAct.ENCOUNTER}, _l("Follow up on what was agreed"), is_told=False, early=A_DAY
    ),
    ObligationKind.LIVE_ASKED: Terms(TALKING, _l("The student waits to talk live")),
    ObligationKind.LIVE_CUT_OFF: Terms(TALKING, _l("Write to the student: a live talk was cut off")),
    ObligationKind.APPOINTMENT_AWAY: Terms(
        {NamedAct.APPOINTMENT, NamedAct.CLOSE},
        _l("Cancel an appointment: its counsellor is away then"),
        is_told=False,
    ),
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


def promise_words(kind: ObligationKind) -> str:
    """What was promised, in the reader's language."""
    return str(TERMS[kind].words)


def promise(
    case: Case, kind: ObligationKind, *, band: Band, now: datetime, reason: dict[str, Any] | None = None
) -> Obligation:
    """Promise something in a case, by the professional clock of `band`.

    An open promise to answer is made more pressing instead of doubled; crisis and red page.
    """
    due_at = professional_due(band, since=now)
    earlier = queries.open_obligation(case.id, kind) if reason is None else None
    if earlier is not None:
        hasten(earlier, case, band=band, now=now)
        return earlier
    obligation = promise_by(case, kind, due_at=due_at, band=band, reason=reason, now=now)
    _page_if_urgent(obligation, case, band, now=now)
    return obligation


def hasten(obligation: Obligation, case: Case, *, band: Band, now: datetime) -> None:
    """There is more that this promise must answer: it becomes more pressing, never less. Crisis and red page
    each time.
    """
    obligation.band = higher_of(obligation.band, band)
    obligation.due_at = min(obligation.due_at, professional_due(band, since=now))
    obligation.owner_id = who_answers(case, now=now)
    _page_if_urgent(obligation, case, band, now=now)


def _page_if_urgent(obligation: Obligation, case: Case, band: Band, *, now: datetime) -> None:
    if band.rank <= Band.RED.rank:
        page_who_answers(obligation, case, kind="case", band=band, now=now)


def page_who_answers(obligation: Obligation, case: Case, *, kind: str, band: Band, now: datetime) -> None:
    """Page for a promise: whoever answers in the case, and where its owner is away without a cover, who is on
    call besides.
    """
    rung = Rung.ON_CALL if nobody_stands_in(case, now=now) else None
    owner, due_at = obligation.owner_id, obligation.due_at
    page_staff(kind, case.id, band=band, due_at=due_at, now=now, rung=rung, owner=owner)


def promise_by(
    case: Case,
    kind: ObligationKind,
    *,
    due_at: datetime,
    now: datetime,
    band: Band = Band.AMBER,
    reason: dict[str, Any] | None = None,
    is_told: bool | None = None,
) -> Obligation:
    """Promise something in a case by a chosen time, beside whatever is promised already.

    It pages when it is due, and climbs from there by the clock of `band`.
    """
    obligation = Obligation(
        id=new_public_id(),
        case_id=case.id,
        kind=kind,
        state=ObligationState.OPEN,
        band=band,
        owner_id=who_answers(case, now=now),
        is_told=TERMS[kind].is_told if is_told is None else is_told,
        opened_at=now,
        due_at=due_at,
        climbed=0,
    )
    obligation.case = case
    if reason is not None:
        set_reason(case, obligation, reason)
    db.session.add(obligation)
    db.session.flush()
    return obligation


def settle_obligations(case: Case, named_act: NamedAct, *, now: datetime) -> list[Obligation]:
    """The act has come: clear what it keeps. What was late is missed all the same. Returns what was
    cleared.
    """
    settled = [one for one in queries.unsettled_obligations(case.id) if keeps(named_act, one, now=now)]
    for obligation in settled:
        if obligation.state is ObligationState.OPEN:
            move_obligation(
                obligation, ObligationAct.KEEP if now <= obligation.due_at else ObligationAct.MISS
            )
        obligation.settled_at = now
    return settled


def keeps(named_act: NamedAct, obligation: Obligation, *, now: datetime) -> bool:
    """Whether this act, done now, is what was promised."""
    terms = TERMS[obligation.kind]
    is_too_early = terms.early is not None and now < obligation.due_at - terms.early
    return named_act in terms.kept_by and (named_act is NamedAct.CLOSE or not is_too_early)

"""Encounters: one exchange with a student, recorded in five stages that only go forward, ending with
exactly one of four outcomes.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import gettext as _

from accounts.models import Staff
from core.audit import record_event
from core.db import db
from core.ids import new_public_id
from core.refusals import Refusal
from counselling import queries
from counselling.cases import CaseAct, move_case
from counselling.models import Case, Encounter, Obligation, ObligationKind, Outcome, Stage, StageMark
from counselling.notices import CaseNotice, student_of, tell_student
from counselling.obligations import NamedAct, promise_by, settle_obligations
from counselling.record.ratings import bring_along
from counselling.sealing import set_agreed

LONGEST_AHEAD = timedelta(days=366)
STAGE_STEPS: frozenset[tuple[StageMark, StageMark]] = frozenset(
    {
        (StageMark.NONE, StageMark.NONE),
        (StageMark.NONE, StageMark.BEGUN),
        (StageMark.NONE, StageMark.DONE),
        (StageMark.BEGUN, StageMark.BEGUN),
        (StageMark.BEGUN, StageMark.DONE),
        (StageMark.DONE, StageMark.DONE),
    }
)


class EncounterState(StrEnum):
    """An encounter is open until it has an outcome."""

    OPEN = "open"
    ENDED = "ended"


class EncounterAct(StrEnum):
    """What can be done to an encounter."""

    MARK = "mark"
    AGREE = "agree"
    END = "end"


LEGAL: dict[EncounterAct, dict[EncounterState, EncounterState]] = {
    EncounterAct.MARK: {EncounterState.OPEN: EncounterState.OPEN},
    EncounterAct.AGREE: {EncounterState.OPEN: EncounterState.OPEN},
    EncounterAct.END: {EncounterState.OPEN: EncounterState.ENDED},
}


class EncounterEnded(Refusal):
    """An encounter with an outcome is not changed any more."""

    @property
    def sentence(self) -> str:
        return _(
            "This encounter already has its outcome and is not changed any more. What you typed is below."
        )


class FollowUpTooFar(Refusal):
    """A follow-up lies ahead, and not further than a year."""

    status = 422

    @property
    def sentence(self) -> str:
        return _(
            "Please choose a day that lies ahead, within a year. "
            "Nothing was changed, and what you typed is below."
        )


class StageGoesBack(Refusal):
    """A stage only goes forward."""

    status = 422

    @property
    def sentence(self) -> str:
        return _(
            "A stage that was begun or done cannot go back. Nothing was changed, and what you typed is below."
        )


def state_of(encounter: Encounter) -> EncounterState:
    """Where an encounter stands."""
    return EncounterState.ENDED if encounter.ended_at is not None else EncounterState.OPEN


def move_encounter(
    encounter: Encounter, act: EncounterAct, *, outcome: Outcome | None = None, now: datetime
) -> None:
    """Take one legal step; ending needs an outcome. Raises EncounterEnded."""
    goal = LEGAL[act].get(state_of(encounter))
    if goal is None:
        raise EncounterEnded(encounter.id)
    if goal is EncounterState.ENDED:
        if outcome is None:
            raise ValueError("an encounter ends with an outcome")
        encounter.outcome, encounter.ended_at = outcome, now


def record_encounter(
    case: Case,
    *,
    marks: Mapping[Stage, StageMark],
    agreed: str,
    outcome: Outcome | None,
    actor: Staff,
    now: datetime,
) -> Encounter:
    """Write down the open encounter of a locked case, or begin one.

    With an outcome it ends, and unless a next session is agreed the case is only watched from then on.
    Raises StageGoesBack, CaseMovedOn.
    """
    move_case(case, CaseAct.CONTACT, actor=actor.actor, now=now)
    encounter = encounter_to_join(case, staff_id=actor.id, now=now)
    settle_obligations(case, NamedAct.ENCOUNTER, now=now)
    mark_stages(encounter, marks, now=now)
    if agreed:
        move_encounter(encounter, EncounterAct.AGREE, now=now)
        set_agreed(case, encounter, agreed)
    if outcome is not None:
        move_encounter(encounter, EncounterAct.END, outcome=outcome, now=now)
        detail = {"encounter": encounter.id, "outcome": outcome}
        record_event("encounter_ended", actor=actor.actor, target=f"case:{case.id}", detail=detail, now=now)
        if outcome is not Outcome.NEXT_SESSION:
            move_case(case, CaseAct.MONITOR, actor=actor.actor, now=now)
    return encounter


def mark_stages(encounter: Encounter, marks: Mapping[Stage, StageMark], *, now: datetime) -> None:
    """Set how far each stage has come. Raises StageGoesBack, EncounterEnded."""
    move_encounter(encounter, EncounterAct.MARK, now=now)
    for stage, mark in marks.items():
        if (getattr(encounter, stage.value), mark) not in STAGE_STEPS:
            raise StageGoesBack(stage, mark)
    for stage, mark in marks.items():
        setattr(encounter, stage.value, mark)


def encounter_to_join(case: Case, *, staff_id: str, now: datetime) -> Encounter:
    """The encounter of a locked case that goes on, or a new one."""
    return queries.open_encounter(case.id) or _begin(case, staff_id=staff_id, now=now)


def _begin(case: Case, *, staff_id: str, now: datetime) -> Encounter:
    encounter = Encounter(
        id=new_public_id(),
        case_id=case.id,
        number=len(queries.encounters(case.id)) + 1,
        version=0,
        staff_id=staff_id,
        began_at=now,
        **{stage.value: StageMark.NONE for stage in Stage},
    )
    bring_along(case, encounter)
    db.session.add(encounter)
    db.session.flush()
    return encounter


def follow_up(
    case: Case, encounter: Encounter, *, due_at: datetime, why: str, is_told: bool, now: datetime
) -> Obligation:
    """Promise to come back to what was agreed, on a locked case. Raises FollowUpTooFar."""
    if not now < due_at <= now + LONGEST_AHEAD:
        raise FollowUpTooFar(due_at)
    reason = {"words": why, "encounter": encounter.number}
    promised = promise_by(
        case, ObligationKind.FOLLOW_UP, due_at=due_at, reason=reason, is_told=is_told, now=now
    )
    if is_told and student_of(case) is not None:
        tell_student(case, CaseNotice.CHECK_IN_PROMISED, key=promised.id, now=now)
    return promised

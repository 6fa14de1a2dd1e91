"""Every pair of a state and an act of Case, Encounter and Obligation: legal or refused, and nothing
between.
"""

import pytest

from accounts.models import Staff
from core.db import transaction
from counselling import cases, encounters, obligations
from counselling.cases import CaseAct, CaseMovedOn, move_case
from counselling.encounters import EncounterAct, EncounterEnded, EncounterState, move_encounter, state_of
from counselling.models import (
    Case,
    CaseState,
    Encounter,
    Obligation,
    ObligationState,
    Outcome,
    Stage,
    StageMark,
)
from counselling.obligations import AlreadySettled, ObligationAct, move_obligation
from tests.counselling.people import NOON

# Written down a second time, on purpose: a change of the rules must be made in two places.
CASE_STEPS = {
    ("new", "assign"): "assigned",
    ("assigned", "assign"): "assigned",
    ("in_contact", "assign"): "in_contact",
    ("monitoring", "assign"): "monitoring",
    ("assigned", "contact"): "in_contact",
    ("in_contact", "contact"): "in_contact",
    ("monitoring", "contact"): "in_contact",
    ("closed", "contact"): "in_contact",
    ("new", "hear"): "new",
    ("assigned", "hear"): "assigned",
    ("in_contact", "hear"): "in_contact",
    ("monitoring", "hear"): "in_contact",
    ("closed", "hear"): "in_contact",
    ("in_contact", "monitor"): "monitoring",
    ("monitoring", "monitor"): "monitoring",
    ("assigned", "close"): "closed",
    ("in_contact", "close"): "closed",
    ("monitoring", "close"): "closed",
    ("new", "end"): "closed",
    ("assigned", "end"): "closed",
    ("in_contact", "end"): "closed",
    ("monitoring", "end"): "closed",
}
OBLIGATION_STEPS = {("open", "keep"): "kept", ("open", "miss"): "missed"}
ENCOUNTER_STEPS = {("open", "mark"): "open", ("open", "agree"): "open", ("open", "end"): "ended"}
FORWARD = {
    ("none", "none"),
    ("none", "begun"),
    ("none", "done"),
    ("begun", "begun"),
    ("begun", "done"),
    ("done", "done"),
}


@pytest.mark.parametrize("act", list(CaseAct))
@pytest.mark.parametrize("state", list(CaseState))
def test_a_case_takes_legal_steps_and_no_others(
    case: Case, maya: Staff, state: CaseState, act: CaseAct
) -> None:
    goal = CASE_STEPS.get((state.value, act.value))
    with transaction():
        case.state = state
        if goal is None:
            with pytest.raises(CaseMovedOn):
                move_case(case, act, actor=maya.actor, now=NOON)
        else:
            move_case(case, act, actor=maya.actor, now=NOON)
    assert case.state == (goal or state)


@pytest.mark.parametrize("act", list(ObligationAct))
@pytest.mark.parametrize("state", list(ObligationState))
def test_an_obligation_takes_legal_steps_and_no_others(state: ObligationState, act: ObligationAct) -> None:
    obligation = Obligation(state=state)
    goal = OBLIGATION_STEPS.get((state.value, act.value))
    if goal is None:
        with pytest.raises(AlreadySettled):
            move_obligation(obligation, act)
    else:
        move_obligation(obligation, act)
    assert obligation.state == (goal or state)


@pytest.mark.parametrize("act", list(EncounterAct))
@pytest.mark.parametrize("state", list(EncounterState))
def test_an_encounter_takes_legal_steps_and_no_others(state: EncounterState, act: EncounterAct) -> None:
    encounter = Encounter(ended_at=NOON if state is EncounterState.ENDED else None)
    goal = ENCOUNTER_STEPS.get((state.value, act.value))
    if goal is None:
        with pytest.raises(EncounterEnded):
            move_encounter(encounter, act, outcome=Outcome.RESOLVED, now=NOON)
    else:
        move_encounter(encounter, act, outcome=Outcome.RESOLVED, now=NOON)
    assert state_of(encounter) == (goal or state)


@pytest.mark.parametrize("after", list(StageMark))
@pytest.mark.parametrize("before", list(StageMark))
@pytest.mark.parametrize("stage", list(Stage))
def test_a_stage_only_goes_forward(stage: Stage, before: StageMark, after: StageMark) -> None:
    encounter = Encounter(**{one.value: StageMark.NONE for one in Stage})
    setattr(encounter, stage.value, before)
    if (before.value, after.value) in FORWARD:
        encounters.mark_stages(encounter, {stage: after}, now=NOON)
        assert getattr(encounter, stage.value) is after
    else:
        with pytest.raises(encounters.StageGoesBack):
            encounters.mark_stages(encounter, {stage: after}, now=NOON)


def test_an_encounter_does_not_end_without_an_outcome() -> None:
    with pytest.raises(ValueError, match="outcome"):
        move_encounter(Encounter(ended_at=None), EncounterAct.END, now=NOON)


def test_the_tables_name_every_act() -> None:
    assert set(cases.LEGAL) == set(CaseAct)
    assert set(obligations.LEGAL) == set(ObligationAct)
    assert set(encounters.LEGAL) == set(EncounterAct)

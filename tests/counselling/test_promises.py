"""Promises and clocks: only the named act keeps a promise, and what nobody does in time is heard of again
and again.
"""

from datetime import datetime, timedelta

import pytest
from flask import Flask

from accounts.models import Account, Staff
from core.db import db, transaction
from core.models import AuditEvent
from counselling import clocks, queries
from counselling.cases import CaseMovedOn, EncounterStillOpen, close_case, take_case
from counselling.encounters import record_encounter
from counselling.messages import answer_band, hear_student, write_letter
from counselling.models import (
    Case,
    CaseOutcome,
    CaseState,
    ObligationKind,
    ObligationState,
    Outcome,
    Stage,
    StageMark,
)
from counselling.obligations import TERMS, NamedAct, promise, settle_obligations
from counselling.professionals.worklist import Show, worklist_of
from counselling.taking import accept_escalation
from moderation import triage
from moderation.bands import Band
from moderation.models import Escalation, EscalationState
from tests.counselling.people import NOON, make_case

LATER = NOON + timedelta(hours=1)
TOO_LATE = NOON + timedelta(hours=25)


def write(case: Case, author: Staff, *, now: datetime = NOON) -> None:
    with transaction():
        write_letter(case, "How are you today?", author=author, now=now)


def hear(case: Case, body: str = "A bit better.", *, now: datetime = NOON) -> None:
    with transaction():
        hear_student(case, body, now=now)


def close(case: Case, actor: Staff) -> None:
    with transaction():
        close_case(case, summary="Sleeps again.", actor=actor, now=LATER)


def test_the_first_letter_begins_the_contact(case: Case, maya: Staff) -> None:
    write(case, maya)
    assert case.state is CaseState.IN_CONTACT


def test_a_student_s_letter_promises_an_answer_within_a_day(case: Case, maya: Staff) -> None:
    write(case, maya)
    hear(case)
    (one,) = queries.unsettled_obligations(case.id)
    assert (one.kind, one.owner_id, one.due_at) == (
        ObligationKind.ANSWER,
        maya.id,
        NOON + timedelta(hours=24),
    )


def test_two_letters_in_a_row_are_one_promise_by_the_first_clock(case: Case) -> None:
    hear(case)
    hear(case, now=LATER)
    (one,) = queries.unsettled_obligations(case.id)
    assert one.due_at == NOON + timedelta(hours=24)


def test_words_of_danger_bring_the_answer_nearer(case: Case) -> None:
    hear(case)
    hear(case, "I want to kill myself tonight.", now=LATER)
    (one,) = queries.unsettled_obligations(case.id)
    assert one.due_at <= LATER + timedelta(hours=1)


def test_a_letter_in_time_keeps_the_promise(case: Case, maya: Staff) -> None:
    hear(case)
    write(case, maya, now=LATER)
    (one,) = queries.obligations(case.id)
    assert (one.state, one.settled_at) == (ObligationState.KEPT, LATER)


def test_a_letter_too_late_does_not_make_a_missed_promise_kept(case: Case, maya: Staff) -> None:
    hear(case)
    write(case, maya, now=TOO_LATE)
    (one,) = queries.obligations(case.id)
    assert (one.state, one.settled_at) == (ObligationState.MISSED, TOO_LATE)


def test_an_encounter_does_not_clear_a_promise_to_answer(case: Case, maya: Staff) -> None:
    hear(case)
    with transaction():
        record_encounter(case, marks={}, agreed="", outcome=Outcome.NEXT_SESSION, actor=maya, now=NOON)
    assert len(queries.unsettled_obligations(case.id)) == 1


def test_a_missed_promise_waits_until_its_act_has_come(case: Case) -> None:
    hear(case)
    clocks.climb(TOO_LATE)
    (one,) = queries.unsettled_obligations(case.id)
    assert (one.state, one.climbed) == (ObligationState.MISSED, 1)


def overdue_steps() -> list[tuple[str, str]]:
    events = db.session.query(AuditEvent).filter_by(kind="overdue").order_by(AuditEvent.sequence)
    return [(event.target.split(":")[0], event.detail["step"]) for event in events]


def test_an_escalation_that_nobody_takes_climbs_once_for_each_time_its_clock_runs_out(
    escalation: Escalation,
) -> None:
    for hours in (23, 25, 26, 49, 73, 97, 121):
        clocks.climb(NOON + timedelta(hours=hours))
    # Who is on call was paged when it began.
    steps = ["second", "all_professionals", "coordinators", "coordinators", "coordinators"]
    assert overdue_steps() == [("escalation", step) for step in steps]
    assert escalation.state is EscalationState.WAITING


def test_accepting_stops_the_clock_of_an_escalation(escalation: Escalation, maya: Staff) -> None:
    with transaction():
        accept_escalation(escalation, actor=maya, now=NOON)
    clocks.climb(NOON + timedelta(hours=23))
    assert overdue_steps() == []


def test_a_case_that_nobody_takes_climbs(student: Account) -> None:
    make_case(student, None)
    clocks.climb(LATER)
    assert overdue_steps() == [("case", "second")]


def test_a_case_closes_with_the_outcome_of_its_last_encounter(case: Case, maya: Staff) -> None:
    marks = dict.fromkeys(Stage, StageMark.DONE)
    for outcome in (Outcome.NEXT_SESSION, Outcome.REFERRED):
        with transaction():
            record_encounter(case, marks=marks, agreed="", outcome=outcome, actor=maya, now=NOON)
    close(case, maya)
    assert (case.state, case.outcome) == (CaseState.CLOSED, CaseOutcome.REFERRED)


def test_a_case_without_an_encounter_closes_as_no_contact(case: Case, maya: Staff) -> None:
    close(case, maya)
    assert case.outcome is CaseOutcome.NO_CONTACT


def test_a_case_with_an_encounter_that_goes_on_does_not_close(case: Case, maya: Staff) -> None:
    with transaction():
        record_encounter(case, marks={}, agreed="", outcome=None, actor=maya, now=NOON)
    with transaction(), pytest.raises(EncounterStillOpen):
        close_case(case, summary="too early", actor=maya, now=LATER)


def test_an_encounter_that_ends_leaves_the_case_watched_unless_a_session_is_agreed(
    case: Case, maya: Staff
) -> None:
    states = []
    for outcome in (Outcome.NEXT_SESSION, Outcome.RESOLVED):
        with transaction():
            record_encounter(case, marks={}, agreed="", outcome=outcome, actor=maya, now=NOON)
        states.append(case.state)
    assert states == [CaseState.IN_CONTACT, CaseState.MONITORING]


def test_closing_does_not_hide_a_letter_that_nobody_read(case: Case, maya: Staff) -> None:
    hear(case)
    close(case, maya)
    assert len(queries.unsettled_obligations(case.id)) == 1


def test_closing_resolves_the_escalation(escalation: Escalation, maya: Staff) -> None:
    with transaction():
        case = accept_escalation(escalation, actor=maya, now=NOON).case
    close(case, maya)
    assert escalation.state is EscalationState.RESOLVED


def test_a_student_s_letter_opens_a_closed_case_again(escalation: Escalation, maya: Staff) -> None:
    with transaction():
        case = accept_escalation(escalation, actor=maya, now=NOON).case
    close(case, maya)
    hear(case, now=TOO_LATE)
    assert (case.state, case.closed_at, case.outcome) == (CaseState.IN_CONTACT, None, None)
    assert escalation.state is EscalationState.ACCEPTED
    assert [one.kind for one in queries.unsettled_obligations(case.id)] == [ObligationKind.ANSWER]


def test_a_letter_that_came_while_a_case_was_closed_stays_on_the_worklist(case: Case, maya: Staff) -> None:
    hear(case, now=NOON)
    close(case, maya)
    (entry,) = worklist_of(maya, Show.ALL, now=LATER).own
    assert (entry.id, entry.unread, entry.promise) == (case.id, 1, ObligationKind.ANSWER)


def test_a_letter_of_danger_that_came_while_a_case_was_closed_is_anybody_s_to_answer(
    case: Case, maya: Staff, oren: Staff
) -> None:
    hear(case, "I want to kill myself tonight.", now=NOON)
    close(case, maya)
    assert not queries.is_takeable(case.id)
    clocks.climb(TOO_LATE)
    with transaction():
        take_case(case, actor=oren, now=TOO_LATE)
    assert (case.state, case.owner_id) == (CaseState.IN_CONTACT, oren.id)


def test_a_case_that_was_closed_over_nothing_leaves_the_worklist(case: Case, maya: Staff) -> None:
    close(case, maya)
    assert worklist_of(maya, Show.ALL, now=LATER).own == []


def test_a_closed_case_is_not_closed_again(case: Case, maya: Staff) -> None:
    close(case, maya)
    with transaction(), pytest.raises(CaseMovedOn):
        close_case(case, summary="twice", actor=maya, now=LATER)


def test_every_kind_of_promise_names_the_act_that_keeps_it(case: Case) -> None:
    with transaction():
        for kind in ObligationKind:
            promise(case, kind, band=Band.AMBER, now=NOON)
    with transaction():
        settled = settle_obligations(case, NamedAct.LETTER, now=NOON)
    assert all(TERMS[kind].kept_by for kind in ObligationKind)
    by_letter = {kind for kind in ObligationKind if NamedAct.LETTER in TERMS[kind].kept_by}
    assert {one.kind for one in settled} == by_letter


def test_a_letter_that_could_not_be_screened_is_answered_as_soon_as_a_red_one(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_text: str) -> None:
        raise RuntimeError

    monkeypatch.setattr(triage, "screen_text", fail)
    with app.app_context():
        assert answer_band("anything") is Band.RED

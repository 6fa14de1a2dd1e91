"""The forms of a case: saved as typed, locked when final, carried into the next one."""

from datetime import timedelta

import pytest

from accounts.models import Account, Staff
from core.db import transaction
from core.refusals import Missing
from counselling.cases import raise_case_band
from counselling.models import Case
from counselling.record import queries
from counselling.record.filling import (
    FormLocked,
    FormMovedOn,
    Saving,
    StillMissing,
    add_to_plan,
    begin_form,
    case_form,
    filled_of,
    lines_of,
    save_form,
)
from counselling.record.form_fields import EDITIONS, Reach
from counselling.record.models import CaseForm, FormKind
from moderation.bands import Band
from tests.counselling.people import NOON, make_case

RISK = {
    "thoughts": "passing",
    "plan": "no",
    "means": "not_asked",
    "timeframe": "none",
    "done": "We talked about the weekend.",
}


def begun(case: Case, by: Staff, kind: FormKind = FormKind.RISK_ASSESSMENT) -> CaseForm:
    with transaction():
        return begin_form(case, kind, actor=by, now=NOON)


def save(case: Case, form: CaseForm, saving: Saving, by: Staff) -> None:
    with transaction():
        save_form(case, form, saving, actor=by, now=NOON + timedelta(minutes=1))


def test_answers_are_kept_as_typed(case: Case, maya: Staff) -> None:
    form = begun(case, maya)
    save(case, form, Saving({"before": "  two  spaces\n\nand a line"}, version=form.version), maya)
    assert filled_of(case, form).answers == {"before": "  two  spaces\n\nand a line"}


def test_answers_lie_sealed(case: Case, maya: Staff) -> None:
    form = begun(case, maya)
    save(case, form, Saving({"before": "a quiet zebra"}, version=form.version), maya)
    assert b"zebra" not in form.sealed


def test_a_finalised_form_is_locked(case: Case, maya: Staff) -> None:
    form = begun(case, maya)
    save(case, form, Saving(RISK, version=form.version, is_final=True), maya)
    with pytest.raises(FormLocked):
        save(case, form, Saving(RISK | {"done": "Else."}, version=form.version), maya)
    assert filled_of(case, form).answers["done"] == "We talked about the weekend."


def test_a_form_that_was_saved_elsewhere_is_not_written_over(case: Case, maya: Staff) -> None:
    form = begun(case, maya)
    seen = form.version
    save(case, form, Saving({"before": "first tab"}, version=seen), maya)
    with pytest.raises(FormMovedOn):
        save(case, form, Saving({"before": "second tab"}, version=seen), maya)
    assert filled_of(case, form).answers == {"before": "first tab"}


def test_saving_the_same_twice_is_no_conflict(case: Case, maya: Staff) -> None:
    form = begun(case, maya)
    saving = Saving(RISK, version=form.version, is_final=True)
    save(case, form, saving, maya)
    save(case, form, saving, maya)
    assert form.finalised_at is not None


def test_what_must_be_known_is_asked_before_a_form_is_final(case: Case, maya: Staff) -> None:
    form = begun(case, maya)
    with pytest.raises(StillMissing) as refused:
        save(case, form, Saving({"thoughts": "often"}, version=form.version, is_final=True), maya)
    assert refused.value.args == ("plan", "means", "timeframe", "done")
    assert form.finalised_at is None


def test_what_was_shared_with_a_service_needs_the_student_s_yes(case: Case, maya: Staff) -> None:
    form = begun(case, maya, FormKind.REFERRAL)
    answers = {"service": "The study office", "consent": "told", "shared": "their name"}
    with pytest.raises(StillMissing) as refused:
        save(case, form, Saving(answers, version=form.version, is_final=True), maya)
    assert refused.value.args == ("consent",)


def test_a_new_form_begins_with_the_old_answers(case: Case, maya: Staff) -> None:
    first = begun(case, maya)
    save(case, first, Saving(RISK, version=first.version, is_final=True), maya)
    second = begun(case, maya)
    assert second.id != first.id
    assert filled_of(case, second).answers == RISK


def test_a_form_that_is_not_final_goes_on(case: Case, maya: Staff) -> None:
    assert begun(case, maya).id == begun(case, maya).id


@pytest.mark.parametrize(
    ("chosen", "band"), [(Band.RED, Band.RED), (Band.GREEN, Band.AMBER), (None, Band.AMBER)]
)
def test_a_risk_assessment_only_makes_a_case_more_urgent(
    case: Case, maya: Staff, chosen: Band | None, band: Band
) -> None:
    form = begun(case, maya)
    save(case, form, Saving(RISK, version=form.version, band=chosen), maya)
    assert case.band is band


def test_a_plan_does_not_change_how_urgent_a_case_is(case: Case, maya: Staff) -> None:
    form = begun(case, maya, FormKind.SAFETY_PLAN)
    save(case, form, Saving({"alone": "Walk."}, version=form.version, band=Band.CRISIS), maya)
    assert case.band is Band.AMBER


def test_a_calm_assessment_leaves_an_urgent_case_urgent(case: Case, maya: Staff) -> None:
    with transaction():
        raise_case_band(case, Band.CRISIS)
    form = begun(case, maya)
    save(case, form, Saving(RISK, version=form.version, band=Band.AMBER), maya)
    assert case.band is Band.CRISIS


@pytest.fixture
def plan(case: Case, maya: Staff) -> CaseForm:
    """A plan that the student may read."""
    form = begun(case, maya, FormKind.SAFETY_PLAN)
    save(case, form, Saving({"alone": "Walk."}, version=form.version, is_shared=True), maya)
    return form


def test_a_student_adds_to_a_plan_that_is_final(case: Case, maya: Staff, plan: CaseForm) -> None:
    save(case, plan, Saving({"alone": "Walk."}, version=plan.version, is_final=True), maya)
    with transaction():
        add_to_plan(case, "alone", "Make tea.")
    assert filled_of(case, plan).added == {"alone": ["Make tea."]}


def test_saving_a_plan_keeps_what_the_student_added(case: Case, maya: Staff, plan: CaseForm) -> None:
    with transaction():
        add_to_plan(case, "alone", "Make tea.")
    save(case, plan, Saving({"alone": "Walk and read."}, version=plan.version), maya)
    assert filled_of(case, plan).added == {"alone": ["Make tea."]}


def test_the_next_plan_begins_with_what_the_student_added(case: Case, maya: Staff, plan: CaseForm) -> None:
    with transaction():
        add_to_plan(case, "alone", "Make tea.")
    save(case, plan, Saving({"alone": "Walk."}, version=plan.version, is_final=True), maya)
    assert filled_of(case, begun(case, maya, FormKind.SAFETY_PLAN)).answers == {"alone": "Walk.\nMake tea."}


def test_a_student_adds_to_nothing_that_was_not_shared(case: Case, maya: Staff) -> None:
    begun(case, maya, FormKind.SAFETY_PLAN)
    with pytest.raises(Missing), transaction():
        add_to_plan(case, "alone", "Make tea.")


def test_a_shared_plan_stays_shared(case: Case, maya: Staff, plan: CaseForm) -> None:
    save(case, plan, Saving({"alone": "Walk."}, version=plan.version, is_shared=False), maya)
    assert queries.shared_plan(case.id) is plan


def test_only_plans_are_shared(case: Case, maya: Staff) -> None:
    form = begun(case, maya)
    save(case, form, Saving(RISK, version=form.version, is_shared=True), maya)
    assert not form.is_shared


def test_a_form_of_another_case_is_missing(case: Case, maya: Staff, student: Account) -> None:
    other = begun(make_case(student, maya), maya)
    with pytest.raises(Missing):
        case_form(case, other.id)


def test_an_answer_goes_only_as_far_as_its_question_says(case: Case, maya: Staff) -> None:
    form = begun(case, maya)
    save(case, form, Saving(RISK | {"thoughts_words": "in my words"}, version=form.version), maya)
    names = {line.question.name for line in lines_of(case, form, reach=frozenset({Reach.SUPERVISOR}))}
    assert "thoughts" in names
    assert "thoughts_words" not in names


def test_nothing_of_a_risk_assessment_or_a_plan_may_stand_in_a_summary() -> None:
    for kind in (FormKind.RISK_ASSESSMENT, FormKind.SAFETY_PLAN, FormKind.SAFEGUARDING):
        for edition in EDITIONS[kind]:
            assert {one.name for one in edition.questions if one.reach is Reach.SUMMARY} == set()


def test_an_older_version_put_back_does_not_open(case: Case, maya: Staff) -> None:
    form = begun(case, maya)
    old = form.sealed
    save(case, form, Saving(RISK, version=form.version), maya)
    with transaction():
        form.sealed = old
    assert filled_of(case, form).is_lost

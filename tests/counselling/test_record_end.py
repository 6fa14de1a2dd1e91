"""Whether Stoa fits, what a student takes along of the record, and that all of it goes with the key."""

import pytest
from flask import Flask

from accounts.models import Account, Staff
from core.db import db, transaction
from counselling import queries as case_queries
from counselling.encounters import record_encounter
from counselling.exporting import export_conversations
from counselling.models import Case, Outcome
from counselling.record import queries
from counselling.record.drafts import LETTER, STUDENT, keep_draft
from counselling.record.filling import Saving, add_to_plan, begin_form, save_form
from counselling.record.fits import fit_of, note_fit
from counselling.record.models import CaseDraft, CaseForm, CaseNote, Fit, FitNote, FormKind, Lane
from counselling.record.notes import Wording, write_note
from counselling.record.ratings import Rating, rate
from counselling.retention import destroy_content
from tests.counselling.people import NOON
from tests.counselling.recording import Pair, begin_case, colleague
from tests.people import post_form, run_outbox


@pytest.fixture
def full(case: Case, maya: Staff) -> Case:
    """A case with something in every place of its record."""
    with transaction():
        for lane in Lane:
            write_note(case, Wording(lane, f"For {lane}.", is_final=True), actor=maya, now=NOON)
        plan = begin_form(case, FormKind.SAFETY_PLAN, actor=maya, now=NOON)
        saving = Saving({"alone": "Walk."}, version=plan.version, is_shared=True)
        save_form(case, plan, saving, actor=maya, now=NOON)
        add_to_plan(case, "alone", "Make tea.")
        begin_form(case, FormKind.RISK_ASSESSMENT, actor=maya, now=NOON)
        note_fit(case, Fit.ONLINE, "Letters suit you.", actor=maya, now=NOON)
        record_encounter(case, marks={}, agreed="", outcome=Outcome.RESOLVED, actor=maya, now=NOON)
        rate(case, 1, Rating(after=3), now=NOON)
        keep_draft(case, STUDENT, LETTER, {"body": ["Half a letter."]}, now=NOON)
    return case


def test_nothing_of_the_record_is_left_after_the_key(full: Case) -> None:
    with transaction():
        destroy_content(full, now=NOON)
    db.session.expire_all()
    assert {one.sealed for one in queries.notes(full.id)} == {b""}
    assert {one.sealed for one in queries.forms(full.id)} == {b""}
    assert {one.sealed for one in queries.fit_notes(full.id)} == {None}
    assert {one.rating for one in case_queries.encounters(full.id)} == {None}
    assert queries.draft(full.id, STUDENT, LETTER) is None


def test_what_was_counted_stays(full: Case) -> None:
    with transaction():
        destroy_content(full, now=NOON)
    assert [db.session.query(table).count() for table in (CaseNote, CaseForm, FitNote, CaseDraft)] == [
        3,
        2,
        1,
        0,
    ]


@pytest.mark.usefixtures("full")
def test_a_student_takes_along_what_is_theirs(student: Account) -> None:
    record = export_conversations(student)[0]["record"]
    assert [note["body"] for note in record["notes"]] == ["For shared."]
    assert record["plan"] == {"answers": {"alone": "Walk."}, "added": {"alone": ["Make tea."]}}
    assert record["ratings"] == [{"encounter": 1, "before": None, "after": 3, "helped": None}]


def test_the_last_word_about_the_fit_counts(case: Case, maya: Staff) -> None:
    assert fit_of(case) is None
    with transaction():
        note_fit(case, Fit.ONLINE, "Letters suit you.", actor=maya, now=NOON)
        note_fit(case, Fit.FACE_TO_FACE, "A room is better.", actor=maya, now=NOON)
    found = fit_of(case)
    assert found is not None
    assert (found.fit, found.why, found.leads_elsewhere) == (Fit.FACE_TO_FACE, "A room is better.", True)


@pytest.fixture
def pair(app: Flask) -> Pair:
    """A student and Maya."""
    return begin_case(app)


def test_the_student_reads_why_and_where_to_go(pair: Pair) -> None:
    assert "Nobody has said yet whether Stoa fits" in pair.maya.get(pair.case).text
    why = "The legal clinic in the main hall, Tuesdays, knows this best."
    assert post_form(pair.maya, f"{pair.case}/fit", {"fit": "not_us", "why": why}).status_code == 303
    run_outbox(pair.app)
    assert "whether this is the right place" in pair.student.get("/me").text
    assert why in pair.student.get(pair.own).text
    assert "Nobody has said yet" not in pair.maya.get(pair.case).text


def test_an_urgent_fit_shows_help_at_once(pair: Pair) -> None:
    post_form(pair.maya, f"{pair.case}/fit", {"fit": "urgent", "why": "Please call them now."})
    assert "Please do not wait." in pair.student.get(pair.own).text


def test_a_letter_is_not_held_up_by_the_question(pair: Pair) -> None:
    sent = post_form(pair.maya, f"{pair.case}/messages", {"body": "I am here."}, page=pair.case)
    assert sent.status_code == 303


def test_what_fitted_once_can_be_said_anew_later(pair: Pair) -> None:
    post_form(pair.maya, f"{pair.case}/fit", {"fit": "online", "why": "Letters suit this well."})
    assert f"{pair.case}/fit" not in pair.maya.get(pair.case).text
    assert f"{pair.case}/fit" in pair.maya.get(f"{pair.case}/record").text


@pytest.mark.parametrize("fields", [{"fit": "", "why": "Because."}, {"fit": "perhaps", "why": "Because."}])
def test_a_fit_that_cannot_be_taken_gives_the_reason_back(pair: Pair, fields: dict[str, str]) -> None:
    answer = post_form(pair.maya, f"{pair.case}/fit", fields)
    assert answer.status_code == 422
    assert "Because." in answer.text


def test_the_fit_is_missing_for_a_colleague(pair: Pair) -> None:
    assert colleague(pair.app).get(f"{pair.case}/fit").status_code == 404

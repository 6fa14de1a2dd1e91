"""Clinical supervision: that much of a case, for that long, before one named professional."""

from datetime import timedelta

import pytest

from accounts.models import Staff
from accounts.permissions import Role
from core.db import db, transaction
from core.models import AuditEvent
from core.refusals import Missing
from counselling.access import part_in
from counselling.cases import assign_case
from counselling.handing.allowed import supervision_for
from counselling.handing.conflicts import recuse_from_case
from counselling.handing.members import NotACounsellor
from counselling.handing.models import Supervision
from counselling.handing.purposes import Purpose, readings_of, state_purpose
from counselling.handing.supervising import (
    NothingChosen,
    RepliedBefore,
    SupervisionView,
    ask_supervisor,
    end_supervision,
    open_supervision,
    reply_of,
    reply_to_colleague,
)
from counselling.messages import hear_student, write_letter
from counselling.models import Case
from counselling.reading import PurposeNeeded
from counselling.record.filling import Saving, begin_form, save_form
from counselling.record.form_fields import Reach, edition_of
from counselling.record.models import FormKind, Lane
from counselling.record.notes import Wording, write_note
from counselling.retention import destroy_content
from tests.counselling.people import NOON, add_staff_row

LATER = NOON + timedelta(minutes=1)


@pytest.fixture
def letters(case: Case, maya: Staff) -> Case:
    """A case with three letters."""
    with transaction():
        write_letter(case, "How are you?", author=maya, now=NOON)
        hear_student(case, "Not well since Sunday.", now=NOON)
        write_letter(case, "Tell me about Sunday.", author=maya, now=NOON)
    return case


def ask(
    case: Case, supervisor: Staff, *, by: Staff, numbers: list[int] | None = None, days: int = 7
) -> Supervision:
    with transaction():
        return ask_supervisor(
            case,
            supervisor=supervisor,
            numbers=numbers,
            question="Am I going too fast?",
            consent="They said yes in the second letter.",
            days=days,
            actor=by,
            now=NOON,
        )


def read(supervision: Supervision, case: Case, reader: Staff) -> SupervisionView:
    with transaction():
        state_purpose(case, Purpose.SUPERVISION, "", reader=reader, now=NOON, supervision=supervision)
    return open_supervision(supervision.id, reader=reader, now=LATER)


def test_a_supervisor_reads_the_chosen_messages_and_no_other(letters: Case, maya: Staff, oren: Staff) -> None:
    view = read(ask(letters, oren, by=maya, numbers=[2]), letters, oren)
    assert [one.number for one in view.letters] == [2]
    assert (view.question, view.consent) == ("Am I going too fast?", "They said yes in the second letter.")
    assert view.agreed == []


def test_a_supervisor_of_the_whole_case_reads_all_letters(letters: Case, maya: Staff, oren: Staff) -> None:
    view = read(ask(letters, oren, by=maya), letters, oren)
    assert [one.number for one in view.letters] == [1, 2, 3]


@pytest.fixture
def recorded(letters: Case, maya: Staff) -> Case:
    """The same case with a note in each lane, and a risk assessment that is filled in."""
    with transaction():
        for lane in Lane:
            write_note(letters, Wording(lane, f"A note, {lane}."), actor=maya, now=NOON)
        form = begin_form(letters, FormKind.RISK_ASSESSMENT, actor=maya, now=NOON)
        questions = edition_of(form.kind, form.edition).questions
        answers = {one.name: next(iter(one.choices), f"said {one.reach}") for one in questions}
        save_form(letters, form, Saving(answers, form.version), actor=maya, now=NOON)
    return letters


def test_a_supervisor_of_the_whole_case_reads_the_notes_that_others_read_and_never_own_ones(
    recorded: Case, maya: Staff, oren: Staff
) -> None:
    # Not even those that the supervisor wrote in this case, when it was theirs.
    with transaction():
        write_note(recorded, Wording(Lane.OWN, "Mine alone."), actor=oren, now=NOON)
    view = read(ask(recorded, oren, by=maya), recorded, oren)
    assert {one.body for one in view.notes} == {"A note, shared.", "A note, team."}


def test_a_supervisor_of_the_whole_case_reads_of_forms_what_their_questions_allow(
    recorded: Case, maya: Staff, oren: Staff
) -> None:
    view = read(ask(recorded, oren, by=maya), recorded, oren)
    (form,) = view.forms
    every = edition_of(form.form.kind, form.form.edition).questions
    assert [one.question.name for one in form.lines] == [
        one.name for one in every if one.reach is not Reach.CASE
    ]
    assert 0 < len(form.lines) < len(every)


def test_a_supervisor_of_an_excerpt_reads_no_note_and_no_form(
    recorded: Case, maya: Staff, oren: Staff
) -> None:
    view = read(ask(recorded, oren, by=maya, numbers=[1]), recorded, oren)
    assert (view.notes, view.forms) == ([], [])


def test_a_supervisor_has_no_part_in_the_case(letters: Case, maya: Staff, oren: Staff) -> None:
    read(ask(letters, oren, by=maya), letters, oren)
    assert part_in(letters, oren, now=LATER) is None


def test_a_supervisor_says_why_before_reading(letters: Case, maya: Staff, oren: Staff) -> None:
    supervision = ask(letters, oren, by=maya)
    with pytest.raises(PurposeNeeded):
        open_supervision(supervision.id, reader=oren, now=NOON)


def test_each_reading_of_a_supervisor_is_seen_by_the_owner(letters: Case, maya: Staff, oren: Staff) -> None:
    read(ask(letters, oren, by=maya), letters, oren)
    assert [(one.staff_id, one.purpose) for one in readings_of(letters)] == [(oren.id, "supervision")]


def test_nobody_else_reads_what_a_supervisor_reads(letters: Case, maya: Staff, oren: Staff) -> None:
    kim, supervision = add_staff_row(Role.PROFESSIONAL, "kim"), ask(letters, oren, by=maya)
    for other in (kim, maya):
        with pytest.raises(Missing):
            open_supervision(supervision.id, reader=other, now=NOON)


@pytest.mark.parametrize(("days", "lasts"), [(1, 1), (7, 7), (30, 30), (90, 30)])
def test_a_supervision_is_over_after_its_days(
    letters: Case, maya: Staff, oren: Staff, days: int, lasts: int
) -> None:
    supervision = ask(letters, oren, by=maya, days=days)
    end = NOON + timedelta(days=lasts)
    assert supervision_for(supervision.id, supervisor=oren, now=end - timedelta(seconds=1))
    with pytest.raises(Missing):
        supervision_for(supervision.id, supervisor=oren, now=end)


def test_a_supervision_that_was_ended_is_as_one_that_never_was(
    letters: Case, maya: Staff, oren: Staff
) -> None:
    supervision = ask(letters, oren, by=maya)
    with transaction():
        end_supervision(supervision, actor=maya, now=NOON)
    with pytest.raises(Missing):
        open_supervision(supervision.id, reader=oren, now=NOON)


def test_a_supervision_ends_when_the_case_goes_to_another_owner(
    letters: Case, maya: Staff, oren: Staff
) -> None:
    supervision, kim = ask(letters, oren, by=maya), add_staff_row(Role.PROFESSIONAL, "kim")
    with transaction():
        assign_case(letters, owner=kim, now=NOON)
    with pytest.raises(Missing):
        supervision_for(supervision.id, supervisor=oren, now=NOON)


def test_a_supervision_ends_when_the_owner_knows_the_student(letters: Case, maya: Staff, oren: Staff) -> None:
    supervision = ask(letters, oren, by=maya)
    with transaction():
        recuse_from_case(letters.id, actor=maya, now=NOON)
    with pytest.raises(Missing):
        supervision_for(supervision.id, supervisor=oren, now=NOON)


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.COORDINATOR, Role.RESEARCHER])
def test_only_a_professional_supervises(letters: Case, maya: Staff, role: Role) -> None:
    other = add_staff_row(role, "kim")
    with pytest.raises(NotACounsellor):
        ask(letters, other, by=maya)


def test_nobody_supervises_themselves(letters: Case, maya: Staff) -> None:
    with pytest.raises(NotACounsellor):
        ask(letters, maya, by=maya)


@pytest.mark.parametrize("numbers", [[], [99]])
def test_an_excerpt_has_a_message_of_the_case(
    letters: Case, maya: Staff, oren: Staff, numbers: list[int]
) -> None:
    with pytest.raises(NothingChosen):
        ask(letters, oren, by=maya, numbers=numbers)


def test_question_and_answer_are_sealed(letters: Case, maya: Staff, oren: Staff) -> None:
    supervision = ask(letters, oren, by=maya)
    with transaction():
        reply_to_colleague(supervision, letters, "Slow down a little.", actor=oren, now=NOON)
    assert reply_of(supervision, letters) == "Slow down a little."
    assert b"Slow" not in (supervision.reply or b"")
    assert b"fast" not in (supervision.sealed or b"")
    assert "fast" not in str([event.detail for event in db.session.query(AuditEvent)])


def test_an_answer_is_given_once(letters: Case, maya: Staff, oren: Staff) -> None:
    supervision = ask(letters, oren, by=maya)
    with transaction():
        reply_to_colleague(supervision, letters, "Slow down a little.", actor=oren, now=NOON)
    with transaction(), pytest.raises(RepliedBefore):
        reply_to_colleague(supervision, letters, "Or not.", actor=oren, now=NOON)


def test_question_and_answer_go_with_the_case(letters: Case, maya: Staff, oren: Staff) -> None:
    supervision = ask(letters, oren, by=maya)
    with transaction():
        destroy_content(letters, now=NOON)
    assert supervision.sealed is None
    with pytest.raises(Missing):
        supervision_for(supervision.id, supervisor=oren, now=NOON)

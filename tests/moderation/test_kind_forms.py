"""Whatever the team writes to a student is read over before it leaves: every form, also the next one."""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, StringField
from wtforms.fields.core import UnboundField

import moderation
from accounts.permissions import Role
from core.forms import StoaForm
from moderation.appeals.forms import SanctionForm
from moderation.forms import DecisionForm
from moderation.note_forms import KindForm
from moderation.wording.forms import ReasonForm
from tests.journeys import steps
from tests.people import hidden_fields, post_form, run_outbox

UNKIND = "You should have known better."
BY_AUTHORS = "written by a student or a reader"
BY_STAFF_FOR_STAFF = "read by the team alone"
NO_SENTENCE = "no free words: a time, a name, a code, a pattern"

# Each field of words that no check stands before, and why it needs none.
NEEDS_NO_CHECK = {
    "AppealForm.answer": BY_AUTHORS,
    "AppealForm.body": BY_AUTHORS,
    "AppealForm.code": NO_SENTENCE,
    "AuthorNoteForm.body": BY_AUTHORS,
    "CodeForm.code": NO_SENTENCE,
    "CoverForm.note": BY_STAFF_FOR_STAFF,
    "DecisionForm.already_said": BY_STAFF_FOR_STAFF,
    "DecisionForm.marked": "the author's own words, pasted",
    "DecisionForm.prompted_by": BY_STAFF_FOR_STAFF,
    "HoldForm.reason": BY_STAFF_FOR_STAFF,
    "HoursForm.fri": NO_SENTENCE,
    "HoursForm.holidays": NO_SENTENCE,
    "HoursForm.mon": NO_SENTENCE,
    "HoursForm.sat": NO_SENTENCE,
    "HoursForm.sun": NO_SENTENCE,
    "HoursForm.thu": NO_SENTENCE,
    "HoursForm.timezone": NO_SENTENCE,
    "HoursForm.tue": NO_SENTENCE,
    "HoursForm.wed": NO_SENTENCE,
    "LowerForm.reason": BY_STAFF_FOR_STAFF,
    "ProposalForm.reason": BY_STAFF_FOR_STAFF,
    "ReasonForm.anchor": NO_SENTENCE,
    "RedactForm.reason": BY_STAFF_FOR_STAFF,
    "RedactForm.words": "the author's own words, pasted",
    "ReportForm.note": BY_AUTHORS,
    "ReviewForm.words": BY_STAFF_FOR_STAFF,
    "RoleForm.reason": BY_STAFF_FOR_STAFF,
    "RoleForm.username": NO_SENTENCE,
    "SendBackForm.words": BY_STAFF_FOR_STAFF,
    "ShiftsForm.begins": NO_SENTENCE,
    "ShiftsForm.ends": NO_SENTENCE,
    "StudentNumbersForm.shapes": NO_SENTENCE,
    "WordsForm.words": "the author's own words, pasted",
}


def every_form() -> Iterator[type[StoaForm]]:
    """Every form of moderation."""
    for module in pkgutil.walk_packages(moderation.__path__, "moderation."):
        found = importlib.import_module(module.name)
        for one in vars(found).values():
            if isinstance(one, type) and issubclass(one, StoaForm) and one.__module__ == module.name:
                yield one


def words_of(form: type[StoaForm]) -> list[str]:
    """The fields of a form that hold words somebody types."""
    fields = {name: getattr(form, name) for name in dir(form) if not name.startswith("_")}
    return [
        name
        for name, field in fields.items()
        if isinstance(field, UnboundField)
        and issubclass(field.field_class, StringField)
        and not issubclass(field.field_class, HiddenField)
    ]


def checked(form: type[StoaForm]) -> list[str]:
    """The fields of a form whose words are read over."""
    if issubclass(form, ReasonForm):
        return [name for name in words_of(form) if name.startswith(("text_", "example_"))]
    return list(form.KIND_FIELDS) if issubclass(form, KindForm) else []


CHECKED = [(form, name) for form in every_form() for name in checked(form)]


def test_every_field_of_words_is_read_over_or_says_why_not() -> None:
    fields = {f"{form.__name__}.{name}" for form in every_form() for name in words_of(form)}
    read_over = {f"{form.__name__}.{name}" for form, name in CHECKED}
    assert fields - read_over == set(NEEDS_NO_CHECK)


def test_these_reach_a_student() -> None:
    assert {f"{form.__name__}.{name}" for form, name in CHECKED if form is not ReasonForm} == {
        "AnswerForm.question",
        "AnswerForm.reply",
        "DecisionForm.message",
        "DecisionForm.note",
        "SanctionForm.message",
        "TeamNoteForm.body",
    }


@pytest.mark.parametrize(
    ("form", "name"), [pytest.param(form, name, id=f"{form.__name__}.{name}") for form, name in CHECKED]
)
def test_words_of_blame_are_held_up(app: Flask, form: type[StoaForm], name: str) -> None:
    with app.test_request_context("/", method="POST"):
        role = {"role": Role.MODERATOR} if form in {DecisionForm, SanctionForm} else {}
        sent = form(MultiDict({name: UNKIND, "risk": "reach_out"}), meta={"csrf": False}, **role)
        assert not sent.validate()
        assert "You should have" in " ".join(sent[name].errors)


def test_an_unkind_word_with_a_step_is_pointed_out_and_a_person_decides(app: Flask) -> None:
    ana, maya = steps.new_student(app), steps.new_staff(app, Role.MODERATOR, "maya")
    steps.begin_thread(ana, "Soup", "You are all fools.")
    item = steps.decide_next(maya, "not_here", reason="hurts_someone")
    typed = {"step": "note", "reason": "hurts_someone", "days": "2", "message": UNKIND}

    warned = post_form(maya, f"{item}/sanction", typed, page=item)
    assert warned.status_code == 422
    assert UNKIND in warned.text
    assert 'name="kind" value="anyway"' in warned.text

    fields = hidden_fields(warned.text, action=f"{item}/sanction")
    assert maya.post(f"{item}/sanction", data=fields | typed | {"kind": "anyway"}).status_code == 303


@pytest.mark.parametrize("name", ["reply", "question"])
def test_an_unkind_word_to_who_appeals_is_pointed_out_and_a_person_decides(app: Flask, name: str) -> None:
    ana, maya = steps.new_student(app), steps.new_staff(app, Role.MODERATOR, "maya")
    steps.begin_thread(ana, "Soup", "You are all fools.")
    item = steps.decide_next(maya, "not_here", reason="hurts_someone")
    run_outbox(app)
    code = ana.get("/me").text.split('<code translate="no">')[1].split("<")[0]
    post_form(ana, "/appeal", {"code": code, "body": "It was about soup."})
    tom = steps.new_staff(app, Role.MODERATOR, "tom")
    steps.take(tom, item)
    typed = {name: UNKIND, "outcome": "upheld" if name == "reply" else ""}

    warned = post_form(tom, f"{item}/appeal", typed, page=item)
    assert warned.status_code == 422
    assert UNKIND in warned.text
    assert warned.text.count('name="kind" value="anyway"') == 1

    fields = hidden_fields(warned.text, action=f"{item}/appeal")
    assert tom.post(f"{item}/appeal", data=fields | typed | {"kind": "anyway"}).status_code == 303

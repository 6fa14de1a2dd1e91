"""Filling in the forms of a case: risk assessment, safety plan, referral, safeguarding.

Answers are sealed as typed. Finalising locks a form; what is known later goes into a new one that begins with
the old answers. A risk assessment raises the band of its case when the professional says so, and nothing here
lowers one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from accounts.models import Staff
from core.audit import record_event
from core.db import db
from core.ids import new_public_id
from core.refusals import Missing, Refusal
from core.unreadable import unreadable_words
from counselling.cases import raise_case_band
from counselling.models import Case
from counselling.notices import CaseNotice, tell_student
from counselling.record import queries
from counselling.record.form_fields import Edition, Question, Reach, answer_words, edition_of, newest_edition
from counselling.record.models import CaseForm, FormKind
from counselling.sealing import seal_for_case, words_or_none
from moderation.bands import Band


class FormLocked(Refusal):
    """A finalised form is not changed any more."""

    @property
    def sentence(self) -> str:
        return _(
            "This form was finalised and stays as it is. What you typed is below: "
            "begin a new one, it starts with the answers of this one."
        )


class FormMovedOn(Refusal):
    """It was saved elsewhere since this page was opened."""

    @property
    def sentence(self) -> str:
        return _("This was saved elsewhere in the meantime. What you typed is below, and nothing is lost.")


class StillMissing(Refusal):
    """Something has to be answered before a form can be finalised. Names the questions."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("Please answer the questions that are marked, then finalise.")


@dataclass(frozen=True)
class Filled:
    """What stands in a form: answers by question, and what the student added to them. `is_lost`: nobody can
    read what stood there.
    """

    answers: Mapping[str, str]
    added: Mapping[str, list[str]]
    is_lost: bool = False


@dataclass(frozen=True)
class Line:
    """One question of a filled form on a page."""

    question: Question
    answer: str
    added: list[str]

    @property
    def words(self) -> str:
        return answer_words(self.question, self.answer)


@dataclass(frozen=True)
class Saving:
    """What somebody sends with a form."""

    answers: Mapping[str, str]
    version: int
    is_final: bool = False
    is_shared: bool = False
    band: Band | None = None


def filled_of(case: Case, form: CaseForm) -> Filled:
    """What stands in a form; nothing where it cannot be opened, so that it can be filled in anew."""
    words = words_or_none(case, _place(form), form.sealed, version=form.version)
    if words is None:
        return Filled({}, {}, is_lost=True)
    content: dict[str, Any] = json.loads(words)
    return Filled(content["answers"], content["added"])


def lines_of(case: Case, form: CaseForm, *, reach: frozenset[Reach] = frozenset(Reach)) -> list[Line]:
    """The answered questions of a form whose answers may go so far, in the form's own edition. Where nobody
    can read the answers, a sentence says so.
    """
    filled = filled_of(case, form)
    questions = [one for one in edition_of(form.kind, form.edition).questions if one.reach in reach]
    if filled.is_lost:
        return [Line(one, unreadable_words(), []) for one in questions]
    return [
        Line(one, filled.answers.get(one.name, ""), filled.added.get(one.name, []))
        for one in questions
        if filled.answers.get(one.name) or filled.added.get(one.name)
    ]


def begin_form(case: Case, kind: FormKind, *, actor: Staff, now: datetime) -> CaseForm:
    """Begin a form in a locked case, with the answers of the one before.

    When one of this kind is not finalised yet, that one goes on.
    """
    earlier = queries.newest_form(case.id, kind)
    if earlier is not None and earlier.finalised_at is None:
        return earlier
    edition = newest_edition(kind)
    form = CaseForm(
        id=new_public_id(),
        case_id=case.id,
        kind=kind,
        number=earlier.number + 1 if earlier is not None else 1,
        edition=edition.number,
        version=0,
        staff_id=actor.id,
        is_shared=False,
        begun_at=now,
        saved_at=now,
    )
    _seal(case, form, Filled(_carried_over(case, earlier, edition), {}))
    db.session.add(form)
    db.session.flush()
    return form


def _carried_over(case: Case, earlier: CaseForm | None, edition: Edition) -> dict[str, str]:
    """The answers of a form for the next one; what the student added stands among them."""
    if earlier is None:
        return {}
    filled = filled_of(case, earlier)
    names = {one.name for one in edition.questions}
    return {
        name: "\n".join(filter(None, [filled.answers.get(name, ""), *filled.added.get(name, [])]))
        for name in {*filled.answers, *filled.added} & names
    }


def save_form(case: Case, form: CaseForm, saving: Saving, *, actor: Staff, now: datetime) -> None:
    """Save a form of a locked case, and lock it when it is final.

    The student is told when they can read a plan for the first time, and when it is final. Raises FormLocked,
    FormMovedOn, StillMissing.
    """
    if saving.version < form.version and _stands_already(case, form, saving):
        return
    if form.finalised_at is not None:
        raise FormLocked(form.id)
    if saving.version != form.version:
        raise FormMovedOn(form.id)
    missing = missing_answers(form, saving.answers) if saving.is_final else []
    if missing:
        raise StillMissing(*missing)
    was_shared = form.is_shared
    form.is_shared = form.kind is FormKind.SAFETY_PLAN and (saving.is_shared or was_shared)
    _seal(case, form, Filled(dict(saving.answers), filled_of(case, form).added))
    form.staff_id, form.saved_at = actor.id, now
    if saving.band is not None and form.kind is FormKind.RISK_ASSESSMENT:
        _raise_band(case, saving.band, actor=actor, now=now)
    if saving.is_final:
        form.finalised_at = now
        detail = {"form": form.id, "kind": form.kind}
        record_event("form_finalised", actor=actor.actor, target=f"case:{case.id}", detail=detail, now=now)
    if form.is_shared and (saving.is_final or not was_shared):
        tell_student(case, CaseNotice.PLAN_SHARED, key=f"{form.id}:{form.version}", now=now)


def _stands_already(case: Case, form: CaseForm, saving: Saving) -> bool:
    """Whether the same was sent before: a button that was pressed twice."""
    is_final = form.finalised_at is not None
    is_same_state = is_final == saving.is_final and form.is_shared >= saving.is_shared
    return is_same_state and filled_of(case, form).answers == saving.answers


def missing_answers(form: CaseForm, answers: Mapping[str, str]) -> list[str]:
    """The questions without which a form is not final."""
    questions = edition_of(form.kind, form.edition).questions
    missing = [one.name for one in questions if one.is_needed and not answers.get(one.name, "").strip()]
    if form.kind is FormKind.SAFETY_PLAN and not any(words.strip() for words in answers.values()):
        return [questions[0].name]
    if form.kind is FormKind.REFERRAL and answers.get("shared", "").strip():
        missing += ["consent"] if answers.get("consent") == "told" else []
    return missing


def _raise_band(case: Case, band: Band, *, actor: Staff, now: datetime) -> None:
    if band.rank < case.rank:
        raise_case_band(case, band)
        detail = {"band": band}
        record_event("case_band_raised", actor=actor.actor, target=f"case:{case.id}", detail=detail, now=now)


def add_to_plan(case: Case, part: str, words: str) -> CaseForm:
    """A student's own line in the plan that they read, on a locked case; a final one takes it as well: the
    plan is theirs. Raises Missing when there is none.
    """
    plan = queries.shared_plan(case.id)
    if plan is None or part not in {one.name for one in edition_of(plan.kind, plan.edition).questions}:
        raise Missing(case.id)
    filled = filled_of(case, plan)
    added = {**filled.added, part: [*filled.added.get(part, []), words]}
    _seal(case, plan, Filled(filled.answers, added))
    return plan


def case_form(case: Case, form_id: str) -> CaseForm:
    """A form of this case. Raises Missing."""
    found = queries.form(case.id, form_id)
    if found is None:
        raise Missing(form_id)
    return found


def forget_forms(case: Case) -> None:
    """The key of a case is destroyed: what it would have opened goes as well."""
    for form in queries.forms(case.id):
        form.sealed = b""


def _seal(case: Case, form: CaseForm, filled: Filled) -> None:
    """Each saving is a new version, so that an old one put back does not open."""
    content = json.dumps({"answers": filled.answers, "added": filled.added})
    form.version += 1
    form.sealed = seal_for_case(case, _place(form), content, version=form.version)


def _place(form: CaseForm) -> str:
    return f"form:{form.kind}:{form.number}"

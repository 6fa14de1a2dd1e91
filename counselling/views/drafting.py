"""Drafts of a case: what its pages show around a form, and the two addresses that keep what is typed.

A script calls them while somebody writes; without it a button does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_staff, requires, staff_or_none
from accounts.permissions import Permission
from core.clock import utcnow
from core.crypto import tag
from core.db import transaction
from core.forms import StoaForm
from core.limits import address_key, limiter
from counselling.conversants import case_of_conversant
from counselling.models import Case
from counselling.record.drafts import LETTER, LIVE, STUDENT, KeptWords, keep_draft, kept_draft
from counselling.views import AnyForm, bp, case_to_work_on, current_conversant, fill, refilled
from forum.views.drafts import writer_key
from forum.views.turns import FROM_SCRIPT


@dataclass(frozen=True)
class CaseEditor:
    """What a page of a case shows around a form: its path, its place among the drafts, where those are kept,
    and the draft that was put into it.
    """

    path: str
    place: str
    keeps_at: str
    draft: KeptWords | None = None
    declines: bool = False
    status: int = 200


def opened_for_staff(form: AnyForm, case: Case, place: str, path: str) -> tuple[AnyForm, CaseEditor]:
    """A professional's form of a page that is opened: with what this browser left there, else with the
    draft.
    """
    return _opened(form, case, current_staff().id, staff_editor(case.id, place, path))


def opened_for_student(form: AnyForm, case: Case, place: str, path: str) -> tuple[AnyForm, CaseEditor]:
    """The same on the student's side."""
    return _opened(form, case, STUDENT, own_editor(case.id, place, path))


def staff_editor(case_id: str, place: str, path: str, *, status: int = 200) -> CaseEditor:
    """What stands around a professional's form that comes back."""
    return CaseEditor(path, place, url_for(".keep_case_draft", case_id=case_id), status=status)


def own_editor(case_id: str, place: str, path: str, *, status: int = 200) -> CaseEditor:
    """What stands around a student's form that comes back."""
    keeps_at = url_for(".keep_own_draft", case_id=case_id)
    return CaseEditor(path, place, keeps_at, declines=bool(request.form.get("no_draft")), status=status)


def _opened(form: AnyForm, case: Case, writer: str, editor: CaseEditor) -> tuple[AnyForm, CaseEditor]:
    draft = kept_draft(case, writer, editor.place)
    if draft is not None:
        fill(form, draft.fields)
    return refilled(form, editor.path), replace(editor, draft=draft)


def place_of_letter() -> str:
    """Where the letter that is sent was typed: what was left of a live talk keeps the draft of another."""
    return LIVE if request.form.get("place") == LIVE else LETTER


def staff_key() -> str:
    """Whose drafts are counted: colleagues at one address must not fill one bucket."""
    staff = staff_or_none()
    if staff is None:
        return address_key()
    return tag(current_app.extensions["stoa_day_secret"].today(), staff.id).hex()[:24]


@bp.post("/counselling/cases/<public_id:case_id>/drafts")
@requires(Permission.COUNSEL)
@limiter.limit("60 per minute", key_func=staff_key)
def keep_case_draft(case_id: str) -> ResponseReturnValue:
    """Keep what a professional has typed at a place of a case, or throw it away."""
    with transaction():
        kept = _keep(case_to_work_on(case_id), current_staff().id)
    return _answer(is_kept=kept, home=url_for(".show_case", case_id=case_id))


@bp.post("/counsel/<public_id:case_id>/drafts")
@requires(Permission.TALK)
@limiter.limit("60 per minute", key_func=writer_key)
def keep_own_draft(case_id: str) -> ResponseReturnValue:
    """Keep what a student has typed at a place of their case, or throw it away."""
    with transaction():
        case = case_of_conversant(case_id, conversant=current_conversant(), locked=True)
        kept = _keep(case, STUDENT)
    return _answer(is_kept=kept, home=url_for(".show_conversation", case_id=case_id))


def _keep(case: Case, writer: str) -> bool:
    is_wanted = not request.form.get("no_draft") and not request.form.get("discard")
    fields: Mapping[str, list[str]] = request.form.to_dict(flat=False) if is_wanted else {}
    return keep_draft(case, writer, request.form.get("place", ""), fields, now=utcnow()) is not None


def _answer(*, is_kept: bool, home: str) -> ResponseReturnValue:
    if request.headers.get(FROM_SCRIPT):
        return render_template("counselling/keep_case_draft.html", is_kept=is_kept, now=utcnow())
    back = request.form.get("back_to", "")
    is_room = back.split("?", 1)[0].startswith(f"{home}/") or back.split("?", 1)[0] == home
    return redirect(back if is_room else home, code=303)


def keep_what_came_back(case_id: str, form: StoaForm, place: str) -> None:
    """A student's form that could not be taken is kept, unless they declined: it stands in the page too."""
    if request.form.get("no_draft"):
        return
    with transaction():
        case = case_of_conversant(case_id, conversant=current_conversant(), locked=True)
        fields = {name: request.form.getlist(name) for name in form.data}
        keep_draft(case, STUDENT, place, fields, now=utcnow())

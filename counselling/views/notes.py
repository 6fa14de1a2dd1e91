"""The notes of a case: writing, finalising, adding."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.models import Staff
from accounts.permissions import Permission
from accounts.queries import staff_aliases
from core.clock import utcnow
from core.db import transaction
from core.submissions import earlier_result, remember_result
from core.text import BODY_LIMIT
from counselling.models import Case
from counselling.record.drafts import forget_draft
from counselling.record.forms import LANE_NAMES, NoteForm
from counselling.record.notes import (
    NoteMovedOn,
    NoteView,
    add_to_note,
    body_of,
    body_to_edit,
    note_to_edit,
    notes_for,
    readable_note,
    save_note,
    write_note,
)
from counselling.showing import head_of
from counselling.views import bp, case_to_work_on, forget_kept, opened_case
from counselling.views.drafting import CaseEditor, opened_for_staff, staff_editor


@bp.route("/counselling/cases/<public_id:case_id>/notes", methods=["GET", "POST"])
@requires(Permission.COUNSEL)
def show_notes(case_id: str) -> ResponseReturnValue:
    """The notes that one reads, and one to write: a new one, or `?note=` or `?addendum_to=` of those."""
    if request.method == "POST":
        return _save(case_id)
    case = opened_case(case_id)
    form = _opened_form(case, current_staff())
    form, state = opened_for_staff(form, case, _draft_place(form), _path_of(case_id, form))
    return _notes_page(case, form, state)


def _opened_form(case: Case, writer: Staff) -> NoteForm:
    form = NoteForm(formdata=None, version=0)
    if "note" in request.args:
        note = note_to_edit(case, request.args["note"], writer=writer)
        form.note.data, form.lane.data, form.version.data = note.id, note.lane.value, note.version
        form.body.data = body_to_edit(case, note)
    elif "addendum_to" in request.args:
        form.addendum_to.data = readable_note(case, request.args["addendum_to"], reader=writer).id
    return form


def _save(case_id: str) -> ResponseReturnValue:
    form, goal = NoteForm(), url_for(".show_notes", case_id=case_id)
    if not form.validate():
        return _notes_page(opened_case(case_id), form, _came_back(case_id, form, 422))
    try:
        with transaction():
            _take(case_id, form, goal)
            forget_kept(_path_of(case_id, form))
    except NoteMovedOn:
        case = opened_case(case_id)
        note = note_to_edit(case, form.note.data or "", writer=current_staff())
        form.version.data, form.version.raw_data = note.version, None
        return _notes_page(case, form, _came_back(case_id, form, 409), saved=body_of(case, note))
    flash(_("Saved and locked.") if form.wording().is_final or form.addendum_to.data else _("Saved."))
    return redirect(goal, code=303)


def _take(case_id: str, form: NoteForm, goal: str) -> None:
    staff, now = current_staff(), utcnow()
    case, sender = case_to_work_on(case_id), f"staff:{staff.id}:note"
    if form.note.data:
        note = note_to_edit(case, form.note.data, writer=staff)
        save_note(case, note, form.wording(), version=form.version.data, actor=staff, now=now)
    elif earlier_result(form.submission, sender=sender) is None:
        if form.addendum_to.data:
            note = readable_note(case, form.addendum_to.data, reader=staff)
            add_to_note(case, note, form.body.data, actor=staff, now=now)
        else:
            write_note(case, form.wording(), actor=staff, now=now)
        remember_result(form.submission, sender=sender, location=goal, now=now)
    forget_draft(case, staff.id, _draft_place(form))


def _path_of(case_id: str, form: NoteForm) -> str:
    """The page that this note is written at."""
    about = {"note": form.note.data or None, "addendum_to": form.addendum_to.data or None}
    return url_for(".show_notes", case_id=case_id, **about)


def _draft_place(form: NoteForm) -> str:
    if form.addendum_to.data:
        return f"addendum:{form.addendum_to.data}"
    return f"note:{form.note.data}" if form.note.data else "note"


def _came_back(case_id: str, form: NoteForm, status: int) -> CaseEditor:
    return staff_editor(case_id, _draft_place(form), _path_of(case_id, form), status=status)


def _notes_page(case: Case, form: NoteForm, state: CaseEditor, *, saved: str = "") -> ResponseReturnValue:
    notes = notes_for(case, current_staff())
    page = render_template(
        "counselling/show_notes.html",
        case=case,
        view=head_of(case),
        notes=notes,
        names=_names(notes),
        form=form,
        state=state,
        saved=saved,
        lane_names=LANE_NAMES,
        limit=BODY_LIMIT,
    )
    return page, state.status


def _names(notes: Sequence[NoteView]) -> dict[str, str]:
    """Who wrote, by alias."""
    return staff_aliases([one.note.staff_id for view in notes for one in (view, *view.addenda)])

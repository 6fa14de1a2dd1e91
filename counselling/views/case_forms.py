"""The forms of a case: which there are, and filling one in."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from counselling.models import Case
from counselling.record import queries
from counselling.record.drafts import forget_draft
from counselling.record.filling import (
    FormMovedOn,
    StillMissing,
    begin_form,
    case_form,
    filled_of,
    lines_of,
    save_form,
)
from counselling.record.form_fields import FORM_AIMS, FORM_NAMES, WORDS_LIMIT
from counselling.record.forms import BeginForm, FilledForm, class_of
from counselling.record.models import CaseForm, FormKind
from counselling.showing import head_of
from counselling.views import bp, case_to_work_on, fill, forget_kept, opened_case
from counselling.views.drafting import CaseEditor, opened_for_staff, staff_editor


@bp.get("/counselling/cases/<public_id:case_id>/forms")
@requires(Permission.COUNSEL)
def show_case_forms(case_id: str) -> ResponseReturnValue:
    """Which forms a case has, and the kinds that can be begun."""
    case = opened_case(case_id)
    return render_template(
        "counselling/show_case_forms.html",
        case=case,
        view=head_of(case),
        forms=queries.forms(case.id),
        open_kinds={one.kind for one in queries.forms(case.id) if one.finalised_at is None},
        names=FORM_NAMES,
        aims=FORM_AIMS,
        begin=BeginForm(formdata=None),
    )


@bp.post("/counselling/cases/<public_id:case_id>/forms")
@requires(Permission.COUNSEL)
def begin_case_form(case_id: str) -> ResponseReturnValue:
    """Begin a form of a kind, or go on with the one that is not finalised."""
    begun = BeginForm()
    if not begun.validate():
        return redirect(url_for(".show_case_forms", case_id=case_id), code=303)
    with transaction():
        case, now = case_to_work_on(case_id), utcnow()
        form = begin_form(case, FormKind(begun.kind.data), actor=current_staff(), now=now)
        goal = url_for(".fill_case_form", case_id=case_id, form_id=form.id)
    return redirect(goal, code=303)


@bp.route("/counselling/cases/<public_id:case_id>/forms/<public_id:form_id>", methods=["GET", "POST"])
@requires(Permission.COUNSEL)
def fill_case_form(case_id: str, form_id: str) -> ResponseReturnValue:
    """One form: to fill in until it is finalised, then to read."""
    if request.method == "POST":
        return _save(case_id, form_id)
    case = opened_case(case_id)
    row = case_form(case, form_id)
    filled = class_of(row)(formdata=None, is_shared=row.is_shared, version=row.version)
    fill(filled, {f"q_{name}": [words] for name, words in filled_of(case, row).answers.items()})
    return _form_page(case, row, *opened_for_staff(filled, case, _draft_place(form_id), request.path))


def _save(case_id: str, form_id: str) -> ResponseReturnValue:
    row = case_form(opened_case(case_id), form_id)
    sent = class_of(row)()
    if not sent.validate():
        return _form_page(opened_case(case_id), row, sent, _came_back(case_id, form_id, 422))
    try:
        with transaction():
            case = case_to_work_on(case_id)
            row = case_form(case, form_id)
            staff = current_staff()
            save_form(case, row, sent.saving(), actor=staff, now=utcnow())
            forget_draft(case, staff.id, _draft_place(form_id))
            forget_kept(request.path)
    except StillMissing as refusal:
        sent.mark_missing([str(name) for name in refusal.args])
        case = opened_case(case_id)
        return _form_page(case, case_form(case, form_id), sent, _came_back(case_id, form_id, 422))
    except FormMovedOn:
        case = opened_case(case_id)
        row = case_form(case, form_id)
        sent.version.data = row.version
        return _form_page(case, row, sent, _came_back(case_id, form_id, 409))
    flash(_("Saved and locked.") if sent.saving().is_final else _("Saved."))
    return redirect(request.path, code=303)


def _form_page(case: Case, row: CaseForm, form: FilledForm, state: CaseEditor) -> ResponseReturnValue:
    page = render_template(
        "counselling/fill_case_form.html",
        case=case,
        view=head_of(case),
        row=row,
        form=form,
        name=FORM_NAMES[row.kind],
        aim=FORM_AIMS[row.kind],
        lines=lines_of(case, row),
        filled=filled_of(case, row),
        has_moved_on=state.status == 409,
        state=state,
        words_limit=WORDS_LIMIT,
    )
    return page, state.status


def _draft_place(form_id: str) -> str:
    return f"form:{form_id}"


def _came_back(case_id: str, form_id: str, status: int) -> CaseEditor:
    return staff_editor(case_id, _draft_place(form_id), request.path, status=status)

"""Closing a case."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.forms import StoaForm
from core.submissions import earlier_result, remember_result
from counselling.cases import EncounterStillOpen
from counselling.cases import close_case as close
from counselling.forms import SUMMARY_LIMIT, CloseCaseForm
from counselling.live.sessions import end_live
from counselling.models import AuthorKind
from counselling.retention import goes_on
from counselling.showing import view_case
from counselling.views import bp, forget_kept, opened_case, own_case_to_decide_on, refilled


@bp.get("/counselling/cases/<public_id:case_id>/closing")
@requires(Permission.COUNSEL)
def show_closing(case_id: str) -> ResponseReturnValue:
    """How one's own case closes, or closed."""
    path = url_for(".show_closing", case_id=case_id)
    return _closing_page(case_id, refilled(CloseCaseForm(formdata=None), path))


def _closing_page(case_id: str, form: StoaForm, *, status: int = 200) -> ResponseReturnValue:
    now = utcnow()
    view = view_case(opened_case(case_id))
    page = render_template(
        "counselling/show_closing.html",
        view=view,
        case=view.case,
        closing=form,
        summary_limit=SUMMARY_LIMIT,
        goes_at=goes_on(view.case),
        now=now,
    )
    return page, status


@bp.post("/counselling/cases/<public_id:case_id>/close")
@requires(Permission.COUNSEL)
def close_case(case_id: str) -> ResponseReturnValue:
    """Close with a summary; a live talk ends with it. The student can still write, which opens the case
    again.
    """
    form = CloseCaseForm()
    if not form.validate():
        return _closing_page(case_id, form, status=422)
    goal = url_for(".show_case", case_id=case_id)
    try:
        _close_once(case_id, form, goal)
    except EncounterStillOpen as refusal:  # the page says which one, and keeps the words
        return _closing_page(case_id, form, status=refusal.status)
    flash(_("The case is closed. The student can still write."))
    return redirect(goal, code=303)


def _close_once(case_id: str, form: CloseCaseForm, goal: str) -> None:
    with transaction():
        staff = current_staff()
        sender = f"staff:{staff.id}:close"
        if earlier_result(form.submission, sender=sender) is None:
            case = own_case_to_decide_on(case_id)
            end_live(case, by=AuthorKind.PROFESSIONAL, now=utcnow())
            close(case, summary=form.summary.data, actor=staff, now=utcnow())
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
        forget_kept(url_for(".show_closing", case_id=case_id))

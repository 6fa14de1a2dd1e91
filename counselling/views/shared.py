"""What a student reads of the record of their case: shared notes, and the safety plan."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.limits import limiter
from core.submissions import earlier_result, remember_result
from counselling.conversants import case_of_conversant
from counselling.models import Case
from counselling.record import queries
from counselling.record.filling import add_to_plan, lines_of
from counselling.record.forms import ADDED_LIMIT, PlanLineForm
from counselling.record.notes import shared_notes
from counselling.views import bp, current_conversant, forget_kept, refilled


@bp.get("/counsel/<public_id:case_id>/shared")
@requires(Permission.TALK)
def show_shared(case_id: str) -> ResponseReturnValue:
    """What the counsellor wrote down for the student to read."""
    case = case_of_conversant(case_id, conversant=current_conversant())
    return render_template(
        "counselling/show_shared.html",
        case=case,
        notes=shared_notes(case),
        plan=queries.shared_plan(case.id),
    )


@bp.route("/counsel/<public_id:case_id>/plan", methods=["GET", "POST"])
@requires(Permission.TALK)
@limiter.limit("60 per minute", methods=["POST"])
def show_plan(case_id: str) -> ResponseReturnValue:
    """The safety plan: to read, to print, and to add to."""
    if request.method == "GET":
        case = case_of_conversant(case_id, conversant=current_conversant())
        return _plan_page(case, refilled(PlanLineForm(formdata=None), request.path))
    form = PlanLineForm()
    if not form.validate():
        return _plan_page(case_of_conversant(case_id, conversant=current_conversant()), form, status=422)
    goal = url_for(".show_plan", case_id=case_id)
    with transaction():
        conversant = current_conversant()
        sender = f"{conversant.sender}:plan"
        case = case_of_conversant(case_id, conversant=conversant, locked=True)
        if earlier_result(form.submission, sender=sender) is None:
            add_to_plan(case, form.part.data, form.words.data)
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
        forget_kept(goal)
    return redirect(goal, code=303)


def _plan_page(case: Case, form: PlanLineForm, *, status: int = 200) -> ResponseReturnValue:
    plan = queries.shared_plan(case.id)
    page = render_template(
        "counselling/show_plan.html",
        case=case,
        plan=plan,
        lines=lines_of(case, plan) if plan is not None else [],
        form=form,
        limit=ADDED_LIMIT,
    )
    return page, status

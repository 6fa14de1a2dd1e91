"""Whether this service fits, noted by the professional and read by the student."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.submissions import earlier_result, remember_result
from counselling.models import Case
from counselling.record.fits import FitView, fit_of, note_fit
from counselling.record.forms import FIT_NAMES, WHY_LIMIT, FitForm
from counselling.record.models import Fit
from counselling.showing import head_of
from counselling.views import bp, case_to_work_on, forget_kept, opened_case, refilled

bp.add_app_template_filter(fit_of, "fit_of")


@bp.route("/counselling/cases/<public_id:case_id>/fit", methods=["GET", "POST"])
@requires(Permission.COUNSEL)
def set_fit(case_id: str) -> ResponseReturnValue:
    """Say whether Stoa is right for this student, and why; they read the reason."""
    if request.method == "GET":
        return _fit_page(opened_case(case_id), refilled(FitForm(formdata=None), request.path))
    form = FitForm()
    if not form.validate():
        return _fit_page(opened_case(case_id), form, status=422)
    goal = url_for(".show_case", case_id=case_id)
    with transaction():
        staff, now = current_staff(), utcnow()
        case, sender = case_to_work_on(case_id), f"staff:{staff.id}:fit"
        if earlier_result(form.submission, sender=sender) is None:
            note_fit(case, Fit(form.fit.data), form.why.data, actor=staff, now=now)
            remember_result(form.submission, sender=sender, location=goal, now=now)
        forget_kept(request.path)
    return redirect(goal, code=303)


def _fit_page(case: Case, form: FitForm, *, status: int = 200) -> ResponseReturnValue:
    found: FitView | None = fit_of(case)
    page = render_template(
        "counselling/set_fit.html",
        case=case,
        view=head_of(case),
        form=form,
        found=found,
        names=FIT_NAMES,
        limit=WHY_LIMIT,
    )
    return page, status

"""Colleagues in a case: who works along, why they read it, and inviting them."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_staff, requires, safe_path
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from counselling.access import Part, case_of_part
from counselling.handing.forms import WORDS_LIMIT, PurposeForm
from counselling.handing.purposes import Purpose
from counselling.handing.purposes import state_purpose as state
from counselling.views import bp


@bp.route("/counselling/cases/<public_id:case_id>/open", methods=["GET", "POST"])
@requires(Permission.COUNSEL)
def state_purpose(case_id: str) -> ResponseReturnValue:
    """Why somebody who works along opens a case: said before they read it."""
    form = PurposeForm()
    goal = safe_path(request.values.get("next")) or url_for(".show_case", case_id=case_id)
    if not form.is_submitted() or not form.validate():
        case, part = case_of_part(case_id, person=current_staff(), now=utcnow())
        if part is Part.OWNER:
            return redirect(goal, code=303)
        page = render_template(
            "counselling/state_purpose.html",
            case=case,
            part=part,
            form=form,
            goal=goal,
            words_limit=WORDS_LIMIT,
        )
        return page, 422 if form.is_submitted() else 200
    with transaction():
        staff = current_staff()
        case, _part = case_of_part(case_id, person=staff, now=utcnow(), locked=True)
        state(case, Purpose(form.purpose.data), form.words.data or "", reader=staff, now=utcnow())
    return redirect(goal, code=303)

"""The one optional screen that asks a student how it was."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.limits import limiter
from counselling.conversants import case_of_conversant
from counselling.record.forms import RatingForm
from counselling.record.ratings import BEFORE_THE_FIRST, Rating, asked_now, knows_before, rate, was_live
from counselling.views import bp, current_conversant


@bp.route("/counsel/<public_id:case_id>/rating", methods=["GET", "POST"])
@requires(Permission.TALK)
@limiter.limit("60 per minute", methods=["POST"])
def rate_encounter(case_id: str) -> ResponseReturnValue:
    """Three questions about the last encounter, or one before the first. One press skips them for good."""
    home = url_for(".show_conversation", case_id=case_id)
    if request.method == "GET":
        return _rating_page(case_id, RatingForm(formdata=None))
    form = RatingForm()
    if not form.validate():
        return _rating_page(case_id, form, status=422)
    with transaction():
        case = case_of_conversant(case_id, conversant=current_conversant(), locked=True)
        if asked_now(case) == form.number.data:  # else it was answered in another tab
            said = Rating() if form.skip.data else form.said()
            rate(case, form.number.data, said, now=utcnow())
    return redirect(home, code=303)


def _rating_page(case_id: str, form: RatingForm, *, status: int = 200) -> ResponseReturnValue:
    case = case_of_conversant(case_id, conversant=current_conversant())
    number = asked_now(case)
    if number is None:
        return redirect(url_for(".show_conversation", case_id=case_id), code=303)
    is_first = number == BEFORE_THE_FIRST
    form.word_for(is_first=is_first, was_live=was_live(case, number))
    page = render_template(
        "counselling/rate_encounter.html",
        case=case,
        form=form,
        number=number,
        is_first=is_first,
        asks_before=not knows_before(case, number),
    )
    return page, status

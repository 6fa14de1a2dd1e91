"""What a professional promises of their own accord in a case: an answer by a time, and a check-in."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.submissions import earlier_result, remember_result
from counselling.professionals.answering import (
    CannotBePutOff,
    TooLate,
    answer_by,
    promise_check_in,
)
from counselling.professionals.forms import AnswerByForm, CheckInForm
from counselling.views import bp, case_to_work_on, forget_kept, opened_case
from counselling.views.cases import case_page, offer_times
from moderation.team.hours import staffed_hours


@bp.post("/counselling/cases/<public_id:case_id>/answer-by")
@requires(Permission.COUNSEL)
def promise_answer(case_id: str) -> ResponseReturnValue:
    """Tell the student that their letter was read, and by when the answer comes (`by`: a moment
    with its time zone, or `at` with `day` and `hour`).
    """
    form = AnswerByForm().beside_others("answer")
    offer_times(form, opened_case(case_id), now=utcnow())
    if not form.validate():
        return case_page(case_id, answer=form, status=422)
    goal = url_for(".show_case", case_id=case_id)
    try:
        with transaction():
            staff = current_staff()
            sender = f"staff:{staff.id}:answer-by"
            if earlier_result(form.submission, sender=sender) is None:
                moment = form.moment(staffed_hours().timezone)
                answer_by(case_to_work_on(case_id), moment, actor=staff, now=utcnow())
                remember_result(form.submission, sender=sender, location=goal, now=utcnow())
            forget_kept(goal)
    except (CannotBePutOff, TooLate) as refusal:
        form.by.errors = [refusal.sentence]
        return case_page(case_id, answer=form, status=422)
    flash(_("The student is told by when you answer."))
    return redirect(goal, code=303)


@bp.post("/counselling/cases/<public_id:case_id>/check-ins")
@requires(Permission.COUNSEL)
def add_check_in(case_id: str) -> ResponseReturnValue:
    """Promise to get in touch on a day (`on`, `at`, `reason`, `told`: `yes` or `no`)."""
    form = CheckInForm().beside_others("check-in")
    if not form.validate():
        return case_page(case_id, check_in=form, status=422)
    goal = url_for(".show_case", case_id=case_id)
    try:
        with transaction():
            staff = current_staff()
            sender = f"staff:{staff.id}:check-in"
            if earlier_result(form.submission, sender=sender) is None:
                promise_check_in(
                    case_to_work_on(case_id),
                    form.moment(staffed_hours().timezone),
                    reason=form.reason.data,
                    is_told=form.told.data == "yes",
                    actor=staff,
                    now=utcnow(),
                )
                remember_result(form.submission, sender=sender, location=goal, now=utcnow())
            forget_kept(goal)
    except TooLate as refusal:
        form.on.errors = [refusal.sentence]
        return case_page(case_id, check_in=form, status=422)
    flash(_("The check-in is promised."))
    return redirect(goal, code=303)

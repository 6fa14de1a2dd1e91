""" "Did I get you right?", from both sides."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.limits import limiter
from core.submissions import earlier_result, remember_result
from counselling.conversants import case_of_conversant
from counselling.models import Case
from counselling.record.checks import confirm_check, correct_check, open_check, send_check
from counselling.record.forms import CheckAnswerForm, CheckForm
from counselling.showing import head_of, view_messages
from counselling.views import bp, case_to_work_on, current_conversant, forget_kept, opened_case, refilled

bp.add_app_template_filter(open_check, "open_check")


@bp.route("/counselling/cases/<public_id:case_id>/check", methods=["GET", "POST"])
@requires(Permission.COUNSEL)
def ask_if_right(case_id: str) -> ResponseReturnValue:
    """Send the student what one has understood."""
    path = url_for(".ask_if_right", case_id=case_id)
    if not (form := CheckForm()).is_submitted():
        return _check_page(opened_case(case_id), refilled(CheckForm(formdata=None), path))
    if not form.validate():
        return _check_page(opened_case(case_id), form, status=422)
    goal = url_for(".show_case", case_id=case_id)
    with transaction():
        staff, now = current_staff(), utcnow()
        sender = f"staff:{staff.id}:check"
        if earlier_result(form.submission, sender=sender) is None:
            send_check(case_to_work_on(case_id), form.body.data, actor=staff, now=now)
            remember_result(form.submission, sender=sender, location=goal, now=now)
        forget_kept(path)
    flash(_("Sent. The student can say yes, or put it right."))
    return redirect(goal, code=303)


def _check_page(case: Case, form: CheckForm, *, status: int = 200) -> ResponseReturnValue:
    page = render_template("counselling/ask_if_right.html", case=case, view=head_of(case), form=form)
    return page, status


@bp.route("/counsel/<public_id:case_id>/check", methods=["GET", "POST"])
@requires(Permission.TALK)
@limiter.limit("60 per minute", methods=["POST"])
def answer_check(case_id: str) -> ResponseReturnValue:
    """Say yes to what the counsellor understood, or put it right."""
    form, path = CheckAnswerForm(), url_for(".answer_check", case_id=case_id)
    if not form.is_submitted():
        return _answer_page(case_id, refilled(CheckAnswerForm(formdata=None), path))
    if not form.validate():
        return _answer_page(case_id, form, status=422)
    goal = url_for(".show_conversation", case_id=case_id)
    with transaction():
        conversant, now = current_conversant(), utcnow()
        case = case_of_conversant(case_id, conversant=conversant, locked=True)
        sender = f"{conversant.sender}:check"
        if earlier_result(form.submission, sender=sender) is None:
            if form.answer.data == "yes":
                confirm_check(case, form.number.data, _("Yes, you got me right."), now=now)
            else:
                correct_check(case, form.number.data, form.body.data, now=now)
            remember_result(form.submission, sender=sender, location=goal, now=now)
        forget_kept(path)
    return redirect(goal, code=303)


def _answer_page(case_id: str, form: CheckAnswerForm, *, status: int = 200) -> ResponseReturnValue:
    case = case_of_conversant(case_id, conversant=current_conversant())
    waiting = open_check(case)
    if waiting is None:
        return redirect(url_for(".show_conversation", case_id=case_id), code=303)
    (shown,) = view_messages(case, [waiting])
    page = render_template("counselling/answer_check.html", case=case, form=form, shown=shown)
    return page, status

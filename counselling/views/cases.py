"""A case of one's own: the conversation, and taking a case that nobody has."""

from datetime import datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.forms import StoaForm
from core.submissions import earlier_result, remember_result
from counselling.access import case_to_take
from counselling.cases import take_case as take
from counselling.forms import LetterForm, TakeForm
from counselling.messages import write_letter
from counselling.models import Case
from counselling.professionals.answering import promised_by, promises_to_renew, times_to_choose, words_of
from counselling.professionals.forms import AnswerByForm, CheckInForm
from counselling.professionals.frontcard import front_card
from counselling.record.drafts import LETTER, forget_draft
from counselling.showing import view_case
from counselling.timeline import timeline_of
from counselling.unread import Shows
from counselling.views import bp, case_to_work_on, forget_kept, opened_case, refilled
from counselling.views.canned import begin_with_prepared
from counselling.views.drafting import opened_for_staff, place_of_letter, staff_editor


@bp.get("/counselling/cases/<public_id:case_id>")
@requires(Permission.COUNSEL)
def show_case(case_id: str) -> ResponseReturnValue:
    """One's own case. The reading is in the audit log before the page is made."""
    return case_page(case_id)


def case_page(
    case_id: str,
    letter: StoaForm | None = None,
    *,
    answer: AnswerByForm | None = None,
    check_in: CheckInForm | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    """The page of a case, with the forms as they were sent."""
    now, path = utcnow(), url_for(".show_case", case_id=case_id)
    view = view_case(opened_case(case_id, Shows.CONVERSATION))
    state = staff_editor(case_id, LETTER, path)
    if letter is None:
        letter, state = opened_for_staff(LetterForm(formdata=None), view.case, LETTER, path)
        begin_with_prepared(letter)
    if answer is None:
        answer = refilled(AnswerByForm(formdata=None).beside_others("answer"), path)
        offer_times(answer, view.case, now=now)
    page = render_template(
        "counselling/show_case.html",
        view=view,
        case=view.case,
        card=front_card(view, reader=current_staff(), asked_at=now),
        steps=timeline_of(view, now=now),
        letter=letter,
        state=state,
        answer=answer,
        is_answer_due=bool(promises_to_renew(view.case)),
        promised_by=promised_by(promises_to_renew(view.case)),
        check_in=check_in or refilled(CheckInForm(formdata=None).beside_others("check-in"), path),
        reasons={one.id: words_of(view.case, one) for one in view.promises},
        now=now,
    )
    return page, status


def offer_times(form: AnswerByForm, case: Case, *, now: datetime) -> None:
    """Let the form offer the times that this case's promises allow."""
    promises = promises_to_renew(case)
    form.offer(times_to_choose(promises, now=now), promised=promised_by(promises), now=now)


@bp.post("/counselling/cases/<public_id:case_id>/take")
@requires(Permission.COUNSEL)
def take_case(case_id: str) -> ResponseReturnValue:
    """Take a case that has no owner, or whose owner missed an urgent promise."""
    form = TakeForm()
    goal = url_for(".show_case", case_id=case_id)
    with transaction():
        staff = current_staff()
        sender = f"staff:{staff.id}:take:{case_id}"  # one form of the list takes any of them
        if earlier_result(form.submission, sender=sender) is None:
            take(case_to_take(case_id), actor=staff, now=utcnow())
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
    flash(_("This case is yours now."))
    return redirect(goal, code=303)


@bp.post("/counselling/cases/<public_id:case_id>/messages")
@requires(Permission.COUNSEL)
def write_to_student(case_id: str) -> ResponseReturnValue:
    """A letter to the student. It keeps what was promised."""
    form = LetterForm()
    if not form.validate():
        return case_page(case_id, form, status=422)
    goal = url_for(".show_case", case_id=case_id)
    with transaction():
        staff = current_staff()
        sender = f"staff:{staff.id}:letter"
        if earlier_result(form.submission, sender=sender) is None:
            case = case_to_work_on(case_id)
            message = write_letter(case, form.body.data, author=staff, now=utcnow())
            goal = f"{goal}#letter-{message.number}"
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
            forget_draft(case, staff.id, place_of_letter())
        forget_kept(url_for(".show_case", case_id=case_id))
    return redirect(goal, code=303)

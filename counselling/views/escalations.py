"""An escalation before a professional: reading it, accepting it, giving it back."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.forms import StoaForm
from core.submissions import earlier_result, remember_result
from counselling.access import escalation_to_answer
from counselling.forms import REASON_LIMIT, DeclineForm, TakeForm
from counselling.handing.conflicts import recuse_from_escalation as recuse
from counselling.reading import open_escalation
from counselling.showing import view_escalation
from counselling.taking import accept_escalation as accept
from counselling.taking import decline_escalation as decline
from counselling.taking import own_case_of_escalation
from counselling.views import bp, forget_kept, refilled
from moderation.models import EscalationState


@bp.get("/counselling/escalations/<public_id:escalation_id>")
@requires(Permission.COUNSEL)
def show_escalation(escalation_id: str) -> ResponseReturnValue:
    """What moderation hands over: the text, its thread, the briefing and the clock. The reading is in the
    audit log before the page is made.

    Once accepted it is part of a case.
    """
    case = own_case_of_escalation(escalation_id, owner=current_staff())
    if (
        case is not None
        and escalation_to_answer(escalation_id, actor=current_staff()).state is not EscalationState.WAITING
    ):
        return redirect(url_for(".show_case", case_id=case.id), code=303)
    path = url_for(".show_escalation", escalation_id=escalation_id)
    return _escalation_page(escalation_id, refilled(DeclineForm(formdata=None), path))


def _escalation_page(escalation_id: str, form: StoaForm, *, status: int = 200) -> ResponseReturnValue:
    now = utcnow()
    view = view_escalation(open_escalation(escalation_id, reader=current_staff(), now=now))
    page = render_template(
        "counselling/show_escalation.html", view=view, form=form, now=now, reason_limit=REASON_LIMIT
    )
    return page, status


@bp.post("/counselling/escalations/<public_id:escalation_id>/accept")
@requires(Permission.COUNSEL)
def accept_escalation(escalation_id: str) -> ResponseReturnValue:
    """Take it: this opens a case, unless the student has one already."""
    form = TakeForm()
    with transaction():
        staff = current_staff()
        sender = f"staff:{staff.id}:accept"
        goal = earlier_result(form.submission, sender=sender)
        if goal is None:
            taken = accept(escalation_to_answer(escalation_id, actor=staff), actor=staff, now=utcnow())
            goal = (
                url_for(".show_case", case_id=taken.case.id) if taken.is_mine else url_for(".show_worklist")
            )
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
    if goal == url_for(".show_worklist"):
        flash(_("This student already has a counsellor. The text was given to them, with a clock."))
    else:
        flash(_("This case is yours now."))
    return redirect(goal, code=303)


@bp.post("/counselling/escalations/<public_id:escalation_id>/decline")
@requires(Permission.COUNSEL)
def decline_escalation(escalation_id: str) -> ResponseReturnValue:
    """Give it back with a reason: the text waits before the moderators again."""
    form = DeclineForm()
    if not form.validate():
        return _escalation_page(escalation_id, form, status=422)
    goal = url_for(".show_worklist")
    with transaction():
        staff = current_staff()
        sender = f"staff:{staff.id}:decline"
        if earlier_result(form.submission, sender=sender) is None:
            escalation = escalation_to_answer(escalation_id, actor=staff)
            read = form.revision.data
            decline(escalation, reason=form.reason.data, read=read, actor=staff, now=utcnow())
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
        forget_kept(url_for(".show_escalation", escalation_id=escalation_id))
    flash(_("The moderators have the text again, with your reason."))
    return redirect(goal, code=303)


@bp.post("/counselling/escalations/<public_id:escalation_id>/recuse")
@requires(Permission.COUNSEL)
def recuse_from_escalation(escalation_id: str) -> ResponseReturnValue:
    """I know this person: nothing of this student is shown to this professional any more."""
    with transaction():
        staff = current_staff()
        recuse(escalation_to_answer(escalation_id, actor=staff), actor=staff, now=utcnow())
    flash(_("Thank you. Your colleagues look after it, and you are not asked why."))
    return redirect(url_for(".show_worklist"), code=303)

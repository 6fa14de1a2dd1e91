"""Asking for another look, by a code; answering that; and steps against what somebody does to others."""

from datetime import datetime
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.models import Staff
from accounts.permissions import Permission
from core.clock import utcnow
from core.crypto import tag
from core.db import transaction
from core.limits import limiter
from core.refusals import Missing
from core.submissions import earlier_result, remember_result
from moderation.access import lock_author_of
from moderation.appeals import queries as appeal_queries
from moderation.appeals.codes import decision_code, fold_code, sanction_code
from moderation.appeals.forms import AnswerForm, AppealForm, SanctionForm
from moderation.appeals.outcomes import answer_appeal as answer_the_appeal
from moderation.appeals.outcomes import ask_author
from moderation.appeals.sending import (
    Found,
    TooLateToAppeal,
    answer_question,
    find_by_code,
    open_question,
    send_appeal,
)
from moderation.bands import Band
from moderation.judging import may_judge_now, require_may_judge
from moderation.models import QueueItem
from moderation.offering import visible_item
from moderation.proposals.excluding import exclusion
from moderation.proposals.proposing import propose
from moderation.proposals.queries import open_second_looks
from moderation.review_models import SanctionKind
from moderation.sanctions import is_running, lift, misconduct_of
from moderation.sanctions import set_sanction as take_step
from moderation.triage import band_of
from moderation.views import bp


def code_key() -> str:
    """Whose tries are counted beside the address: one code's, as a hash of a day."""
    typed = fold_code(request.form.get("code", ""))
    return tag(current_app.extensions["stoa_day_secret"].today(), "appeal", typed).hex()[:24]


@bp.route("/appeal", methods=["GET", "POST"])
@requires(Permission.APPEAL)
@limiter.limit("20 per minute; 200 per hour", methods=["POST"])
@limiter.limit("60 per hour", key_func=code_key, methods=["POST"])
def show_appeal() -> ResponseReturnValue:
    """Ask for another look, or see what became of that. The code comes by POST alone and stands in no
    address.
    """
    form, now = AppealForm(), utcnow()
    found: Found | None = None
    if form.validate_on_submit():
        found = _take_appeal(form, now=now)
    return _appeal_page(form, found, now=now), 422 if form.errors else 200


def _take_appeal(form: AppealForm, *, now: datetime) -> Found | None:
    """Send what was typed and look the code up; what is wrong stands in the form."""
    try:
        with transaction():
            if form.answer.data:
                answer_question(form.code.data, form.answer.data, now=now)
            elif form.body.data:
                send_appeal(form.code.data, form.body.data, now=now)
        return find_by_code(form.code.data)
    except Missing:
        form.code.errors = [_("We know no decision with this code. Please check each letter.")]
        return None
    except TooLateToAppeal as refusal:
        form.body.errors = [refusal.sentence]
        return find_by_code(form.code.data)


def _appeal_page(form: AppealForm, found: Found | None, *, now: datetime) -> str:
    typed = f"{form.body.data or ''}\n{form.answer.data or ''}".strip()
    return render_template(
        "moderation/show_appeal.html",
        form=form,
        found=found,
        appeal=found.appeal if found is not None else None,
        asked=open_question(found.appeal) if found is not None and found.appeal is not None else "",
        is_over=found is not None and now > found.until,
        shows_help=bool(typed) and band_of(typed).rank <= Band.RED.rank,
    )


@bp.post("/moderation/items/<public_id:item_id>/appeal")
@requires(Permission.DECIDE)
def answer_appeal(item_id: str) -> ResponseReturnValue:
    """Ask the author something, or answer their appeal."""
    form, now = AnswerForm(), utcnow()
    if not form.validate():
        return _item_again("moderation/answer_appeal.html", item_id, form)
    with transaction():
        staff = current_staff()
        lock_author_of(item_id)
        sender, goal = f"staff:{staff.id}", url_for(".show_item", item_id=item_id)
        if earlier_result(form.submission, sender=sender) is None:
            item = visible_item(staff, item_id, now=now, locked=True)
            if form.outcome.data:
                answer_the_appeal(item, form.read(now=now), actor=staff, now=now)
            else:
                seen = {"claim": form.claim.data or "", "version": form.version.data}
                ask_author(item, form.question.data, **seen, actor=staff, now=now, appeal_id=form.appeal.data)
            remember_result(form.submission, sender=sender, location=goal, now=now)
    flash(_("The author is told.") if form.outcome.data else _("The question is on its way."))
    return redirect(goal, code=303)


@bp.post("/moderation/items/<public_id:item_id>/sanction")
@requires(Permission.DECIDE)
def set_sanction(item_id: str) -> ResponseReturnValue:
    """A step, after a decision that says what was done to others."""
    form, now = SanctionForm(role=current_staff().role), utcnow()
    if not form.validate():
        return _item_again("moderation/set_sanction.html", item_id, form)
    with transaction():
        staff = current_staff()
        lock_author_of(item_id)
        sender, goal = f"staff:{staff.id}", url_for(".show_item", item_id=item_id)
        if earlier_result(form.submission, sender=sender) is None:
            item = visible_item(staff, item_id, now=now, locked=True)
            _take_step(item, form, staff, now=now)
            remember_result(form.submission, sender=sender, location=goal, now=now)
    flash(
        _("It is proposed. Another person answers within 24 hours; without one, nothing is done.")
        if form.step.data == SanctionKind.EXCLUSION
        else _("The step holds. The author is told what, why and until when.")
    )
    return redirect(goal, code=303)


def _take_step(item: QueueItem, form: SanctionForm, staff: Staff, *, now: datetime) -> None:
    """Take the step, or propose it where one person alone may not."""
    step, ends_at, message = SanctionKind(form.step.data), form.ends_at(now=now), form.message.data or ""
    if step is SanctionKind.EXCLUSION:
        act = exclusion(item, reason=form.reason.data, message=message, ends_at=ends_at, actor=staff)
        propose(act, actor=staff, now=now)
    else:
        take_step(item, step, reason=form.reason.data, ends_at=ends_at, message=message, actor=staff, now=now)


@bp.post("/moderation/sanctions/<public_id:sanction_id>/lift")
@requires(Permission.DECIDE)
def lift_sanction(sanction_id: str) -> ResponseReturnValue:
    """End a step before its time."""
    now = utcnow()
    with transaction():
        staff = current_staff()
        found = appeal_queries.sanction(sanction_id)
        if found is None:
            raise Missing
        lock_author_of(found.item_id)
        item = visible_item(staff, found.item_id, now=now, locked=True)
        require_may_judge(staff, now=now)
        sanction = appeal_queries.sanction(sanction_id, locked=True) or found
        lift(sanction, post_item=item, actor=staff, now=now)
    flash(_("The step is over. The author is told."))
    return redirect(url_for(".show_item", item_id=found.item_id), code=303)


def _item_again(template: str, item_id: str, form: AnswerForm | SanctionForm) -> ResponseReturnValue:
    """The form once more, with what was typed and what is missing."""
    item = visible_item(current_staff(), item_id, now=utcnow())
    return render_template(template, item=item, form=form, facts=appeal_facts(item)), 422


@bp.app_template_global("appeal_facts")
def appeal_facts(item: QueueItem) -> dict[str, Any]:
    """What the page of an item shows of appeals and steps, and fresh forms for them."""
    now, staff = utcnow(), current_staff()
    sanctions = appeal_queries.sanctions_of_item(item.id)
    may_act = may_judge_now(staff, now=now)
    answer = AnswerForm(formdata=None)
    answer.claim.data, answer.version.data = item.claim_token or "", item.version
    return {
        "appeals": appeal_queries.appeals_of_item(item.id),
        "open": [appeal for appeal in appeal_queries.open_appeals(item.id) if not open_question(appeal)],
        "waiting": [appeal for appeal in appeal_queries.open_appeals(item.id) if open_question(appeal)],
        "answer": answer,
        "steps": [(sanction, is_running(sanction, now=now)) for sanction in sanctions],
        "may_lift": may_act,
        "is_second_look": bool(open_second_looks(item.id)),
        "may_step": may_act and item.post.author_ref is not None and misconduct_of(item) is not None,
        "step": SanctionForm(formdata=None, role=staff.role, step=SanctionKind.NOTE.value),
    }


bp.add_app_template_global(decision_code, "decision_code")
bp.add_app_template_global(sanction_code, "sanction_code")

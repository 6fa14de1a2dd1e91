"""What a student tells at the beginning of a case, and which threads go along: written by them, read by their
counsellor.
"""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.limits import limiter
from core.refusals import Missing
from core.submissions import earlier_result, remember_result
from counselling.conversants import case_of_conversant
from counselling.intake.answers import has_news, mark_read, told_of
from counselling.intake.attaching import (
    attach_threads,
    attached_threads,
    take_back_thread,
    threads_to_offer,
)
from counselling.intake.forms import ANSWER_LIMIT, IntakeForm, ThreadForm, number_in
from counselling.intake.showing import answered
from counselling.intake.telling import ChangedElsewhere, save_answers
from counselling.models import Case
from counselling.sealing import links_of
from counselling.showing import head_of
from counselling.views import bp, current_conversant, forget_kept, opened_case, refilled
from forum.views.drafts import writer_key
from forum.views.editor import go_on

bp.add_app_template_global(has_news, "has_intake_news")


@bp.route("/counsel/<public_id:case_id>/intake", methods=["GET", "POST"])
@requires(Permission.TALK)
@limiter.limit("60 per minute", methods=["POST"], key_func=writer_key)
def edit_intake(case_id: str) -> ResponseReturnValue:
    """The answers of one's own case, saved as they are typed, or by a button."""
    path = _intake_path(case_id)
    case = case_of_conversant(case_id, conversant=current_conversant())
    if request.method == "GET":
        told = told_of(case)
        form = IntakeForm(formdata=None)
        form.show(told.answers)
        form.seen.data = told.version
        return _intake_page(case, refilled(form, path))
    form = IntakeForm()
    if not form.validate():
        return _not_saved(case, form, _("Not saved yet: something is too long or cannot be read."), 422)
    try:
        _save(case_id, form)
    except ChangedElsewhere as refusal:
        case = case_of_conversant(case_id, conversant=current_conversant())
        return _not_saved(case, form, refusal.sentence, refusal.status)
    if _is_typed():
        return _kept_page(form, _("Saved. Only a counsellor reads it."))
    flash(_("Saved. Only a counsellor reads it."))
    return go_on(path)


def _save(case_id: str, form: IntakeForm) -> None:
    with transaction():
        case = case_of_conversant(case_id, conversant=current_conversant(), locked=True)
        save_answers(case, form.answers(), page=form.submission, seen=number_in(form.seen), now=utcnow())
        forget_kept(_intake_path(case_id))


def _is_typed() -> bool:
    """Whether the page saves by itself, as somebody types, and only wants to be told that it did."""
    return "typed" in request.args


def _not_saved(case: Case, form: IntakeForm, why: str, status: int) -> ResponseReturnValue:
    if _is_typed():
        return _kept_page(form, why), status
    form.seen.data = told_of(case).version
    return _intake_page(case, form, why="" if form.errors else why, status=status)


def _kept_page(form: IntakeForm, said: str) -> str:
    return render_template("counselling/keep_intake.html", said=said, is_unsafe=form.safe_today.data == "no")


def _intake_page(
    case: Case,
    form: IntakeForm,
    *,
    thread: ThreadForm | None = None,
    why: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    along = attached_threads(case)
    thread = thread or ThreadForm(formdata=None)
    offered = threads_to_offer(current_conversant().student, but_for=[one for one, _title in along])
    thread.offer_threads(offered)
    page = render_template(
        "counselling/edit_intake.html",
        case=case,
        form=form,
        thread=thread.beside_others("along"),
        along=along,
        was_passed_on=bool(links_of(case)["escalations"]),
        why=why,
        answer_limit=ANSWER_LIMIT,
    )
    return page, status


@bp.post("/counsel/<public_id:case_id>/threads")
@requires(Permission.TALK)
@limiter.limit("60 per minute")
def choose_thread(case_id: str) -> ResponseReturnValue:
    """Send a thread of one's own along, or take one back."""
    form, goal = ThreadForm(), url_for(".edit_intake", case_id=case_id, _anchor="threads")
    with transaction():
        conversant = current_conversant()
        case = case_of_conversant(case_id, conversant=conversant, locked=True)
        sender = f"{conversant.sender}:thread"
        if earlier_result(form.submission, sender=sender) is None:
            if request.form.get("act") == "take_back":
                take_back_thread(case, form.thread.data or "")
            elif conversant.student is not None:
                attach_threads(case, [form.thread.data or ""], student=conversant.student)
            else:
                raise Missing(case_id)
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
    return redirect(goal, code=303)


@bp.get("/counselling/cases/<public_id:case_id>/beginning")
@requires(Permission.COUNSEL)
def show_intake_answers(case_id: str) -> ResponseReturnValue:
    """What the student told at the beginning, with what has changed since it was last opened."""
    case = opened_case(case_id)
    told = told_of(case)
    page = render_template(
        "counselling/show_intake_answers.html",
        view=head_of(case),
        case=case,
        told=told,
        answers=answered(told.answers),
        changed=told.news(),
        is_unsafe=told.answers.safe_today == "no",
    )
    if told.version and case.owner_id == current_staff().id:
        with transaction():
            mark_read(case_id, now=utcnow())
    return page


def _intake_path(case_id: str) -> str:
    return url_for(".edit_intake", case_id=case_id)

"""What a student does about their own conversation: take a letter back, take everything along, end it, have
it destroyed.
"""

from flask import Response, flash, redirect, render_template, url_for
from flask.json import dumps
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_student, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.limits import limiter
from counselling.conversants import case_of_conversant
from counselling.ending import destroy_by_student, end_by_student
from counselling.ending import withdraw_letter as withdraw
from counselling.exporting import export_case
from counselling.forms import DestroyForm
from counselling.models import Case
from counselling.retention import goes_on
from counselling.views import bp, current_conversant


@bp.get("/counsel/<public_id:case_id>/end")
@requires(Permission.TALK)
def show_ending(case_id: str) -> ResponseReturnValue:
    """The ways to end a conversation, and what each of them does."""
    case = case_of_conversant(case_id, conversant=current_conversant())
    return _ending_page(case, DestroyForm(formdata=None))


def _ending_page(case: Case, form: DestroyForm, *, status: int = 200) -> ResponseReturnValue:
    return render_template(
        "counselling/show_ending.html", case=case, form=form, goes_at=goes_on(case)
    ), status


@bp.post("/counsel/<public_id:case_id>/end")
@requires(Permission.TALK)
def end_conversation(case_id: str) -> ResponseReturnValue:
    """End it. The way stays open: a letter opens it again."""
    with transaction():
        case = case_of_conversant(case_id, conversant=current_conversant(), locked=True)
        end_by_student(case, now=utcnow())
    flash(_("The conversation is ended. You can write again whenever you like."))
    return redirect(url_for(".show_ending", case_id=case_id), code=303)


@bp.post("/counsel/<public_id:case_id>/destroy")
@requires(Permission.ASK_COUNSELLOR)
def destroy_conversation(case_id: str) -> ResponseReturnValue:
    """Destroy every word of it, now. Only with the six words: a code on paper may be found by anybody."""
    form = DestroyForm()
    if not form.validate():
        return _ending_page(case_of_conversant(case_id, conversant=current_conversant()), form, status=422)
    with transaction():
        current_student()
        case = case_of_conversant(case_id, conversant=current_conversant(), locked=True)
        destroy_by_student(case, now=utcnow())
    flash(_("Every word of the conversation is destroyed."))
    return redirect(url_for(".show_counsel"), code=303)


@bp.post("/counsel/<public_id:case_id>/messages/<int(max=99999):number>/withdraw")
@requires(Permission.TALK)
def withdraw_letter(case_id: str, number: int) -> ResponseReturnValue:
    """Take back a letter that nobody has read yet."""
    with transaction():
        case = case_of_conversant(case_id, conversant=current_conversant(), locked=True)
        withdraw(case, number, now=utcnow())
    flash(_("Your letter is taken back. Nobody has read it."))
    return redirect(url_for(".show_conversation", case_id=case_id, _anchor=f"letter-{number}"), code=303)


@bp.get("/counsel/<public_id:case_id>/export")
@requires(Permission.TALK)
@limiter.limit("10 per minute")
def export_conversation(case_id: str) -> ResponseReturnValue:
    """All of this conversation, as a file to take along."""
    case = case_of_conversant(case_id, conversant=current_conversant())
    body = dumps(export_case(case), indent=1, ensure_ascii=False)
    answer = Response(body, mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="letters.json"'
    return answer

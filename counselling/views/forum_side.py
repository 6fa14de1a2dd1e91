"""What of the forum belongs to a case: the escalated texts, the threads that the student sent along, and who
looks after them in public.
"""

from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.refusals import Missing
from core.submissions import earlier_result, remember_result
from counselling.conversants import case_of_conversant
from counselling.models import Case
from counselling.showing import view_case
from counselling.threads import queries
from counselling.threads.care import CareAct, answer_for_thread, take_step, thread_to_look_after, threads_of
from counselling.threads.forms import AgreeForm, CareForm
from counselling.threads.models import ThreadCare
from counselling.unread import Shows
from counselling.views import bp, case_to_work_on, current_conversant, opened_case
from counselling.wrapping import can_open
from forum import queries as forum_queries
from forum.models import Thread


@dataclass(frozen=True)
class ThreadSide:
    """One public thread of a case, and who looks after it."""

    thread: Thread
    care: ThreadCare | None


def thread_sides(case: Case) -> list[ThreadSide]:
    """The public threads of a case."""
    found = (forum_queries.thread(one) for one in threads_of(case))
    threads = [one for one in found if one is not None and one.is_public]
    return [ThreadSide(one, queries.live_care(one.id)) for one in threads]


def thread_questions(case: Case) -> list[ThreadSide]:
    """The threads about which the student was asked whether they may say that a counsellor looks after
    them.
    """
    if not can_open(case):
        return []
    return [side for side in thread_sides(case) if side.care is not None and side.care.asked_author_at]


bp.add_app_template_global(thread_questions, "thread_questions")


@bp.get("/counselling/cases/<public_id:case_id>/forum")
@requires(Permission.COUNSEL)
def show_forum_side(case_id: str) -> ResponseReturnValue:
    """The texts from the forum, with what moderators said about them, and the public side of their
    threads.
    """
    case = opened_case(case_id, Shows.TEXTS)
    return render_template(
        "counselling/show_forum_side.html",
        view=view_case(case),
        case=case,
        sides=thread_sides(case),
        now=utcnow(),
    )


@bp.post("/counselling/cases/<public_id:case_id>/threads/<public_id:thread_id>/care")
@requires(Permission.COUNSEL)
def look_after_thread(case_id: str, thread_id: str) -> ResponseReturnValue:
    """One step of looking after a thread in public."""
    form, goal = CareForm(), url_for(".show_forum_side", case_id=case_id, _anchor="public")
    if not form.validate():
        raise Missing(form.act.data)
    with transaction():
        staff = current_staff()
        sender = f"staff:{staff.id}:care"
        if earlier_result(form.submission, sender=sender) is None:
            forum_queries.thread(thread_id, locked=True)
            case = case_to_work_on(case_id)
            thread = thread_to_look_after(case, thread_id)
            take_step(case, thread, CareAct(form.act.data), actor=staff, now=utcnow())
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
    flash(_("Done."))
    return redirect(goal, code=303)


@bp.post("/counsel/<public_id:case_id>/threads/<public_id:thread_id>/words")
@requires(Permission.TALK)
def answer_thread_words(case_id: str, thread_id: str) -> ResponseReturnValue:
    """The student says whether their thread may say that a counsellor looks after it."""
    form = AgreeForm()
    if not form.validate():
        raise Missing(form.answer.data)
    with transaction():
        conversant = current_conversant()
        forum_queries.thread(thread_id, locked=True)
        case = case_of_conversant(case_id, conversant=conversant, locked=True)
        thread = thread_to_look_after(case, thread_id)
        answer_for_thread(thread, agrees=form.answer.data == "yes", now=utcnow())
    flash(_("Your counsellor knows now."))
    return redirect(url_for(".show_conversation", case_id=case_id), code=303)

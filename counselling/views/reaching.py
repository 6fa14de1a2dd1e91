"""Reaching a student who may not come back: before they leave, afterwards, and the call that was promised."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, current_student, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.ids import is_public_id
from core.limits import limiter
from core.submissions import earlier_result, remember_result
from counselling.conversants import case_of_conversant
from counselling.models import Case
from counselling.reaching.asking import ask_to_be_reached
from counselling.reaching.codes import give_return_code, take_back_return_code
from counselling.reaching.forms import CallForm, StayForm, Way, WaysForm
from counselling.reaching.signs import can_send_signs
from counselling.reaching.staying import case_to_stay_in
from counselling.reaching.ways import leaves_number, open_number, ways_of
from counselling.reaching.ways import record_call as record
from counselling.showing import head_of
from counselling.views import bp, case_to_work_on, current_conversant, opened_case, refilled
from forum import queries as forum_queries
from forum.models import Post

bp.add_app_template_global(leaves_number, "leaves_number")


@bp.route("/counsel/stay", methods=["GET", "POST"])
@requires(Permission.ASK_COUNSELLOR)
@limiter.limit("30 per minute", methods=["POST"])
def stay_here() -> ResponseReturnValue:
    """Before leaving after an urgent text: talk now, call now, be called back, or get a sign."""
    if request.method == "GET":
        form = refilled(StayForm(formdata=None, post=request.args.get("post", "")[:20]), request.path)
        return _stay_page(form)
    form = StayForm()
    if not form.validate():
        return _stay_page(form, status=422)
    with transaction():
        student = current_student()
        sender = f"student:{student.id}:stay"
        goal = earlier_result(form.submission, sender=sender)
        if goal is None:
            post = _post_of(form)
            case = case_to_stay_in(student, post=post, now=utcnow())
            if form.way.data != Way.LIVE:
                ask_to_be_reached(case, form.ways(), now=utcnow())
            goal = _after_staying(case, Way(form.way.data))
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
    return redirect(goal, code=303)


def _post_of(form: StayForm) -> Post | None:
    """The text from whose page they came; whose it is, is asked before anything follows from it."""
    post_id = form.post.data or ""
    return forum_queries.post(post_id) if is_public_id(post_id) else None


def _after_staying(case: Case, way: Way) -> str:
    endpoint = ".show_live_talk" if way is Way.LIVE else ".set_reach_back"
    return url_for(endpoint, case_id=case.id)


def _stay_page(form: StayForm, *, status: int = 200) -> ResponseReturnValue:
    has_signs = can_send_signs()
    if not has_signs:
        form.leave_out_signs()
    return render_template("counselling/stay_here.html", form=form, has_signs=has_signs), status


@bp.route("/counsel/<public_id:case_id>/reach", methods=["GET", "POST"])
@requires(Permission.TALK)
@limiter.limit("30 per minute", methods=["POST"])
def set_reach_back(case_id: str) -> ResponseReturnValue:
    """How the student wants to be reached, if at all; and the code that opens this conversation."""
    if request.method == "GET":
        case = case_of_conversant(case_id, conversant=current_conversant())
        ways = ways_of(case)
        form = WaysForm(formdata=None, number=ways.number, when=ways.when, email=ways.address)
        return _reach_page(case, refilled(form, request.path))
    form = WaysForm()
    if not form.validate():
        return _reach_page(case_of_conversant(case_id, conversant=current_conversant()), form, status=422)
    with transaction():
        case = case_of_conversant(case_id, conversant=current_conversant(), locked=True)
        ask_to_be_reached(case, form.ways(), now=utcnow())
    flash(_("Saved."))
    return redirect(url_for(".set_reach_back", case_id=case_id), code=303)


def _reach_page(case: Case, form: WaysForm, *, code: str = "", status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "counselling/set_reach_back.html", case=case, form=form, code=code, has_signs=can_send_signs()
    )
    return page, status


@bp.post("/counsel/<public_id:case_id>/code")
@requires(Permission.TALK)
@limiter.limit("10 per minute")
def make_return_code(case_id: str) -> ResponseReturnValue:
    """Give a code that opens this one conversation. It is shown in this answer and never again."""
    with transaction():
        case = case_of_conversant(case_id, conversant=current_conversant(), locked=True)
        code = give_return_code(case, now=utcnow())
    case = case_of_conversant(case_id, conversant=current_conversant())
    return render_template("counselling/make_return_code.html", case=case, code=code)


@bp.post("/counsel/<public_id:case_id>/code/end")
@requires(Permission.ASK_COUNSELLOR)
def end_return_code(case_id: str) -> ResponseReturnValue:
    """From now on only the six words open the conversation."""
    with transaction():
        case = case_of_conversant(case_id, conversant=current_conversant(), locked=True)
        take_back_return_code(case, now=utcnow())
    flash(_("The code opens nothing any more."))
    return redirect(url_for(".set_reach_back", case_id=case_id), code=303)


@bp.post("/counselling/cases/<public_id:case_id>/number")
@requires(Permission.COUNSEL)
def show_number(case_id: str) -> ResponseReturnValue:
    """The number that the student left, for whoever calls now. The trace is there before it is shown."""
    with transaction():
        case = case_to_work_on(case_id)
        ways = open_number(case, actor=current_staff(), now=utcnow())
    case = opened_case(case_id)
    return _number_page(case, ways.number, ways.when, CallForm(formdata=None))


def _number_page(
    case: Case, number: str, when: str, form: CallForm, *, status: int = 200
) -> ResponseReturnValue:
    page = render_template(
        "counselling/show_number.html", view=head_of(case), case=case, number=number, when=when, form=form
    )
    return page, status


@bp.post("/counselling/cases/<public_id:case_id>/called")
@requires(Permission.COUNSEL)
def record_call(case_id: str) -> ResponseReturnValue:
    """How the call went. Who did not reach the student calls again."""
    form, goal = CallForm(), url_for(".show_case", case_id=case_id)
    if not form.validate():
        return _number_page(opened_case(case_id), "", "", form, status=422)
    with transaction():
        staff = current_staff()
        sender = f"staff:{staff.id}:called"
        if earlier_result(form.submission, sender=sender) is None:
            is_reached = form.outcome.data == "reached"
            record(case_to_work_on(case_id), is_reached=is_reached, actor=staff, now=utcnow())
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
    flash(_("The call is noted."))
    return redirect(goal, code=303)

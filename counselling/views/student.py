"""The student's private side: asking for a counsellor, and the conversation with one."""

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_student, requires, returner_or_none, student_or_none, turn_away
from accounts.permissions import Permission, Role
from core.clock import utcnow
from core.db import transaction
from core.limits import limiter
from core.submissions import earlier_result, remember_result
from counselling import queries
from counselling.access import case_ids_of
from counselling.conversants import case_of_conversant
from counselling.intake.answers import has_told
from counselling.intake.attaching import threads_to_offer
from counselling.intake.confidentiality import newest_version, record_reading, to_read, was_shown
from counselling.intake.forms import ANSWER_LIMIT, RequestForm, number_in
from counselling.intake.telling import sounds_urgent
from counselling.messages import hear_student
from counselling.models import AuthorKind, CaseState
from counselling.reading import open_conversation
from counselling.record.drafts import LETTER, STUDENT, forget_draft
from counselling.record.feelings import set_feelings
from counselling.record.forms import OwnLetterForm
from counselling.record.ratings import asked_now, was_live
from counselling.referrals import ask_for_counsellor
from counselling.showing import view_conversation
from counselling.unread import Shows
from counselling.views import AnyForm, bp, current_conversant, fill, refilled
from counselling.views.disclosure_contact import came_with_code, note_openings_seen
from counselling.views.drafting import keep_what_came_back, opened_for_student, own_editor, place_of_letter
from counselling.wrapping import can_open
from forum.views.editor import Editor, forget_unsent, give_back, go_on, open_state


@bp.get("/counsel")
@requires(Permission.READ)
def show_counsel() -> ResponseReturnValue:
    """The conversation, when there is one; a list, when there are several; how to ask, when there is none.

    Whoever has not joined reads what this is and how to begin; whose sign-in ran out is led back in.
    """
    returner = returner_or_none()
    if returner is not None:
        return redirect(_conversation_path(returner.opens), code=303)
    if student_or_none() is None:
        if g.get("is_failing") or g.get("expired_kind") == "student":
            return turn_away(Role.VISITOR, Permission.ASK_COUNSELLOR)
        return render_template("counselling/show_counsel.html", cases=[], unread={})
    cases = queries.cases_by_ids(case_ids_of(current_student()))
    if len(cases) == 1:
        return _conversation_page(cases[0].id)
    unread = queries.count_unread([case.id for case in cases], AuthorKind.PROFESSIONAL)
    return render_template("counselling/show_counsel.html", cases=cases, unread=unread, now=utcnow())


@bp.route("/counsel/request", methods=["GET", "POST"])
@requires(Permission.ASK_COUNSELLOR)
@limiter.limit("30 per minute", methods=["POST"])
def request_counsellor() -> ResponseReturnValue:
    """Ask for a counsellor, with or without a thread."""
    if request.method == "GET":
        case_id = _open_case_id()
        if case_id is not None:
            return redirect(_conversation_path(case_id), code=303)
        form, state = _opened(RequestForm(formdata=None), request.path)
        form.read.data = request.args.get("read", "") or form.read.data
        return _request_page(form, state)
    form = RequestForm()
    if not form.validate():
        return _request_page(form, give_back(form, request.path)), 422
    was_before_them = was_shown(number_in(form.shown), number_in(form.read))
    if not was_before_them and not sounds_urgent(form.body.data, form.answers()):
        return _request_page(form, give_back(form, request.path), is_first=True), 422
    with transaction():
        student = current_student()
        sender = f"student:{student.id}:counsel"
        goal = earlier_result(form.submission, sender=sender)
        if goal is None:
            case = ask_for_counsellor(
                student,
                body=form.body.data,
                answers=form.answers(),
                thread_ids=form.threads.data or [],
                now=utcnow(),
            )
            record_reading(case, number_in(form.read), now=utcnow())
            goal = _conversation_path(case.id)
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
        forget_unsent(request.path)
    return go_on(goal)


def _request_page(form: RequestForm, state: Editor, *, is_first: bool = False) -> str:
    form.offer_threads(threads_to_offer(current_student()))
    version = newest_version()
    return render_template(
        "counselling/request_counsellor.html",
        form=form,
        state=state,
        answer_limit=ANSWER_LIMIT,
        version=version,
        has_read=number_in(form.read) == version.number,
        is_first=is_first,
    )


@bp.get("/counsel/<public_id:case_id>")
@requires(Permission.TALK)
def show_conversation(case_id: str) -> ResponseReturnValue:
    """The letters between this student and their counsellor. Whoever came with its code has seen here, and
    nowhere else, that sealed contact was opened.
    """
    page = _conversation_page(case_id)
    if came_with_code():
        note_openings_seen(case_id)
    return page


@bp.post("/counsel/<public_id:case_id>/messages")
@requires(Permission.TALK)
@limiter.limit("60 per minute")
def write_to_counsellor(case_id: str) -> ResponseReturnValue:
    """A letter to the counsellor. In a closed case it opens the case again."""
    form, goal = OwnLetterForm(), _conversation_path(case_id)
    if not form.validate():
        keep_what_came_back(case_id, form, LETTER)
        return _conversation_page(case_id, form)
    if _has_seen_nothing(case_id, form):
        keep_what_came_back(case_id, form, LETTER)
        return _conversation_page(case_id, form, is_first=True)
    with transaction():
        conversant = current_conversant()
        sender = f"{conversant.sender}:letter"
        if earlier_result(form.submission, sender=sender) is None:
            case = case_of_conversant(case_id, conversant=conversant, locked=True)
            message = hear_student(case, form.body.data, now=utcnow())
            set_feelings(case, message, form.feelings.data or [])
            goal = f"{goal}#letter-{message.number}"
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
            forget_draft(case, STUDENT, place_of_letter())
        forget_unsent(_conversation_path(case_id))
    return go_on(goal)


def _has_seen_nothing(case_id: str, form: OwnLetterForm) -> bool:
    """A first letter, not urgent, from a page that did not say who can read it. What was read once and has
    changed since stops no letter.
    """
    unread = to_read(case_of_conversant(case_id, conversant=current_conversant()))
    if unread is None or unread.is_new or unread.has_written or was_shown(number_in(form.shown)):
        return False
    return not sounds_urgent(form.body.data)


def _conversation_page(
    case_id: str, form: OwnLetterForm | None = None, *, is_first: bool = False
) -> ResponseReturnValue:
    """The conversation: opened, with the draft of a letter, or with a letter that could not be taken."""
    now, path = utcnow(), _conversation_path(case_id)
    case = open_conversation(case_id, conversant=current_conversant(), now=now, shows=Shows.CONVERSATION)
    state = own_editor(case_id, LETTER, path, status=422)
    if form is None:
        form, state = opened_for_student(OwnLetterForm(formdata=None), case, LETTER, path)
    view, asked = view_conversation(case), asked_now(case)
    return render_template(
        "counselling/show_conversation.html",
        view=view,
        case=case,
        form=form,
        state=state,
        asked=asked,
        was_live=asked is not None and was_live(case, asked),
        now=now,
        unread=to_read(case),
        is_first=is_first,
        has_told=has_told(case),
    ), state.status


def _opened(form: AnyForm, path: str) -> tuple[AnyForm, Editor]:
    """A form for a page that is opened: with what this browser left there, else with the draft."""
    state = open_state(path)
    if state.draft is not None:
        fill(form, state.draft.fields)
    return refilled(form, path), state


def _conversation_path(case_id: str) -> str:
    return url_for(".show_conversation", case_id=case_id)


def _open_case_id() -> str | None:
    cases = queries.cases_by_ids(case_ids_of(current_student()))
    return next((case.id for case in cases if case.state is not CaseState.CLOSED and can_open(case)), None)

"""Talking live, the student's side: asking for it, waiting, and the lines of the talk.

An open page hears from a stream, or asks again and again, that there is something new, and fetches lines by
their number. Neither of the two writes anything, and both keep no web session open. Without script a page is
loaded anew by itself where its reader asks for that, and one with a form never is.
"""

from collections.abc import Callable
from datetime import datetime

from flask import jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import requires, session_watch
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.forms import StoaForm
from core.limits import limiter
from core.live import asked_by_pages, state_once, stream
from counselling import queries as case_queries
from counselling.conversants import case_of_conversant
from counselling.intake.confidentiality import to_read
from counselling.live import queries
from counselling.live.forms import OwnLookForm, OwnSayForm
from counselling.live.lines import say_as_student
from counselling.live.presence import mark_seen, needs_mark
from counselling.live.sessions import NotTalking, ask_for_live, end_live
from counselling.live.showing import lines_after, view_live
from counselling.live.watching import look_at_live
from counselling.models import AuthorKind, Case
from counselling.reading import open_conversation
from counselling.record.drafts import LIVE, STUDENT, forget_draft
from counselling.record.forms import OwnLetterForm
from counselling.unread import Shows
from counselling.views import bp, current_conversant
from counselling.views.drafting import keep_what_came_back, opened_for_student, own_editor

SIDE = AuthorKind.STUDENT
LOADED_EVERY = 20  # seconds


@bp.get("/counsel/<public_id:case_id>/live")
@requires(Permission.TALK)
def show_live_talk(case_id: str) -> ResponseReturnValue:
    """Talking live with the counsellor: how it begins, the line of those who wait, the talk."""
    return _talk_page(case_id)


@bp.get("/counsel/<public_id:case_id>/live/again")
@requires(Permission.TALK)
@asked_by_pages
def refresh_live_talk(case_id: str) -> ResponseReturnValue:
    """The same page, which loads itself anew: for readers without script who asked for that."""
    return loading_itself(_talk_page(case_id))


def _talk_page(case_id: str, form: StoaForm | None = None, *, status: int = 200) -> ResponseReturnValue:
    now, path, is_given = utcnow(), url_for(".show_live_talk", case_id=case_id), form is not None
    case = open_conversation(case_id, conversant=current_conversant(), now=now, shows=Shows.TALK)
    note_presence(case, SIDE, now=now)
    state = own_editor(case_id, LIVE, path)
    if form is None:
        form, state = opened_for_student(OwnSayForm(formdata=None), case, LIVE, path)
    return render_template(
        "counselling/show_live_talk.html",
        view=view_live(case, SIDE, now=now),
        case=case,
        form=form,
        state=state,
        writes=is_given or is_writing_page(),
        back=back_to(),
        now=now,
        unread=to_read(case),
    ), status


@bp.post("/counsel/<public_id:case_id>/live")
@requires(Permission.TALK)
@limiter.limit("30 per minute")
def ask_to_talk(case_id: str) -> ResponseReturnValue:
    """Wait to talk live, or come in where the counsellor waits."""
    with transaction():
        ask_for_live(_case_to_talk_in(case_id), now=utcnow())
    return redirect(url_for(".show_live_talk", case_id=case_id), code=303)


@bp.post("/counsel/<public_id:case_id>/live/end")
@requires(Permission.TALK)
def end_live_talk(case_id: str) -> ResponseReturnValue:
    """End the talk, or stop waiting for it."""
    with transaction():
        end_live(_case_to_talk_in(case_id), by=SIDE, now=utcnow())
    return redirect(url_for(".show_live_talk", case_id=case_id), code=303)


@bp.post("/counsel/<public_id:case_id>/live/lines")
@requires(Permission.TALK)
@limiter.limit("300 per minute")
def say_to_counsellor(case_id: str) -> ResponseReturnValue:
    """One line of the talk. In a talk that is over it is given back, to be sent as a letter."""
    if is_only_looking():
        return _talk_page(case_id, OwnLookForm())
    form = OwnSayForm()
    if not form.validate():
        return refused_line(form) or _own_line_back(case_id, form, 422)
    try:
        number = _say(case_id, form)
    except NotTalking as refusal:
        return late_line(refusal) or _own_line_back(case_id, OwnLetterForm(), refusal.status)
    page = ".refresh_live_talk" if back_to() == "again" else ".show_live_talk"
    return taken_line(number, url_for(page, case_id=case_id))


def _say(case_id: str, form: OwnSayForm) -> int:
    """Say it, and give the number of the line. The draft of it is gone with that."""
    with transaction():
        case, feelings = _case_to_talk_in(case_id), form.feelings.data or []
        line = say_as_student(case, form.body.data, sent_id=form.submission, feelings=feelings, now=utcnow())
        forget_draft(case, STUDENT, LIVE)
        return line.number


def _own_line_back(case_id: str, form: StoaForm, status: int) -> ResponseReturnValue:
    """A line that could not be taken stands in the page, and is kept."""
    keep_what_came_back(case_id, form, LIVE)
    return _talk_page(case_id, form, status=status)


@bp.get("/counsel/<public_id:case_id>/live/messages")
@requires(Permission.TALK)
@asked_by_pages
def list_own_lines(case_id: str) -> ResponseReturnValue:
    """The lines behind the number `after`, as the page shows them."""
    case = open_conversation(case_id, conversant=current_conversant(), now=utcnow(), shows=Shows.TALK)
    return lines_answer(case, SIDE)


@bp.get("/counsel/<public_id:case_id>/live/events")
@requires(Permission.TALK)
@asked_by_pages
def stream_live_talk(case_id: str) -> ResponseReturnValue:
    """What there is to know of the talk, again whenever it has changed. Numbers and states only."""
    case = case_of_conversant(case_id, conversant=current_conversant())
    return stream(lambda: look_at_live(case_id, SIDE, now=utcnow()), _watch(case))


def _watch(case: Case) -> Callable[[], bool]:
    """Whether the student's side may still listen: signed in, and with a code that has not been replaced."""
    case_id, code, is_signed_in = case.id, case.return_tag, session_watch(Permission.TALK)
    with_code = current_conversant().student is None

    def is_welcome() -> bool:
        now_there = case_queries.case(case_id)
        if now_there is None or now_there.wrapped_key is None:
            return False
        return is_signed_in() and (not with_code or now_there.return_tag == code)

    return is_welcome


@bp.get("/counsel/<public_id:case_id>/live/state")
@requires(Permission.TALK)
@asked_by_pages
def show_live_talk_state(case_id: str) -> ResponseReturnValue:
    """The same once, for pages that have no stream."""
    case_of_conversant(case_id, conversant=current_conversant())
    return jsonify(state_once(look_at_live(case_id, SIDE, now=utcnow())))


@bp.post("/counsel/<public_id:case_id>/live/here")
@requires(Permission.TALK)
@asked_by_pages
def keep_live_talk(case_id: str) -> ResponseReturnValue:
    """The page is in sight. Answers with the state, so that a stream that has died unheard is noticed."""
    case = case_of_conversant(case_id, conversant=current_conversant())
    note_presence(case, SIDE, now=utcnow())
    return jsonify(state_once(look_at_live(case_id, SIDE, now=utcnow())))


def _case_to_talk_in(case_id: str) -> Case:
    return case_of_conversant(case_id, conversant=current_conversant(), locked=True)


def note_presence(case: Case, side: AuthorKind, *, now: datetime) -> None:
    """Write down that this side is there, where a session goes on and it is time to. Opens its own
    transaction then.
    """
    session = queries.current_session(case.id)
    if session is None or not needs_mark(session, side, now=now):
        return
    with transaction():
        session = queries.current_session(case.id, locked=True)
        if session is not None:
            mark_seen(session, side, now=now)


def is_writing_page() -> bool:
    """Whether the page is one to write in: it is never loaded anew by itself."""
    return "write" in request.args


def back_to() -> str:
    """ "again" when whoever writes without script came from the page that loads itself anew."""
    return str(request.values.get("back", request.args.get("write", "")))


def loading_itself(page: ResponseReturnValue) -> ResponseReturnValue:
    """A page that is loaded anew after a while. The script leads away from it at once."""
    answer = make_response(page)
    answer.headers["Refresh"] = f"{LOADED_EVERY}; url={request.path}#talk-end"
    return answer


def is_only_looking() -> bool:
    """Whether the button for new messages was pressed: nothing is sent, and what was typed stays."""
    return "look" in request.form


def by_script() -> bool:
    """Whether a page's script asks, which wants to know in a few words."""
    return "Stoa-Script" in request.headers


def taken_line(number: int, page: str) -> ResponseReturnValue:
    """The line was taken, now or when it was sent the first time."""
    if by_script():
        return jsonify({"number": number}), 201
    return redirect(f"{page}#line-{number}", code=303)


def refused_line(form: StoaForm) -> ResponseReturnValue | None:
    """What is wrong with a line, for a script; None for a page."""
    if not by_script():
        return None
    return jsonify({"sentence": " ".join(form.body.errors or form.form_errors)}), 422


def late_line(refusal: NotTalking) -> ResponseReturnValue | None:
    """That the talk is over, for a script; None for a page."""
    return (jsonify({"sentence": refusal.sentence}), refusal.status) if by_script() else None


def lines_answer(case: Case, own: AuthorKind) -> ResponseReturnValue:
    """Lines behind a number as parts of a page, by number."""
    lines, has_more = lines_after(case, request.args.get("after", 0, type=int))
    html = render_template("counselling/_lines.html", lines=lines, own=own)
    return jsonify({"lines": [one.number for one in lines], "html": html, "more": has_more})

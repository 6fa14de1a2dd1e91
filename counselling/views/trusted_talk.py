"""A live talk for somebody whom its student brought: the link, the talk, and its end.

Whoever is here has no account and sees this one talk. The page of the link changes nothing: messengers open
the links that they carry. No address of the talk names it, so that nothing of it stays in a history.
"""

from flask import Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import (
    ATTENDING,
    current_attendant,
    drop_session,
    requires,
    session_cookie,
    session_watch,
    set_attendance,
    student_or_none,
)
from accounts.leaving import end_session
from accounts.permissions import Permission
from accounts.websessions import sign_in
from core.clock import utcnow
from core.db import db, transaction
from core.forms import StoaForm
from core.limits import limiter
from core.live import asked_by_pages, state_once, stream
from core.refusals import Missing
from counselling.access import case_ids_of
from counselling.live.forms import LookForm, SayForm
from counselling.live.lines import StudentIsAway, say_as_trusted
from counselling.live.sessions import NotTalking
from counselling.trusted.forms import ComeInForm
from counselling.trusted.joining import TalkIsOver, attended, come_in, invited_with, leave_talk
from counselling.trusted.models import TrustedPerson
from counselling.trusted.people import needs_mark
from counselling.trusted.showing import LINES_AT_ONCE, OVER, lines_for, look_as_trusted, view_as_trusted
from counselling.views import bp
from counselling.views.live import (
    back_to,
    by_script,
    is_only_looking,
    is_writing_page,
    loading_itself,
    refused_line,
    taken_line,
)


@bp.route("/counsel/join/<token>", methods=["GET", "POST"])
@requires(Permission.JOIN)
@limiter.limit("20 per minute; 200 per hour")
def join_talk(token: str) -> ResponseReturnValue:
    """The page behind a link: what this is, and the button that uses the link up."""
    form = ComeInForm()
    try:
        if form.validate_on_submit():
            return _come_in(token, form)
        page = render_template("counselling/join_talk.html", form=form, is_own=_is_own(invited_with(token)))
        return page, 422 if form.errors else 200
    except Missing:
        db.session.rollback()
        return render_template("counselling/join_talk_gone.html"), 404


def _come_in(token: str, form: ComeInForm) -> Response:
    with transaction():
        attendant = come_in(token, form_id=form.submission, now=utcnow())
        for old in _own_tokens():
            end_session(old, now=utcnow())
        session = sign_in(attendant, now=utcnow())
    return set_attendance(make_response(redirect(url_for(".show_joined_talk"), code=303)), session)


def _is_own(person: TrustedPerson) -> bool:
    """Whether the student who invited somebody looks at the link before they pass it on."""
    student = student_or_none()
    return student is not None and person.case_id in case_ids_of(student)


def _own_tokens() -> list[str]:
    token = request.cookies.get(session_cookie(ATTENDING))
    return [token] if token else []


@bp.get("/counsel/joined")
@requires(Permission.ATTEND)
def show_joined_talk() -> ResponseReturnValue:
    """The talk, for somebody whom its student brought."""
    return _joined_page()


@bp.get("/counsel/joined/again")
@requires(Permission.ATTEND)
@asked_by_pages
def refresh_joined_talk() -> ResponseReturnValue:
    """The same page, which loads itself anew: for readers without script who asked for that."""
    return loading_itself(_joined_page())


def _joined_page(form: StoaForm | None = None, *, status: int = 200, waits: str = "") -> ResponseReturnValue:
    now = utcnow()
    _note_presence()
    view = view_as_trusted(attended(current_attendant()), now=now)
    page = render_template(
        "counselling/show_joined_talk.html",
        view=view,
        form=form or SayForm(formdata=None),
        writes=is_writing_page() or form is not None,
        back=back_to(),
        waits=waits,
        now=now,
    )
    return page, status


@bp.errorhandler(TalkIsOver)
def show_out(refusal: TalkIsOver) -> ResponseReturnValue:
    """The talk is over for whoever asks: their web session ends, and what they typed is given back."""
    db.session.rollback()
    if by_script():
        return jsonify({"sentence": refusal.sentence}), 409
    typed = request.form.get("body", "")
    answer = make_response(render_template("counselling/show_talk_over.html", typed=typed), 409)
    if request.method == "GET":
        answer = make_response(redirect(url_for(".show_talk_over"), code=303))
    with transaction():
        for token in _own_tokens():
            end_session(token, now=utcnow())
    return drop_session(answer, ATTENDING)


@bp.get("/counsel/joined/over")
@requires(Permission.READ)
def show_talk_over() -> ResponseReturnValue:
    """That a talk is over, and whom to call. It says the same to everybody."""
    return render_template("counselling/show_talk_over.html", typed="")


@bp.post("/counsel/joined/lines")
@requires(Permission.ATTEND)
@limiter.limit("300 per minute")
def say_in_joined_talk() -> ResponseReturnValue:
    """One line of the talk. While the student is away it is given back."""
    if is_only_looking():
        return _joined_page(LookForm())
    form = SayForm()
    if not form.validate():
        return refused_line(form) or _joined_page(form, status=422)
    try:
        with transaction():
            found = attended(current_attendant(), locked=True)
            line = say_as_trusted(
                found.case, found.person, form.body.data, sent_id=form.submission, now=utcnow()
            )
            number = line.number
    except (NotTalking, StudentIsAway) as refusal:
        if by_script():
            return jsonify({"sentence": refusal.sentence}), StudentIsAway.status
        return _joined_page(form, status=refusal.status, waits=refusal.sentence)
    page = ".refresh_joined_talk" if back_to() == "again" else ".show_joined_talk"
    return taken_line(number, url_for(page))


@bp.get("/counsel/joined/messages")
@requires(Permission.ATTEND)
@asked_by_pages
def list_joined_lines() -> ResponseReturnValue:
    """The lines behind the number `after`, as the page shows them."""
    after = request.args.get("after", 0, type=int)
    try:
        found = attended(current_attendant())
    except TalkIsOver:
        return jsonify({"lines": [], "html": "", "more": False})
    lines = lines_for(found, after=after, limit=LINES_AT_ONCE + 1, now=utcnow())
    shown = lines[:LINES_AT_ONCE]
    html = render_template("counselling/_joined_lines.html", lines=shown, own=found.person.id)
    answer = {"lines": [one.number for one in shown], "html": html, "more": len(lines) > len(shown)}
    return jsonify(answer)


@bp.get("/counsel/joined/events")
@requires(Permission.ATTEND)
@asked_by_pages
def stream_joined_talk() -> ResponseReturnValue:
    """What there is to know of the talk, again whenever it has changed. Numbers and states only."""
    attendant = current_attendant()

    def look() -> dict[str, object]:
        try:
            return look_as_trusted(attended(attendant), now=utcnow())
        except TalkIsOver:
            return OVER

    return stream(look, session_watch(Permission.ATTEND))


@bp.get("/counsel/joined/state")
@requires(Permission.ATTEND)
@asked_by_pages
def show_joined_state() -> ResponseReturnValue:
    """The same once, for pages that have no stream."""
    return _state()


@bp.post("/counsel/joined/here")
@requires(Permission.ATTEND)
@asked_by_pages
def keep_joined_talk() -> ResponseReturnValue:
    """The page is in sight. Answers with the state, so that a stream that has died unheard is noticed."""
    try:
        _note_presence()
    except TalkIsOver:
        db.session.rollback()
    return _state()


@bp.post("/counsel/joined/leave")
@requires(Permission.ATTEND)
def leave_joined_talk() -> ResponseReturnValue:
    """Go. The link does not lead back."""
    with transaction():
        leave_talk(attended(current_attendant(), locked=True), now=utcnow())
        for token in _own_tokens():
            end_session(token, now=utcnow())
    return drop_session(make_response(redirect(url_for(".show_talk_over"), code=303)), ATTENDING)


def _state() -> ResponseReturnValue:
    try:
        return jsonify(state_once(look_as_trusted(attended(current_attendant()), now=utcnow())))
    except TalkIsOver:
        return jsonify(state_once(OVER))


def _note_presence() -> None:
    """Write down that they are there, where it is time to. Opens its own transaction then."""
    if not needs_mark(attended(current_attendant()).person, now=utcnow()):
        return
    with transaction():
        attended(current_attendant(), locked=True).person.seen_at = utcnow()

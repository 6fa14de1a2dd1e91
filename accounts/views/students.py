"""Joining, coming back, signing out, leaving fast."""

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from accounts.access import joining_account
from accounts.forms import JoinForm, ReturnForm, WordsForm
from accounts.guard import (
    current_role,
    drop_sessions,
    open_tokens,
    requires,
    safe_path,
    set_session,
    signed_in,
    tokens_to_leave,
)
from accounts.joining import (
    UnknownPassphrase,
    WrongWords,
    come_back,
    confirm_words,
    is_open,
    join,
    require_leave_to_join,
)
from accounts.joinwords import WrongJoinCode
from accounts.leaving import end_session
from accounts.permissions import Permission, Role
from accounts.tickets import TicketRefused, TicketSpent
from accounts.views import bp
from accounts.views.turns import WAIT_SECONDS, challenge_to_join, take_turn_to_join
from core.clock import utcnow
from core.db import DatabaseBusy, db, transaction
from core.kept import kept_path
from core.limits import limiter
from core.settings import LANGUAGES, Join
from core.web import (
    CHOICE_COOKIES,
    COUNTRY_COOKIE,
    KEYS_COOKIE,
    LANGUAGE_COOKIE,
    THEME_COOKIE,
    THEMES,
    settings_of,
)

A_YEAR = 365 * 24 * 3600


@bp.route("/join", methods=["GET", "POST"])
@requires(Permission.JOIN)
def start_joining() -> ResponseReturnValue:
    """Say first that nobody can recover the words; make the account when asked to."""
    if current_role() is Role.STUDENT:
        return redirect(_onward(), code=303)
    form = JoinForm(next=safe_path(request.args.get("next")))
    if not form.validate_on_submit():
        return _join_page(form)
    if not take_turn_to_join():
        return _ask_to_wait(form)
    try:
        ticket = require_leave_to_join(settings_of(current_app), form.code.data or "")
    except (WrongJoinCode, TicketRefused) as refusal:
        form.code.errors = [refusal.sentence]
        return _join_page(form, status=422)
    token = join(now=utcnow(), ticket=ticket)
    answer = redirect(url_for(".confirm_joining", next=safe_path(form.next.data) or None), code=303)
    return set_session(make_response(answer), "student", token)


def _join_page(form: JoinForm, *, status: int = 200, wait: int = 0) -> ResponseReturnValue:
    settings = settings_of(current_app)
    form.code.flags.required = settings.join is not Join.OPEN
    if settings.join is Join.TICKET:
        form.code.label.text = _("The ten letters and digits on your paper slip")
    page = render_template(
        "accounts/start_joining.html",
        form=form,
        is_open=is_open(settings),
        asks=settings.join.value,
        has_text=kept_path() is not None,
        challenge=challenge_to_join(),
        wait=wait,
    )
    return page, 422 if form.errors and status == 200 else status


def _ask_to_wait(form: JoinForm) -> ResponseReturnValue:
    """Many are joining from one network. Nothing is lost: the page comes back with what was typed, says when
    to press again, and with script works for its turn meanwhile.
    """
    answer = make_response(_join_page(form, status=429, wait=WAIT_SECONDS))
    answer.headers["Retry-After"] = str(WAIT_SECONDS)
    return answer


@bp.route("/join/words", methods=["GET", "POST"])
@requires(Permission.JOIN)
@limiter.limit("60 per minute", methods=["POST"])
def confirm_joining() -> ResponseReturnValue:
    """Show the words until two of them are typed back."""
    session = signed_in()
    if session is None or not session.words:
        return redirect(_onward() if current_role() is Role.STUDENT else url_for(".start_joining"), code=303)
    form = WordsForm(next=safe_path(request.args.get("next")))
    if form.validate_on_submit():
        try:
            with transaction():
                account = joining_account(session.person, now=utcnow())
                token = confirm_words(account, session, [form.first.data, form.second.data], now=utcnow())
                for old in open_tokens():
                    end_session(old, now=utcnow())
        except WrongWords as refusal:
            form.first.errors = [refusal.sentence]
        except TicketSpent as refusal:
            return _ask_for_another_ticket(refusal, form.next.data)
        else:
            return set_session(make_response(redirect(_onward(form.next.data), code=303)), "student", token)
    positions = [position + 1 for position in session.asked]
    page = render_template(
        "accounts/confirm_joining.html", form=form, words=session.words, positions=positions
    )
    return page, 422 if form.errors else 200


def _ask_for_another_ticket(refusal: TicketSpent, next_path: str | None) -> ResponseReturnValue:
    """The words that were shown open nothing: somebody else has joined with this ticket."""
    form = JoinForm(formdata=None, next=safe_path(next_path))
    form.code.errors = [refusal.sentence]
    return _join_page(form, status=refusal.status)


@bp.route("/return", methods=["GET", "POST"], endpoint="come_back")
@requires(Permission.JOIN)
@limiter.limit("20 per minute; 200 per hour", methods=["POST"])
def return_with_words() -> ResponseReturnValue:
    """Sign in with the six words."""
    form = ReturnForm(next=safe_path(request.args.get("next")))
    if form.validate_on_submit():
        try:
            token = come_back(form.passphrase.data, is_own_device=form.own_device.data, now=utcnow())
        except UnknownPassphrase as refusal:
            form.passphrase.errors = [refusal.sentence]
        else:
            answer = make_response(redirect(_onward(form.next.data), code=303))
            return set_session(answer, "student", token, is_own_device=form.own_device.data)
    return render_template("accounts/come_back.html", form=form), 422 if form.errors else 200


def _onward(next_path: str | None = None) -> str:
    """Where to go after signing in: the text that waits to be sent, the page they came from, or their own
    page.
    """
    return kept_path() or safe_path(next_path or request.args.get("next")) or url_for("forum.show_mine")


@bp.post("/logout", endpoint="sign_out")
@requires(Permission.SIGN_OUT)
def sign_out_here() -> ResponseReturnValue:
    """Sign out in this browser."""
    answer = make_response(redirect(url_for("forum.show_home"), code=303))
    return _end_sessions(answer)


@bp.get("/leave")
@requires(Permission.SIGN_OUT)
def leave() -> ResponseReturnValue:
    """Quick exit: sign out, clear what the browser holds, go to a harmless page.

    The one GET that signs out, on purpose: it must work as a plain link without script, and a form that is
    redirected to another origin is blocked by our own `form-action`. The worst that a forged link can do is
    to sign somebody out.
    """
    answer = make_response(redirect(settings_of(current_app).leave_url, code=303))
    answer.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    answer.headers["Referrer-Policy"] = "no-referrer"
    # Not every browser knows the first of these headers, and none heeds it over plain HTTP.
    for name in CHOICE_COOKIES:
        if name in request.cookies:
            answer.delete_cookie(name, path="/", secure=request.is_secure, httponly=True, samesite="Lax")
    try:
        return _end_sessions(answer)
    except (SQLAlchemyError, DatabaseBusy) as error:
        # The session row stays until it runs out; this browser no longer has the token that opens it.
        current_app.logger.error("left without ending the session: %s", type(error).__name__)
        db.session.rollback()
        return drop_sessions(answer)


def _end_sessions(answer: Response) -> Response:
    tokens = tokens_to_leave()
    if tokens:
        with transaction():
            for token in tokens:
                end_session(token, now=utcnow())
    return drop_sessions(answer)


@bp.get("/language/<lang>")
@requires(Permission.READ)
def choose_language(lang: str) -> ResponseReturnValue:
    """Remember the reader's language in a cookie of its own, without an account."""
    return _led_back(LANGUAGE_COOKIE, lang if lang in LANGUAGES else None)


@bp.get("/theme/<theme>")
@requires(Permission.READ)
def choose_theme(theme: str) -> ResponseReturnValue:
    """Remember light or dark in a cookie of its own; "system" forgets it."""
    return _led_back(THEME_COOKIE, theme if theme in THEMES else "")


@bp.get("/keys/<keys>")
@requires(Permission.OWN_STAFF_ACCOUNT)
def choose_keys(keys: str) -> ResponseReturnValue:
    """Remember in a cookie of its own that single keys shall do nothing here; "on" forgets it."""
    return _led_back(KEYS_COOKIE, "off" if keys == "off" else "")


@bp.get("/country/<code>")
@requires(Permission.READ)
def choose_country(code: str) -> ResponseReturnValue:
    """Remember in a cookie of its own whose numbers crisis help shows first."""
    is_code = len(code) == 2 and code.isascii() and code.isalpha()
    return _led_back(COUNTRY_COOKIE, code.upper() if is_code else None)


def _led_back(name: str, value: str | None) -> Response:
    """Back to the page that the link was on with a choice remembered; "" forgets it, None changes nothing."""
    answer = make_response(redirect(_back(), code=303))
    if value:
        answer.set_cookie(
            name, value, max_age=A_YEAR, secure=request.is_secure, httponly=True, samesite="Lax", path="/"
        )
    elif value == "":
        answer.delete_cookie(name, path="/")
    return answer


def _back() -> str:
    """The page that the link was on, when it was one of ours."""
    referrer = request.referrer or ""
    own = request.host_url
    return (
        safe_path("/" + referrer.removeprefix(own))
        if referrer.startswith(own)
        else url_for("forum.show_home")
    )

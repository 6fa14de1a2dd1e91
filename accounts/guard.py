"""Who is asking, and whether they may: the early answer of every view.

One browser is one person: signing in as staff ends a student's session there, and the other way round. What a
write is decided on is fetched again inside its transaction: there, `current_student()` and `current_staff()`
lock and re-check the row.

Who came by a link into one live talk is that beside whoever is signed in here: a friend may have an account
of their own, and keeps it.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import wraps
from typing import Any, NoReturn, TypeVar

from flask import Flask, Request, Response, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import AnonymousUserMixin, LoginManager, current_user
from sqlalchemy.exc import DatabaseError

from accounts import queries
from accounts.models import Account, Attendant, Returner, Staff
from accounts.permissions import STAFF_ROLES, STAFF_ROOMS, STUDENTS_ONLY, Permission, Role, may
from accounts.websessions import OWN_DEVICE, SignedIn, find_session, needs_touch, touch
from core.clock import utcnow
from core.crypto import tag
from core.db import DatabaseBusy, db, is_writing, transaction
from core.kept import keep_form, kept_form
from core.keys import KeysMissing
from core.live import is_asked_by_a_page
from core.refusals import Refusal
from core.web import cookie_name, is_part_of_pages

View = TypeVar("View", bound=Callable[..., Any])
login_manager = LoginManager()
KINDS = ("staff", "student", "returner")
ATTENDING = "trusted"


class Visitor(AnonymousUserMixin):
    """Somebody with nothing: no account, no cookie."""

    role = Role.VISITOR


class SignedOut(Refusal):
    """The session ended between the page and the button."""

    status = 403

    @property
    def sentence(self) -> str:
        return _("You have been signed out. What you wrote is below: sign in again and send it once more.")


def init_guard(app: Flask) -> None:
    """Let Flask-Login find the person by our own cookie only; its session identifier would hold a hash of
    address and user agent.
    """
    login_manager.init_app(app, add_context_processor=False)
    login_manager.session_protection = None
    login_manager._session_identifier_generator = str
    login_manager.anonymous_user = Visitor
    login_manager.request_loader(load_person)
    app.before_request(keep_session_alive)
    app.add_template_global(session_mark)
    app.context_processor(
        lambda: {
            "current_student": student_or_none(),
            "current_staff": staff_or_none(),
            "unread_count": _unread(),
            "typed_before": _typed_before(),
        }
    )


def load_person(_request: Request) -> Account | Staff | Returner | None:
    """The person behind this browser's cookie, staff first."""
    for kind in KINDS:
        token = request.cookies.get(session_cookie(kind))
        if not token:
            continue
        g.private = True
        try:
            signed_in = find_session(token, now=utcnow())
            person = _person(signed_in) if signed_in and signed_in.kind == kind else None
        except KeysMissing:
            person = None
        if signed_in and person is not None:
            g.signed_in, g.token = signed_in, token
            return person
        g.expired_kind = kind
    return None


def _person(signed_in: SignedIn, *, locked: bool = False) -> Account | Staff | Returner | Attendant | None:
    person: Account | Staff | None
    if signed_in.kind == ATTENDING:
        return Attendant(signed_in.person, signed_in.epoch)
    if signed_in.kind == "returner":
        return Returner(signed_in.person, signed_in.epoch)
    if signed_in.kind == "staff":
        person = queries.staff_member(signed_in.person, locked=locked)
        if person is not None and person.closed_at is not None:
            return None
    else:
        person = queries.account(signed_in.person, locked=locked)
    return person if person is not None and person.epoch == signed_in.epoch else None


def keep_session_alive() -> None:
    """Move the idle clock on, at most every five minutes, never for a visitor, and never because a page that
    lies open asked for something by itself.

    A database that is away, busy or damaged closes no page here: crisis help shows without it, and the clock
    can wait.
    """
    if is_part_of_pages() or is_asked_by_a_page():
        return
    if not any(request.cookies.get(session_cookie(kind)) for kind in KINDS):
        return
    try:
        if current_user.is_authenticated and needs_touch(g.signed_in, now=utcnow()):
            with transaction():
                touch(g.token, g.signed_in, now=utcnow())
    except (DatabaseError, DatabaseBusy) as error:
        current_app.logger.error("the idle clock was not moved on: %s", type(error).__name__)
        db.session.rollback()
        g.is_failing = "signed_in" not in g


def signed_in() -> SignedIn | None:
    """The open session of this browser, whether its student is confirmed or not."""
    _ = current_user.is_authenticated
    session: SignedIn | None = g.get("signed_in")
    return session


def _acting(kind: str) -> Any:
    if g.get("is_failing") or not current_user.is_authenticated or g.signed_in.kind != kind:
        return None
    if is_writing():
        return _person(g.signed_in, locked=True)
    return current_user._get_current_object()


def student_or_none() -> Account | None:
    """The student who is signed in and has confirmed their words, or None."""
    account: Account | None = _acting("student")
    return account if account is not None and account.is_confirmed else None


def staff_or_none() -> Staff | None:
    """The member of staff who is signed in, or None."""
    staff: Staff | None = _acting("staff")
    return staff


def returner_or_none() -> Returner | None:
    """Who came here with a code for one conversation, or None. Whether the code still holds, only the
    conversation knows.
    """
    returner: Returner | None = _acting("returner")
    return returner


def attendant_or_none() -> Attendant | None:
    """Who came here by a link into one live talk, or None. Whether that goes on, only the talk knows."""
    if "attendant" not in g:
        g.attendant = None
        g.attending = request.cookies.get(session_cookie(ATTENDING), "")
        if g.attending and not g.get("is_failing"):
            g.private = True
            with suppress(KeysMissing):
                found = find_session(g.attending, now=utcnow())
                if found is not None and found.kind == ATTENDING:
                    g.attendant = Attendant(found.person, found.epoch)
    attendant: Attendant | None = g.attendant
    return attendant


def current_attendant() -> Attendant:
    """Who came here by a link into one live talk. Raises SignedOut."""
    attendant = attendant_or_none()
    if attendant is None:
        raise SignedOut
    return attendant


def current_student() -> Account:
    """The acting student; inside a transaction fetched anew and locked. Raises SignedOut."""
    student = student_or_none()
    if student is None:
        raise SignedOut
    return student


def current_staff() -> Staff:
    """The acting member of staff; inside a transaction fetched anew and locked. Raises SignedOut."""
    staff = staff_or_none()
    if staff is None:
        raise SignedOut
    return staff


def session_watch(permission: Permission) -> Callable[[], bool]:
    """A question for what outlasts the request: whether the session that began it is still open, and its
    person may still do this.
    """
    token, kind = (g.attending, ATTENDING) if permission is Permission.ATTEND else (g.token, g.signed_in.kind)

    def is_welcome() -> bool:
        found = find_session(token, now=utcnow())
        person = _person(found) if found is not None and found.kind == kind else None
        return person is not None and may(person.role, permission)

    return is_welcome


def current_role() -> Role:
    """What the asking person is."""
    staff = staff_or_none()
    if staff is not None:
        return staff.role
    if student_or_none() is not None:
        return Role.STUDENT
    return Role.RETURNER if returner_or_none() is not None else Role.VISITOR


def _role_for(permission: Permission) -> Role:
    is_attending = permission is Permission.ATTEND and attendant_or_none() is not None
    return Role.TRUSTED if is_attending else current_role()


def requires(permission: Permission) -> Callable[[View], View]:
    """Open a view only to those whose role has `permission`.

    The permission is kept on the view, where the matrix test reads it.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            role = _role_for(permission)
            if not may(role, permission):
                return turn_away(role, permission)
            staff = staff_or_none()
            if staff is not None and staff.has_to_change_password and permission in STAFF_ROOMS:
                change = url_for("accounts.change_password")
                if request.path != change:
                    return redirect(change, code=303)
            answer: ResponseReturnValue = view(*args, **kwargs)
            return answer

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return wrap


def turn_away(role: Role, permission: Permission) -> ResponseReturnValue:
    """A staff room does not exist for those without a staff cookie; whoever was signed in may come back to
    where they were. Whoever could not be asked for is not sent to sign in again.
    """
    if g.get("is_failing"):
        abort(503)
    if permission in STAFF_ROOMS and role not in STAFF_ROLES:
        if g.get("expired_kind") == "staff":
            return _sign_in_and_back("accounts.sign_in_staff")
        abort(404)
    if permission is Permission.ATTEND:
        abort(404)
    if permission in STUDENTS_ONLY and role in {Role.VISITOR, Role.RETURNER}:
        return _sign_in_and_back("accounts.come_back")
    return _refuse()


def _refuse() -> NoReturn:
    abort(403)


def _sign_in_and_back(endpoint: str) -> ResponseReturnValue:
    if request.method == "POST":
        back = safe_path(request.form.get("back_to")) or _page_of_form()
        keep_form(back, request.form.to_dict(flat=False), now=utcnow())
    else:
        back = request.full_path.rstrip("?")
    return redirect(url_for(endpoint, next=safe_path(back)), code=303)


def _page_of_form() -> str:
    """The page that a form was sent from: the form's own address may take no GET."""
    referrer = request.referrer or ""
    if not referrer.startswith(request.host_url):
        return request.path
    return safe_path("/" + referrer.removeprefix(request.host_url).split("?")[0]) or request.path


def safe_path(text: str | None) -> str:
    """A path of ours to go on to, or "" when the text could lead anywhere else.

    Browsers leave out tabs and line ends, and read a backslash as a slash: "/<tab>/elsewhere" is
    another site.
    """
    if not text or not text.startswith("/") or text.startswith("//"):
        return ""
    return text if text.isprintable() and "\\" not in text else ""


def session_cookie(kind: str) -> str:
    """The name of the session cookie of a student, of staff, or of somebody with a code or a link."""
    return cookie_name("" if kind == "student" else kind)


def set_session(response: Response, kind: str, token: str, *, is_own_device: bool = False) -> Response:
    """Put the token into its cookie and take the cookies of the other kinds away."""
    _set_cookie(response, kind, token, max_age=int(OWN_DEVICE.total_seconds()) if is_own_device else None)
    for other in KINDS:
        if other != kind:
            drop_session(response, other)
    return response


def set_attendance(response: Response, token: str) -> Response:
    """Put the token of somebody who came by a link into a cookie of its own, beside what is there."""
    _set_cookie(response, ATTENDING, token)
    return response


def _set_cookie(response: Response, kind: str, token: str, *, max_age: int | None = None) -> None:
    response.set_cookie(
        session_cookie(kind),
        token,
        max_age=max_age,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def drop_sessions(response: Response) -> Response:
    """Take every session cookie away that the browser sent."""
    for kind in (*KINDS, ATTENDING):
        drop_session(response, kind)
    return response


def drop_session(response: Response, kind: str) -> Response:
    """Take a session cookie away, when the browser sent one."""
    if session_cookie(kind) in request.cookies:
        response.delete_cookie(
            session_cookie(kind), path="/", secure=request.is_secure, httponly=True, samesite="Lax"
        )
    return response


def session_mark() -> str:
    """A word that each form of somebody signed in carries, another one in each web session.

    Browsers fill a form again on Back when it has the same address and names. So they fill it again for
    whoever is still signed in, and not with a student's words for the next person at a shared computer.
    """
    token: str | None = g.get("token") or g.get("attending")
    return f"by-{tag(token.encode(), 'form mark').hex()[:12]}" if token else ""


def open_tokens() -> list[str]:
    """The session tokens of who is signed in, as this browser sent them."""
    return _tokens_of(KINDS)


def tokens_to_leave() -> list[str]:
    """All of them, for who leaves: also that of a live talk into which somebody came by a link."""
    return _tokens_of((*KINDS, ATTENDING))


def _tokens_of(kinds: Sequence[str]) -> list[str]:
    names = [session_cookie(kind) for kind in kinds]
    return [request.cookies[name] for name in names if name in request.cookies]


def _unread() -> int:
    student = student_or_none()
    return student.unread if student is not None else 0


def _typed_before() -> dict[str, str]:
    """What a coordinator sent from this page after their session had ended. Other rooms fill their own forms
    again.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    is_admin_page = getattr(view, "permission", None) is Permission.ADMINISTER and request.method == "GET"
    if not is_admin_page or staff_or_none() is None:
        return {}
    kept = kept_form(request.path, now=utcnow()) or {}
    return {name: ", ".join(values) for name, values in kept.items() if any(values)}


def staff_home(role: Role) -> str:
    """The endpoint of a role's own room, as the composition root set it."""
    homes: dict[Role, str] = current_app.extensions["stoa_staff_homes"]
    return homes[role]

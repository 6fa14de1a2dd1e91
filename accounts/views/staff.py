"""Staff: signing in with name, password and one-time code, finding one's rooms, changing one's password, and
saying where one is paged.
"""

import base64
import json
from datetime import datetime
from hashlib import sha256

from flask import flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from accounts import staffing
from accounts.access import staff_for_admin
from accounts.forms import ChangePasswordForm, CodeForm, PageAddressForm, PasswordForm
from accounts.guard import (
    current_staff,
    open_tokens,
    requires,
    safe_path,
    set_session,
    staff_home,
    staff_or_none,
)
from accounts.hashing import hash_password, password_fits
from accounts.leaving import end_session
from accounts.models import Staff
from accounts.paging import TryResult, page_address_of, sends_email, set_page_address, try_page_address
from accounts.permissions import Permission
from accounts.places import shelves_of
from accounts.staffing import WeakPassword, WrongSignIn, check_password, require_new_password, use_otp
from accounts.views import bp
from accounts.websessions import sign_in
from core.audit import record_event
from core.clock import utcnow
from core.crypto import CannotUnseal, seal, unseal
from core.db import transaction
from core.kept import kept_path
from core.keys import keyring
from core.limits import address_key, limiter

CODE_WITHIN_SECONDS = 300
PENDING = "pending"
TRIED = {
    TryResult.TAKEN: (
        "success",
        _l("The mail server took the test page. Please see whether it arrives, and whether you hear it."),
    ),
    TryResult.REFUSED: (
        "danger",
        _l("The mail server does not take mail for this address. Please check it, or enter another one."),
    ),
    TryResult.FAILED: (
        "danger",
        _l("The mail server could not be reached, so no page gets through by e-mail at the moment."),
    ),
    TryResult.NO_EMAIL: ("warning", _l("This service has no mail server for pages. Nothing was sent.")),
    TryResult.NO_ADDRESS: ("warning", _l("You have entered no address yet. Nothing was sent.")),
}


def name_and_network() -> str:
    """Guessing one name from one network shares a bucket; the same name from elsewhere is not held up by
    it.
    """
    name = request.form.get("username", "").strip().lower() or (_pending_id() or "")
    return address_key() + sha256(name.encode()).hexdigest()[:16]


@bp.route("/staff/login", methods=["GET", "POST"])
@requires(Permission.SIGN_IN_AS_STAFF)
@limiter.limit("60 per minute", methods=["POST"])
@limiter.limit("10 per minute", methods=["POST"], key_func=name_and_network)
def sign_in_staff() -> ResponseReturnValue:
    """First name and password, then the code; both at once are taken as well."""
    if staff_or_none() is not None and request.method == "GET":
        return redirect(url_for(staff_home(current_staff().role)), code=303)
    if _pending_id() is not None and "username" not in request.form:
        return _second_step()
    form = PasswordForm(next=safe_path(request.args.get("next")))
    if form.validate_on_submit():
        staff = check_password(form.username.data, form.password.data)
        if staff is None:
            form.username.errors = [WrongSignIn().sentence]
        elif form.otp.data:
            return _finish(staff.id, form.otp.data, form.next.data) or _show(
                form, "accounts/sign_in_staff.html"
            )
        else:
            session[PENDING] = _seal_pending(staff.id)
            return redirect(url_for(".sign_in_staff", next=safe_path(form.next.data) or None), code=303)
    return _show(form, "accounts/sign_in_staff.html")


def _second_step() -> ResponseReturnValue:
    form = CodeForm(next=safe_path(request.args.get("next")))
    staff_id = _pending_id()
    if form.validate_on_submit() and staff_id:
        return _finish(staff_id, form.otp.data, form.next.data) or _show(form, "accounts/enter_code.html")
    return _show(form, "accounts/enter_code.html")


def _show(form: PasswordForm | CodeForm, template: str) -> ResponseReturnValue:
    if form.is_submitted() and not form.errors:
        form.otp.errors = [WrongSignIn().sentence]
    return render_template(template, form=form), 422 if form.errors else 200


def _finish(staff_id: str, code: str, next_path: str | None) -> ResponseReturnValue | None:
    """Use the code and open the session; None when the code does not fit."""
    now = utcnow()
    try:
        with transaction():
            staff = staff_for_admin(staff_id)
            if staff.closed_at is not None:
                raise WrongSignIn
            use_otp(staff, code, now=now)
            for old in open_tokens():
                end_session(old, now=now)
            token = sign_in(staff, now=now)
            record_event("staff_signed_in", actor=staff.actor, now=now)
            home = url_for(staff_home(staff.role))
    except WrongSignIn:
        return None
    session.pop(PENDING, None)
    onward = kept_path() or safe_path(next_path) or home
    return set_session(make_response(redirect(onward, code=303)), "staff", token)


def _seal_pending(staff_id: str) -> str:
    """Who gave the right password and when, sealed, so that the cookie tells nothing."""
    text = json.dumps([staff_id, utcnow().timestamp()]).encode()
    sealed = seal(keyring().server_key("pending sign-in"), text, aad=b"pending sign-in")
    return base64.b64encode(sealed).decode()


def _pending_id() -> str | None:
    """Whose password was right in the last five minutes in this browser, or None."""
    text = session.get(PENDING)
    if not isinstance(text, str):
        return None
    try:
        opened = unseal(
            keyring().server_key("pending sign-in"), base64.b64decode(text), aad=b"pending sign-in"
        )
    except CannotUnseal:
        return None
    staff_id, at = json.loads(opened)
    since = utcnow() - datetime.fromtimestamp(at, tz=utcnow().tzinfo)
    return str(staff_id) if since.total_seconds() < CODE_WITHIN_SECONDS else None


@bp.get("/staff/")
@requires(Permission.OWN_STAFF_ACCOUNT)
def show_staff_home() -> ResponseReturnValue:
    """To one's own room."""
    return redirect(url_for(staff_home(current_staff().role)), code=303)


@bp.get("/staff/places")
@requires(Permission.OWN_STAFF_ACCOUNT)
def list_places() -> str:
    """The rooms of this role that are not in the bar of every page."""
    return render_template("accounts/list_places.html", shelves=shelves_of(current_staff().role))


@bp.route("/staff/password", methods=["GET", "POST"])
@requires(Permission.OWN_STAFF_ACCOUNT)
@limiter.limit("10 per minute", methods=["POST"])
def change_password() -> ResponseReturnValue:
    """Choose a new password; asked for at the first sign-in."""
    form = ChangePasswordForm()
    staff = current_staff()
    if form.validate_on_submit():
        if not password_fits(staff.password_hash, form.password.data):
            form.password.errors = [WrongSignIn().sentence]
        else:
            try:
                require_new_password(staff, form.new_password.data)
            except WeakPassword as refusal:
                form.new_password.errors = [refusal.sentence]
            else:
                return _store_password(form.new_password.data)
    return render_template(
        "accounts/change_password.html", form=form, staff=staff
    ), 422 if form.errors else 200


def _store_password(new_password: str) -> ResponseReturnValue:
    hashed, now = hash_password(new_password), utcnow()
    with transaction():
        staff: Staff = current_staff()
        staffing.change_password(staff, hashed=hashed, now=now)
        for old in open_tokens():
            end_session(old, now=now)
        token = sign_in(staff, now=now)
        home = url_for(staff_home(staff.role))
    return set_session(make_response(redirect(home, code=303)), "staff", token)


@bp.route("/staff/paging", methods=["GET", "POST"])
@requires(Permission.SERVE)
def choose_paging() -> ResponseReturnValue:
    """Say where one wants to be paged by e-mail, or take the address away."""
    form = PageAddressForm()
    if form.validate_on_submit():
        with transaction():
            set_page_address(current_staff(), form.address.data or "", now=utcnow())
        flash(
            _("Kept. Please send yourself a test page.") if form.address.data else _("The address is gone.")
        )
        return redirect(url_for(".choose_paging"), code=303)
    address = page_address_of(current_staff())
    if not form.is_submitted():
        form.address.data = address
    page = render_template(
        "accounts/choose_paging.html", form=form, has_address=bool(address), sends_email=sends_email()
    )
    return page, 422 if form.errors else 200


@bp.post("/staff/paging/test")
@requires(Permission.SERVE)
@limiter.limit("6 per minute")
def send_test_page() -> ResponseReturnValue:
    """A page to oneself that says that it is a test, and what became of it."""
    category, sentence = TRIED[try_page_address(current_staff(), now=utcnow())]
    flash(str(sentence), category)
    return redirect(url_for(".choose_paging"), code=303)

"""Staff accounts, for the coordinator: make, close, a new second factor."""

import segno
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pyotp import TOTP

from accounts import queries
from accounts.access import staff_for_admin
from accounts.forms import STEP_NAMES, AddStaffForm
from accounts.guard import current_staff, requires
from accounts.hashing import hash_password
from accounts.permissions import Permission, Role
from accounts.staffing import (
    NameTaken,
    NewStaff,
    add_staff,
    close_staff,
    random_password,
    reset_otp,
    reset_password,
)
from accounts.training import training_step
from accounts.views import bp
from core.clock import utcnow
from core.db import transaction
from core.refusals import Refusal
from core.site import site


class LastCoordinator(Refusal):
    """The last coordinator cannot close their own account: nobody could open another."""

    @property
    def sentence(self) -> str:
        return _("You cannot close your own account. Ask another coordinator to do it.")


@bp.get("/admin/staff")
@requires(Permission.ADMINISTER)
def list_staff() -> ResponseReturnValue:
    """Everybody on the staff, open accounts first."""
    return _page(AddStaffForm())


def _page(form: AddStaffForm, *, status: int = 200) -> ResponseReturnValue:
    staff, now = queries.all_staff(), utcnow()
    steps = {one.id: training_step(one, now=now) for one in staff if one.role is Role.MODERATOR}
    page = render_template(
        "accounts/list_staff.html", staff=staff, steps=steps, step_names=STEP_NAMES, form=form
    )
    return page, status


@bp.post("/admin/staff", endpoint="add_staff")
@requires(Permission.ADMINISTER)
def add_staff_member() -> ResponseReturnValue:
    """Make an account and show its password and second factor, once."""
    form = AddStaffForm()
    if not form.validate():
        return _page(form, status=422)
    try:
        new = add_staff(
            form.username.data,
            role=Role(form.role.data),
            alias=form.alias.data,
            actor=current_staff().actor,
            now=utcnow(),
        )
    except NameTaken as refusal:
        form.username.errors = [refusal.sentence]
        return _page(form, status=422)
    return _credentials(new)


def _credentials(new: NewStaff) -> ResponseReturnValue:
    address = TOTP(new.otp_secret).provisioning_uri(name=new.staff.username, issuer_name=site().name)
    picture = segno.make(address).svg_inline(
        scale=4, border=4, light="#fff", dark="#000", svgclass="qr", lineclass=""
    )
    return render_template("accounts/add_staff.html", new=new, picture=picture)


@bp.post("/admin/staff/<public_id:staff_id>/close", endpoint="close_staff")
@requires(Permission.ADMINISTER)
def close_staff_member(staff_id: str) -> ResponseReturnValue:
    """Close an account. One's own stays open, so that there is always somebody who can open another."""
    with transaction():
        actor = current_staff()
        if actor.id == staff_id:
            raise LastCoordinator
        close_staff(staff_for_admin(staff_id), actor=actor.actor, now=utcnow())
    flash(_("The account is closed."))
    return redirect(url_for(".list_staff"), code=303)


@bp.post("/admin/staff/<public_id:staff_id>/otp", endpoint="reset_otp")
@requires(Permission.ADMINISTER)
def reset_staff_otp(staff_id: str) -> ResponseReturnValue:
    """Give a new second factor, and a new password if asked for (`with_password`), and show them once."""
    password = random_password() if "with_password" in request.form else ""
    hashed, now = hash_password(password) if password else "", utcnow()
    with transaction():
        actor = current_staff().actor
        staff = staff_for_admin(staff_id)
        if password:
            reset_password(staff, hashed=hashed, actor=actor, now=now)
        secret = reset_otp(staff, actor=actor, now=now)
    return _credentials(NewStaff(staff, password, secret))

"""Staff accounts: made by a command or a coordinator, signed in with a password and a one-time code, closed
but never deleted.

Guessing is braked by how often a browser's network may try, never by locking an account: that would let a
stranger lock a moderator out. A one-time code (TOTP, RFC 6238: 30 s steps, one step of drift) works once.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
from flask_babel import gettext as _

from accounts import queries
from accounts.hashing import hash_password, password_fits
from accounts.leaving import end_all_sessions
from accounts.models import Staff, Step
from accounts.permissions import STAFF_ROLES, Role
from accounts.training import record_training
from core.audit import record_event
from core.db import db, transaction
from core.ids import new_public_id
from core.refusals import Refusal

OTP_STEP_SECONDS = 30
SHORTEST_PASSWORD = 12
_UNKNOWN_HASH = (
    "$argon2id$v=19$m=32768,t=2,p=1$c3RvYS1ub2JvZHktaGVyZQ$b0vBBTKAdlKBYLmSLLHsxxVTeV5YPKcE3rzIIz/xLvs"
)


class NameTaken(Refusal):
    """There is such a user name or alias already."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("This name or alias is already taken.")


class WrongSignIn(Refusal):
    """User name, password or code do not fit; which of them is not said."""

    status = 422

    @property
    def sentence(self) -> str:
        return _(
            "Name, password or code do not fit. A code works once: if you just used it, wait for the next "
            "one."
        )


class WeakPassword(Refusal):
    """The new password is too short or the old one."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("Please choose a new password of at least 12 characters.")


@dataclass(frozen=True)
class NewStaff:
    """What a new member of staff must be told once: it is not kept in readable form."""

    staff: Staff
    password: str
    otp_secret: str


def add_staff(
    username: str,
    *,
    role: Role,
    alias: str = "",
    actor: str,
    now: datetime,
    step: Step = Step.INDEPENDENT,
    keep_password: bool = False,
) -> NewStaff:
    """Make a staff account with a random password and second factor.

    Raises NameTaken, ValueError for a role that is not staff. Opens its own transaction.
    """
    if role not in STAFF_ROLES:
        raise ValueError(f"{role} is not a staff role")
    username, alias = username.strip().lower(), alias.strip() or username.strip()
    password, secret = random_password(), pyotp.random_base32()
    hashed = hash_password(password)
    with transaction():
        if queries.staff_by_username(username) or queries.staff_by_alias(alias):
            raise NameTaken(username)
        staff = Staff(
            id=new_public_id(),
            username=username,
            alias=alias,
            role=role,
            password_hash=hashed,
            otp_secret=secret,
            has_to_change_password=not keep_password,
            epoch=1,
            created_at=now,
        )
        db.session.add(staff)
        db.session.flush()
        record_event("staff_added", actor=actor, target=f"staff:{staff.id}", detail={"role": role}, now=now)
        if role is Role.MODERATOR:
            reason = "recorded as passed elsewhere when the account was made"
            record_training(staff, step=step, reason=reason, actor=actor, now=now)
    return NewStaff(staff, password, secret)


def check_password(username: str, password: str) -> Staff | None:
    """The open account that name and password fit, or None. Takes the same time for an unknown name."""
    staff = queries.staff_by_username(username.strip().lower())
    encoded = staff.password_hash if staff is not None else _UNKNOWN_HASH
    fits = password_fits(encoded, password)
    return staff if fits and staff is not None and staff.closed_at is None else None


def use_otp(staff: Staff, code: str, *, now: datetime) -> None:
    """Accept a current one-time code, once.

    In the caller's transaction, on a locked row. Raises WrongSignIn.
    """
    totp = pyotp.TOTP(staff.otp_secret)
    current = int(now.timestamp()) // OTP_STEP_SECONDS
    digits = "".join(letter for letter in code if letter.isdigit())
    for step in (current - 1, current, current + 1):
        if step > staff.last_otp_step and pyotp.utils.strings_equal(digits, totp.generate_otp(step)):
            staff.last_otp_step = step
            return
    raise WrongSignIn


def change_password(staff: Staff, *, hashed: str, now: datetime) -> None:
    """Set a new password; every other session of this person ends. In the caller's transaction."""
    staff.password_hash = hashed
    staff.has_to_change_password = False
    end_all_sessions(staff, now=now)
    record_event("staff_password_changed", actor=staff.actor, target=f"staff:{staff.id}", now=now)


def require_new_password(staff: Staff, password: str) -> None:
    """A new password has 12 characters or more and is not the old one. Raises WeakPassword."""
    if len(password) < SHORTEST_PASSWORD or password_fits(staff.password_hash, password):
        raise WeakPassword


def reset_otp(staff: Staff, *, actor: str, now: datetime) -> str:
    """Give a new second factor and end all sessions. Returns the secret. In the caller's transaction."""
    staff.otp_secret = pyotp.random_base32()
    staff.last_otp_step = 0
    end_all_sessions(staff, now=now)
    record_event("staff_otp_reset", actor=actor, target=f"staff:{staff.id}", now=now)
    return staff.otp_secret


def reset_password(staff: Staff, *, hashed: str, actor: str, now: datetime) -> None:
    """Give a password that must be changed at the next sign-in, and end all sessions.

    In the caller's transaction.
    """
    staff.password_hash = hashed
    staff.has_to_change_password = True
    end_all_sessions(staff, now=now)
    record_event("staff_password_reset", actor=actor, target=f"staff:{staff.id}", now=now)


def random_password() -> str:
    """A password for somebody's first sign-in: 16 characters, 96 bits."""
    return secrets.token_urlsafe(12)


def give_role(staff: Staff, role: Role, *, actor: str, now: datetime) -> None:
    """Another role for an account; its sessions end, so that no page of the old one stays open.

    In the caller's transaction.
    """
    detail = {"from": staff.role, "to": role}
    staff.role = role
    end_all_sessions(staff, now=now)
    record_event("staff_role_given", actor=actor, target=f"staff:{staff.id}", detail=detail, now=now)


def close_staff(staff: Staff, *, actor: str, now: datetime) -> None:
    """Close an account: it can no longer sign in, its sessions end, and where it was paged is forgotten.

    In the caller's transaction.
    """
    if staff.closed_at is None:
        staff.closed_at, staff.page_address = now, None
        end_all_sessions(staff, now=now)
        record_event("staff_closed", actor=actor, target=f"staff:{staff.id}", now=now)

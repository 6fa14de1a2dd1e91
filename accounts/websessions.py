"""Signed-in browsers.

The cookie holds a random token; the row holds its hash and a blob that only the token opens.

Clocks (blueprint of the service): students 30 minutes idle and 12 hours at most, or 30 days on a device they
call their own; staff 30 minutes idle and 12 hours. Whoever came by a link into a live talk has a few hours,
idle or not: they may only listen, the link opens once, and the talk ends it before. A row is touched at most
every 5 minutes, and only its full hour of expiry is in the clear.
"""

import base64
import binascii
import json
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from accounts import queries
from accounts.models import Account, Attendant, Returner, Staff, WebSession
from core.clock import hour_of
from core.crypto import CannotUnseal, seal, tag, unseal
from core.db import db

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
OWN_DEVICE = timedelta(days=30)
ATTENDING = timedelta(hours=3)
TOUCH_EVERY = timedelta(minutes=5)

Kind = Literal["student", "staff", "returner", "trusted"]


@dataclass(frozen=True)
class SignedIn:
    """What a token opens: who it is, since when, and what else travels with the session.

    `words`, and the hash of the `ticket` that they came with, only while a new student has not confirmed
    them.
    """

    kind: Kind
    person: str
    epoch: int
    started_at: float
    touched_at: float
    data_key: str = ""
    is_own_device: bool = False
    words: tuple[str, ...] = ()
    asked: tuple[int, ...] = ()
    ticket: str = ""

    def expires_at(self) -> datetime:
        """When this session ends if nothing more happens."""
        started = datetime.fromtimestamp(self.started_at, UTC)
        if self.kind == "trusted":
            return started + ATTENDING
        if self.is_own_device:
            return started + OWN_DEVICE
        return min(datetime.fromtimestamp(self.touched_at, UTC) + IDLE, started + LONGEST)


def sign_in(
    person: Account | Staff | Returner | Attendant,
    *,
    now: datetime,
    data_key: bytes = b"",
    is_own_device: bool = False,
    words: tuple[str, ...] = (),
    asked: tuple[int, ...] = (),
    ticket: bytes = b"",
) -> str:
    """Open a session, in the caller's transaction. Returns the token for the cookie."""
    signed_in = SignedIn(
        kind=_kind_of(person),
        person=person.opens if isinstance(person, Returner | Attendant) else person.id,
        epoch=person.mark if isinstance(person, Returner | Attendant) else person.epoch,
        started_at=now.timestamp(),
        touched_at=now.timestamp(),
        data_key=data_key.hex(),
        is_own_device=is_own_device,
        words=words,
        asked=asked,
        ticket=ticket.hex(),
    )
    token = secrets.token_bytes(32)
    db.session.add(
        WebSession(token_hash=_hash(token), sealed=_seal(token, signed_in), expires_at=_row_expiry(signed_in))
    )
    return base64.urlsafe_b64encode(token).decode()


def _kind_of(person: Account | Staff | Returner | Attendant) -> Kind:
    if isinstance(person, Attendant):
        return "trusted"
    if isinstance(person, Returner):
        return "returner"
    return "staff" if isinstance(person, Staff) else "student"


def find_session(token_text: str, *, now: datetime) -> SignedIn | None:
    """Whom a cookie's token opens, or None when it is unknown, over, or not a token."""
    token = _decode(token_text)
    row = queries.web_session(_hash(token)) if token else None
    if row is None or token is None:
        return None
    try:
        fields = json.loads(unseal(token, row.sealed, aad=b"web session"))
    except CannotUnseal:
        return None
    signed_in = SignedIn(**(fields | {"words": tuple(fields["words"]), "asked": tuple(fields["asked"])}))
    return signed_in if signed_in.expires_at() > now else None


def needs_touch(signed_in: SignedIn, *, now: datetime) -> bool:
    """Whether the idle clock must be moved on."""
    return now - datetime.fromtimestamp(signed_in.touched_at, UTC) > TOUCH_EVERY


def touch(token_text: str, signed_in: SignedIn, *, now: datetime) -> None:
    """Move the idle clock on, in the caller's transaction."""
    token = _decode(token_text)
    row = queries.web_session(_hash(token)) if token else None
    if row is None or token is None:
        return
    touched = replace(signed_in, touched_at=now.timestamp())
    row.sealed, row.expires_at = _seal(token, touched), _row_expiry(touched)


def sign_out(token_text: str) -> None:
    """End a session, in the caller's transaction. Unknown tokens are nothing to end."""
    token = _decode(token_text)
    row = queries.web_session(_hash(token)) if token else None
    if row is not None:
        db.session.delete(row)


def _decode(text: str) -> bytes | None:
    try:
        token = base64.b64decode(text, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return token if len(token) == 32 else None


def _hash(token: bytes) -> bytes:
    return tag(token, "web session row")


def _seal(token: bytes, signed_in: SignedIn) -> bytes:
    return seal(token, json.dumps(asdict(signed_in)).encode().ljust(600), aad=b"web session")


def _row_expiry(signed_in: SignedIn) -> datetime:
    return hour_of(signed_in.expires_at()) + timedelta(hours=1)

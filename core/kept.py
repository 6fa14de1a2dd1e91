"""What somebody typed before they could send it: a visitor who still has to join, a person whose sign-in ran
out.

The fields lie sealed under a random token in a short-lived row; the token is only in the person's cookie.
When they come back to the form, it is filled again.
"""

import base64
import json
import secrets
from datetime import datetime, timedelta

from flask import session

from core import queries
from core.crypto import CannotUnseal, seal, tag, unseal
from core.db import db, transaction
from core.models import KeptForm
from core.places import is_of_place, place_mark

KEPT_FOR = timedelta(hours=2)
COOKIE_FIELD = "kept"
NEVER_KEPT = {
    "csrf_token",
    "password",
    "passphrase",
    "otp",
    "submission_id",
    "code",
    "altcha",
    "issued",
    "word_one",
    "word_two",
}


def keep_form(path: str, fields: dict[str, list[str]], *, now: datetime) -> None:
    """Keep the fields of the form at `path` for two hours.

    Secrets are never kept. Opens its own transaction.
    """
    kept = {name: values for name, values in fields.items() if name not in NEVER_KEPT}
    token = secrets.token_bytes(32)
    sealed = seal(token, json.dumps({"path": path, "fields": kept}).encode(), aad=b"kept form")
    with transaction():
        place = place_mark(path)
        db.session.add(KeptForm(key=_key(token), place=place, sealed=sealed, expires_at=now + KEPT_FOR))
    session[COOKIE_FIELD] = base64.urlsafe_b64encode(token).decode()


def kept_form(path: str, *, now: datetime) -> dict[str, list[str]] | None:
    """The fields that this browser left at `path`, or None."""
    row, token = _row_of_browser()
    if row is None or token is None or row.expires_at < now:
        return None
    try:
        kept = json.loads(unseal(token, row.sealed, aad=b"kept form"))
    except CannotUnseal:
        return None
    fields: dict[str, list[str]] = kept["fields"]
    return fields if kept["path"] == path else None


def kept_path() -> str | None:
    """The path of the form that this browser left, or None."""
    row, token = _row_of_browser()
    if row is None or token is None:
        return None
    try:
        path: str = json.loads(unseal(token, row.sealed, aad=b"kept form"))["path"]
    except CannotUnseal:
        return None
    return path


def forget_kept_form() -> None:
    """Delete what this browser left, in the caller's transaction: it was sent."""
    row, _ = _row_of_browser()
    if row is not None:
        db.session.delete(row)
    session.pop(COOKIE_FIELD, None)


def forget_forms_left_at(path: str) -> int:
    """Delete what any browser left at a page, in the caller's transaction: words were taken out of the text
    that is written there. Gives how many. Raises KeysMissing.
    """
    rows = [row for row in queries.placed_forms() if is_of_place(row.place or b"", path)]
    for row in rows:
        db.session.delete(row)
    return len(rows)


def _row_of_browser() -> tuple[KeptForm | None, bytes | None]:
    text = session.get(COOKIE_FIELD)
    if not isinstance(text, str):
        return None, None
    try:
        token = base64.urlsafe_b64decode(text)
    except ValueError:
        return None, None
    return queries.kept_form(_key(token)), token


def _key(token: bytes) -> bytes:
    return tag(token, "kept form row")

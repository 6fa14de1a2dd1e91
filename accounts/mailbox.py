"""A student's notices.

Each entry holds all that its text needs, because the packages that wrote it may not be asked again.

`kind` names the template that puts it into words: `templates/<package>/notices/<name>.html` for kind
"<package>.<name>".
"""

import secrets
from datetime import datetime
from typing import Any

from accounts.blobs import read_blob, write_blob
from accounts.models import Account
from core.clock import hour_of

KEPT_AT_MOST = 200


def deliver(account: Account, kind: str, data: dict[str, Any], *, now: datetime, key: str = "") -> None:
    """Put a notice into the mailbox, in the caller's transaction. The same `key` is delivered once."""
    entries = read_blob(account, "mailbox")
    key = key or secrets.token_hex(8)
    if any(entry["key"] == key for entry in entries):
        return
    entries.append({"key": key, "kind": kind, "data": data, "at": hour_of(now).isoformat(), "is_read": False})
    write_blob(account, "mailbox", entries[-KEPT_AT_MOST:])
    account.unread = sum(not entry["is_read"] for entry in entries)


def notices(account: Account) -> list[dict[str, Any]]:
    """The notices, newest first."""
    return list(reversed(read_blob(account, "mailbox")))


def mark_all_read(account: Account) -> None:
    """The student has seen their notices. In the caller's transaction."""
    entries = [entry | {"is_read": True} for entry in read_blob(account, "mailbox")]
    write_blob(account, "mailbox", entries)
    account.unread = 0

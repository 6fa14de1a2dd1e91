"""How a moderator may recognise an author without knowing who it is: a handle that changes every month.

The handle is made when a text arrives, while the account is known, and lies sealed on the queue item. What
happened to the handle's texts this month lies in a sealed list, found by a keyed hash.
"""

from datetime import datetime
from typing import Any

from core.crypto import tag
from core.db import db, transaction
from core.ids import ALPHABET
from core.keys import keyring
from moderation import queries
from moderation.models import Decision, QueueItem
from moderation.promises.models import HandleMonth

LENGTH = 6


def month_of(moment: datetime) -> str:
    """For example "2026-11"."""
    return f"{moment:%Y-%m}"


def handle_for(account_id: str, *, now: datetime) -> str:
    """Six characters that stand for an author this month, and for nobody next month."""
    digest = tag(keyring().server_key("handle"), month_of(now), account_id)
    return "".join(ALPHABET[byte % 32] for byte in digest[:LENGTH])


def note_decision(item: QueueItem, decision: Decision, *, now: datetime) -> None:
    """Add a decision to the month of the author's handle, in the caller's transaction."""
    if item.handle is None:
        return
    entry = {
        "item": item.id,
        "conduct": decision.conduct.value,
        "risk": decision.risk.value,
        "day": now.date().isoformat(),
    }
    key, month = _key(item.handle, now), month_of(now)
    row = queries.handle_month(key)
    if row is None:
        db.session.add(HandleMonth(key=key, month=month, entries=[entry]))
    else:
        row.entries = [*row.entries, entry]


def moderated_this_month(item: QueueItem, *, now: datetime) -> list[dict[str, Any]]:
    """What was decided about this author's texts this month, oldest first."""
    row = queries.handle_month(_key(item.handle, now)) if item.handle is not None else None
    return row.entries if row is not None else []


def forget_old_months(now: datetime) -> int:
    """A job: what a handle of an earlier month met can be asked by nobody any more, and is deleted.

    Gives how many.
    """
    with transaction():
        return queries.delete_handle_months_before(month_of(now))


def _key(handle: str, now: datetime) -> bytes:
    return tag(keyring().server_key("handle month"), month_of(now), handle)

"""Leaving: a web session ends, or all sessions of a member of staff.

Whatever else a member of staff holds is let go in the same transaction. What that is, this package does not
know: it calls what the composition root joined.
"""

import contextlib
from collections.abc import Callable
from datetime import datetime

from flask import current_app

from accounts.models import Staff
from accounts.websessions import find_session, sign_out
from core.keys import KeysMissing


def end_session(token: str, *, now: datetime) -> None:
    """End a web session, in the caller's transaction. Unknown tokens are nothing to end."""
    opened = find_session(token, now=now)
    sign_out(token)
    if opened is not None and opened.kind == "staff":
        # Without the keys leaving works all the same: what was held lapses by itself.
        with contextlib.suppress(KeysMissing):
            let_go(opened.person, now=now)


def end_all_sessions(staff: Staff, *, now: datetime) -> None:
    """End every web session of a member of staff, in the caller's transaction, on a locked row."""
    staff.epoch += 1
    let_go(staff.id, now=now)


def let_go(staff_id: str, *, now: datetime) -> None:
    """Let go of what this person holds elsewhere."""
    free: Callable[[str, datetime], None] = current_app.extensions["stoa_staff_left"]
    free(staff_id, now)

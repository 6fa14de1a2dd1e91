"""Sending the same form twice creates once.

Each form that creates something carries a random `submission_id`. What it made is remembered for a day under
a keyed hash of the id and of who sent it.
"""

from datetime import datetime, timedelta

from core import queries
from core.crypto import tag
from core.db import db
from core.keys import keyring
from core.models import Submission

REMEMBERED_FOR = timedelta(days=1)


def earlier_result(submission_id: str, *, sender: str) -> str | None:
    """Where the same submission led the first time, or None.

    Inside `transaction()`, before creating anything.
    """
    if not submission_id:
        return None
    key = _key(submission_id, sender)
    queries.wait_for_submission(key)
    found = queries.submission(key)
    return found.location if found else None


def remember_result(submission_id: str, *, sender: str, location: str, now: datetime) -> None:
    """Remember, in the transaction that created it, the path to what a submission made."""
    if submission_id:
        db.session.add(
            Submission(key=_key(submission_id, sender), location=location, expires_at=now + REMEMBERED_FOR)
        )


def _key(submission_id: str, sender: str) -> bytes:
    return tag(keyring().server_key("submission"), sender, submission_id)

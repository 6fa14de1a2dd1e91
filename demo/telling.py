"""What students of the demo are told, and what of it they have read.

The worker tells it in a forum that is lived in. Here weeks happen in one transaction, so each notice is given
when its time has come, and not all of them on the evening on which somebody opens the demo.
"""

from datetime import datetime

from accounts.mailbox import mark_all_read
from core.db import db
from core.queries import due_outbox_rows
from counselling.notices import deliver_case_notices
from demo.cast import Cast, Doing, Facts
from moderation.appeals.notices import send_appeal_notices, send_sanction_notices
from moderation.notices import send_notices

TOLD = {
    "notice": send_notices,
    "appeal_notice": send_appeal_notices,
    "sanction_notice": send_sanction_notices,
    "case_notice": deliver_case_notices,
}


def tell_students(now: datetime) -> None:
    """Give students what is due by now, each at its own time. In the caller's transaction."""
    while rows := [row for row in due_outbox_rows(now, limit=1, first=tuple(TOLD)) if row.kind in TOLD]:
        for row in rows:
            TOLD[row.kind]([row.payload], row.due_at)
            db.session.delete(row)
        db.session.flush()


def _look(cast: Cast, _key: str, step: Facts, _at: datetime) -> None:
    """A student comes by and reads everything that they were told."""
    mark_all_read(cast.student(step["by"]))


STEPS: dict[str, Doing] = {"look": _look}

"""Whether somebody may write or react at this moment, and what they are told when they may not.

A step of moderation closes posting, and nothing else: reading, crisis help, counsellors, appeals, reports and
taking one's data along stay open. Whoever may be in danger is never sent away with their text.
"""

from datetime import datetime

from flask_babel import format_datetime
from flask_babel import gettext as _

from accounts.models import Account
from core.refusals import Refusal
from forum.gate import Barrier, gate


class NotAtThisPace(Refusal):
    """One post an hour, and the hour is not over."""

    status = 429
    template = "forum/may_not_write.html"

    def __init__(self, barrier: Barrier, *, now: datetime) -> None:
        super().__init__(barrier, until=barrier.until)
        self.retry_after = max(1, int((barrier.until - now).total_seconds())) if barrier.until else 3600

    @property
    def sentence(self) -> str:
        return _(
            "For now you can post once an hour. Your text is below: keep it, and send it a little later."
        )


class PausedFromWriting(Refusal):
    """Posting is closed for this student, until a time or without one."""

    status = 403
    template = "forum/may_not_write.html"

    def __init__(self, barrier: Barrier) -> None:
        super().__init__(barrier, until=barrier.until)
        self.until = barrier.until

    @property
    def sentence(self) -> str:
        if self.until is None:
            return _(
                "You cannot post here any more. You can still read, and everything below stays open to you."
            )
        at = format_datetime(self.until, "d MMMM, HH:mm z")
        return _(
            "You cannot post here until %(at)s. You can still read, and everything below stays open.", at=at
        )


def require_leave(account: Account, text: str | None, *, now: datetime) -> None:
    """Refuse a text, or, with None, a reaction, that a step keeps back; where it would be taken.

    Raises NotAtThisPace, PausedFromWriting.
    """
    barrier = gate().may_write(account, text, now=now)
    if barrier is None:
        return
    raise NotAtThisPace(barrier, now=now) if barrier.is_slow else PausedFromWriting(barrier)

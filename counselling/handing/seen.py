"""What a second has read of letters that their colleague has not.

The mark on a letter is for whoever answers in the case: it clears their list, and a second must not clear it.
That a second has read is a line in the audit log, so that a letter is taken back only while nobody has read
it.
"""

from datetime import datetime

from accounts.models import Staff
from core.audit import record_event
from core.queries import latest_audit_event
from counselling import queries
from counselling.models import AuthorKind, Case, CaseMessage, MessageKind

LETTERS_READ = "letters_read"


def can_be_taken_back(message: CaseMessage, *, seen: int) -> bool:
    """Whether its student may still take a letter back, where somebody has read up to the letter `seen`."""
    is_own = message.author_kind is AuthorKind.STUDENT and message.kind is MessageKind.LETTER
    is_unread = message.read_at is None and message.number > seen
    return is_own and is_unread and message.withdrawn_at is None


def seen_up_to(case: Case) -> int:
    """The number of the newest letter that a second had before them while its owner had not, or 0."""
    event = latest_audit_event(kind=LETTERS_READ, target=f"case:{case.id}")
    return int(event.detail["up_to"]) if event is not None else 0


def newest_unseen(case: Case) -> int | None:
    """The number of the newest letter that nobody has read, not even a second; None where there is none."""
    seen = seen_up_to(case)
    waiting = [one.number for one in queries.messages(case.id) if can_be_taken_back(one, seen=seen)]
    return max(waiting, default=None)


def note_seen(case: Case, *, reader: Staff, now: datetime) -> None:
    """A second has all letters before them, on a locked case."""
    newest = newest_unseen(case)
    if newest is not None:
        detail = {"up_to": newest}
        record_event(LETTERS_READ, actor=reader.actor, target=f"case:{case.id}", detail=detail, now=now)

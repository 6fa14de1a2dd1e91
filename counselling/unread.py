"""What was written in a case and has not been before the other side.

A letter or a line carries a mark of its own; a further text from the forum carries it in the promise to
answer it. A page marks what it shows and nothing else: a letter that came while somebody was in another room
of the case still waits for them, and closing the case does not keep what was promised for it.
"""

from datetime import datetime
from enum import StrEnum

from counselling import queries
from counselling.live import queries as live_queries
from counselling.models import AuthorKind, Case, Obligation
from counselling.sealing import reason_of, set_reason


class Shows(StrEnum):
    """What a page shows of the words of the other side."""

    NOTHING = "nothing"
    CONVERSATION = "conversation"  # every letter, and every line of a talk
    TALK = "talk"  # the lines of the talk that goes on
    TEXTS = "texts"  # those from the forum


def unread_texts(case: Case) -> list[Obligation]:
    """The promises to answer a further text that nobody who answers in the case has read as it is now."""
    promised = queries.unsettled_obligations(case.id)
    return [one for one in promised if text_of(case, one) and not reason_of(case, one).get("read")]


def text_of(case: Case, promised: Obligation) -> str:
    """The id of the escalation whose text a promise is about, or ""."""
    return str(reason_of(case, promised).get("escalation", ""))


def has_news(case: Case, side: AuthorKind, shows: Shows) -> bool:
    """Whether a page that shows this has words of this side that have not been read."""
    match shows:
        case Shows.TEXTS:
            return bool(unread_texts(case))
        case Shows.CONVERSATION:
            return queries.has_unread(case.id, side)
        case Shows.TALK:
            talk = live_queries.current_session(case.id)
            return talk is not None and queries.has_unread(case.id, side, talk=talk.id)
        case Shows.NOTHING:
            return False


def note_shown(case: Case, side: AuthorKind, shows: Shows, *, now: datetime) -> None:
    """Those words are before whoever reads, on a locked case. What was promised stays."""
    match shows:
        case Shows.TEXTS:
            for promised in unread_texts(case):
                set_reason(case, promised, reason_of(case, promised) | {"read": True})
        case Shows.CONVERSATION:
            queries.mark_read(case.id, side, now)
        case Shows.TALK:
            talk = live_queries.current_session(case.id)
            if talk is not None:
                queries.mark_read(case.id, side, now, talk=talk.id)

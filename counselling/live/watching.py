"""What an open page of a live session asks again and again, or hears from a stream: which session, in which
state, the number of its last line, when it is planned to end, and whether the other side is there, and those
whom the student brings.

Numbers, times and states, and never a word of a line: the page fetches those by number.
"""

from datetime import datetime
from typing import Any

from counselling import queries as case_queries
from counselling.live import queries
from counselling.live.models import LiveSession, LiveState
from counselling.live.places import place_of
from counselling.live.presence import is_here, is_quiet, other_side, seen_at
from counselling.models import AuthorKind
from counselling.trusted.people import look_at_people

NO_SESSION = "none"


def look_at_live(case_id: str, side: AuthorKind, *, now: datetime) -> dict[str, Any]:
    """The state of a case's live session for one side. Writes nothing.

    The same state has the same words at any moment: times stand in it as they are, and nothing counts on.
    """
    session = queries.current_session(case_id)
    if session is None:
        return {"session": None, "state": NO_SESSION, "last": 0}
    last, said_at = queries.numbers_of(session.id)
    state: dict[str, Any] = {
        "session": session.id,
        "state": session.state.value,
        "last": last,
        "ends": _written(session.planned_end_at),
        "version": session.version,
        "other": _other(session, side, now=now),
        "people": look_at_people(session, now=now),
    }
    if side is AuthorKind.PROFESSIONAL:
        state["quiet"] = is_quiet(session, said_at=said_at, now=now)
    elif session.state is LiveState.WAITING:
        state["before"] = _before(session, now=now)
    return state


def _other(session: LiveSession, side: AuthorKind, *, now: datetime) -> dict[str, Any]:
    seen = seen_at(session, other_side(side))
    here = is_here(seen, now=now)
    return {"here": here, "since": None if here else _written(seen)}


def _before(session: LiveSession, *, now: datetime) -> int:
    case = case_queries.case(session.case_id)
    return place_of(case, session, now=now).before if case is not None else 0


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None

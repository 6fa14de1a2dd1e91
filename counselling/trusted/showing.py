"""What somebody sees whom a student brought into a live talk: who is there, and what was said since then.

Nothing else of the case: not its letters, not the name of the student in the forum, not who the professional
is. They know who invited them, and that is what the page goes by.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from counselling.live.models import LiveState
from counselling.live.presence import is_here, is_paused
from counselling.live.watching import NO_SESSION
from counselling.models import AuthorKind
from counselling.showing import LetterView, view_messages
from counselling.trusted import queries
from counselling.trusted.joining import Attended
from counselling.trusted.people import PersonView, look_at_people, people_of

LINES_AT_ONCE = 100
MOST_LINES = 2_000
OVER: dict[str, Any] = {"session": None, "state": NO_SESSION, "last": 0}


@dataclass(frozen=True)
class TrustedView:
    """A live talk as somebody whom the student brought sees it."""

    state: LiveState
    person_id: str
    own_name: str
    others: Sequence[PersonView]
    student_here: bool
    professional_here: bool
    is_paused: bool
    lines: Sequence[LetterView]
    told: Sequence[str]
    ends_at: datetime | None

    @property
    def last(self) -> int:
        """The number of the last line that is shown."""
        return self.lines[-1].number if self.lines else 0


def view_as_trusted(found: Attended, *, now: datetime) -> TrustedView:
    """Put together what they see."""
    session, person = found.session, found.person
    people = people_of(found.case, session, now=now)
    return TrustedView(
        state=session.state,
        person_id=person.id,
        own_name=next(one.name for one in people if one.id == person.id),
        others=[one for one in people if one.is_in and one.id != person.id],
        student_here=is_here(session.student_seen_at, now=now),
        professional_here=is_here(session.staff_seen_at, now=now),
        is_paused=is_paused(session, now=now),
        lines=lines_for(found, after=0, limit=MOST_LINES, now=now),
        told=_told(found, now=now),
        ends_at=session.planned_end_at,
    )


def lines_for(found: Attended, *, after: int, limit: int, now: datetime) -> list[LetterView]:
    """The lines behind a number, from their coming in; none while the talk waits for the student."""
    begin = _begin(found)
    if found.session.state is not LiveState.OPEN or is_paused(found.session, now=now) or begin is None:
        return []
    lines = queries.lines_heard(found.session.id, after=max(after, begin), limit=limit)
    return [_as_heard(one, own=found.person.id) for one in view_messages(found.case, lines)]


def look_as_trusted(found: Attended, *, now: datetime) -> dict[str, Any]:
    """What an open page of theirs asks again and again: numbers, times and states. Writes nothing."""
    session, begin = found.session, _begin(found)
    is_told = session.state is LiveState.OPEN and not is_paused(session, now=now) and begin is not None
    return {
        "session": found.person.id,
        "state": session.state.value,
        "last": queries.last_heard(session.id, after=begin or 0) if is_told else 0,
        "ends": session.planned_end_at.isoformat() if session.planned_end_at is not None else None,
        "version": 0,
        "people": _told(found, now=now),
    }


def _begin(found: Attended) -> int | None:
    return found.person.reads_from - 1 if found.person.reads_from is not None else None


def _told(found: Attended, *, now: datetime) -> list[str]:
    """Who is there: the two sides, and those who are in. Who is only invited is not told to the others."""
    sides = {"student": found.session.student_seen_at, "counsellor": found.session.staff_seen_at}
    told = [f"{side}:{'here' if is_here(seen, now=now) else 'away'}" for side, seen in sides.items()]
    return told + [one for one in look_at_people(found.session, now=now) if ":joined:" in one]


def _as_heard(line: LetterView, *, own: str) -> LetterView:
    """A line without the names that only student and professional use, and without what is for them."""
    names = {AuthorKind.STUDENT: _("The student"), AuthorKind.PROFESSIONAL: _("The counsellor")}
    byline = _("You") if line.trusted_id == own else names.get(line.side, line.byline)
    return replace(line, byline=byline, staff_id=None, feelings=(), may_be_withdrawn=False)

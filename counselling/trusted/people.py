"""Who is there, besides the student and the professional: as names for a page, and as ids and states for what
an open page asks again and again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from counselling.live.models import LiveSession
from counselling.live.presence import SEEN_EVERY, is_here, is_paused
from counselling.models import Case
from counselling.trusted import queries
from counselling.trusted.models import TrustedPerson, TrustedState
from counselling.trusted.names import link_of, name_of, reason_of
from counselling.trusted.states import OVER

PAUSED = "paused"


@dataclass(frozen=True)
class PersonView:
    """Somebody whom the student brings, as student and professional see them. `link` is the token, on the
    student's own page about them.
    """

    id: str
    name: str
    state: TrustedState
    is_here: bool
    link: str = ""
    reason: str = ""

    @property
    def is_in(self) -> bool:
        return self.state is TrustedState.JOINED

    @property
    def is_over(self) -> bool:
        return self.state in OVER


def people_of(
    case: Case, session: LiveSession, *, now: datetime, with_links: bool = False
) -> list[PersonView]:
    """Everybody who was asked into a session, and how that stands."""
    return [
        PersonView(
            id=one.id,
            name=name_of(case, one),
            state=one.state,
            is_here=_is_in_sight(one, now=now),
            link=link_of(case, one) if with_links else "",
            reason=reason_of(case, one),
        )
        for one in queries.persons_of_session(session.id)
    ]


def told_people(people: Sequence[PersonView], *, waits: bool) -> list[str]:
    """The same for an open page: ids and states, and whether they wait for the student."""
    told = [_told(one.id, one.state, is_here=one.is_here) for one in people]
    return [*told, PAUSED] if waits and any(one.is_in for one in people) else told


def look_at_people(session: LiveSession, *, now: datetime) -> list[str]:
    """The same without opening a name. Writes nothing."""
    found = queries.persons_of_session(session.id)
    told = [_told(one.id, one.state, is_here=_is_in_sight(one, now=now)) for one in found]
    waits = any(one.state is TrustedState.JOINED for one in found) and is_paused(session, now=now)
    return [*told, PAUSED] if waits else told


def needs_mark(person: TrustedPerson, *, now: datetime) -> bool:
    """Whether it is time to write down again that somebody is there."""
    return person.seen_at is None or now - person.seen_at >= SEEN_EVERY


def _is_in_sight(person: TrustedPerson, *, now: datetime) -> bool:
    return person.state is TrustedState.JOINED and is_here(person.seen_at, now=now)


def _told(person_id: str, state: TrustedState, *, is_here: bool) -> str:
    return f"{person_id}:{state}:{'here' if is_here else 'away'}"

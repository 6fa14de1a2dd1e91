"""What the pages of a live session show, and the lines that an open page fetches by number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from counselling import queries as case_queries
from counselling.live import queries
from counselling.live.cut_off import CutOff, cut_off_of
from counselling.live.models import LiveSession, LiveState
from counselling.live.places import Place, place_of
from counselling.live.presence import is_here, is_paused, is_quiet, other_side, seen_at
from counselling.live.watching import NO_SESSION
from counselling.models import AuthorKind, Case, Encounter, Obligation, ObligationKind
from counselling.showing import LetterView, view_messages
from counselling.trusted.people import PersonView, people_of, told_people
from moderation.bands import Band

LINES_AT_ONCE = 100
MOST_LINES = 2_000


@dataclass(frozen=True)
class LiveView:
    """A live session as one side sees it. `session` is None when none goes on; then `ended` is the last."""

    session: LiveSession | None
    ended: LiveSession | None
    lines: Sequence[LetterView]
    agreed: CutOff
    place: Place | None
    promise: Obligation | None
    other_here: bool
    other_seen_at: datetime | None
    is_quiet: bool
    shows_help: bool
    encounter: Encounter | None
    brought: Sequence[PersonView] = ()
    is_paused: bool = False

    @property
    def state(self) -> str:
        return self.session.state.value if self.session is not None else NO_SESSION

    @property
    def last(self) -> int:
        """The number of the last line that is shown."""
        return self.lines[-1].number if self.lines else 0

    @property
    def people(self) -> list[str]:
        """Whom the student brings, as ids and states."""
        return told_people(self.brought, waits=self.is_paused)

    @property
    def is_invitation(self) -> bool:
        """Whether the professional waits for the student, and not the other way round."""
        return self.session is not None and self.session.asked_by is AuthorKind.PROFESSIONAL

    def left(self, now: datetime) -> timedelta:
        """How long until the planned end; nothing once it is over."""
        end = self.session.planned_end_at if self.session is not None else None
        return max(end - now, timedelta()) if end is not None else timedelta()


def view_live(case: Case, side: AuthorKind, *, now: datetime) -> LiveView:
    """Put together what this side sees, once it was found that they may."""
    session = queries.current_session(case.id)
    shown = session or queries.last_session(case.id)
    waits = session is not None and session.state is LiveState.WAITING
    seen = seen_at(session, other_side(side)) if session is not None else None
    return LiveView(
        session=session,
        ended=shown if session is None else None,
        lines=view_lines(case, session, after=0, limit=MOST_LINES) if session is not None else (),
        agreed=cut_off_of(case, shown) if shown is not None else CutOff(),
        place=place_of(case, session, now=now) if session is not None and waits else None,
        promise=case_queries.open_obligation(case.id, ObligationKind.LIVE_ASKED),
        other_here=is_here(seen, now=now),
        other_seen_at=seen,
        is_quiet=session is not None
        and is_quiet(session, said_at=queries.numbers_of(session.id)[1], now=now),
        shows_help=case.band.rank <= Band.RED.rank,
        encounter=case_queries.open_encounter(case.id),
        brought=people_of(case, session, now=now) if session is not None else (),
        is_paused=session is not None and is_paused(session, now=now),
    )


def view_lines(case: Case, session: LiveSession, *, after: int, limit: int) -> list[LetterView]:
    """The lines of a session behind a number, opened and rendered."""
    return view_messages(case, queries.lines(session.id, after=after, limit=limit))


def lines_after(case: Case, after: int) -> tuple[list[LetterView], bool]:
    """Some lines of the session that goes on, or of the last one, and whether there are more."""
    session = queries.last_session(case.id)
    if session is None:
        return [], False
    found = view_lines(case, session, after=after, limit=LINES_AT_ONCE + 1)
    return found[:LINES_AT_ONCE], len(found) > LINES_AT_ONCE

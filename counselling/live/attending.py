"""What happens to live sessions that somebody has dropped out of: a line that is down, an empty battery, a
tab that was closed.

Where the professional is the one who writes then, that becomes a promise with the agreed time. What was said
before anybody noticed that they are gone is promised an answer, as soon as its words call for it. A session
that both have left long ago ends by itself, so that the next one can begin; whoever waits keeps their place
for half a day.
"""

from datetime import datetime, timedelta

from core.crypto import CannotUnseal
from core.db import transaction
from core.keys import KeysMissing
from core.unreadable import note_damage
from counselling import queries as case_queries
from counselling.live import queries
from counselling.live.cut_off import cut_off_of
from counselling.live.models import LiveSession, LiveState
from counselling.live.presence import seen_at
from counselling.live.sessions import end_live, promise_to_unread
from counselling.models import AuthorKind, Case, ObligationKind
from counselling.obligations import promise_by

CUT_OFF_AFTER = timedelta(minutes=3)
FORGOTTEN_AFTER = timedelta(minutes=30)
PLACE_KEPT_FOR = timedelta(hours=12)


def look_after_live_sessions(now: datetime) -> None:
    """A job: promise what was agreed for a session that was cut off, and end what nobody attends.

    Opens a transaction for each session.
    """
    for session in queries.unattended_sessions(now - CUT_OFF_AFTER):
        case_id = session.case_id
        try:
            _attend(case_id, now=now)
        except CannotUnseal:  # this one is shown to staff as damaged; the others are looked after
            note_damage(f"case:{case_id}")
        except KeysMissing:  # nobody can open a case now; what is promised in it climbs all the same
            return


def _attend(case_id: str, *, now: datetime) -> None:
    with transaction():
        case = case_queries.case(case_id, locked=True)
        session = queries.current_session(case_id, locked=True)
        if case is None or session is None or case.wrapped_key is None:
            return
        if is_cut_off(session, now=now):
            promise_what_was_agreed(case, session, now=now)
        if is_unheard(session, now=now):
            promise_to_unread(case, session, now=now)
        if is_forgotten(session, now=now):
            end_live(case, by=None, now=now)


def is_cut_off(session: LiveSession, *, now: datetime) -> bool:
    """Whether a talk goes on and one side has not been there for minutes."""
    seen = (session.student_seen_at, session.staff_seen_at)
    return session.state is LiveState.OPEN and any(
        one is not None and now - one >= CUT_OFF_AFTER for one in seen
    )


def is_unheard(session: LiveSession, *, now: datetime) -> bool:
    """Whether a talk goes on in which the professional has not been there for minutes: who waits for the talk
    to end before they look whether something was said, may look too late.
    """
    seen = session.staff_seen_at
    return session.state is LiveState.OPEN and (seen is None or now - seen >= CUT_OFF_AFTER)


def is_forgotten(session: LiveSession, *, now: datetime) -> bool:
    """Whether nobody comes back to this session."""
    if session.state is LiveState.WAITING:
        waited_for = seen_at(session, session.asked_by) or session.asked_at
        return now - waited_for >= PLACE_KEPT_FOR
    seen = [one for one in (session.student_seen_at, session.staff_seen_at) if one is not None]
    return now - max([*seen, session.planned_end_at or session.asked_at]) >= FORGOTTEN_AFTER


def promise_what_was_agreed(case: Case, session: LiveSession, *, now: datetime) -> None:
    """Where the professional writes when the line drops, they have promised to. Once, until it
    was kept or missed.
    """
    agreed = cut_off_of(case, session)
    if agreed.who is not AuthorKind.PROFESSIONAL:
        return
    if case_queries.open_obligation(case.id, ObligationKind.LIVE_CUT_OFF) is not None:
        return
    promise_by(
        case,
        ObligationKind.LIVE_CUT_OFF,
        due_at=now + agreed.within,
        band=case.band,
        now=now,
    )

"""Who is there: when each side's page was last open before somebody, and when a talk has gone quiet.

A page that is in sight says so every quarter of a minute, and that is all that is written; what pages ask
again and again by themselves writes nothing.
"""

from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l

from counselling.live.models import LiveSession, LiveState
from counselling.models import AuthorKind

SEEN_EVERY = timedelta(seconds=15)
AWAY_AFTER = timedelta(seconds=45)
QUIET_AFTER = timedelta(minutes=3)
# What the professional could say then.
QUIET_WORDS = (
    _l("Take your time. I am here."),
    _l("It is all right not to know what to say. Shall we go on with something small?"),
    _l("Are you still there? If you would rather stop, that is fine: you can write to me at any time."),
)


def seen_at(session: LiveSession, side: AuthorKind) -> datetime | None:
    """When this side was last there."""
    return session.student_seen_at if side is AuthorKind.STUDENT else session.staff_seen_at


def other_side(side: AuthorKind) -> AuthorKind:
    """Whom this side talks with."""
    return AuthorKind.PROFESSIONAL if side is AuthorKind.STUDENT else AuthorKind.STUDENT


def is_here(seen: datetime | None, *, now: datetime) -> bool:
    """Whether somebody who was last seen then counts as there."""
    return seen is not None and now - seen < AWAY_AFTER


def needs_mark(session: LiveSession, side: AuthorKind, *, now: datetime) -> bool:
    """Whether it is time to write down again that this side is there."""
    seen = seen_at(session, side)
    return session.ended_at is None and (seen is None or now - seen >= SEEN_EVERY)


def mark_seen(session: LiveSession, side: AuthorKind, *, now: datetime) -> None:
    """Write down that this side is there, on a locked row."""
    if side is AuthorKind.STUDENT:
        session.student_seen_at = now
    else:
        session.staff_seen_at = now


def is_paused(session: LiveSession, *, now: datetime) -> bool:
    """Whether those whom the student brought read and write nothing for now: the student is not there, and
    the professional is never alone with them.
    """
    return session.state is LiveState.OPEN and not is_here(session.student_seen_at, now=now)


def is_quiet(session: LiveSession, *, said_at: datetime | None, now: datetime) -> bool:
    """Whether the student has said nothing for a while."""
    if session.state is not LiveState.OPEN or session.opened_at is None:
        return False
    return now - max(said_at or session.opened_at, session.opened_at) >= QUIET_AFTER

"""Questions to the database about live sessions and their lines."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select

from core.db import db, for_update
from counselling.live.models import LiveSession, LiveState
from counselling.models import AuthorKind, Case, CaseMessage


def current_session(case_id: str, *, locked: bool = False) -> LiveSession | None:
    """The session of a case that is not over."""
    statement = select(LiveSession).where(LiveSession.case_id == case_id, LiveSession.ended_at.is_(None))
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def last_session(case_id: str) -> LiveSession | None:
    """The session that was asked for last, over or not."""
    statement = (
        select(LiveSession).where(LiveSession.case_id == case_id).order_by(LiveSession.asked_at.desc())
    )
    return db.session.scalars(statement.limit(1)).one_or_none()


def sessions(case_id: str) -> Sequence[LiveSession]:
    statement = select(LiveSession).where(LiveSession.case_id == case_id).order_by(LiveSession.asked_at)
    return db.session.scalars(statement).all()


def line_with_tag(case_id: str, sent_tag: bytes) -> CaseMessage | None:
    statement = select(CaseMessage).where(CaseMessage.case_id == case_id, CaseMessage.sent_tag == sent_tag)
    return db.session.scalars(statement).one_or_none()


def lines(session_id: str, *, after: int, limit: int) -> Sequence[CaseMessage]:
    """The lines of a session behind this number, in order."""
    statement = select(CaseMessage).where(
        CaseMessage.live_session_id == session_id, CaseMessage.number > after
    )
    return db.session.scalars(statement.order_by(CaseMessage.number).limit(limit)).all()


def unread_lines_of_students_side(session_id: str) -> Sequence[CaseMessage]:
    """What the student and those whom they brought said in a session, and no professional has read."""
    statement = select(CaseMessage).where(
        CaseMessage.live_session_id == session_id,
        CaseMessage.author_kind != AuthorKind.PROFESSIONAL,
        CaseMessage.read_at.is_(None),
    )
    return db.session.scalars(statement.order_by(CaseMessage.number)).all()


def numbers_of(session_id: str) -> tuple[int, datetime | None]:
    """The number of the last line, 0 before the first, and when the student said the last of theirs.

    Reads no line: this is what an open page asks again and again.
    """
    last = select(func.max(CaseMessage.number)).where(CaseMessage.live_session_id == session_id)
    said = select(func.max(CaseMessage.sent_at)).where(
        CaseMessage.live_session_id == session_id, CaseMessage.author_kind == AuthorKind.STUDENT
    )
    row = db.session.execute(select(last.scalar_subquery(), said.scalar_subquery())).one()
    return row[0] or 0, row[1]


def waiting_with(owner_id: str | None) -> Sequence[str]:
    """Who waits for the same professional, or for anybody where nobody has the case: the most pressing
    first, and then who came first.
    """
    theirs = Case.owner_id == owner_id if owner_id is not None else Case.owner_id.is_(None)
    statement = (
        select(LiveSession.id)
        .join(Case, Case.id == LiveSession.case_id)
        .where(LiveSession.state == LiveState.WAITING, LiveSession.asked_by == AuthorKind.STUDENT, theirs)
        .order_by(Case.rank, LiveSession.asked_at, LiveSession.id)
    )
    return db.session.scalars(statement).all()


def planned_ends_of(staff_id: str) -> Sequence[datetime]:
    """When the sessions that a professional has open are planned to end."""
    statement = select(LiveSession.planned_end_at).where(
        LiveSession.staff_id == staff_id,
        LiveSession.state == LiveState.OPEN,
        LiveSession.planned_end_at.is_not(None),
    )
    return [moment for moment in db.session.scalars(statement) if moment is not None]


def unattended_sessions(before: datetime) -> Sequence[LiveSession]:
    """Sessions that are not over and that one side has not looked at since then."""
    statement = select(LiveSession).where(
        LiveSession.ended_at.is_(None),
        or_(LiveSession.student_seen_at < before, LiveSession.staff_seen_at < before),
    )
    return db.session.scalars(statement.order_by(LiveSession.asked_at)).all()

"""Questions to the database about trusted persons, and about the lines that they may read."""

from collections.abc import Sequence

from sqlalchemy import func, select

from core.db import db, for_update
from counselling.models import CaseMessage, MessageKind
from counselling.trusted.models import TrustedPerson


def trusted_person(trusted_id: str, *, locked: bool = False) -> TrustedPerson | None:
    statement = select(TrustedPerson).where(TrustedPerson.id == trusted_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def person_with_link(link_tag: bytes) -> TrustedPerson | None:
    statement = select(TrustedPerson).where(TrustedPerson.link_tag == link_tag)
    return db.session.scalars(statement).one_or_none()


def persons_of_session(session_id: str) -> Sequence[TrustedPerson]:
    """Everybody who was ever asked into a live session, in the order in which they were asked."""
    statement = select(TrustedPerson).where(TrustedPerson.live_session_id == session_id)
    statement = statement.order_by(TrustedPerson.asked_at, TrustedPerson.id)
    return db.session.scalars(statement.execution_options(populate_existing=True)).all()


def persons_of_case(case_id: str) -> Sequence[TrustedPerson]:
    statement = select(TrustedPerson).where(TrustedPerson.case_id == case_id)
    return db.session.scalars(statement.order_by(TrustedPerson.asked_at, TrustedPerson.id)).all()


def lines_heard(session_id: str, *, after: int, limit: int) -> Sequence[CaseMessage]:
    """What was said in a session behind this number, in order. What was sent by itself is for the student
    alone.
    """
    statement = select(CaseMessage).where(
        CaseMessage.live_session_id == session_id,
        CaseMessage.kind == MessageKind.LIVE,
        CaseMessage.number > after,
    )
    return db.session.scalars(statement.order_by(CaseMessage.number).limit(limit)).all()


def last_heard(session_id: str, *, after: int) -> int:
    """The number of the last of them, 0 before the first. Reads no line."""
    statement = select(func.max(CaseMessage.number)).where(
        CaseMessage.live_session_id == session_id,
        CaseMessage.kind == MessageKind.LIVE,
        CaseMessage.number > after,
    )
    return db.session.execute(statement).scalar_one() or 0

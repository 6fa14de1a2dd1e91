"""Counselling's questions to the database.

`locked` takes the row for this transaction on PostgreSQL; SQLite's writer has everything anyway.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Select, and_, func, literal, or_, select, update
from sqlalchemy.orm import aliased

from accounts.models import Staff
from accounts.permissions import Role
from core.db import db, for_update
from counselling.models import (
    Assignment,
    AuthorKind,
    Case,
    CaseMessage,
    CaseState,
    Encounter,
    Obligation,
    ObligationKind,
    ObligationState,
)
from moderation.bands import Band

URGENT = (Band.CRISIS, Band.RED)
# Whose words count as one side's: those whom a student brings into a live talk are on the student's.
SIDES = {
    AuthorKind.STUDENT: (AuthorKind.STUDENT, AuthorKind.TRUSTED),
    AuthorKind.PROFESSIONAL: (AuthorKind.PROFESSIONAL,),
}


def case(case_id: str, *, locked: bool = False) -> Case | None:
    statement = select(Case).where(Case.id == case_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def cases_by_ids(case_ids: Sequence[str]) -> Sequence[Case]:
    """Those of these cases whose content still exists, newest first."""
    statement = select(Case).where(Case.id.in_(case_ids), Case.wrapped_key.is_not(None))
    return db.session.scalars(statement.order_by(Case.opened_at.desc())).all()


def open_cases_of_owner(staff_id: str) -> Sequence[Case]:
    statement = select(Case).where(Case.owner_id == staff_id, Case.state != CaseState.CLOSED)
    return db.session.scalars(statement.order_by(Case.rank, Case.opened_at)).all()


def _goes_on() -> ColumnElement[bool]:
    """A case is open, or closed and something in it is still promised."""
    promised = select(Obligation.id).where(Obligation.case_id == Case.id, Obligation.settled_at.is_(None))
    return or_(Case.state != CaseState.CLOSED, promised.exists())


def cases_at_hand(staff_id: str) -> Sequence[Case]:
    """Open cases of a professional, and closed ones in which something is still promised: a letter came
    while they closed.
    """
    statement = select(Case).where(Case.owner_id == staff_id, _goes_on())
    return db.session.scalars(statement.order_by(Case.rank, Case.opened_at)).all()


def closed_cases_of_owner(staff_id: str, *, limit: int) -> Sequence[Case]:
    statement = (
        select(Case)
        .where(Case.owner_id == staff_id, Case.state == CaseState.CLOSED, Case.wrapped_key.is_not(None))
        .order_by(Case.closed_at.desc())
        .limit(limit)
    )
    return db.session.scalars(statement).all()


def cases_of_owner_that_go(staff_id: str) -> Sequence[Case]:
    """Closed cases of a professional whose words go soon, as their students were told; the first to go
    first.
    """
    statement = select(Case).where(
        Case.owner_id == staff_id,
        Case.state == CaseState.CLOSED,
        Case.warned_at.is_not(None),
        Case.wrapped_key.is_not(None),
    )
    return db.session.scalars(statement.order_by(Case.warned_at, Case.closed_at)).all()


def _is_unowned() -> ColumnElement[bool]:
    """Nobody has the case, or somebody who no longer works here as a professional."""
    return or_(Case.owner_id.is_(None), owner_is_gone())


def owner_is_gone() -> ColumnElement[bool]:
    """Whoever has the case left, or works here as something else now: they cannot open it any more."""
    owner = aliased(Staff)
    is_gone = or_(owner.closed_at.is_not(None), owner.role != Role.PROFESSIONAL)
    return select(owner.id).where(owner.id == Case.owner_id, is_gone).exists()


def is_owner_gone(case_id: str) -> bool:
    """Whether a case has an owner who cannot open it any more."""
    statement = select(Case.id).where(Case.id == case_id, owner_is_gone())
    return db.session.execute(statement).first() is not None


def _has_missed_urgent_promise() -> ColumnElement[bool]:
    missed = select(Obligation.id).where(
        Obligation.case_id == Case.id,
        Obligation.state == ObligationState.MISSED,
        Obligation.settled_at.is_(None),
        Obligation.band.in_(URGENT),
    )
    return missed.exists()


def _takeable() -> Select[Any]:
    return select(Case).where(_goes_on(), or_(_is_unowned(), _has_missed_urgent_promise()))


def takeable_cases() -> Sequence[Case]:
    """Cases that any professional may take: without an owner, or with an urgent promise that the owner
    missed.
    """
    return db.session.scalars(_takeable().order_by(Case.rank, Case.opened_at)).all()


def is_takeable(case_id: str) -> bool:
    return db.session.scalars(_takeable().where(Case.id == case_id)).one_or_none() is not None


def _waits_for_an_owner() -> ColumnElement[bool]:
    return and_(Case.owner_id.is_(None), Case.state != CaseState.CLOSED)


def overdue_new_cases(now: datetime) -> Sequence[Case]:
    """Cases that nobody took in time: new ones, and those whose owner had to leave them."""
    statement = select(Case).where(_waits_for_an_owner(), Case.due_at < now)
    return db.session.scalars(for_update(statement, skip_locked=True)).all()


def message(case_id: str, number: int) -> CaseMessage | None:
    statement = select(CaseMessage).where(CaseMessage.case_id == case_id, CaseMessage.number == number)
    return db.session.scalars(statement).one_or_none()


def messages(case_id: str) -> Sequence[CaseMessage]:
    return db.session.scalars(
        select(CaseMessage).where(CaseMessage.case_id == case_id).order_by(CaseMessage.number)
    ).all()


def has_letter(case_id: str, side: AuthorKind) -> bool:
    """Whether this side ever wrote in a case."""
    statement = select(CaseMessage.id).where(
        CaseMessage.case_id == case_id, CaseMessage.author_kind.in_(SIDES[side])
    )
    return db.session.execute(statement.limit(1)).first() is not None


def has_unread(case_id: str, side: AuthorKind, *, talk: str | None = None) -> bool:
    """Whether this side wrote something that the other has not read; with `talk`, in that talk."""
    statement = select(CaseMessage.id).where(
        CaseMessage.case_id == case_id,
        CaseMessage.author_kind.in_(SIDES[side]),
        CaseMessage.read_at.is_(None),
        CaseMessage.withdrawn_at.is_(None),
        *_within(talk),
    )
    return db.session.execute(statement.limit(1)).first() is not None


def _within(talk: str | None) -> list[ColumnElement[bool]]:
    return [CaseMessage.live_session_id == talk] if talk is not None else []


def count_unread(case_ids: Sequence[str], side: AuthorKind) -> dict[str, int]:
    """How many messages of this side are unread, for those of these cases that have any."""
    statement = (
        select(CaseMessage.case_id, func.count().label("unread"))
        .where(
            CaseMessage.case_id.in_(case_ids),
            CaseMessage.author_kind.in_(SIDES[side]),
            CaseMessage.read_at.is_(None),
            CaseMessage.withdrawn_at.is_(None),
        )
        .group_by(CaseMessage.case_id)
    )
    return {row.case_id: row.unread for row in db.session.execute(statement)}


def mark_read(case_id: str, side: AuthorKind, now: datetime, *, talk: str | None = None) -> None:
    """What this side wrote is read by the other; with `talk`, what it said in that talk."""
    db.session.execute(
        update(CaseMessage)
        .where(
            CaseMessage.case_id == case_id,
            CaseMessage.author_kind.in_(SIDES[side]),
            CaseMessage.read_at.is_(None),
            *_within(talk),
        )
        .values(read_at=now)
    )


def encounters(case_id: str) -> Sequence[Encounter]:
    statement = select(Encounter).where(Encounter.case_id == case_id).order_by(Encounter.number)
    return db.session.scalars(statement).all()


def open_encounter(case_id: str) -> Encounter | None:
    statement = select(Encounter).where(Encounter.case_id == case_id, Encounter.ended_at.is_(None))
    return db.session.scalars(statement).one_or_none()


def last_ended_encounter(case_id: str) -> Encounter | None:
    statement = (
        select(Encounter)
        .where(Encounter.case_id == case_id, Encounter.ended_at.is_not(None))
        .order_by(Encounter.number.desc())
        .limit(1)
    )
    return db.session.scalars(statement).one_or_none()


def live_assignment(case_id: str) -> Assignment | None:
    statement = select(Assignment).where(Assignment.case_id == case_id, Assignment.ended_at.is_(None))
    return db.session.scalars(statement).one_or_none()


def unsettled_obligations(case_id: str) -> Sequence[Obligation]:
    """What is promised in a case and has not been done, the most pressing first."""
    statement = select(Obligation).where(Obligation.case_id == case_id, Obligation.settled_at.is_(None))
    return db.session.scalars(statement.order_by(Obligation.due_at)).all()


def unsettled_obligations_of_owner(staff_id: str) -> Sequence[Obligation]:
    statement = select(Obligation).where(Obligation.owner_id == staff_id, Obligation.settled_at.is_(None))
    return db.session.scalars(statement.order_by(Obligation.due_at)).all()


def obligations(case_id: str) -> Sequence[Obligation]:
    statement = select(Obligation).where(Obligation.case_id == case_id).order_by(Obligation.opened_at)
    return db.session.scalars(statement).all()


def open_obligation(case_id: str, kind: ObligationKind) -> Obligation | None:
    statement = select(Obligation).where(
        Obligation.case_id == case_id, Obligation.kind == kind, Obligation.state == ObligationState.OPEN
    )
    return db.session.scalars(statement.order_by(Obligation.due_at).limit(1)).one_or_none()


def overdue_obligations(now: datetime) -> Sequence[Obligation]:
    """Promises whose time is over and that nobody has done, marked as missed or not yet."""
    statement = select(Obligation).where(Obligation.settled_at.is_(None), Obligation.due_at < now)
    return db.session.scalars(for_update(statement, skip_locked=True)).all()


def has_overdue(now: datetime) -> bool:
    """Whether a new case or a promise is overdue."""
    late_case = select(Case.id).where(_waits_for_an_owner(), Case.due_at < now).limit(1)
    late_promise = (
        select(Obligation.id).where(Obligation.settled_at.is_(None), Obligation.due_at < now).limit(1)
    )
    return any(db.session.execute(one).first() is not None for one in (late_case, late_promise))


def cases_to_warn_of(moment: datetime) -> Sequence[str]:
    """The ids of cases that were closed before, and of whose end nobody was told yet."""
    statement = select(Case.id).where(
        Case.state == CaseState.CLOSED,
        Case.closed_at <= moment,
        Case.wrapped_key.is_not(None),
        Case.warned_at.is_(None),
    )
    return db.session.scalars(statement.order_by(Case.closed_at)).all()


def cases_closed_before(moment: datetime) -> Sequence[str]:
    """The ids of closed cases whose content is old enough to go."""
    statement = select(Case.id).where(
        Case.state == CaseState.CLOSED, Case.closed_at < moment, Case.wrapped_key.is_not(None)
    )
    return db.session.scalars(statement.order_by(Case.closed_at)).all()


def _is_wrapped_otherwise(mark: bytes, but_for: Sequence[str]) -> ColumnElement[bool]:
    """Whether the key of a case lies under another key than the one with this mark."""
    begins = func.substr(Case.wrapped_key, 1, len(mark), type_=LargeBinary())
    return and_(
        Case.wrapped_key.is_not(None), begins != literal(mark, LargeBinary()), Case.id.not_in(but_for)
    )


def cases_wrapped_otherwise(mark: bytes, *, but_for: Sequence[str], limit: int) -> Sequence[Case]:
    """Some of those cases, locked; what somebody else has locked is passed over."""
    statement = select(Case).where(_is_wrapped_otherwise(mark, but_for)).order_by(Case.id).limit(limit)
    return db.session.scalars(for_update(statement, skip_locked=True)).all()


def count_cases_wrapped_otherwise(mark: bytes, *, but_for: Sequence[str]) -> int:
    statement = select(func.count()).select_from(Case).where(_is_wrapped_otherwise(mark, but_for))
    return db.session.execute(statement).scalar_one()

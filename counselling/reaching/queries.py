"""Counselling's questions to the database about reaching a student who may not come back."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from core.db import db
from counselling.models import (
    AuthorKind,
    Case,
    CaseMessage,
    CaseState,
    MessageKind,
    Obligation,
    ObligationKind,
)
from counselling.reaching.models import ReachBack


def case_by_return_tag(return_tag: bytes) -> Case | None:
    return db.session.scalars(select(Case).where(Case.return_tag == return_tag)).one_or_none()


def reach_back(case_id: str) -> ReachBack | None:
    return db.session.scalars(select(ReachBack).where(ReachBack.case_id == case_id)).one_or_none()


def cases_with_unread_first_letter(before: datetime) -> Sequence[str]:
    """Open cases whose first letter to the student was sent before, is unread, and chased by nobody yet. What
    was sent by itself while the counsellor was away is no letter.
    """
    chased = select(Obligation.id).where(
        Obligation.case_id == Case.id, Obligation.kind == ObligationKind.FIRST_UNREAD
    )
    other = aliased(CaseMessage)
    read = select(other.id).where(
        other.case_id == Case.id,
        other.author_kind == AuthorKind.PROFESSIONAL,
        other.kind != MessageKind.AWAY,
        other.read_at.is_not(None),
    )
    statement = (
        select(Case.id)
        .join(CaseMessage, CaseMessage.case_id == Case.id)
        .where(
            Case.state != CaseState.CLOSED,
            Case.wrapped_key.is_not(None),
            CaseMessage.author_kind == AuthorKind.PROFESSIONAL,
            CaseMessage.kind != MessageKind.AWAY,
            CaseMessage.sent_at < before,
            ~read.exists(),
            ~chased.exists(),
        )
        .group_by(Case.id)
        .order_by(Case.id)
    )
    return db.session.scalars(statement).all()

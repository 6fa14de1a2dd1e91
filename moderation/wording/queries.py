"""Questions to the database about the library of reasons."""

from collections.abc import Sequence

from sqlalchemy import func, select, tuple_

from core.db import db
from moderation.team.models import Reason


def reason(key: str, version: int) -> Reason | None:
    return db.session.get(Reason, (key, version))


def newest_reasons() -> Sequence[Reason]:
    """The newest version of each reason that was ever saved."""
    newest = select(Reason.key, func.max(Reason.version)).group_by(Reason.key)
    statement = select(Reason).where(tuple_(Reason.key, Reason.version).in_(newest)).order_by(Reason.key)
    return db.session.scalars(statement).all()


def versions_of(key: str) -> Sequence[Reason]:
    """All saved versions of a reason, the newest first."""
    statement = select(Reason).where(Reason.key == key).order_by(Reason.version.desc())
    return db.session.scalars(statement).all()

"""Counselling's questions to the database about what a student told at the beginning, and about the page that
says who can read what.
"""

from collections.abc import Sequence

from sqlalchemy import select

from core.db import db
from core.models import AuditEvent
from counselling.intake.models import ConfidentialityReading, ConfidentialityText, Intake
from counselling.models import Assignment


def intake(case_id: str) -> Intake | None:
    return db.session.scalars(select(Intake).where(Intake.case_id == case_id)).one_or_none()


def confidentiality_texts() -> Sequence[ConfidentialityText]:
    """Every version that a coordinator saved, the newest first."""
    statement = select(ConfidentialityText).order_by(ConfidentialityText.version.desc())
    return db.session.scalars(statement).all()


def newest_confidentiality_text() -> ConfidentialityText | None:
    statement = select(ConfidentialityText).order_by(ConfidentialityText.version.desc()).limit(1)
    return db.session.scalars(statement).one_or_none()


def reading(case_id: str, version: int) -> ConfidentialityReading | None:
    statement = select(ConfidentialityReading).where(
        ConfidentialityReading.case_id == case_id, ConfidentialityReading.version == version
    )
    return db.session.scalars(statement).one_or_none()


def newest_reading(case_id: str) -> ConfidentialityReading | None:
    """The newest version that the student of a case has read."""
    statement = select(ConfidentialityReading).where(ConfidentialityReading.case_id == case_id)
    return db.session.scalars(
        statement.order_by(ConfidentialityReading.version.desc()).limit(1)
    ).one_or_none()


def openings(targets: Sequence[str], kinds: Sequence[str], *, limit: int) -> Sequence[AuditEvent]:
    """The lines of the audit log about reading a case, by whomever, the latest first."""
    statement = select(AuditEvent).where(AuditEvent.kind.in_(kinds), AuditEvent.target.in_(targets))
    return db.session.scalars(statement.order_by(AuditEvent.sequence.desc()).limit(limit)).all()


def assignments(case_id: str) -> Sequence[Assignment]:
    """Who had a case, the first one first."""
    statement = select(Assignment).where(Assignment.case_id == case_id).order_by(Assignment.began_at)
    return db.session.scalars(statement).all()

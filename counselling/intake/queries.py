"""Counselling's questions to the database about what a student told at the beginning."""

from sqlalchemy import select

from core.db import db
from counselling.intake.models import Intake


def intake(case_id: str) -> Intake | None:
    return db.session.scalars(select(Intake).where(Intake.case_id == case_id)).one_or_none()

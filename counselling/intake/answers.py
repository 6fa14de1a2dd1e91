"""What a student tells at the beginning of a case, sealed with its key."""

from datetime import datetime

from core.db import db
from counselling.intake.models import Intake
from counselling.intake.queries import intake
from counselling.models import Case
from counselling.sealing import open_for_case, seal_for_case


def save_hope(case: Case, text: str, *, now: datetime) -> Intake:
    """Keep what a student hopes for, on a locked case."""
    found = intake(case.id)
    if found is None:
        found = Intake(case_id=case.id, version=1, saved_at=now)
        db.session.add(found)
    found.hope, found.saved_at = seal_for_case(case, "hope", text), now
    return found


def hope_of(case: Case) -> str:
    """What a student hopes for, or ""."""
    found = intake(case.id)
    return open_for_case(case, "hope", found.hope) if found is not None and found.hope is not None else ""


def forget_intake(case: Case) -> None:
    """The key of a case is destroyed: what it would have opened goes as well."""
    found = intake(case.id)
    if found is not None:
        found.hope = found.answers = None

"""What becomes of the record of a case: what a student takes along, and what goes with the key."""

from typing import Any

from counselling import queries as case_queries
from counselling.models import Case
from counselling.record import queries
from counselling.record.drafts import forget_drafts
from counselling.record.filling import filled_of, forget_forms
from counselling.record.fits import forget_fits
from counselling.record.notes import forget_notes, shared_notes
from counselling.record.ratings import rating_of


def export_record(case: Case) -> dict[str, Any]:
    """What a student takes along: shared notes, their plan, and what they said of each encounter."""
    plan = queries.shared_plan(case.id)
    filled = filled_of(case, plan) if plan is not None else None
    said = [(one.number, rating_of(case, one)) for one in case_queries.encounters(case.id)]
    return {
        "notes": [
            {"body": view.body, "added": [added.body for added in view.addenda]}
            for view in shared_notes(case)
        ],
        "plan": {"answers": dict(filled.answers), "added": dict(filled.added)} if filled else None,
        "ratings": [
            {"encounter": number, "before": one.before, "after": one.after, "helped": one.helped}
            for number, one in said
        ],
    }


def forget_record(case: Case) -> None:
    """The key of a case is destroyed: the ciphertext that it would have opened goes as well."""
    forget_notes(case)
    forget_forms(case)
    forget_fits(case)
    forget_drafts(case)
    for encounter in case_queries.encounters(case.id):
        encounter.rating = None
    for message in case_queries.messages(case.id):
        message.feeling = None

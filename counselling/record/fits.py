"""Whether Stoa is the right place for somebody, noted before the first session, with the reason told to them.

It never stands in the way: whoever is in danger is answered first, and the note can wait.
"""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Staff
from core.audit import record_event
from core.db import db
from core.ids import new_public_id
from counselling.models import Case
from counselling.notices import CaseNotice, student_of, tell_student
from counselling.record import queries
from counselling.record.models import Fit, FitNote
from counselling.sealing import seal_for_case, words_to_show

ELSEWHERE = frozenset({Fit.FACE_TO_FACE, Fit.URGENT, Fit.NOT_US})


@dataclass(frozen=True)
class FitView:
    """What was found last, with the reason that the student reads."""

    fit: Fit
    why: str
    noted_at: datetime

    @property
    def leads_elsewhere(self) -> bool:
        return self.fit in ELSEWHERE


def note_fit(case: Case, fit: Fit, why: str, *, actor: Staff, now: datetime) -> FitNote:
    """Note it in a locked case, and tell the student that something waits. A later one stands before it."""
    earlier = queries.fit_notes(case.id)
    note = FitNote(
        id=new_public_id(),
        case_id=case.id,
        number=earlier[0].number + 1 if earlier else 1,
        fit=fit,
        staff_id=actor.id,
        noted_at=now,
    )
    note.sealed = seal_for_case(case, _place(note), why)
    db.session.add(note)
    db.session.flush()
    detail = {"fit": fit}
    record_event("fit_noted", actor=actor.actor, target=f"case:{case.id}", detail=detail, now=now)
    if student_of(case) is not None:
        tell_student(case, CaseNotice.FIT_NOTED, key=note.id, now=now)
    return note


def fit_of(case: Case) -> FitView | None:
    """What was found last, or None while nobody has said."""
    notes = queries.fit_notes(case.id)
    if not notes or notes[0].sealed is None:
        return None
    return FitView(notes[0].fit, words_to_show(case, _place(notes[0]), notes[0].sealed), notes[0].noted_at)


def forget_fits(case: Case) -> None:
    """The key of a case is destroyed: what it would have opened goes as well."""
    for note in queries.fit_notes(case.id):
        note.sealed = None


def _place(note: FitNote) -> str:
    return f"fit:{note.number}"

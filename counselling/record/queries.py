"""Counselling's questions to the database about what is written down in a case."""

from collections.abc import Sequence

from sqlalchemy import delete, func, or_, select

from core.db import db
from counselling.record.models import CannedText, CaseDraft, CaseForm, CaseNote, FitNote, FormKind


def forms(case_id: str) -> Sequence[CaseForm]:
    """The forms of a case, the newest first."""
    statement = select(CaseForm).where(CaseForm.case_id == case_id)
    return db.session.scalars(statement.order_by(CaseForm.begun_at.desc(), CaseForm.number.desc())).all()


def form(case_id: str, form_id: str) -> CaseForm | None:
    statement = select(CaseForm).where(CaseForm.case_id == case_id, CaseForm.id == form_id)
    return db.session.scalars(statement).one_or_none()


def newest_form(case_id: str, kind: FormKind) -> CaseForm | None:
    statement = select(CaseForm).where(CaseForm.case_id == case_id, CaseForm.kind == kind)
    return db.session.scalars(statement.order_by(CaseForm.number.desc()).limit(1)).one_or_none()


def newest_finalised_form(case_id: str, kind: FormKind) -> CaseForm | None:
    """The newest that was finished: one that was only begun says nothing yet."""
    statement = select(CaseForm).where(
        CaseForm.case_id == case_id, CaseForm.kind == kind, CaseForm.finalised_at.is_not(None)
    )
    return db.session.scalars(statement.order_by(CaseForm.number.desc()).limit(1)).one_or_none()


def shared_plan(case_id: str) -> CaseForm | None:
    """The newest form that the student reads."""
    statement = select(CaseForm).where(
        CaseForm.case_id == case_id, CaseForm.kind == FormKind.SAFETY_PLAN, CaseForm.is_shared.is_(True)
    )
    return db.session.scalars(statement.order_by(CaseForm.number.desc()).limit(1)).one_or_none()


def notes(case_id: str) -> Sequence[CaseNote]:
    """The notes of a case, in the order in which they were begun."""
    return db.session.scalars(
        select(CaseNote).where(CaseNote.case_id == case_id).order_by(CaseNote.number)
    ).all()


def last_note_number(case_id: str) -> int:
    statement = select(func.max(CaseNote.number)).where(CaseNote.case_id == case_id)
    return db.session.execute(statement).scalar_one() or 0


def fit_notes(case_id: str) -> Sequence[FitNote]:
    """What was found about the fit, the newest first."""
    statement = select(FitNote).where(FitNote.case_id == case_id)
    return db.session.scalars(statement.order_by(FitNote.number.desc())).all()


def draft(case_id: str, writer: str, place: str) -> CaseDraft | None:
    statement = select(CaseDraft).where(
        CaseDraft.case_id == case_id, CaseDraft.writer == writer, CaseDraft.place == place
    )
    return db.session.scalars(statement).one_or_none()


def delete_draft(case_id: str, writer: str, place: str) -> None:
    db.session.execute(
        delete(CaseDraft).where(
            CaseDraft.case_id == case_id, CaseDraft.writer == writer, CaseDraft.place == place
        )
    )


def delete_drafts(case_id: str) -> None:
    db.session.execute(delete(CaseDraft).where(CaseDraft.case_id == case_id))


def canned_texts(staff_id: str) -> Sequence[CannedText]:
    """The texts that somebody is offered: their own and those of the team, by title."""
    statement = select(CannedText).where(
        CannedText.retired_at.is_(None),
        or_(CannedText.staff_id.is_(None), CannedText.staff_id == staff_id),
    )
    # Titles lie sealed: the database cannot put them in order.
    return sorted(db.session.scalars(statement), key=lambda one: one.title.casefold())

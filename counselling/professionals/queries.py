"""Counselling's questions to the database about professionals: what changed since one of them looked, what
they are trained for, and when they are away.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, or_, select

from accounts.models import Staff
from accounts.permissions import Role
from core.db import db, for_update
from core.models import AuditEvent
from counselling.intake.models import Intake
from counselling.models import AuthorKind, Case, CaseMessage, CaseState, MessageKind, Obligation
from counselling.professionals.models import Absence, ProfessionalProfile
from counselling.queries import owner_is_gone
from counselling.record.models import CaseForm, CaseNote, Lane


def readings(case_id: str, actor: str, *, kind: str, limit: int) -> Sequence[datetime]:
    """When this person opened the case, the latest first."""
    statement = (
        select(AuditEvent.at)
        .where(AuditEvent.kind == kind, AuditEvent.actor == actor, AuditEvent.target == f"case:{case_id}")
        .order_by(AuditEvent.sequence.desc())
        .limit(limit)
    )
    return db.session.scalars(statement).all()


def has_acted_since(case_id: str, moment: datetime, *, kind: str) -> bool:
    """Whether the student of a case did something after a moment, by the audit log."""
    statement = select(AuditEvent.sequence).where(
        AuditEvent.kind == kind,
        AuditEvent.actor == Role.STUDENT,
        AuditEvent.target == f"case:{case_id}",
        AuditEvent.at > moment,
    )
    return db.session.execute(statement.limit(1)).first() is not None


def count_letters_since(case_id: str, moment: datetime) -> int:
    """How many messages of the student's side came after a moment."""
    statement = select(func.count()).where(
        CaseMessage.case_id == case_id,
        CaseMessage.author_kind != AuthorKind.PROFESSIONAL,
        CaseMessage.sent_at > moment,
        CaseMessage.withdrawn_at.is_(None),
    )
    return db.session.execute(statement).scalar_one()


def has_intake_since(case_id: str, moment: datetime) -> bool:
    statement = select(Intake.case_id).where(Intake.case_id == case_id, Intake.saved_at > moment)
    return db.session.execute(statement).first() is not None


def count_forms_since(case_id: str, moment: datetime, *, but_by: str) -> int:
    """How many forms colleagues saved after a moment."""
    statement = select(func.count()).where(
        CaseForm.case_id == case_id, CaseForm.saved_at > moment, CaseForm.staff_id != but_by
    )
    return db.session.execute(statement).scalar_one()


def count_notes_since(case_id: str, moment: datetime, *, but_by: str) -> int:
    """How many notes colleagues wrote after a moment, that they did not keep to themselves."""
    statement = select(func.count()).where(
        CaseNote.case_id == case_id,
        CaseNote.written_at > moment,
        CaseNote.staff_id != but_by,
        CaseNote.lane != Lane.OWN,
    )
    return db.session.execute(statement).scalar_one()


def profile(staff_id: str, *, locked: bool = False) -> ProfessionalProfile | None:
    statement = select(ProfessionalProfile).where(ProfessionalProfile.staff_id == staff_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def working_professionals() -> Sequence[Staff]:
    """Every professional with an open account."""
    statement = select(Staff).where(Staff.role == Role.PROFESSIONAL, Staff.closed_at.is_(None))
    return db.session.scalars(statement.order_by(Staff.alias)).all()


def profiles() -> dict[str, ProfessionalProfile]:
    """What is known of each professional, by their id."""
    return {one.staff_id: one for one in db.session.scalars(select(ProfessionalProfile))}


def loads() -> dict[str, int]:
    """How many open cases each professional has, for those who have any."""
    statement = (
        select(Case.owner_id, func.count().label("cases"))
        .where(Case.owner_id.is_not(None), Case.state != CaseState.CLOSED)
        .group_by(Case.owner_id)
    )
    return {str(row.owner_id): row.cases for row in db.session.execute(statement)}


def licences_ending(until: date) -> Sequence[tuple[Staff, date]]:
    """Whose licence has ended, or ends by a day; the first to end first."""
    statement = (
        select(Staff, ProfessionalProfile.licence_expires_on)
        .join(ProfessionalProfile, ProfessionalProfile.staff_id == Staff.id)
        .where(
            Staff.closed_at.is_(None),
            Staff.role == Role.PROFESSIONAL,
            ProfessionalProfile.licence_expires_on <= until,
        )
        .order_by(ProfessionalProfile.licence_expires_on, Staff.alias)
    )
    return [(person, day) for person, day in db.session.execute(statement) if day is not None]


def absence(absence_id: str, *, locked: bool = False) -> Absence | None:
    statement = select(Absence).where(Absence.id == absence_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def absences_of(staff_id: str, *, after: datetime) -> Sequence[Absence]:
    """The absences of one person that end after a moment and were not called off, the next first."""
    statement = select(Absence).where(
        Absence.staff_id == staff_id, Absence.ends_at > after, Absence.called_off_at.is_(None)
    )
    return db.session.scalars(statement.order_by(Absence.begins_at)).all()


def absences(*, after: datetime) -> Sequence[Absence]:
    """Everybody's absences that end after a moment and were not called off, the next first."""
    statement = select(Absence).where(Absence.ends_at > after, Absence.called_off_at.is_(None))
    return db.session.scalars(statement.order_by(Absence.begins_at, Absence.id)).all()


def absence_now(staff_id: str, now: datetime) -> Absence | None:
    """The absence in which somebody is at this moment; the one that ends last, when there are several."""
    statement = select(Absence).where(
        Absence.staff_id == staff_id,
        Absence.begins_at <= now,
        Absence.ends_at > now,
        Absence.called_off_at.is_(None),
    )
    return db.session.scalars(statement.order_by(Absence.ends_at.desc()).limit(1)).one_or_none()


def cases_to_look_after(now: datetime, day: date) -> Sequence[str]:
    """Open cases whose owner is away now, has left, or has a licence that ended before a day; and those in
    which a promise is somebody else's than their owner's.
    """
    away = select(Absence.id).where(
        Absence.staff_id == Case.owner_id,
        Absence.begins_at <= now,
        Absence.ends_at > now,
        Absence.called_off_at.is_(None),
    )
    ended = select(ProfessionalProfile.staff_id).where(
        ProfessionalProfile.staff_id == Case.owner_id, ProfessionalProfile.licence_expires_on < day
    )
    strayed = select(Obligation.id).where(
        Obligation.case_id == Case.id,
        Obligation.settled_at.is_(None),
        Obligation.owner_id.is_distinct_from(Case.owner_id),
    )
    statement = select(Case.id).where(
        Case.owner_id.is_not(None),
        Case.state != CaseState.CLOSED,
        or_(away.exists(), ended.exists(), strayed.exists(), owner_is_gone()),
    )
    return db.session.scalars(statement.order_by(Case.rank, Case.opened_at)).all()


def has_told_away(case_id: str, *, since: datetime) -> bool:
    """Whether the student was told by itself since a moment that their counsellor is away, and nobody wrote
    to them afterwards.
    """
    statement = (
        select(CaseMessage.kind)
        .where(
            CaseMessage.case_id == case_id,
            CaseMessage.author_kind == AuthorKind.PROFESSIONAL,
            CaseMessage.sent_at >= since,
        )
        .order_by(CaseMessage.number.desc())
        .limit(1)
    )
    return db.session.scalars(statement).first() is MessageKind.AWAY

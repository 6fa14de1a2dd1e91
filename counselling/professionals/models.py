"""Professionals: what they are trained for, how many cases they can carry, and when they are away."""

from datetime import date, datetime

from sqlalchemy import JSON, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.columns import PublicId, SealedText, UtcDateTime
from core.db import Model
from core.ids import new_public_id


class ProfessionalProfile(Model):
    """What one professional is offered cases by: fields, languages, load; and until when they are licensed.

    `most_cases` is None where nobody set a bound.
    """

    __tablename__ = "professional_profiles"

    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    fields: Mapped[list[str]] = mapped_column(JSON, default=list)
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    most_cases: Mapped[int | None] = mapped_column()
    licence_expires_on: Mapped[date | None] = mapped_column(Date)
    changed_by: Mapped[str] = mapped_column(String(80))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Absence(Model):
    """From when to when a professional is away, who covers for them, and what students are told meanwhile."""

    __tablename__ = "absences"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    cover_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    begins_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reply: Mapped[str | None] = mapped_column(SealedText("absence.reply"))
    set_by: Mapped[str] = mapped_column(String(80))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    called_off_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "staff_id", "ends_at"),)

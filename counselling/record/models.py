"""What a professional writes down in a case: notes in three lanes, forms, whether Stoa fits, and drafts.

All words are sealed with the key of the case.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.columns import PublicId, SealedText, UtcDateTime, enum_column
from core.db import Model
from core.ids import new_public_id
from counselling.models import AuthorKind


class Lane(StrEnum):
    """Who reads a note: the student as well, the professionals of the case, or only whoever wrote it."""

    SHARED = "shared"
    TEAM = "team"
    OWN = "own"


class FormKind(StrEnum):
    """The forms of a case. `counselling/record/form_fields.py` says what each one asks."""

    RISK_ASSESSMENT = "risk_assessment"
    SAFETY_PLAN = "safety_plan"
    REFERRAL = "referral"
    SAFEGUARDING = "safeguarding"


class Fit(StrEnum):
    """Whether this service is the right one: online, face to face, urgent help elsewhere, or not us."""

    ONLINE = "online"
    FACE_TO_FACE = "face_to_face"
    URGENT = "urgent"
    NOT_US = "not_us"


class CaseNote(Model):
    """One note. Finalising locks it; what is said later is an addendum, a note of its own."""

    __tablename__ = "case_notes"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column()
    lane: Mapped[Lane] = mapped_column(enum_column(Lane))
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    addendum_to: Mapped[str | None] = mapped_column(ForeignKey("case_notes.id", ondelete="CASCADE"))
    version: Mapped[int] = mapped_column(default=1)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finalised_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("case_id", "number"), Index(None, "case_id", "lane"))


class CaseForm(Model):
    """One form, filled in. `edition` is the edition of its questions, `version` counts savings.

    With `is_shared` the student reads it and can keep it.
    """

    __tablename__ = "case_forms"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    kind: Mapped[FormKind] = mapped_column(enum_column(FormKind))
    number: Mapped[int] = mapped_column()
    edition: Mapped[int] = mapped_column()
    version: Mapped[int] = mapped_column(default=1)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    is_shared: Mapped[bool] = mapped_column(default=False)
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finalised_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("case_id", "kind", "number"),)


class FitNote(Model):
    """What a professional found before the first session: whether this fits, and why; the student is told."""

    __tablename__ = "fit_notes"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column()
    fit: Mapped[Fit] = mapped_column(enum_column(Fit))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("case_id", "number"),)


class CaseDraft(Model):
    """What somebody has typed in a case and not sent: one for each writer and place.

    `writer` is the id of a member of staff, or "student".
    """

    __tablename__ = "case_drafts"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    side: Mapped[AuthorKind] = mapped_column(enum_column(AuthorKind))
    writer: Mapped[str] = mapped_column(String(20))
    place: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(default=1)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("case_id", "writer", "place"),)


class CannedText(Model):
    """Words that a professional uses often; a letter that begins with them needs a personal line as well.

    `staff_id` is None for those of the whole team. Retired ones are not offered any more.
    """

    __tablename__ = "canned_texts"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    title: Mapped[str] = mapped_column(SealedText("canned_text.title"))
    language: Mapped[str] = mapped_column(String(8))
    words: Mapped[str] = mapped_column(SealedText("canned_text.words"))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

"""Slots that are offered, and appointments that were booked."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from core.columns import PublicId, UtcDateTime, enum_column
from core.db import Model
from core.ids import new_public_id


class Meeting(StrEnum):
    """How two people meet at a set time."""

    FACE_TO_FACE = "face_to_face"
    VIDEO = "video"


class Slot(Model):
    """A time that a professional offers. `is_taken` says that somebody booked it, and not who."""

    __tablename__ = "slots"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    meeting: Mapped[Meeting] = mapped_column(enum_column(Meeting))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    minutes: Mapped[int] = mapped_column()
    place: Mapped[str] = mapped_column(String(200), default="", server_default="")
    is_taken: Mapped[bool] = mapped_column(default=False, server_default=false())
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index(
            "uq_slots_offered_time",
            "staff_id",
            "starts_at",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index(None, "starts_at"),
    )


class AppointmentState(StrEnum):
    """Where an appointment stands. `counselling/appointments/booking.py` says which steps are legal."""

    BOOKED = "booked"
    KEPT = "kept"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Appointment(Model):
    """What a student booked.

    `sealed` holds the slot, its time and place, the code word for the door and the name of the video room.
    """

    __tablename__ = "appointments"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    state: Mapped[AppointmentState] = mapped_column(
        enum_column(AppointmentState), default=AppointmentState.BOOKED
    )
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(default=1)
    booked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "case_id", "state"),)

"""Slots that are offered, and appointments that were booked."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.columns import PublicId, SealedText, UtcDateTime, enum_column
from core.db import Model
from core.ids import new_public_id

FREE, TAKEN = "free", "taken"


class Meeting(StrEnum):
    """How two people meet at a set time."""

    FACE_TO_FACE = "face_to_face"
    VIDEO = "video"


class Slot(Model):
    """A time that a professional offers.

    Whether somebody took it lies sealed, and who took it stands only under the key of their case: whoever
    stole the database knows when a professional offers time, as a timetable on a door says it, and not when
    somebody comes. One that is taken back is deleted.
    """

    __tablename__ = "slots"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    meeting: Mapped[Meeting] = mapped_column(enum_column(Meeting))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    minutes: Mapped[int] = mapped_column()
    place: Mapped[str] = mapped_column(String(200), default="", server_default="")
    taken: Mapped[str] = mapped_column(SealedText("slot.taken"), default=FREE)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("staff_id", "starts_at"), Index(None, "starts_at"))

    @property
    def is_free(self) -> bool:
        """Whether nobody took it. One whose mark cannot be opened is not offered."""
        return self.taken == FREE


class AppointmentState(StrEnum):
    """Where an appointment stands. `counselling/appointments/states.py` says which steps are legal."""

    BOOKED = "booked"
    KEPT = "kept"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Appointment(Model):
    """What a student booked.

    `sealed` holds the slot, its time and place, the code word for the door and the name of the video room.
    The times beside it are full hours, so that they join it to nothing else.
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

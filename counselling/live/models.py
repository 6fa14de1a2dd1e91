"""Talking at the same time: a live session between a student and a professional."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from core.columns import PublicId, UtcDateTime, enum_column
from core.db import Model
from core.ids import new_public_id
from counselling.models import AuthorKind


class LiveState(StrEnum):
    """Where a live session stands. `counselling/live/sessions.py` says which steps are legal."""

    WAITING = "waiting"
    OPEN = "open"
    ENDED = "ended"
    LEFT = "left"


class LiveSession(Model):
    """A text chat with a beginning and an end. At most one is not over in a case.

    Its lines are CaseMessages. `cut_off` is what both agreed on for when the line drops.
    """

    __tablename__ = "live_sessions"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    state: Mapped[LiveState] = mapped_column(enum_column(LiveState), default=LiveState.WAITING)
    asked_by: Mapped[AuthorKind] = mapped_column(enum_column(AuthorKind))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    planned_end_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    extended: Mapped[int] = mapped_column(default=0)
    student_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    staff_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[AuthorKind | None] = mapped_column(enum_column(AuthorKind))
    cut_off: Mapped[bytes | None] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        Index(
            "uq_live_sessions_open_case",
            "case_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(None, "state", "asked_at"),
    )

"""Handing a case over, and asking a supervisor."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from core.columns import PublicId, UtcDateTime, enum_column
from core.db import Model
from core.ids import new_public_id


class HandoverState(StrEnum):
    """Where a handover stands. `counselling/handing/handovers.py` says which steps are legal."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    LAPSED = "lapsed"
    TAKEN_BACK = "taken_back"


class Handover(Model):
    """A case offered to a colleague, with a note. At most one is open in a case.

    `to_id` is None when it goes to the lead. `is_conflict`: the owner knows the student, and says no more
    than that. `answer` is why a colleague refused it.
    """

    __tablename__ = "handovers"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    from_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    to_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    state: Mapped[HandoverState] = mapped_column(enum_column(HandoverState), default=HandoverState.OFFERED)
    is_conflict: Mapped[bool] = mapped_column(default=False)
    note: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    offered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index(
            "uq_handovers_open_case",
            "case_id",
            unique=True,
            sqlite_where=text("state = 'offered'"),
            postgresql_where=text("state = 'offered'"),
        ),
        Index(None, "to_id", "state"),
        Index(None, "state", "due_at"),
    )


class Scope(StrEnum):
    """How much of a case a supervisor reads: all of it, or chosen messages."""

    WHOLE = "whole"
    EXCERPT = "excerpt"


class Supervision(Model):
    """A case, or an excerpt, before a named supervisor, for a limited time.

    `sealed` holds the question, the line of consent and the numbers of the messages.
    """

    __tablename__ = "supervisions"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    asked_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    supervisor_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    scope: Mapped[Scope] = mapped_column(enum_column(Scope))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reply: Mapped[bytes | None] = mapped_column(LargeBinary)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "supervisor_id", "ended_at"), Index(None, "case_id", "ended_at"))

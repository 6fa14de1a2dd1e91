"""Trusted persons: asked by the student, approved by the professional, in by a link that opens once."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from core.columns import PublicId, UtcDateTime, enum_column
from core.db import Model
from core.ids import new_public_id


class TrustedState(StrEnum):
    """Where an invitation stands. `counselling/trusted/inviting.py` says which steps are legal."""

    ASKED = "asked"
    APPROVED = "approved"
    JOINED = "joined"
    REFUSED = "refused"
    ENDED = "ended"


class TrustedPerson(Model):
    """Somebody whom the student trusts, in one live session.

    `name` is what the student calls them, `link` the token of their link until it was used, `reason` what the
    professional wrote when refusing, all sealed with the key of the case. `link_tag` is a keyed hash of the
    token, `spent_tag` of the form that used it: sent twice, it lets the same person in. `mark` tells the
    newest web session. They read from line `reads_from` on.
    """

    __tablename__ = "trusted_persons"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    live_session_id: Mapped[str] = mapped_column(ForeignKey("live_sessions.id"))
    state: Mapped[TrustedState] = mapped_column(enum_column(TrustedState), default=TrustedState.ASKED)
    name: Mapped[bytes | None] = mapped_column(LargeBinary)
    link: Mapped[bytes | None] = mapped_column(LargeBinary)
    link_tag: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    spent_tag: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    mark: Mapped[int] = mapped_column(default=0, server_default="0")
    reads_from: Mapped[int | None] = mapped_column()
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    approved_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    joined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "case_id"), Index(None, "live_session_id", "state"))

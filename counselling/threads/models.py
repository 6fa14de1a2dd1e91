"""The public side of an escalated thread: who looks after it, and until when."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.columns import PublicId, UtcDateTime
from core.db import Model
from core.ids import new_public_id


class ThreadCare(Model):
    """A professional looks after a thread in public, for 72 hours; then it goes back to moderation.

    It knows the thread and no case. At most one is running for a thread.
    """

    __tablename__ = "thread_cares"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    thread_id: Mapped[str] = mapped_column(ForeignKey("threads.id", ondelete="CASCADE"))
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    asked_author_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    author_agrees: Mapped[bool | None] = mapped_column()
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    returns_at: Mapped[datetime] = mapped_column(UtcDateTime)
    returned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index(
            "uq_thread_cares_live_thread",
            "thread_id",
            unique=True,
            sqlite_where=text("returned_at IS NULL"),
            postgresql_where=text("returned_at IS NULL"),
        ),
        Index(None, "returned_at", "returns_at"),
    )

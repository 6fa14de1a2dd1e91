"""What a student tells at the beginning, and the page that says who can read what."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from core.columns import UtcDateTime
from core.db import Model


class Intake(Model):
    """A student's answers before the first session, each of them optional, sealed with the key of the case.

    `hope` is what they hope for, `answers` all the rest; each saving is a new version. `read_at` is for the
    professional's own pages: when they last had the answers before them.
    """

    __tablename__ = "intakes"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    hope: Mapped[bytes | None] = mapped_column(LargeBinary)
    answers: Mapped[bytes | None] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ConfidentialityText(Model):
    """One version of the page that says who can read what, how long it is kept, and when confidence ends.

    `wordings` holds the text for each language. The newest version counts, the older ones stay for the cases
    that began under them.
    """

    __tablename__ = "confidentiality_texts"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    wordings: Mapped[dict[str, Any]] = mapped_column(JSON)
    set_by: Mapped[str] = mapped_column(String(80))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ConfidentialityReading(Model):
    """Which version a student had before them when their case began, or when they said yes to a newer one."""

    __tablename__ = "confidentiality_readings"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)

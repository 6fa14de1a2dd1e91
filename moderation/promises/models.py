"""What moderation counts: lengths of waiting, kept promises, and what one handle met in a month.

None of it names a person; what could, lies sealed.
"""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from core.columns import SealedJson, enum_column
from core.db import Model
from moderation.bands import Band


class HandleMonth(Model):
    """What one author's texts met in one month, found by a keyed hash of the month's handle, sealed."""

    __tablename__ = "handle_months"

    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    month: Mapped[str] = mapped_column(String(7))
    entries: Mapped[list[dict[str, Any]]] = mapped_column(SealedJson("handle_month.entries"))


class Wait(Model):
    """How long texts waited: a count for each month, band and number of minutes.

    All that stays of the exact times.
    """

    __tablename__ = "waits"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    band: Mapped[Band] = mapped_column(enum_column(Band), primary_key=True)
    minutes: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)


class RecentWait(Model):
    """The same for each of the last days, so that an author is told how long texts wait at present.

    Forgotten after some weeks.
    """

    __tablename__ = "recent_waits"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    band: Mapped[Band] = mapped_column(enum_column(Band), primary_key=True)
    minutes: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)


class Tally(StrEnum):
    """What is counted for the public page of promises."""

    HELD = "held"
    IN_TIME = "in_time"
    PUBLISHED = "published"
    CHANGED = "changed"
    REFUSED = "refused"
    APPEALED = "appealed"
    OVERTURNED = "overturned"


class PromiseCount(Model):
    """How often something happened to texts of a band in a month. Never per person."""

    __tablename__ = "promise_counts"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    band: Mapped[Band] = mapped_column(enum_column(Band), primary_key=True)
    tally: Mapped[Tally] = mapped_column(enum_column(Tally), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)

"""Who may come in: students, who are only a passphrase, and staff, who have names and a second factor.

`Account` is the only table that holds an account's id in the clear. What would link a student's threads,
notices or case lies in blobs that are sealed with a server key and padded, so that neither content nor size
tells anything. What a student only keeps for themselves (`follows`, `mutes`) is sealed with their own data
key, which opens with the passphrase alone.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask_login import UserMixin
from sqlalchemy import JSON, Date, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from accounts.permissions import Role
from core.columns import BigId, PublicId, SealedText, UtcDateTime, enum_column
from core.db import Model
from core.ids import new_public_id


class Account(UserMixin, Model):
    """A student: found by a keyed hash of the stretched passphrase, known by nothing else."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    lookup: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    is_confirmed: Mapped[bool] = mapped_column(default=False)
    epoch: Mapped[int] = mapped_column(default=1)
    unread: Mapped[int] = mapped_column(default=0)
    seen_on: Mapped[date] = mapped_column(Date)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    data_key: Mapped[bytes] = mapped_column(LargeBinary)
    threads: Mapped[bytes | None] = mapped_column(LargeBinary)
    mailbox: Mapped[bytes | None] = mapped_column(LargeBinary)
    sanctions: Mapped[bytes | None] = mapped_column(LargeBinary)
    cases: Mapped[bytes | None] = mapped_column(LargeBinary)
    follows: Mapped[bytes | None] = mapped_column(LargeBinary)
    mutes: Mapped[bytes | None] = mapped_column(LargeBinary)

    role = Role.STUDENT


@dataclass(frozen=True)
class Returner(UserMixin):
    """Somebody who came with a code instead of six words. It opens one conversation and nothing else.

    `opens` is the id of that conversation; `mark` tells the code with which they came, so that a newer code
    ends what an older one opened.
    """

    opens: str
    mark: int

    role = Role.RETURNER


@dataclass(frozen=True)
class Attendant(UserMixin):
    """Somebody whom a student trusts, who came by a link into one live talk.

    `opens` is the id of their invitation; `mark` tells for which use of its link.
    """

    opens: str
    mark: int

    role = Role.TRUSTED


class WebSession(Model):
    """A signed-in browser.

    The token is only in its cookie; who it is lies in `sealed`, which opens with the token alone.
    """

    __tablename__ = "web_sessions"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Staff(UserMixin, Model):
    """A member of staff: one role, a password, a second factor, and an alias under which students meet
    them. `page_address` is where they want to be paged by e-mail, if they said so.
    """

    __tablename__ = "staff"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    username: Mapped[str] = mapped_column(String(60), unique=True)
    alias: Mapped[str] = mapped_column(String(60), unique=True)
    role: Mapped[Role] = mapped_column(enum_column(Role))
    password_hash: Mapped[str] = mapped_column(String(200))
    otp_secret: Mapped[str] = mapped_column(SealedText("staff.otp_secret"))
    page_address: Mapped[str | None] = mapped_column(SealedText("staff.page_address"))
    last_otp_step: Mapped[int] = mapped_column(BigId, default=0)
    has_to_change_password: Mapped[bool] = mapped_column(default=True)
    epoch: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def actor(self) -> str:
        """How the audit log names this person."""
        return f"staff:{self.id}"


class Step(StrEnum):
    """How far a moderator's training record lets them act."""

    OBSERVER = "observer"
    ASSISTED = "assisted"
    INDEPENDENT = "independent"


class TrainingRecord(Model):
    """What training a moderator has, who signed it off and until when it holds. The newest one counts.

    `hours` are all hours so far, by module. `signed_by` is whoever vouches for the training, `recorded_by`
    whoever wrote it down.
    """

    __tablename__ = "training_records"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    step: Mapped[Step] = mapped_column(enum_column(Step))
    hours: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    reason: Mapped[str] = mapped_column(String(300))
    signed_by: Mapped[str] = mapped_column(String(120), default="", server_default="")
    signed_on: Mapped[date | None] = mapped_column(Date)
    recorded_by: Mapped[str] = mapped_column(String(80))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "staff_id", "recorded_at"),)


class Ticket(Model):
    """A printed ticket that lets somebody join, once: kept as a keyed hash. A spent one is deleted and
    counted, so that nothing leads from it to an account.
    """

    __tablename__ = "tickets"

    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    printed_on: Mapped[date] = mapped_column(Date, index=True)


class TicketCount(Model):
    """How many tickets were spent in a month ("2026-03"): all that is left of them."""

    __tablename__ = "ticket_counts"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    spent: Mapped[int] = mapped_column()


class JoinWord(Model):
    """One row: the shared word that lets students in, as the coordinator set it. "" lets nobody in."""

    __tablename__ = "join_words"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    word: Mapped[str] = mapped_column(SealedText("join_word.word"))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)

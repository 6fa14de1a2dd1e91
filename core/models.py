"""Tables of the shared kernel. They know no post and no case: what they hold is named by kind and id."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from core.columns import BigId, PublicId, UtcDateTime
from core.db import Model
from core.ids import new_public_id


class Installation(Model):
    """One row: which keys this database was made with.

    `keys_fingerprint` changes with the key of cases and says which one new cases are wrapped with;
    `lasting_fingerprint` is of the keys that never change.
    """

    __tablename__ = "installations"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    keys_fingerprint: Mapped[str] = mapped_column(String(16))
    lasting_fingerprint: Mapped[str | None] = mapped_column(String(16))


class SiteSetting(Model):
    """Something that the institution sets about its own face: its name, its accent, its logo."""

    __tablename__ = "site_settings"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditEvent(Model):
    """One line of the audit log, chained to the line before by `mac`.

    Never changed, never deleted, no foreign keys.
    """

    __tablename__ = "audit_events"

    sequence: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(60))
    actor: Mapped[str] = mapped_column(String(80))
    target: Mapped[str] = mapped_column(String(80))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    mac: Mapped[bytes] = mapped_column(LargeBinary(32))

    __table_args__ = (Index(None, "kind", "actor", "target", "at"),)


class AuditHead(Model):
    """One row: the last line of the audit log. Writers lock it, so that the chain has one end."""

    __tablename__ = "audit_heads"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(BigId)
    mac: Mapped[bytes] = mapped_column(LargeBinary(32))


class OutboxRow(Model):
    """Something that must follow a commit: index a post, tell an author, page a person. Deleted when done."""

    __tablename__ = "outbox_rows"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    kind: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(String(200), default="")

    __table_args__ = (Index(None, "due_at"), Index(None, "kind", "attempts"))


class Submission(Model):
    """A form that created something, remembered for a day so that sending it twice creates it once."""

    __tablename__ = "submissions"

    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    location: Mapped[str] = mapped_column(String(200))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class KeptForm(Model):
    """What somebody typed before they could send it, sealed under a token that only their browser holds.

    `place` says only to whoever asks for one page whether it was typed there (`core/places.py`).
    """

    __tablename__ = "kept_forms"

    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    place: Mapped[bytes | None] = mapped_column(LargeBinary(48))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Counter(Model):
    """A number that only grows, taken under its row's lock."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int] = mapped_column(BigId)

"""The kernel's questions to the database."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, Select, delete, func, select, text, update
from sqlalchemy.exc import IntegrityError

from core.db import db, for_update
from core.models import (
    AuditEvent,
    AuditHead,
    Counter,
    Installation,
    KeptForm,
    OutboxRow,
    SiteSetting,
    Submission,
)


def installation(*, locked: bool = False) -> Installation | None:
    statement = select(Installation).where(Installation.id == 1)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def keys_fingerprint(*, shared: bool = False) -> str | None:
    """Which keys the database was made with. `shared`: whoever wants to change that waits for this
    transaction.
    """
    statement = select(Installation.keys_fingerprint).where(Installation.id == 1)
    return db.session.scalars(statement.with_for_update(read=True) if shared else statement).one_or_none()


def lasting_fingerprint() -> str | None:
    return db.session.scalars(
        select(Installation.lasting_fingerprint).where(Installation.id == 1)
    ).one_or_none()


def site_settings() -> Sequence[SiteSetting]:
    return db.session.scalars(select(SiteSetting).order_by(SiteSetting.name)).all()


def site_setting(name: str, *, locked: bool = False) -> SiteSetting | None:
    statement = select(SiteSetting).where(SiteSetting.name == name)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def audit_head(*, locked: bool = False) -> AuditHead | None:
    statement = select(AuditHead).where(AuditHead.id == 1)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def audit_events_after(sequence: int, *, limit: int = 1000) -> Sequence[AuditEvent]:
    statement = (
        select(AuditEvent).where(AuditEvent.sequence > sequence).order_by(AuditEvent.sequence).limit(limit)
    )
    return db.session.scalars(statement).all()


def audit_event(sequence: int) -> AuditEvent | None:
    return db.session.get(AuditEvent, sequence)


def all_audit_events() -> Iterator[AuditEvent]:
    """The whole log in order, a thousand lines in memory at a time."""
    last = -1
    while batch := audit_events_after(last):
        yield from batch
        last = batch[-1].sequence
        db.session.expunge_all()


def latest_audit_event(*, kind: str, target: str, actor: str | None = None) -> AuditEvent | None:
    """The newest line of this kind about something, by this actor or by anybody."""
    statement = select(AuditEvent).where(AuditEvent.kind == kind, AuditEvent.target == target)
    if actor is not None:
        statement = statement.where(AuditEvent.actor == actor)
    return db.session.scalars(statement.order_by(AuditEvent.sequence.desc()).limit(1)).one_or_none()


def due_outbox_rows(now: datetime, *, limit: int, first: Sequence[str] = ()) -> Sequence[OutboxRow]:
    """Rows whose time has come and that no worker holds: those of the kinds `first`, then the others, each
    oldest first.

    Locked, and skipping locked ones, on PostgreSQL.
    """
    urgent = _due(now).where(OutboxRow.kind.in_(first)).limit(limit)
    rows = list(db.session.scalars(for_update(urgent, skip_locked=True))) if first else []
    others = _due(now).where(OutboxRow.kind.not_in(first)).limit(limit - len(rows))
    return [*rows, *db.session.scalars(for_update(others, skip_locked=True))]


def _due(now: datetime) -> Select[OutboxRow]:
    is_free = OutboxRow.taken_until.is_(None) | (OutboxRow.taken_until < now)
    return select(OutboxRow).where(OutboxRow.due_at <= now, is_free).order_by(OutboxRow.due_at)


def give_back_outbox_rows() -> None:
    """No worker holds any row."""
    db.session.execute(update(OutboxRow).where(OutboxRow.taken_until.is_not(None)).values(taken_until=None))


def has_due_outbox_rows(now: datetime) -> bool:
    statement = select(OutboxRow.id).where(
        OutboxRow.due_at <= now, (OutboxRow.taken_until.is_(None)) | (OutboxRow.taken_until < now)
    )
    return db.session.execute(statement.limit(1)).first() is not None


def outbox_row(row_id: str, *, locked: bool = False) -> OutboxRow | None:
    statement = select(OutboxRow).where(OutboxRow.id == row_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def waiting_payloads(kind: str) -> Sequence[dict[str, Any]]:
    """What rows of a kind say that are not done yet."""
    return db.session.scalars(select(OutboxRow.payload).where(OutboxRow.kind == kind)).all()


def failing_outbox_rows(kind: str, *, limit: int = 50) -> Sequence[OutboxRow]:
    """Rows of a kind that were tried and did not get through, the most tried first."""
    statement = (
        select(OutboxRow)
        .where(OutboxRow.kind == kind, OutboxRow.attempts > 0)
        .order_by(OutboxRow.attempts.desc())
        .limit(limit)
    )
    return db.session.scalars(statement).all()


def kinds_that_fail(*, attempts: int) -> set[str]:
    """The kinds of rows that were tried this often and did not get through."""
    return set(db.session.scalars(select(OutboxRow.kind).where(OutboxRow.attempts >= attempts).distinct()))


def count_outbox_rows() -> int:
    return db.session.scalar(select(func.count()).select_from(OutboxRow)) or 0


def wait_for_submission(key: bytes) -> None:
    """Of two equal submissions at the same moment, the second waits here for the first to end.

    On SQLite writers wait for each other anyway.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(key[:8], "big", signed=True)
        db.session.execute(select(func.pg_advisory_xact_lock(number)))


def submission(key: bytes) -> Submission | None:
    return db.session.get(Submission, key)


def kept_form(key: bytes) -> KeptForm | None:
    return db.session.get(KeptForm, key)


def placed_forms() -> Sequence[KeptForm]:
    """Kept forms that can be asked whether they were left at a page: of the last two hours, so few."""
    return db.session.scalars(select(KeptForm).where(KeptForm.place.is_not(None))).all()


def delete_expired(now: datetime) -> int:
    """Forget remembered submissions and kept forms whose time is over. Gives how many."""
    count = 0
    for statement in (
        delete(Submission).where(Submission.expires_at < now),
        delete(KeptForm).where(KeptForm.expires_at < now),
    ):
        result: CursorResult[Any] = db.session.execute(statement)  # type: ignore[assignment]
        count += result.rowcount
    return count


def next_number(name: str) -> int:
    """The next value of a counter, from 1.

    Inside `transaction()`; its row stays locked until the end, so there are no gaps.
    """
    changed = db.session.execute(update(Counter).where(Counter.name == name).values(value=Counter.value + 1))
    if changed.rowcount == 0:  # type: ignore[attr-defined]
        try:
            with db.session.begin_nested():
                db.session.add(Counter(name=name, value=1))
        except IntegrityError:  # another writer began the counter at the same moment
            return next_number(name)
        return 1
    return db.session.execute(select(Counter.value).where(Counter.name == name)).scalar_one()


def answers() -> bool:
    """Whether the database answers at all."""
    return db.session.execute(text("SELECT 1")).scalar() == 1

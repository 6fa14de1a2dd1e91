"""Questions about accounts and sessions.

`locked` takes the row for this transaction on PostgreSQL; SQLite's writer has everything anyway.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import delete, func, select

from accounts.models import Account, Staff, TrainingRecord, WebSession
from accounts.permissions import Role
from core.db import db, for_update


def account(account_id: str, *, locked: bool = False) -> Account | None:
    statement = select(Account).where(Account.id == account_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def account_by_lookup(lookup: bytes) -> Account | None:
    return db.session.scalars(select(Account).where(Account.lookup == lookup)).one_or_none()


def accounts_expired(now: datetime) -> Sequence[Account]:
    """Accounts that were never confirmed and whose hour is over."""
    return db.session.scalars(select(Account).where(Account.expires_at < now)).all()


def accounts_idle_since(day: date) -> Sequence[Account]:
    return db.session.scalars(select(Account).where(Account.seen_on < day, Account.is_confirmed)).all()


def web_session(token_hash: bytes) -> WebSession | None:
    return db.session.get(WebSession, token_hash)


def delete_expired_sessions(now: datetime) -> None:
    db.session.execute(delete(WebSession).where(WebSession.expires_at < now))


def staff_member(staff_id: str, *, locked: bool = False) -> Staff | None:
    statement = select(Staff).where(Staff.id == staff_id)
    return db.session.scalars(for_update(statement, may_be_named=True) if locked else statement).one_or_none()


def staff_by_username(username: str, *, locked: bool = False) -> Staff | None:
    statement = select(Staff).where(Staff.username == username)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def staff_by_alias(alias: str) -> Staff | None:
    return db.session.scalars(select(Staff).where(func.lower(Staff.alias) == alias.lower())).one_or_none()


def all_staff() -> Sequence[Staff]:
    return db.session.scalars(select(Staff).order_by(Staff.closed_at.is_not(None), Staff.username)).all()


def staff_aliases(staff_ids: Sequence[str]) -> dict[str, str]:
    rows = db.session.execute(select(Staff.id, Staff.alias).where(Staff.id.in_(staff_ids)))
    return {row.id: row.alias for row in rows}


def newest_training_record(staff_id: str) -> TrainingRecord | None:
    statement = (
        select(TrainingRecord)
        .where(TrainingRecord.staff_id == staff_id)
        .order_by(TrainingRecord.recorded_at.desc())
        .limit(1)
    )
    return db.session.scalars(statement).one_or_none()


def newest_training_records() -> list[TrainingRecord]:
    """The newest record of each moderator whose account is open."""
    statement = (
        select(TrainingRecord)
        .join(Staff, Staff.id == TrainingRecord.staff_id)
        .where(Staff.role == Role.MODERATOR, Staff.closed_at.is_(None))
        .order_by(TrainingRecord.recorded_at)
    )
    return list({one.staff_id: one for one in db.session.scalars(statement)}.values())


def training_records(staff_id: str) -> list[TrainingRecord]:
    """All records of one person, the newest first."""
    statement = (
        select(TrainingRecord)
        .where(TrainingRecord.staff_id == staff_id)
        .order_by(TrainingRecord.recorded_at.desc())
    )
    return list(db.session.scalars(statement))


def count_accounts() -> int:
    return db.session.scalar(select(func.count()).select_from(Account).where(Account.is_confirmed)) or 0

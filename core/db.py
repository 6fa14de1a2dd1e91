"""The database and the one way to write to it.

Reading happens in a plain snapshot that the request opens by its first query. Writing happens in
`transaction()` and nowhere else: it ends that snapshot, takes the write lock at once (`BEGIN IMMEDIATE` on
SQLite; rows are locked by `access.py` on PostgreSQL), and commits. What a write is decided on must be fetched
inside it, because everything read before may be old.

Why not SQLAlchemy's defaults: with the driver's own transactions two read-modify-write cycles on SQLite
overlap and lose updates without a word.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, MetaData, Select, event
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session

Locking = TypeVar("Locking", bound=Select[*tuple[Any, ...]])

BUSY_TIMEOUT_SECONDS = 10
WRITING = "stoa_writing"

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """All tables of Stoa, named by one convention so that one chain of migrations serves both databases."""

    metadata = MetaData(naming_convention=NAMES)


db = SQLAlchemy(model_class=Base)

if TYPE_CHECKING:  # a type checker cannot follow the class that the extension makes at run time
    Model = Base
else:
    Model = db.Model

# SQLite's own busy handler sleeps and is unfair: a writer can starve for a second. Waiting here first is
# first come, first served.
_write_lock = threading.Lock()


class WriteOutsideTransaction(RuntimeError):
    """Something tried to change the database without `transaction()`."""


class NestedTransaction(RuntimeError):
    """`transaction()` was entered twice: the inner one would commit half of the outer."""


class DatabaseBusy(RuntimeError):
    """The write lock was not to be had in time; nothing was written and trying again is safe."""


@contextmanager
def transaction() -> Iterator[None]:
    """Write: all of the block is committed, or none of it.

    Raises NestedTransaction, DatabaseBusy, and whatever the block raises; WriteOutsideTransaction when
    something was changed before it, which the rollback would forget without a word.
    """
    session = db.session()
    if session.info.get(WRITING):
        raise NestedTransaction
    forgotten = bool(session.new or session.dirty or session.deleted)
    session.rollback()
    if forgotten:
        raise WriteOutsideTransaction
    with _turn_to_write(session):
        session.info[WRITING] = True
        try:
            session.connection(execution_options={WRITING: True})
            yield
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info[WRITING] = False


@contextmanager
def _turn_to_write(session: Session) -> Iterator[None]:
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    if not _write_lock.acquire(timeout=BUSY_TIMEOUT_SECONDS):
        raise DatabaseBusy
    try:
        yield
    finally:
        _write_lock.release()


def for_update(statement: Locking, *, skip_locked: bool = False, may_be_named: bool = False) -> Locking:
    """Lock the rows that a SELECT finds, and read them as they are now.

    Without the refresh an entity that this transaction had already met would keep what it said before the
    lock was had, and PostgreSQL's writers would decide on it. SQLite's writer is alone and needs no lock.

    `may_be_named`: others may go on writing rows that name this one. Without it, somebody who acts and waits
    for a case would stop whoever has that case and writes the first one's name into it, and both for ever.
    """
    locking = statement.with_for_update(skip_locked=skip_locked, key_share=may_be_named)
    return locking.execution_options(populate_existing=True)


def empty_write_ahead_log() -> bool:
    """Let SQLite write its log into the database file and cut it to nothing. False when somebody is busy.

    Otherwise what was deleted or sealed would lie readable in the log until other pages happen to cover it.
    """
    if db.engine.dialect.name != "sqlite":
        return True
    connection = db.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=0")  # nobody is made to wait for this: the next time will do
        is_busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_SECONDS * 1000}")
        cursor.close()
    finally:
        connection.close()
    return not is_busy


def is_writing() -> bool:
    """Whether this thread is inside `transaction()`."""
    return bool(db.session().info.get(WRITING))


def init_database(app: Flask) -> None:
    """Bind the engine to `app` and install the pragmas, the BEGIN and the write guard.

    Rows are never logged: SQLAlchemy would write them with what their sealed columns hold, as soon as
    somebody asks for its debugging.
    """
    db.init_app(app)
    logging.getLogger("sqlalchemy.engine.Engine").addFilter(_holds_no_row)
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)


def _holds_no_row(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG


def engine_options(url: str) -> dict[str, Any]:
    """Pool sizes: sixteen request threads, the worker and a command or two.

    Errors never carry values: they end in logs.
    """
    options: dict[str, Any] = {
        "pool_size": 20,
        "max_overflow": 4,
        "pool_timeout": BUSY_TIMEOUT_SECONDS,
        "hide_parameters": True,
    }
    if not url.startswith("sqlite"):
        options["pool_pre_ping"] = True
    return options


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_SECONDS * 1000}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITING)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@event.listens_for(Session, "before_flush")
def _refuse_flush_outside(session: Session, _context: Any, _instances: Any) -> None:
    if not session.info.get(WRITING) and (session.new or session.dirty or session.deleted):
        raise WriteOutsideTransaction


@event.listens_for(Session, "do_orm_execute")
def _refuse_statement_outside(state: ORMExecuteState) -> None:
    if (state.is_insert or state.is_update or state.is_delete) and not state.session.info.get(WRITING):
        raise WriteOutsideTransaction

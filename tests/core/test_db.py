"""The one way to write: all or nothing, never on old facts, and nothing lost between writers."""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import IntegrityError

from core import db as database
from core import queries
from core.clock import utcnow
from core.db import (
    DatabaseBusy,
    NestedTransaction,
    WriteOutsideTransaction,
    db,
    is_writing,
    transaction,
)
from core.models import Counter, OutboxRow
from core.outbox import enqueue
from core.web import settings_of

WAIT = 20.0  # how long a test waits for another thread before it says that the thread hangs


def add_row(kind: str = "test") -> str:
    """A row that nothing else touches; its `attempts` count."""
    with transaction():
        row = enqueue(kind, {}, now=utcnow())
        db.session.flush()
        return row.id


def attempts_of(row_id: str) -> int:
    db.session.rollback()
    row = queries.outbox_row(row_id)
    assert row is not None
    return row.attempts


class Stopped(Exception):
    """Something went wrong in the middle of a write."""


def write_and_stop(act: Callable[[], object]) -> None:
    """Write something, and then fail before the end."""
    with transaction():
        act()
        db.session.flush()
        raise Stopped


def increment(app: Flask, row_id: str, *, times: int = 1) -> None:
    """What a thread of the server does: read, add one, write."""
    with app.app_context():
        for _ in range(times):
            with transaction():
                row = queries.outbox_row(row_id, locked=True)
                assert row is not None
                row.attempts += 1


@pytest.mark.usefixtures("on_both")
def test_what_the_block_wrote_is_there_afterwards() -> None:
    row_id = add_row()
    assert attempts_of(row_id) == 0


@pytest.mark.usefixtures("on_both")
def test_a_block_that_raises_leaves_nothing() -> None:
    with pytest.raises(Stopped):
        write_and_stop(lambda: enqueue("test", {}, now=utcnow()))
    assert queries.count_outbox_rows() == 0


@pytest.mark.usefixtures("on_both")
def test_after_a_block_that_raised_one_can_write_again() -> None:
    with pytest.raises(Stopped):
        write_and_stop(is_writing)
    assert not is_writing()
    assert attempts_of(add_row()) == 0


@pytest.mark.usefixtures("on_both")
def test_an_object_added_outside_is_refused_at_the_flush() -> None:
    enqueue("test", {}, now=utcnow())
    with pytest.raises(WriteOutsideTransaction):
        db.session.flush()


@pytest.mark.usefixtures("on_both")
def test_an_object_changed_outside_is_refused_and_not_silently_forgotten() -> None:
    row_id = add_row()
    row = queries.outbox_row(row_id)
    assert row is not None
    row.attempts = 7
    with pytest.raises(WriteOutsideTransaction), transaction():
        pass
    assert attempts_of(row_id) == 0


@pytest.mark.parametrize(
    "statement",
    [
        update(OutboxRow).values(attempts=5),
        delete(OutboxRow),
        insert(Counter).values(name="stray", value=1),
    ],
    ids=["update", "delete", "insert"],
)
@pytest.mark.usefixtures("on_both")
def test_a_statement_outside_is_refused(statement: object) -> None:
    with pytest.raises(WriteOutsideTransaction):
        db.session.execute(statement)  # type: ignore[call-overload]


@pytest.mark.usefixtures("on_both")
def test_a_transaction_inside_another_is_refused() -> None:
    with transaction(), pytest.raises(NestedTransaction), transaction():
        pass


@pytest.mark.usefixtures("on_both")
def test_a_refused_inner_transaction_leaves_the_outer_one_open() -> None:
    with transaction():
        row = enqueue("test", {}, now=utcnow())
        with pytest.raises(NestedTransaction), transaction():
            pass
        row.attempts = 3
    assert attempts_of(row.id) == 3


def test_a_reader_with_an_open_snapshot_does_not_hold_up_a_writer(on_both: Flask) -> None:
    row_id = add_row()
    assert attempts_of(row_id) == 0  # the snapshot of this thread stays open
    with ThreadPoolExecutor() as pool:
        pool.submit(increment, on_both, row_id).result(timeout=WAIT)
    assert attempts_of(row_id) == 1


def test_a_writer_at_work_does_not_hold_up_a_reader(on_both: Flask) -> None:
    row_id, wrote, may_end = add_row(), threading.Event(), threading.Event()

    def write_slowly() -> None:
        with on_both.app_context(), transaction():
            row = queries.outbox_row(row_id, locked=True)
            assert row is not None
            row.attempts = 9
            db.session.flush()
            wrote.set()
            assert may_end.wait(WAIT)

    with ThreadPoolExecutor() as pool:
        writer = pool.submit(write_slowly)
        assert wrote.wait(WAIT)
        seen_meanwhile = attempts_of(row_id)
        may_end.set()
        writer.result(timeout=WAIT)
    assert seen_meanwhile == 0


def test_what_was_read_before_is_not_what_is_decided_on(on_both: Flask) -> None:
    row_id = add_row()
    read_before = queries.outbox_row(row_id)
    assert read_before is not None
    assert read_before.attempts == 0
    with ThreadPoolExecutor() as pool:
        pool.submit(increment, on_both, row_id).result(timeout=WAIT)
    with transaction():
        row = queries.outbox_row(row_id, locked=True)
        assert row is not None
        row.attempts += 1
    assert attempts_of(row_id) == 2


def test_eight_threads_of_sixty_increments_lose_none(on_both: Flask) -> None:
    row_id = add_row()
    db.session.remove()
    with ThreadPoolExecutor(max_workers=8) as pool:
        for done in [pool.submit(increment, on_both, row_id, times=60) for _ in range(8)]:
            done.result(timeout=120)
    assert attempts_of(row_id) == 480


def test_two_writers_that_begin_a_counter_at_the_same_moment_get_different_numbers(on_both: Flask) -> None:
    began, second_comes = threading.Event(), threading.Event()

    def take_first() -> int:
        with on_both.app_context(), transaction():
            number = queries.next_number("fresh")
            began.set()
            assert second_comes.wait(WAIT)
            time.sleep(0.3)  # so that the other one is in the middle of it
            return number

    def take_second() -> int:
        with on_both.app_context():
            queries.count_outbox_rows()
            assert began.wait(WAIT)
            second_comes.set()
            with transaction():
                return queries.next_number("fresh")

    with ThreadPoolExecutor(max_workers=2) as pool:
        taken = [done.result(timeout=WAIT) for done in [pool.submit(take_first), pool.submit(take_second)]]
    assert taken == [1, 2]


@pytest.mark.usefixtures("on_both")
def test_a_counter_has_no_gaps_after_a_failure() -> None:
    with transaction():
        assert queries.next_number("steps") == 1
    with pytest.raises(Stopped):
        write_and_stop(lambda: queries.next_number("steps"))
    with transaction():
        assert queries.next_number("steps") == 2


def test_a_write_lock_that_is_not_to_be_had_is_told_and_writes_nothing(
    inside: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_SECONDS", 0.05)
    held, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with inside.app_context(), transaction():
            held.set()
            assert may_end.wait(WAIT)

    with ThreadPoolExecutor() as pool:
        holder = pool.submit(hold)
        assert held.wait(WAIT)
        with pytest.raises(DatabaseBusy), transaction():
            enqueue("test", {}, now=utcnow())
        may_end.set()
        holder.result(timeout=WAIT)
    assert queries.count_outbox_rows() == 0


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),  # FULL
        ("foreign_keys", 1),
        ("secure_delete", 1),
        ("busy_timeout", 10_000),
    ],
)
@pytest.mark.usefixtures("inside")
def test_sqlite_is_set_up_to_keep_what_it_was_given(pragma: str, value: object) -> None:
    assert db.session.execute(text(f"PRAGMA {pragma}")).scalar() == value


def test_a_connection_that_was_set_otherwise_is_set_right() -> None:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("PRAGMA secure_delete=OFF")
        connection.execute("PRAGMA foreign_keys=OFF")
        database._prepare_sqlite(connection, None)
        set_to = [
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("secure_delete", "foreign_keys")
        ]
    assert set_to == [1, 1]


def another_process_can_write(app: Flask) -> bool:
    """Whether a writer that knows nothing of our threads gets the write lock at this moment."""
    other = sqlite3.connect(settings_of(app).data_dir / "stoa.db", timeout=0, isolation_level=None)
    with contextlib.closing(other):
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        return True


def test_a_writer_has_the_write_lock_from_its_first_moment(inside: Flask) -> None:
    with transaction():
        assert not another_process_can_write(inside)


def test_a_reader_never_has_it(inside: Flask) -> None:
    assert queries.count_outbox_rows() == 0
    assert another_process_can_write(inside)


@pytest.mark.usefixtures("on_both")
def test_an_error_of_the_database_repeats_nothing_that_was_written() -> None:
    with transaction():
        db.session.add(Counter(name="what a student wrote", value=1))
    with pytest.raises(IntegrityError) as failed, transaction():
        db.session.execute(insert(Counter).values(name="what a student wrote", value=2))
    assert "parameters hidden" in str(failed.value)

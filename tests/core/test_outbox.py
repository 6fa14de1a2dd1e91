"""The outbox: what must follow a commit happens, whatever dies in between; a failure stops nobody else."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from core import outbox, queries
from core.db import db, transaction
from core.models import Counter, OutboxRow
from core.outbox import Handler, Payload, drain, enqueue, register_handler
from tests.core.failing import Failing, Killed

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
Done = list[str]


def drain_and_die(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """A worker takes what is due, and its process is killed at this function of the outbox."""
    with monkeypatch.context() as killed:
        killed.setattr(outbox, where, Failing(Killed()))
        with pytest.raises(Killed):
            drain(now=NOON)


def put(kind: str, name: str, *, not_before: datetime | None = None) -> None:
    with transaction():
        enqueue(kind, {"name": name}, now=NOON, not_before=not_before)


def rows(kind: str) -> Sequence[OutboxRow]:
    db.session.rollback()
    return [row for row in db.session.query(OutboxRow).all() if row.kind == kind]


def noting(done: Done) -> Callable[[Sequence[Payload], datetime], None]:
    """A handler that notes what it was given, and fails for what is called "poison"."""

    def run(payloads: Sequence[Payload], _now: datetime) -> None:
        for payload in payloads:
            if payload["name"] == "poison":
                raise ConnectionError("refused by 192.0.2.7")
            done.append(payload["name"])

    return run


@pytest.fixture(params=["inside", "outside", "together"])
def done(request: pytest.FixtureRequest) -> Done:
    """What was done by the handler of the kind "test", of each sort in turn."""
    request.getfixturevalue("inside")
    noted: Done = []
    handlers = {
        "inside": Handler(noting(noted)),
        "outside": Handler(noting(noted), inside=False),
        "together": Handler(noting(noted), alone=False, inside=False),
    }
    register_handler("test", handlers[request.param])
    return noted


def test_what_was_committed_is_done_and_its_row_is_gone(done: Done) -> None:
    put("test", "a notice")
    drain(now=NOON)
    assert done == ["a notice"]
    assert rows("test") == []


def test_what_was_rolled_back_is_never_done(done: Done) -> None:
    def write_and_fail() -> None:
        with transaction():
            enqueue("test", {"name": "a notice"}, now=NOON)
            db.session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    drain(now=NOON)
    assert done == []


def test_what_is_for_later_waits(done: Done) -> None:
    put("test", "a notice", not_before=NOON + 10 * SECOND)
    drain(now=NOON + 9 * SECOND)
    assert done == []
    drain(now=NOON + 10 * SECOND)
    assert done == ["a notice"]


def test_a_row_that_was_taken_back_in_time_is_not_done(done: Done) -> None:
    put("test", "an undone notice", not_before=NOON + 10 * SECOND)
    with transaction():
        for row in db.session.query(OutboxRow).all():
            db.session.delete(row)
    drain(now=NOON + 20 * SECOND)
    assert done == []


def test_a_process_killed_before_it_was_done_does_it_again(
    done: Done, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("test", "a page")
    drain_and_die(monkeypatch, "_attempt")
    assert done == []
    drain(now=NOON + outbox.TAKEN_FOR + SECOND)
    assert done == ["a page"]


def test_a_row_that_another_worker_holds_is_left_to_it(done: Done, monkeypatch: pytest.MonkeyPatch) -> None:
    put("test", "a page")
    drain_and_die(monkeypatch, "_attempt")
    drain(now=NOON + SECOND)
    assert done == []


def test_a_failing_row_stops_nobody_else(done: Done) -> None:
    for name in ("first", "poison", "last"):
        put("test", name)
    drain(now=NOON)
    drain(now=NOON + 15 * SECOND)
    assert set(done) == {"first", "last"}  # a handler may run twice


@pytest.mark.usefixtures("done")
def test_a_failing_row_stays_and_is_shown() -> None:
    put("test", "poison")
    drain(now=NOON)
    assert [row.attempts for row in queries.failing_outbox_rows("test")] == [1]


@pytest.mark.usefixtures("done")
def test_what_is_shown_of_a_failure_has_no_address_in_it() -> None:
    put("test", "poison")
    drain(now=NOON)
    assert [row.last_error for row in rows("test")] == ["ConnectionError"]


@pytest.mark.usefixtures("done")
def test_a_failing_row_waits_longer_each_time_but_never_long() -> None:
    put("test", "poison")
    now, pauses = NOON, []
    for _ in range(12):
        drain(now=now)
        (row,) = rows("test")
        pauses.append(row.due_at - now)
        now = row.due_at
    assert pauses == sorted(pauses)
    assert pauses[0] < pauses[1]
    assert pauses[-1] == outbox.LONGEST_PAUSE


@pytest.mark.usefixtures("inside")
def test_a_row_that_failed_and_then_goes_through_is_gone() -> None:
    done: Done = []
    put("flaky", "a page")
    register_handler("flaky", Handler(noting([]), inside=False))
    with transaction():
        (row,) = db.session.query(OutboxRow).all()
        row.payload = {"name": "poison"}
    drain(now=NOON)
    register_handler("flaky", Handler(lambda payloads, _now: done.extend(map(str, payloads)), inside=False))
    drain(now=NOON + timedelta(minutes=5))
    assert len(done) == 1
    assert rows("flaky") == []


@pytest.mark.usefixtures("inside")
def test_a_kind_that_nobody_handles_stays_and_is_shown() -> None:
    put("unknown", "x")
    drain(now=NOON)
    assert [row.last_error for row in rows("unknown")] == ["LookupError"]


def count_in_database(payloads: Sequence[Payload], _now: datetime) -> None:
    for _payload in payloads:
        queries.next_number("done inside")


def counted() -> int:
    db.session.rollback()
    row = db.session.get(Counter, "done inside")
    return row.value if row is not None else 0


@pytest.mark.usefixtures("inside")
def test_work_inside_and_the_end_of_its_row_are_one_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    register_handler("test", Handler(count_in_database))
    put("test", "x")
    drain_and_die(monkeypatch, "_delete")  # after the work, before the row is gone
    assert (counted(), len(rows("test"))) == (0, 1)
    drain(now=NOON + outbox.TAKEN_FOR + SECOND)
    assert (counted(), len(rows("test"))) == (1, 0)


@pytest.mark.usefixtures("inside")
def test_work_inside_that_fails_leaves_nothing_of_itself() -> None:
    def count_and_fail(payloads: Sequence[Payload], now: datetime) -> None:
        count_in_database(payloads, now)
        raise ZeroDivisionError

    register_handler("test", Handler(count_and_fail))
    put("test", "x")
    drain(now=NOON)
    assert counted() == 0


@pytest.mark.usefixtures("inside")
def test_work_outside_holds_no_transaction() -> None:
    seen: list[bool] = []

    def look(_payloads: Sequence[Payload], _now: datetime) -> None:
        with transaction():
            seen.append(True)

    register_handler("test", Handler(look, inside=False))
    put("test", "x")
    drain(now=NOON)
    assert seen == [True]


@pytest.mark.usefixtures("inside")
def test_a_handler_that_does_better_with_many_gets_them_at_once() -> None:
    calls: list[int] = []
    register_handler(
        "index", Handler(lambda payloads, _now: calls.append(len(payloads)), alone=False, inside=False)
    )
    for number in range(5):
        put("index", f"post {number}")
    drain(now=NOON)
    assert calls == [5]


@pytest.mark.usefixtures("inside")
def test_a_drain_of_nothing_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise AssertionError("a transaction was opened")

    monkeypatch.setattr(outbox, "transaction", refuse)
    assert drain(now=NOON) == 0


@pytest.mark.usefixtures("inside")
def test_a_long_queue_is_done_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "BATCH", 10)
    done: Done = []
    register_handler("test", Handler(noting(done), alone=False, inside=False))
    for number in range(25):
        put("test", str(number))
    assert [drain(now=NOON), drain(now=NOON), drain(now=NOON), drain(now=NOON)] == [10, 10, 5, 0]
    assert len(done) == 25


@pytest.mark.usefixtures("on_both")
def test_two_workers_on_postgresql_take_different_rows() -> None:
    done: Done = []
    register_handler("test", Handler(noting(done), inside=False))
    for number in range(6):
        put("test", str(number))
    with transaction():
        held = [row.id for row in queries.due_outbox_rows(NOON, limit=3)]
        for row in queries.due_outbox_rows(NOON, limit=3):
            row.taken_until = NOON + outbox.TAKEN_FOR
    drain(now=NOON)
    assert len(done) == 3
    assert sorted(row.id for row in rows("test")) == sorted(held)


def down(tried: Done) -> Callable[[Sequence[Payload], datetime], None]:
    """A handler that notes whom it was to reach, and reaches nobody by e-mail."""

    def run(payloads: Sequence[Payload], _now: datetime) -> None:
        for payload in payloads:
            tried.append(payload["name"])
            if payload["name"].startswith("mail"):
                raise TimeoutError

    return run


@pytest.mark.usefixtures("inside")
def test_what_is_away_is_waited_for_once_and_holds_up_nothing_else() -> None:
    tried: Done = []
    lane = Handler(down(tried), inside=False, lane=lambda payload: str(payload["name"])[:4])
    register_handler("test", lane)
    for name in ("mail 1", "mail 2", "hook 1", "mail 3", "hook 2"):
        put("test", name)

    drain(now=NOON)

    assert len([name for name in tried if name.startswith("mail")]) == 1
    assert {name for name in tried if name.startswith("hook")} == {"hook 1", "hook 2"}


@pytest.mark.usefixtures("inside")
def test_a_row_that_was_put_back_behind_another_is_tried_again() -> None:
    tried: Done = []
    register_handler("test", Handler(down(tried), inside=False, lane=lambda _payload: "mail"))
    put("test", "mail 1")
    put("test", "mail 2")
    drain(now=NOON)
    register_handler("test", Handler(noting(tried), inside=False, lane=lambda _payload: "mail"))

    drain(now=NOON + timedelta(minutes=1))

    assert (set(tried[1:]), rows("test")) == ({"mail 1", "mail 2"}, [])


@pytest.mark.usefixtures("inside")
def test_what_is_urgent_goes_before_whatever_waits_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    done: Done = []
    monkeypatch.setattr(outbox, "BATCH", 2)
    register_handler("test", Handler(noting(done)))
    register_handler("page", Handler(noting(done), inside=False, urgent=True))
    for name in ("a", "b", "c"):
        put("test", name)
    put("page", "somebody in danger")

    drain(now=NOON)

    assert done[0] == "somebody in danger"


@pytest.mark.usefixtures("inside")
def test_a_failure_that_cannot_be_written_down_stops_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    done: Done = []
    register_handler("test", Handler(noting(done)))
    put("test", "poison")
    put("test", "a page")
    monkeypatch.setattr(outbox, "_put_back", Failing(OSError(28, "No space left on device")))
    drain(now=NOON)

    assert done == ["a page"]


def test_what_a_killed_worker_had_taken_is_due_for_the_next_at_once(
    done: Done, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("test", "a page")
    drain_and_die(monkeypatch, "_do_kind")
    outbox.free_leftovers()
    drain(now=NOON + SECOND)

    assert done == ["a page"]

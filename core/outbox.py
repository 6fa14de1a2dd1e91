"""The outbox: what must follow a commit is written as a row in the same transaction, and the worker does it.

So nothing is lost between the commit and its consequence: a killed process finds the row again. A handler may
therefore run twice and must stand it. Three kinds of handler: one that changes the database runs in the
transaction that deletes its row; one that talks to the outside runs before it; one that does better with many
at once gets them together, until they fail: then each is tried alone, so that one bad row holds up no other.

Rows that need the same thing outside, such as one mail server, share a lane: while that is away, one of them
waits for it, and the others are put back at once, so that nothing else waits behind them. A row that failed
by its own fault closes no lane.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app

from core import queries
from core.db import db, transaction
from core.models import OutboxRow

BATCH = 200
TAKEN_FOR = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(minutes=5)

Payload = dict[str, Any]


@dataclass(frozen=True)
class Handler:
    """How rows of one kind are done.

    `run` gets the payloads and the time; `alone` is one row a call, `inside` in the row's own transaction.
    `lane` names what a row needs outside; `own_fault` are the errors that say nothing about it. What is
    `urgent` goes before everything else that is due. `longest_pause` is how long a row waits at most between
    two tries.
    """

    run: Callable[[Sequence[Payload], datetime], None]
    alone: bool = True
    inside: bool = True
    lane: Callable[[Payload], str] | None = None
    own_fault: tuple[type[Exception], ...] = ()
    urgent: bool = False
    longest_pause: Callable[[Payload], timedelta] = lambda _payload: LONGEST_PAUSE


def register_handler(kind: str, handler: Handler) -> None:
    """Say how rows of `kind` are done. Called by `app.py` while the application is put together."""
    _handlers()[kind] = handler


def _handlers() -> dict[str, Handler]:
    handlers: dict[str, Handler] = current_app.extensions.setdefault("stoa_outbox", {})
    return handlers


def enqueue(kind: str, payload: Payload, *, now: datetime, not_before: datetime | None = None) -> OutboxRow:
    """Add a row in the caller's transaction.

    `payload` holds ids and states, never text and never an account.
    """
    row = OutboxRow(kind=kind, payload=payload, due_at=not_before or now, attempts=0, last_error="")
    db.session.add(row)
    return row


def drain(*, now: datetime) -> int:
    """Do what is due.

    Returns how many rows were tried. A row that fails stays, waits longer each time, and stops nobody else.
    """
    if not queries.has_due_outbox_rows(now):
        db.session.rollback()
        return 0
    urgent_kinds = [kind for kind, handler in _handlers().items() if handler.urgent]
    with transaction():
        rows = queries.due_outbox_rows(now, limit=BATCH, first=urgent_kinds)
        for row in rows:
            row.taken_until = now + TAKEN_FOR
        taken = [_Taken(row.id, row.kind, row.payload, row.attempts) for row in rows]
    for kind in dict.fromkeys(one.kind for one in taken):
        _do_kind(kind, [one for one in taken if one.kind == kind], now)
    return len(taken)


def free_leftovers() -> None:
    """What a worker had taken when it was killed is due at once. Called by the next worker before its first
    beat, when no other can be at work.
    """
    with transaction():
        queries.give_back_outbox_rows()


@dataclass(frozen=True)
class _Taken:
    id: str
    kind: str
    payload: Payload
    attempts: int


def _do_kind(kind: str, rows: Sequence[_Taken], now: datetime) -> None:
    handler, closed = _handlers().get(kind), dict[str, Exception]()
    for group in _groups(handler, rows):
        lane = handler.lane(group[0].payload) if handler is not None and handler.lane is not None else None
        if lane is not None and lane in closed:
            _put_all_back(group, closed[lane], now)
            continue
        error = _attempt(handler, kind, group, now)
        if error is not None and lane is not None and not _is_own_fault(handler, error):
            closed[lane] = error


def _is_own_fault(handler: Handler | None, error: Exception) -> bool:
    return handler is not None and isinstance(error, handler.own_fault)


def _groups(handler: Handler | None, rows: Sequence[_Taken]) -> list[list[_Taken]]:
    """What is handed over in one call."""
    if handler is None or handler.alone:
        return [[one] for one in sorted(rows, key=lambda one: one.attempts)]
    fresh = [one for one in rows if not one.attempts]
    return ([fresh] if fresh else []) + [[one] for one in rows if one.attempts]


def _attempt(handler: Handler | None, kind: str, group: Sequence[_Taken], now: datetime) -> Exception | None:
    """Do one row, or what is done together. Gives what went wrong."""
    try:
        if handler is None:
            raise LookupError(f"no handler for {kind}")
        payloads = [one.payload for one in group]
        if not handler.inside:
            handler.run(payloads, now)
        with transaction():
            if handler.inside:
                handler.run(payloads, now)
            for one in group:
                _delete(one.id)
    except (
        Exception
    ) as error:  # a failing row is recorded, shown and tried again; it must not stop the others
        current_app.logger.exception("outbox row of kind %s failed", kind)
        _put_all_back(group, error, now)
        return error
    return None


def _put_all_back(group: Sequence[_Taken], error: Exception, now: datetime) -> None:
    try:
        with transaction():
            for one in group:
                _put_back(one.id, error, now)
    except Exception:  # not even that could be written down: they are due again when they are free again
        current_app.logger.exception("outbox rows could not be put back")


def _delete(row_id: str) -> None:
    row = queries.outbox_row(row_id, locked=True)
    if row is not None:
        db.session.delete(row)


def _put_back(row_id: str, error: Exception, now: datetime) -> None:
    row = queries.outbox_row(row_id, locked=True)
    if row is None:
        return
    row.attempts += 1
    row.taken_until = None
    handler = _handlers().get(row.kind)
    longest = handler.longest_pause(row.payload) if handler is not None else LONGEST_PAUSE
    row.due_at = now + min(timedelta(seconds=5 * 2 ** min(row.attempts, 10)), longest)
    row.last_error = type(error).__name__

"""Tombstones: what was redacted stays so when an older backup is brought back.

Each redaction adds a line to a file beside the database that no backup holds and every restore heeds. A line
says where words stood, how long they were and of what kind; the words themselves stand nowhere.

The line comes last: the words go in one transaction with the outbox row that writes it. A process that dies
before leaves the words, and two people who may still agree; one that dies after leaves the row, which is done
at the next start. Were the line first, a yes that came to nothing would destroy words at the next start.

Where a database comes back by other hands than `backup restore`, as on PostgreSQL, nobody tells this service.
So it compares: at each start, before it serves, and every few minutes while it runs.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from sqlalchemy.exc import DatabaseError

from core import queries as core_queries
from core.audit import record_event
from core.clock import utcnow
from core.db import db, transaction
from core.files import append_line
from core.keys import KeysMissing
from core.outbox import Payload
from core.web import settings_of
from forum import cover_queries, queries
from forum.authorship import lock_author
from forum.covering import CoverKind, Stretch, is_redacted, redact_again

FILE = "tombstones.jsonl"
KIND = "tombstone"
AT_ONCE = 500


def write_tombstones(payloads: Sequence[Payload], now: datetime) -> None:  # noqa: ARG001 (the outbox gives every handler the time)
    """An outbox handler: note for later restores what was redacted. Safe to run twice."""
    for payload in payloads:
        append_line(settings_of(current_app).data_dir / FILE, json.dumps(payload))


def write_waiting_tombstones(directory: Path) -> None:
    """Note what was redacted and not noted yet, before another database takes the place of this one, and the
    rows that would have done it with it. A database that cannot be read tells nothing.
    """
    try:
        payloads = core_queries.waiting_payloads(KIND)
    except DatabaseError:
        return
    finally:
        db.session.rollback()
    for payload in payloads:
        append_line(directory / FILE, json.dumps(payload))


def redact_what_came_back(directory: Path) -> int:
    """Redact again what a database that was brought back still holds; `directory` holds the file. Gives how
    many lines were not kept to. What is as it should be is left alone.

    Opens its own transactions. Doing it twice changes nothing. Raises KeysMissing.
    """
    count = 0
    for lines in _batched(_lines(directory / FILE)):
        covers = cover_queries.covers_of(list({line["post"] for line in lines}))
        due = [line for line in lines if _came_back(line, covers)]
        for line in due:
            with transaction():
                count += _redact_line(line, now=utcnow())
    db.session.rollback()
    return count


def look_for_what_came_back(now: datetime) -> None:  # noqa: ARG001 (a job is given the time)
    """A job: somebody may bring a database back while this runs."""
    redact_what_came_back(settings_of(current_app).data_dir)


def redact_before_serving(app: Flask) -> None:
    """At the start: whatever database is here now, words that were redacted are gone before anybody reads.

    Without tables, without a database or without keys there is nothing that could be done; the job comes
    back to it.
    """
    directory = settings_of(app).data_dir
    if not (directory / FILE).exists():
        return
    with app.app_context():
        try:
            count = redact_what_came_back(directory)
        except (DatabaseError, KeysMissing):
            app.logger.warning("tombstones could not be compared with the database at the start")
        else:
            if count:
                app.logger.warning("%d redactions were repeated: an older database is here", count)
        finally:
            db.session.remove()


def _came_back(line: Mapping[str, Any], covers: Mapping[tuple[str, int], Sequence[dict[str, Any]]]) -> bool:
    """Whether a wording of this line is here with words that should be gone."""
    stretches = (Stretch(*facts) for facts in line["stretches"])
    found = ((one, covers.get((line["post"], one.revision))) for one in stretches)
    return any(own is not None and not is_redacted(own, one) for one, own in found)


def _redact_line(line: Mapping[str, Any], *, now: datetime) -> int:
    """Do what one line says, in the caller's transaction. Gives 1, or 0 when the text is gone meanwhile."""
    unlocked = queries.post(line["post"])
    if unlocked is None:
        return 0
    lock_author(unlocked)
    queries.thread(unlocked.thread_id, locked=True)
    post = queries.post(line["post"], locked=True)
    if post is None:
        return 0
    stretches = [Stretch(*facts) for facts in line["stretches"]]
    kind, at = CoverKind(line["kind"]), datetime.fromisoformat(line["at"])
    redact_again(post, stretches, kind, at=at, now=now)
    detail = {"kind": kind.value, "places": len(stretches)}
    record_event("words_redacted_again", actor="system", target=f"post:{post.id}", detail=detail, now=now)
    return 1


def _batched(lines: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    for line in lines:
        chunk.append(line)
        if len(chunk) == AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """What stands in the file. A line that a power cut left unfinished was written again behind itself."""
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            facts = json.loads(line)
        except ValueError:
            continue
        if isinstance(facts, dict):
            yield facts

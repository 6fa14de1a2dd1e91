"""The audit log: who did what, when, chained so that a changed, deleted, swapped or cut line shows.

Each line's MAC covers the line before. A cut tail leaves a chain that is whole, so the worker writes the
newest (sequence, MAC) into `audit.anchor` beside the database; a log that is behind its anchor was cut. The
anchor only moves forward along the same chain, or the worker would hide a cut within seconds. No line holds
private text, and none names a student.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError

from core import queries
from core.crypto import tag
from core.db import db
from core.keys import Keyring, keyring
from core.models import AuditEvent, AuditHead

ANCHOR = "audit.anchor"
GENESIS = b"\0" * 32
MOST_FAULTS = 20

Point = tuple[int, bytes]  # a line's sequence and MAC
BEGINNING: Point = (0, GENESIS)


class AnchorDamaged(ValueError):
    """The anchor file is there and cannot be understood."""


class LogBehindAnchor(RuntimeError):
    """The log does not hold the line that was anchored: it was cut or rewritten."""


def record_event(
    kind: str, *, actor: str, now: datetime, target: str = "", detail: dict[str, Any] | None = None
) -> AuditEvent:
    """Add a line, in the caller's transaction.

    `actor` is "staff:<id>", "student", "visitor", "system" or "command"; `target` is "<kind>:<id>".
    """
    head = queries.audit_head(locked=True) or _first_head()
    event = AuditEvent(
        sequence=head.sequence + 1,
        at=now.astimezone(UTC),
        kind=kind,
        actor=actor,
        target=target,
        detail=detail or {},
        mac=b"",
    )
    event.mac = _mac(keyring(), head.mac, event)
    head.sequence, head.mac = event.sequence, event.mac
    db.session.add(event)
    db.session.flush()
    return event


def _first_head() -> AuditHead:
    """The head of a log that has no line yet. Of two who come first at the same moment, one waits here."""
    try:
        with db.session.begin_nested():
            head = AuditHead(id=1, sequence=0, mac=GENESIS)
            db.session.add(head)
    except IntegrityError:
        theirs = queries.audit_head(locked=True)
        if theirs is None:
            raise
        return theirs
    return head


def _mac(keys: Keyring, previous: bytes, event: AuditEvent) -> bytes:
    return tag(
        keys.audit,
        previous,
        str(event.sequence),
        event.at.isoformat(),
        event.kind,
        event.actor,
        event.target,
        json.dumps(event.detail, sort_keys=True, ensure_ascii=True),
    )


def verify_log(directory: Path) -> list[str]:
    """Everything that is wrong with the log, as sentences; an empty list when it is whole.

    `directory` holds the anchor.
    """
    faults: list[str] = []
    anchor = None
    try:
        anchor = read_anchor(directory)
    except AnchorDamaged:
        faults.append("the anchor file is damaged: a cut tail would not show")
    # Lines may be added while this reads, so the head is looked at before and after.
    before = _point(queries.audit_head())
    macs = {point[0]: b"" for point in (anchor, before) if point} | {0: GENESIS}
    last, chain_faults = _check_chain(macs)
    after = _point(queries.audit_head())
    faults += chain_faults
    if (before and before[0] > last[0]) or (after or (0, GENESIS))[0] < last[0]:
        faults.append(
            f"the log ends at line {last[0]}, and its head says otherwise: the tail was cut or forged"
        )
    elif before and before[0] and macs[before[0]] != before[1]:
        faults.append(f"the head of the log does not fit line {before[0]}: it was forged")
    return faults + _check_anchor(anchor, last[0], macs, is_missing=not (directory / ANCHOR).exists())


def _check_chain(macs: dict[int, bytes]) -> tuple[Point, list[str]]:
    """Follow the chain from the first line to the last.

    Returns the last line and the faults, and fills in the MACs of the lines that are asked for.
    """
    keys = keyring()
    last: Point = (0, GENESIS)
    faults: list[str] = []
    for event in queries.all_audit_events():
        if event.sequence != last[0] + 1:
            faults.append(f"line {last[0] + 1} is missing: the next one is {event.sequence}")
        elif event.mac != _mac(keys, last[1], event):
            faults.append(f"line {event.sequence} was changed or moved")
        last = (event.sequence, event.mac)
        if event.sequence in macs:
            macs[event.sequence] = event.mac
        if len(faults) == MOST_FAULTS:
            faults.append("and perhaps more; each line after these was passed over")
        del faults[MOST_FAULTS + 1 :]
    return last, faults


def _check_anchor(anchor: Point | None, last: int, macs: dict[int, bytes], *, is_missing: bool) -> list[str]:
    if anchor and anchor[0] > last:
        return [f"the log ends at line {last}, and line {anchor[0]} was anchored: the tail was cut"]
    if anchor and macs[anchor[0]] != anchor[1]:
        return [f"line {anchor[0]} is not the one that was anchored: the log was rewritten"]
    if is_missing:
        return ["the anchor file is missing: a cut tail would not show"]
    return []


def _point(line: AuditHead | AuditEvent | None) -> Point | None:
    return (line.sequence, line.mac) if line is not None else None


def write_anchor(directory: Path) -> None:
    """Write the newest (sequence, MAC) beside the database, whole or not at all.

    Run by the worker, and once for an installation without a line, so that a missing anchor always tells.

    Raises LogBehindAnchor, AnchorDamaged: then the old anchor stays as the evidence.
    """
    head, anchor = _point(queries.audit_head()) or BEGINNING, read_anchor(directory)
    if anchor not in {None, BEGINNING, head}:
        anchored = _point(queries.audit_event(anchor[0]))
        if head[0] < anchor[0] or anchored != anchor:
            raise LogBehindAnchor(f"line {anchor[0]} was anchored and the log does not hold it")
    if head != anchor:
        _replace_anchor(directory, head)


def anchor_anew(directory: Path) -> None:
    """Anchor the log as it is, whatever was anchored before: after a restore, which says so in the log."""
    head = _point(queries.audit_head())
    if head is not None:
        _replace_anchor(directory, head)


def _replace_anchor(directory: Path, head: Point) -> None:
    temporary = directory / (ANCHOR + ".new")
    with temporary.open("w") as file:
        file.write(f"{head[0]} {head[1].hex()}\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(directory / ANCHOR)


def read_anchor(directory: Path) -> Point | None:
    """The anchored (sequence, MAC), or None when no anchor was written yet. Raises AnchorDamaged."""
    try:
        text = (directory / ANCHOR).read_text()
    except FileNotFoundError:
        return None
    try:
        sequence, mac = text.split()
        return int(sequence), bytes.fromhex(mac)
    except ValueError as error:
        raise AnchorDamaged from error

"""The audit log: who did what, when, chained so that a changed, deleted, swapped or cut line shows.

Each line's MAC covers the line before. A cut tail leaves a chain that is whole, so the worker writes the
newest (sequence, MAC) into `audit.anchor` beside the database; a log that is behind its anchor was cut. No
line holds private text, and none names a student.
"""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from core import queries
from core.crypto import tag
from core.db import db
from core.keys import Keyring, keyring
from core.models import AuditEvent, AuditHead

ANCHOR = "audit.anchor"
GENESIS = b"\0" * 32


def record_event(
    kind: str, *, actor: str, now: datetime, target: str = "", detail: dict[str, Any] | None = None
) -> AuditEvent:
    """Add a line, in the caller's transaction.

    `actor` is "staff:<id>", "student", "visitor", "system" or "command"; `target` is "<kind>:<id>".
    """
    head = queries.audit_head(locked=True)
    if head is None:
        head = AuditHead(id=1, sequence=0, mac=GENESIS)
        db.session.add(head)
    event = AuditEvent(
        sequence=head.sequence + 1,
        at=now,
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
    keys, faults = keyring(), []
    anchor = read_anchor(directory)
    anchored_mac: bytes | None = GENESIS if anchor and anchor[0] == 0 else None
    previous, expected = GENESIS, 1
    for event in queries.all_audit_events():
        if event.sequence != expected:
            faults.append(f"line {expected} is missing: the next one is {event.sequence}")
        elif event.mac != _mac(keys, previous, event):
            faults.append(f"line {event.sequence} was changed or moved")
        previous, expected = event.mac, event.sequence + 1
        if anchor and event.sequence == anchor[0]:
            anchored_mac = event.mac
        if len(faults) >= 20:
            faults.append("and more; the check stopped here")
            return faults
    return faults + _check_ends(expected - 1, previous, anchor, anchored_mac)


def _check_ends(
    last: int, last_mac: bytes, anchor: tuple[int, bytes] | None, anchored_mac: bytes | None
) -> list[str]:
    faults = []
    head = queries.audit_head()
    if (head.sequence, head.mac) != (last, last_mac) if head else last > 0:
        faults.append(f"the log ends at line {last}, and its head says otherwise: the tail was cut or forged")
    if anchor and anchor[0] > last:
        faults.append(f"the log ends at line {last}, and line {anchor[0]} was anchored: the tail was cut")
    elif anchor and anchored_mac != anchor[1]:
        faults.append(f"line {anchor[0]} is not the one that was anchored: the log was rewritten")
    elif anchor is None:
        faults.append("the anchor file is missing: a cut tail would not show")
    return faults


def write_anchor(directory: Path) -> None:
    """Write the newest (sequence, MAC) beside the database, whole or not at all. Run by the worker."""
    head = queries.audit_head()
    newest = (head.sequence, head.mac) if head is not None else (0, GENESIS)
    if read_anchor(directory) == newest:
        return
    temporary = directory / (ANCHOR + ".new")
    with temporary.open("w") as file:
        file.write(f"{newest[0]} {newest[1].hex()}\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(directory / ANCHOR)


def read_anchor(directory: Path) -> tuple[int, bytes] | None:
    """The anchored (sequence, MAC), or None when no anchor was written yet."""
    try:
        sequence, mac = (directory / ANCHOR).read_text().split()
    except FileNotFoundError:
        return None
    return int(sequence), bytes.fromhex(mac)

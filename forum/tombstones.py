"""Tombstones: what was redacted stays so when an older backup is brought back.

Each redaction adds a line to a file beside the database that no backup holds and every restore heeds. A line
says where words stood, how long they were and of what kind; the words themselves stand nowhere.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app

from core.db import transaction
from core.files import append_line
from core.outbox import Payload
from core.web import settings_of
from forum import queries
from forum.covering import CoverKind, Stretch, redact_again

FILE = "tombstones.jsonl"


def write_tombstones(payloads: Sequence[Payload], now: datetime) -> None:  # noqa: ARG001 (the outbox gives every handler the time)
    """An outbox handler: note for later restores what was redacted. Safe to run twice."""
    for payload in payloads:
        append_line(settings_of(current_app).data_dir / FILE, json.dumps(payload))


def redact_what_came_back(directory: Path) -> int:
    """Redact again what a restored database still holds; `directory` holds the file. Gives how many texts.

    Opens its own transactions. Doing it twice changes nothing.
    """
    count = 0
    for line in _lines(directory / FILE):
        with transaction():
            post = queries.post(line["post"], locked=True)
            if post is not None:
                stretches = [Stretch(*facts) for facts in line["stretches"]]
                redact_again(post, stretches, CoverKind(line["kind"]), now=datetime.fromisoformat(line["at"]))
                count += 1
    return count


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """What stands in the file. A line that a power cut left unfinished was written again behind itself."""
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            facts = json.loads(line)
        except ValueError:
            continue
        if isinstance(facts, dict):
            yield facts

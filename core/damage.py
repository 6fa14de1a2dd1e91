"""What was noted as damaged (`core/unreadable.py`) becomes part of the audit log."""

from datetime import datetime

from core.audit import record_event
from core.db import transaction
from core.queries import latest_audit_event
from core.unreadable import damaged_places, data_directory

KIND, ACTOR = "unreadable", "system"


def record_damage(now: datetime) -> None:
    """A job: each place that was noted becomes a line of the audit log, once."""
    new = [place for place in damaged_places(data_directory()) if not _is_recorded(place)]
    if not new:
        return
    with transaction():
        for place in new:
            if not _is_recorded(place):
                record_event(KIND, actor=ACTOR, target=place[:80], now=now)


def _is_recorded(place: str) -> bool:
    return latest_audit_event(kind=KIND, actor=ACTOR, target=place[:80]) is not None

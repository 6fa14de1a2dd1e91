"""Why somebody reads a case.

The owner's purpose is implied: they work on it. Anybody else states one before the page, for themselves, this
case and the next 15 minutes. Each reading is a line in the audit log; the words beside the purpose lie in it
sealed with the key of the case, and go with it.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from accounts.models import Staff
from core.audit import record_event
from core.crypto import CannotUnseal
from core.models import AuditEvent
from core.queries import latest_audit_event
from counselling.access import Part
from counselling.handing import queries as handing_queries
from counselling.handing.models import Supervision
from counselling.models import Case
from counselling.sealing import open_for_case, seal_for_case
from moderation.models import Escalation

READ, SUPERVISION_READ, ESCALATION_READ = "case_read", "supervision_read", "escalation_read"
GOOD_FOR = timedelta(minutes=15)
OWN_CASE, TO_TAKE_OR_DECLINE = "own case", "take or decline"
SHOWN = 50


class Purpose(StrEnum):
    """Why somebody who does not own a case opens it."""

    THINK_ALONG = "think_along"
    COVER = "cover"
    JOINT_TALK = "joint_talk"
    SUPERVISION = "supervision"
    OTHER = "other"


@dataclass(frozen=True)
class Reading:
    """Who opened a case, when, and why."""

    staff_id: str
    at: datetime
    purpose: str
    words: str


def state_purpose(
    case: Case,
    purpose: Purpose,
    words: str,
    *,
    reader: Staff,
    now: datetime,
    supervision: Supervision | None = None,
) -> None:
    """Log that this person reads a case, or what of it they supervise, and why. In the caller's
    transaction.
    """
    detail = {"purpose": purpose.value}
    if words:
        sealed = seal_for_case(case, _place(reader.actor, now.astimezone(UTC)), words)
        detail["words"] = base64.b64encode(sealed).decode()
    kind = READ if supervision is None else SUPERVISION_READ
    target = f"case:{case.id}" if supervision is None else f"supervision:{supervision.id}"
    record_event(kind, actor=reader.actor, target=target, detail=detail, now=now)


def log_own_reading(case: Case, *, reader: Staff, now: datetime) -> None:
    """Log that the owner reads their case. In the caller's transaction."""
    record_event(READ, actor=reader.actor, target=f"case:{case.id}", detail={"purpose": OWN_CASE}, now=now)


def is_logged(case: Case, part: Part, *, reader: Staff, now: datetime) -> bool:
    """Whether this reading is in the log already. What was read as the owner does not count for who has
    become a second since.
    """
    event = latest_audit_event(kind=READ, actor=reader.actor, target=f"case:{case.id}")
    if event is None or now - event.at >= GOOD_FOR:
        return False
    if part is Part.OWNER:
        return True
    members = handing_queries.live_memberships(case.id, reader.id, now)
    begun = min(one.joined_at for one in members if one.joined_at is not None)
    return event.detail.get("purpose") in set(Purpose) and event.at >= begun


def is_supervision_logged(supervision: Supervision, *, reader: Staff, now: datetime) -> bool:
    """Whether this reading of a supervisor is in the log already."""
    return _has_just_read(SUPERVISION_READ, f"supervision:{supervision.id}", reader=reader, now=now)


def is_escalation_logged(escalation: Escalation, *, reader: Staff, now: datetime) -> bool:
    """Whether this reading of an escalation, before anybody took it, is in the log already."""
    return _has_just_read(ESCALATION_READ, f"escalation:{escalation.id}", reader=reader, now=now)


def log_escalation_reading(escalation: Escalation, *, reader: Staff, now: datetime) -> None:
    """Log that a professional reads an escalation that nobody has taken yet. In the caller's transaction."""
    target, detail = f"escalation:{escalation.id}", {"purpose": TO_TAKE_OR_DECLINE}
    record_event(ESCALATION_READ, actor=reader.actor, target=target, detail=detail, now=now)


def _has_just_read(kind: str, target: str, *, reader: Staff, now: datetime) -> bool:
    event = latest_audit_event(kind=kind, actor=reader.actor, target=target)
    return event is not None and now - event.at < GOOD_FOR


def readings_of(case: Case) -> Sequence[Reading]:
    """Who opened a case besides its owner, the latest first."""
    targets = [f"case:{case.id}", *(f"supervision:{one.id}" for one in handing_queries.supervisions(case.id))]
    events = handing_queries.readings_by_others(targets, [READ, SUPERVISION_READ], OWN_CASE, limit=SHOWN)
    return [
        Reading(one.actor.partition(":")[2], one.at, str(one.detail.get("purpose")), _words_of(case, one))
        for one in events
    ]


def _words_of(case: Case, event: AuditEvent) -> str:
    sealed = event.detail.get("words")
    if not sealed:
        return ""
    try:
        return open_for_case(case, _place(event.actor, event.at), base64.b64decode(sealed))
    except CannotUnseal:
        return ""


def _place(actor: str, at: datetime) -> str:
    return f"purpose:{actor}:{at.isoformat()}"

"""The training record of a moderator: hours by module, who signed it off and when, until when it holds, and
the step that it allows.

Records are never edited: a new one says everything anew, and the newest counts. In the service that Stoa
follows, Student to Student of the University of Athens, 30 hours of training come before the role; the page
shows a record beside that number and leaves the judgement to whoever signs.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from flask_babel import gettext as _
from flask_babel import ngettext

from accounts import queries
from accounts.models import Staff, Step, TrainingRecord
from accounts.permissions import Role
from core.audit import record_event
from core.db import db
from core.refusals import Missing, Refusal

# University of Athens, Student to Student: hours of training before somebody becomes a peer moderator.
HOURS_BEFORE_THE_ROLE = 30
MOST_HOURS = 500
WARNED_AHEAD = timedelta(days=30)


class Module(StrEnum):
    """What the training consists of; `accounts/forms.py` has the words. The curriculum writes hours by
    these.
    """

    LISTENING = "listening"
    DANGER = "danger"
    LIMITS = "limits"
    ANONYMITY = "anonymity"
    DECIDING = "deciding"
    HANDING_OVER = "handing_over"
    CARE = "care"
    PRACTICE = "practice"


class OwnRecord(Refusal):
    """Nobody vouches for themselves."""

    status = 403

    @property
    def sentence(self) -> str:
        return _("Nobody records their own training. Ask a colleague to do it.")


class RecordChanged(Refusal):
    """Somebody else recorded something after the page was opened."""

    @property
    def sentence(self) -> str:
        return _(
            "A colleague recorded something about this person after you opened the page. Nothing was "
            "changed: please look at the newest record, what you typed is below."
        )


def record_training(
    staff: Staff,
    *,
    step: Step,
    reason: str,
    actor: str,
    now: datetime,
    hours: Mapping[str, int] | None = None,
    signed_by: str = "",
    signed_on: date | None = None,
    expires_at: datetime | None = None,
) -> TrainingRecord:
    """Add a training record, with its reason, to the account and to the audit log.

    `hours` are all hours so far, by module. In the caller's transaction, on a locked account. Raises
    OwnRecord; Missing for whoever is no moderator.
    """
    if actor == staff.actor:
        raise OwnRecord
    if staff.role is not Role.MODERATOR:
        raise Missing
    record = TrainingRecord(
        staff_id=staff.id,
        step=step,
        hours={module.value: hours[module] for module in Module if hours and hours.get(module)},
        reason=reason,
        signed_by=signed_by,
        signed_on=signed_on,
        recorded_by=actor,
        recorded_at=now,
        expires_at=expires_at,
    )
    db.session.add(record)
    detail = {
        "step": step,
        "reason": reason,
        "hours": total_hours(record),
        "expires": expires_at.isoformat() if expires_at is not None else None,
    }
    record_event("training_recorded", actor=actor, target=f"staff:{staff.id}", detail=detail, now=now)
    return record


def add_hours(
    staff: Staff, module: Module, hours: int, *, reason: str, actor: str, now: datetime
) -> TrainingRecord:
    """Somebody went through a part of a module: the newest record anew, with these hours more.

    For the curriculum. Step, sign-off and expiry stay as they are; who has no record yet becomes an observer.
    On a locked account. Raises OwnRecord; Missing for whoever is no moderator.
    """
    known = queries.newest_training_record(staff.id)
    so_far = dict(known.hours) if known is not None else {}
    return record_training(
        staff,
        step=known.step if known is not None else Step.OBSERVER,
        reason=reason,
        actor=actor,
        now=now,
        hours=so_far | {module.value: so_far.get(module, 0) + hours},
        signed_by=known.signed_by if known is not None else "",
        signed_on=known.signed_on if known is not None else None,
        expires_at=known.expires_at if known is not None else None,
    )


def require_newest(staff: Staff, seen: str) -> None:
    """Whoever records must have seen the newest record; `seen` is its id, empty for none.

    Raises RecordChanged.
    """
    known = queries.newest_training_record(staff.id)
    if seen != (known.id if known is not None else ""):
        raise RecordChanged


def training_step(staff: Staff, *, now: datetime) -> Step | None:
    """How far a moderator may act: the step of the newest record, or None without a valid one."""
    record = queries.newest_training_record(staff.id)
    return record.step if record is not None and is_valid(record, now=now) else None


def is_valid(record: TrainingRecord, *, now: datetime) -> bool:
    """Whether a record has not run out."""
    return record.expires_at is None or record.expires_at >= now


def runs_out_soon(record: TrainingRecord, *, now: datetime) -> bool:
    """Whether a record that still holds runs out within 30 days."""
    return (
        is_valid(record, now=now)
        and record.expires_at is not None
        and record.expires_at - now <= WARNED_AHEAD
    )


def training_alarms(*, now: datetime) -> list[str]:
    """What whoever records training must see: records that run out within 30 days."""
    ending = sum(runs_out_soon(record, now=now) for record in queries.newest_training_records())
    if not ending:
        return []
    sentence = ngettext(
        "A training record runs out within 30 days: see Training.",
        "%(num)s training records run out within 30 days: see Training.",
        ending,
    )
    return [sentence]


def total_hours(record: TrainingRecord) -> int:
    """All hours of a record."""
    return sum(record.hours.values())

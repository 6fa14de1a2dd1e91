"""Swaps: somebody asks a colleague to take over a shift. Until they accept, nothing changes; once they did,
it is theirs, and nobody has to be asked.

Each act takes a shift that its caller has locked, so that of two at once the second finds what the first did.
"""

from datetime import datetime

from accounts.models import Staff
from core.audit import record_event
from core.refusals import Missing
from moderation.team import rota_queries
from moderation.team.models import Shift
from moderation.team.rota import NotForThisDuty, TimeIsOver, may_have, require_free


def shift_to_change(shift_id: str) -> Shift:
    """A shift, locked. Raises Missing."""
    shift = rota_queries.shift(shift_id, locked=True)
    if shift is None:
        raise Missing
    return shift


def offer_shift(shift: Shift, colleague: Staff, *, actor: Staff, now: datetime) -> None:
    """Ask a colleague to take over one's own shift; until they accept, nothing changes.

    The shift is locked by the caller. Raises Missing, TimeIsOver, NotForThisDuty.
    """
    _require_own(shift, actor, now=now)
    if colleague.id == actor.id or not may_have(colleague, shift.duty, now=now):
        raise NotForThisDuty
    shift.offered_to = colleague.id
    detail = {"to": colleague.id}
    record_event("shift_offered", actor=actor.actor, target=f"shift:{shift.id}", detail=detail, now=now)


def keep_shift(shift: Shift, *, actor: Staff, now: datetime) -> None:
    """Take an offer back. Raises Missing, TimeIsOver."""
    _require_own(shift, actor, now=now)
    shift.offered_to = None
    record_event("shift_kept", actor=actor.actor, target=f"shift:{shift.id}", now=now)


def accept_shift(shift: Shift, *, actor: Staff, now: datetime) -> None:
    """Take over a colleague's shift: from now on it is this person's.

    Raises Missing, TimeIsOver, NotForThisDuty, AlreadyOnDuty, TooManyHours.
    """
    _require_offered(shift, actor, now=now)
    require_free(actor, shift.duty, (shift.begins_at, shift.ends_at), now=now)
    detail = {"from": shift.staff_id, "to": actor.id}
    shift.staff_id, shift.offered_to = actor.id, None
    record_event("shift_swapped", actor=actor.actor, target=f"shift:{shift.id}", detail=detail, now=now)


def decline_shift(shift: Shift, *, actor: Staff, now: datetime) -> None:
    """Say no, without a reason. Raises Missing, TimeIsOver."""
    _require_offered(shift, actor, now=now)
    shift.offered_to = None
    record_event("shift_declined", actor=actor.actor, target=f"shift:{shift.id}", now=now)


def _require_own(shift: Shift, actor: Staff, *, now: datetime) -> None:
    if shift.staff_id != actor.id or not shift.is_published:
        raise Missing
    if shift.ends_at <= now:
        raise TimeIsOver


def _require_offered(shift: Shift, actor: Staff, *, now: datetime) -> None:
    if shift.offered_to != actor.id or not shift.is_published:
        raise Missing
    if shift.ends_at <= now:
        raise TimeIsOver

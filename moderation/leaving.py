"""Somebody of the staff leaves: signed out, their account closed, their sessions ended, their role taken.

What they hold waits for everybody again. `accounts/` cannot know a queue, so it calls what `app.py` joined.
"""

from datetime import datetime

from accounts import queries as account_queries
from accounts.permissions import Permission, may
from core.audit import record_event
from core.db import transaction
from moderation import claim_queries
from moderation.passing import free_hands


def free_items_of(staff_id: str, now: datetime) -> None:
    """Free what this person holds, in the caller's transaction, with a line in the audit log for each
    item.
    """
    for item in free_hands(staff_id, now=now):
        record_event("item_released", actor=f"staff:{staff_id}", target=f"item:{item.id}", now=now)


def free_items_of_absent_staff(now: datetime) -> None:
    """A job: free what is held by closed accounts and by people whose role no longer decides."""
    absent = _absent_holders()
    if not absent:
        return
    with transaction():
        for staff_id in _absent_holders():
            free_items_of(staff_id, now)


def _absent_holders() -> list[str]:
    return [staff_id for staff_id in claim_queries.holders() if not _may_hold(staff_id)]


def _may_hold(staff_id: str) -> bool:
    person = account_queries.staff_member(staff_id)
    return person is not None and person.closed_at is None and may(person.role, Permission.DECIDE)

"""Fetch and "may I?" in one step, for accounts."""

from datetime import datetime

from accounts import queries
from accounts.models import Account, Staff
from core.refusals import Missing


def joining_account(account_id: str, *, now: datetime) -> Account:
    """The unconfirmed account of somebody who is joining, locked. Raises Missing when its hour is over."""
    account = queries.account(account_id, locked=True)
    if account is None or account.expires_at is None or account.expires_at <= now:
        raise Missing
    return account


def staff_for_admin(staff_id: str) -> Staff:
    """A staff account for the coordinator to change, locked. Raises Missing."""
    staff = queries.staff_member(staff_id, locked=True)
    if staff is None:
        raise Missing
    return staff

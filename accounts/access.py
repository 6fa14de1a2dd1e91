"""Fetch and "may I?" in one step, for accounts."""

from accounts import queries
from accounts.models import Account, Staff
from accounts.websessions import SignedIn
from core.refusals import Missing


def joining_account(session: SignedIn) -> Account:
    """The unconfirmed account of this session, locked. Raises Missing when its hour is over."""
    account = queries.account(session.person, locked=True)
    if account is None or account.is_confirmed:
        raise Missing
    return account


def staff_for_admin(staff_id: str) -> Staff:
    """A staff account for the coordinator to change, locked. Raises Missing."""
    staff = queries.staff_member(staff_id, locked=True)
    if staff is None:
        raise Missing
    return staff

"""Where a member of staff wants to be paged by e-mail.

The address lies sealed and is opened only to send a page or to show it to its owner; colleagues do not see
it, the audit log does not hold it, and a closed account has none.
"""

from datetime import datetime
from enum import StrEnum

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from accounts.models import Staff
from core.audit import record_event
from core.channels import AddressRefused, ChannelFailed, configured_channels, send_page
from core.unreadable import Unreadable
from core.web import settings_of


class TryResult(StrEnum):
    """What became of a test page, as far as can be known here."""

    TAKEN = "taken"  # the mail server took it; whether it arrives only its reader can tell
    REFUSED = "refused"
    FAILED = "failed"
    NO_EMAIL = "no_email"
    NO_ADDRESS = "no_address"


def page_address_of(staff: Staff) -> str:
    """Where somebody is paged; "" when they gave no address, have left, or it can no longer be opened."""
    address = staff.page_address
    if address is None or staff.closed_at is not None or isinstance(address, Unreadable):
        return ""
    return address


def set_page_address(staff: Staff, address: str, *, now: datetime) -> None:
    """Page somebody there from now on; "" takes their address away. In the caller's transaction."""
    if page_address_of(staff) == address and not isinstance(staff.page_address, Unreadable):
        return
    staff.page_address = address or None
    kind = "page_address_set" if address else "page_address_removed"
    record_event(kind, actor=staff.actor, target=f"staff:{staff.id}", now=now)


def sends_email() -> bool:
    """Whether this installation has a mail server for pages."""
    return "email" in configured_channels(settings_of(current_app))


def try_page_address(staff: Staff, *, now: datetime) -> TryResult:
    """Send a page that says that it is a test. It talks to the mail server: outside of any transaction."""
    address = page_address_of(staff)
    if not address:
        return TryResult.NO_ADDRESS
    if not sends_email():
        return TryResult.NO_EMAIL
    settings = settings_of(current_app)
    with force_locale(settings.default_language):
        sentence = _("this is a test page. Nothing waits.")
    try:
        send_page(settings, "email", sentence, to=address, now=now)
    except AddressRefused:
        return TryResult.REFUSED
    except ChannelFailed:
        return TryResult.FAILED
    return TryResult.TAKEN

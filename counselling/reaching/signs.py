"""A sign by e-mail: "something waits for you", to the address that a student left, and nothing else.

It names no service, no counsellor and no case, and leads nowhere: whoever else reads the mailbox learns that
something waits somewhere. One in twelve hours at most, and none for what was read meanwhile.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from core import outbox
from core.channels import AddressRefused, configured_channels, send_sign
from core.db import transaction
from core.web import settings_of
from counselling import queries
from counselling.models import AuthorKind, Case
from counselling.notices import CaseNotice, tell_student
from counselling.reaching import queries as reaching_queries
from counselling.reaching.ways import ways_of

AT_MOST_EVERY = timedelta(hours=12)


def can_send_signs() -> bool:
    """Whether there is a mail server to send them by."""
    return "email" in configured_channels(settings_of(current_app))


def send_sign_later(case: Case, *, now: datetime) -> None:
    """Somebody wrote: have a sign sent, in the caller's transaction, if the student wants one and there is
    something to send it by.
    """
    found = reaching_queries.reach_back(case.id)
    if found is not None and found.ping is not None and can_send_signs():
        outbox.enqueue("case_sign", {"case": case.id}, now=now)


def send_signs(payloads: Sequence[outbox.Payload], now: datetime) -> None:
    """The outbox handler. Raises ChannelFailed, and then the row is tried again.

    An address that the mail server refuses is deleted, and the student is told so at their next visit.
    """
    for payload in payloads:
        address, language = _wanted(payload["case"], now=now)
        if not address:
            continue
        try:
            with force_locale(language):
                send_sign(settings_of(current_app), _("Something waits for you."), to=address)
        except AddressRefused:
            _forget_address(payload["case"], now=now)
        else:
            _remember(payload["case"], now=now)


def lane_of(_payload: outbox.Payload) -> str:
    """All of them need the mail server."""
    return "email"


def _wanted(case_id: str, *, now: datetime) -> tuple[str, str]:
    """Where a sign goes, and in which language; "" when there is none to be sent."""
    case = queries.case(case_id)
    found = reaching_queries.reach_back(case_id)
    if case is None or case.wrapped_key is None or found is None:
        return "", ""
    is_early = found.pinged_at is not None and now - found.pinged_at < AT_MOST_EVERY
    if is_early or not queries.has_unread(case_id, AuthorKind.PROFESSIONAL):
        return "", ""
    return ways_of(case).address, settings_of(current_app).default_language


def _remember(case_id: str, *, now: datetime) -> None:
    with transaction():
        found = reaching_queries.reach_back(case_id)
        if found is not None:
            found.pinged_at = now


def _forget_address(case_id: str, *, now: datetime) -> None:
    with transaction():
        case = queries.case(case_id, locked=True)
        found = reaching_queries.reach_back(case_id)
        if case is not None and found is not None:
            found.ping = None
            tell_student(case, CaseNotice.SIGN_REFUSED, key=now.isoformat(), now=now)

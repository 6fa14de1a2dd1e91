"""Crisis help that nobody has checked for long: said to the coordinator on every page, and once a week by
e-mail.

A wrong number does more harm than none. Ninety days is the service's rule for how long a check holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from babel import Locale
from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext

from core import outbox
from core.audit import record_event
from core.channels import configured_channels, send_page
from core.db import transaction
from core.queries import latest_audit_event
from core.web import settings_of
from core.wording import current_language
from forum import site_queries
from forum.models import SiteTextKind

HOLDS_FOR = timedelta(days=90)
REMIND_EVERY = timedelta(days=7)
SAID_ONE_BY_ONE = 3


@dataclass(frozen=True)
class DueReview:
    """Something that must be checked again: a line by its names, or a text by its kind and language."""

    days: int
    names: dict[str, str] | None = None
    kind: SiteTextKind | None = None
    language: str = ""


def is_due(reviewed_on: date, *, today: date) -> bool:
    """Whether a check no longer holds: from the ninetieth day."""
    return today - reviewed_on >= HOLDS_FOR


def due_reviews(today: date) -> list[DueReview]:
    """What must be checked again, the longest unchecked first."""
    lines = [
        DueReview((today - line.reviewed_on).days, names=line.names)
        for line in site_queries.all_help_lines()
        if is_due(line.reviewed_on, today=today)
    ]
    texts = [
        DueReview((today - reviewed_on).days, kind=kind, language=language)
        for kind, language, reviewed_on in site_queries.reviews_of_site_texts()
        if is_due(reviewed_on, today=today)
    ]
    return sorted([*lines, *texts], key=lambda due: -due.days)


def review_alarms(today: date) -> list[str]:
    """What a coordinator's pages must say: no line at all, or what was not checked for long."""
    due = due_reviews(today)
    alarms = [_sentence(one) for one in due[:SAID_ONE_BY_ONE]]
    if len(due) > SAID_ONE_BY_ONE:
        more = len(due) - SAID_ONE_BY_ONE
        alarms.append(
            ngettext(
                "%(num)s more of the numbers and texts must be checked.",
                "%(num)s more of the numbers and texts must be checked.",
                more,
            )
        )
    if not site_queries.all_help_lines():
        alarms.append(
            _("No number of crisis help is set: every page names 112 alone. Add the numbers of your country.")
        )
    return alarms


def _sentence(due: DueReview) -> str:
    return ngettext(
        "“%(what)s” was last checked %(num)s day ago. Check it and set the date.",
        "“%(what)s” was last checked %(num)s days ago. Check it and set the date.",
        due.days,
        what=_what(due),
    )


def _what(due: DueReview) -> str:
    language = current_language()
    if due.names is not None:
        return due.names.get(language) or next(iter(due.names.values()), "")
    kind = _("Crisis help") if due.kind is SiteTextKind.CRISIS_HELP else _("House rules")
    name = Locale.parse(language).languages.get(due.language, due.language)
    return f"{kind} ({name})"


def remind_of_reviews(now: datetime) -> None:
    """A job: once a week, while something is due, have an e-mail sent where e-mail is set up."""
    if "email" not in configured_channels(settings_of(current_app)) or not due_reviews(now.date()):
        return
    with transaction():
        last = latest_audit_event(kind="review_reminder", actor="system", target="crisis_help")
        if last is not None and now.date() - last.at.date() < REMIND_EVERY:
            return
        due = due_reviews(now.date())
        if not due:
            return
        payload = {"due": len(due), "days": due[0].days}
        outbox.enqueue("review_reminder", payload, now=now)
        record_event("review_reminder", actor="system", target="crisis_help", detail=payload, now=now)


def send_reminders(payloads: Sequence[outbox.Payload], now: datetime) -> None:
    """The outbox handler. Raises ChannelFailed, and then the row is tried again."""
    for payload in payloads:
        sentence = (
            f"crisis help must be checked: {payload['due']} of its numbers and texts, "
            f"the oldest last checked {payload['days']} days ago"
        )
        send_page(settings_of(current_app), "email", sentence, now=now)

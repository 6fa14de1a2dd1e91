"""Paging a person. A page says that something waits, how urgent it is and by when, and nothing else.

Each channel is an outbox row of its own, written in the transaction of what it is about: retried until it
gets through, shown on every staff page when it does not.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core import outbox, worker
from core.channels import configured_channels, send_page
from core.queries import failing_outbox_rows, kinds_that_fail
from core.web import settings_of
from moderation.bands import Band
from moderation.team.hours import staffed_hours

TRIES_BEFORE_ALARM = 3
WORDS = {
    "item": _l("a text waits for a moderator, %(band)s, due %(time)s (%(zone)s)"),
    "escalation": _l("an escalation waits for a professional, %(band)s, due %(time)s (%(zone)s)"),
    "cover": _l("a colleague pauses and a text waits, %(band)s, due %(time)s (%(zone)s)"),
    "review": _l(
        "a colleague acted alone in an emergency and a second person must look at it, %(band)s, due %(time)s "
        "(%(zone)s)"
    ),
    "case": _l("a case waits for its counsellor, %(band)s, due %(time)s (%(zone)s)"),
}
BAND_WORDS = {
    Band.CRISIS: _l("crisis"),
    Band.RED: _l("red"),
    Band.AMBER: _l("amber"),
    Band.GREEN: _l("green"),
}


def page_staff(kind: str, target_id: str, *, band: Band, due_at: datetime, now: datetime) -> None:
    """Page through every channel that is set, in the caller's transaction.

    `kind` is "item", "escalation", "case" or "cover". `target_id` is kept out of the page.
    """
    for channel in configured_channels(settings_of(current_app)):
        payload = {
            "channel": channel,
            "kind": kind,
            "target": target_id,
            "band": band.value,
            "due": due_at.isoformat(),
        }
        outbox.enqueue("page", payload, now=now)


def send_pages(payloads: Sequence[outbox.Payload], now: datetime) -> None:
    """The outbox handler. Raises ChannelFailed, and then the row is tried again."""
    for payload in payloads:
        sentence = page_sentence(
            payload["kind"], Band(payload["band"]), datetime.fromisoformat(payload["due"])
        )
        send_page(settings_of(current_app), payload["channel"], sentence, now=now)


def page_sentence(kind: str, band: Band, due_at: datetime) -> str:
    """For example "an escalation waits for a professional, red, due 14:20 (Europe/Athens)".

    In the installation's language: nobody knows yet who will read it.
    """
    timezone: ZoneInfo = staffed_hours().timezone
    local = due_at.astimezone(UTC).astimezone(timezone)
    with force_locale(settings_of(current_app).default_language):
        facts = {"band": str(BAND_WORDS[band]), "time": f"{local:%H:%M}", "zone": timezone.key}
        return str(WORDS[kind]) % facts


def channel_alarms() -> list[str]:
    """What every staff page must say about paging: no channel at all, or one that does not get through."""
    alarms = []
    if not configured_channels(settings_of(current_app)):
        alarms.append(
            _(
                "No way to page anybody is set up. Nobody is told when a text or an escalation is urgent: "
                "keep the queue open."
            )
        )
    failing = {row.payload["channel"] for row in failing_outbox_rows("page")}
    for channel in sorted(failing):
        alarms.append(
            _("Pages by %(channel)s do not get through at the moment. They are tried again.", channel=channel)
        )
    return alarms


def work_alarms() -> list[str]:
    """What every staff page must say about the work behind the pages: a follow-up that fails again and again,
    a job that fails.
    """
    alarms = []
    if kinds_that_fail(attempts=TRIES_BEFORE_ALARM) - {"page"}:
        alarms.append(
            _(
                "Something that must follow what was written or decided, such as a message, fails again and "
                "again. It is tried again. Tell whoever runs this service."
            )
        )
    broken = worker.broken_jobs(settings_of(current_app).data_dir)
    if broken:
        alarms.append(
            _(
                "Some of the background work fails: %(names)s. Clocks may not run. Tell whoever runs this "
                "service.",
                names=", ".join(broken),
            )
        )
    return alarms


def channel_of(payload: outbox.Payload) -> str:
    """Pages through one channel share its fate: the outbox lets no other wait for it."""
    return str(payload["channel"])

"""Paging a person. A page says that something waits, how urgent it is, by when and for whom by duty, and
nothing else.

Each address and each channel is an outbox row of its own, written in the transaction of what it is about:
retried until it gets through, shown on every staff page when it does not. A row names a member of staff by
id; their address is opened when the page leaves. The general addresses and the webhook get every page, so
that no gap in the rota and no mistyped address makes one go to nobody.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from accounts import queries as account_queries
from accounts.models import Staff
from accounts.paging import page_address_of
from core import outbox
from core.channels import ChannelFailed, configured_channels, send_page
from core.web import settings_of
from moderation.bands import Band
from moderation.team.duties import Rung, people_on, reached_at
from moderation.team.hours import staffed_hours
from moderation.team.models import Duty

WORDS = {
    "item": _l("a text waits for a moderator, %(band)s, due %(time)s (%(zone)s)"),
    "escalation": _l("an escalation waits for a professional, %(band)s, due %(time)s (%(zone)s)"),
    "cover": _l("a colleague pauses and a text waits, %(band)s, due %(time)s (%(zone)s)"),
    "review": _l(
        "a colleague acted alone in an emergency and a second person must look at it, %(band)s, due %(time)s "
        "(%(zone)s)"
    ),
    "nobody": _l(
        "no counsellor here may take a student who waits: a coordinator adds a colleague or calls the "
        "outside line, %(band)s, due %(time)s (%(zone)s)"
    ),
    "case": _l("a case waits for its counsellor, %(band)s, due %(time)s (%(zone)s)"),
    "second": _l("a request waits for a second person, %(band)s, due %(time)s (%(zone)s)"),
    "agreed": _l("a second person has agreed to a request, %(band)s, until %(time)s (%(zone)s)"),
    "drill": _l("practice: a request waits for a second person, %(band)s, due %(time)s (%(zone)s)"),
    "live": _l("somebody waits to talk live with their counsellor, %(band)s, due %(time)s (%(zone)s)"),
}
FOR_PROFESSIONALS = frozenset({"escalation", "case", "live"})
RUNG_WORDS = {
    Rung.OWNER: _l("for: the counsellor of the case"),
    Rung.ON_CALL: _l("for: on call"),
    Rung.SECOND: _l("for: second"),
    Rung.ALL_PROFESSIONALS: _l("for: all professionals"),
    Rung.COORDINATORS: _l("for: coordinators"),
}
BAND_WORDS = {
    Band.CRISIS: _l("crisis"),
    Band.RED: _l("red"),
    Band.AMBER: _l("amber"),
    Band.GREEN: _l("green"),
}
# How long a page waits at most between two tries. A mail server that comes back is not asked every second.
LONGEST_PAUSES = {Band.CRISIS: timedelta(seconds=20), Band.RED: timedelta(minutes=1)}


def page_staff(
    kind: str,
    target_id: str,
    *,
    band: Band,
    due_at: datetime,
    now: datetime,
    rung: Rung | None = None,
    owner: str | None = None,
) -> None:
    """Page through every channel that is set, in the caller's transaction.

    `kind` is a key of WORDS; `target_id` is kept out of the page. What waits for a professional goes to the
    people up to `rung` besides: by default to the owner of the case, or to who is on call where nobody has
    it. What waits for a moderator goes to who is on call besides.
    """
    if kind in FOR_PROFESSIONALS:
        rung = rung or (Rung.OWNER if owner is not None else Rung.ON_CALL)
        people = reached_at(rung, owner=owner, now=now)
    else:
        rung, people = None, [one for one in people_on(Duty.ON_CALL, now=now) if page_address_of(one)]
    _enqueue(kind, target_id, people, band=band, due_at=due_at, now=now, rung=rung)


def page_people(
    kind: str, target_id: str, people: Sequence[Staff], *, band: Band, due_at: datetime, now: datetime
) -> None:
    """Page these people, whatever duty they have, and the general addresses; in the caller's transaction."""
    reached = [one for one in people if page_address_of(one)]
    _enqueue(kind, target_id, reached, band=band, due_at=due_at, now=now, rung=None)


def _enqueue(
    kind: str,
    target_id: str,
    people: Sequence[Staff],
    *,
    band: Band,
    due_at: datetime,
    now: datetime,
    rung: Rung | None,
) -> None:
    page = {"kind": kind, "target": target_id, "band": band.value, "due": due_at.isoformat()}
    if rung is not None:
        page["rung"] = rung.value
    for receiver in _receivers(people):
        outbox.enqueue("page", page | receiver, now=now)


def _receivers(people: Sequence[Staff]) -> list[outbox.Payload]:
    """One for each letter and for the webhook. Who reads a general address anyway gets one letter."""
    settings = settings_of(current_app)
    receivers: list[outbox.Payload] = []
    for channel in configured_channels(settings):
        if channel != "email":
            receivers.append({"channel": channel})
            continue
        receivers += [{"channel": channel, "place": place} for place in range(len(settings.page_to))]
        receivers += [
            {"channel": channel, "staff": person.id}
            for person in people
            if page_address_of(person) not in settings.page_to
        ]
    return receivers


def send_pages(payloads: Sequence[outbox.Payload], now: datetime) -> None:
    """The outbox handler. Raises ChannelFailed, and then the row is tried again."""
    for payload in payloads:
        rung = Rung(payload["rung"]) if "rung" in payload else None
        sentence = page_sentence(
            payload["kind"], Band(payload["band"]), datetime.fromisoformat(payload["due"]), rung=rung
        )
        _send(payload, sentence, now=now)


def _send(payload: outbox.Payload, sentence: str, *, now: datetime) -> None:
    settings, channel = settings_of(current_app), payload["channel"]
    channels = configured_channels(settings)
    if channel not in channels:
        # The settings were changed while the page waited: it leaves by what there is now.
        if not channels:
            raise ChannelFailed("no channel is set")
        send_page(settings, channels[0], sentence, now=now)
    elif channel != "email" or not payload.keys() & {"place", "staff"}:
        send_page(settings, channel, sentence, now=now)
    elif "staff" in payload:
        if address := own_address(payload["staff"]):
            send_page(settings, channel, sentence, to=address, now=now)
    elif payload["place"] < len(settings.page_to):
        send_page(settings, channel, sentence, to=settings.page_to[payload["place"]], now=now)


def own_address(staff_id: str) -> str:
    """Where a member of staff is paged at this moment; "" when they took the address away or have left. The
    general addresses have the page as well.
    """
    person = account_queries.staff_member(staff_id)
    return page_address_of(person) if person is not None else ""


def page_sentence(kind: str, band: Band, due_at: datetime, *, rung: Rung | None = None) -> str:
    """For example "an escalation waits for a professional, red, due 14:20 (Europe/Athens), for: on call".

    In the installation's language: nobody knows yet who will read it.
    """
    timezone: ZoneInfo = staffed_hours().timezone
    local = due_at.astimezone(UTC).astimezone(timezone)
    with force_locale(settings_of(current_app).default_language):
        facts = {"band": str(BAND_WORDS[band]), "time": f"{local:%H:%M}", "zone": timezone.key}
        parts = [str(WORDS[kind]) % facts] + ([str(RUNG_WORDS[rung])] if rung is not None else [])
        return ", ".join(parts)


def channel_of(payload: outbox.Payload) -> str:
    """Pages through one channel share its fate: the outbox lets no other wait for it."""
    return str(payload["channel"])


def pause_of(payload: outbox.Payload) -> timedelta:
    """How long a page waits at most until it is tried again."""
    return LONGEST_PAUSES.get(Band(payload["band"]), outbox.LONGEST_PAUSE)

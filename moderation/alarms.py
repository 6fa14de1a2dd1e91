"""What every staff page must say about paging and about the work behind the pages.

One channel that fails is told; when no page gets through at all it is told otherwise, and louder: then people
must use the telephone.
"""

from collections.abc import Sequence
from datetime import datetime

from flask import current_app
from flask_babel import gettext as _

from accounts.models import Staff
from accounts.paging import page_address_of
from accounts.queries import staff_aliases
from core import worker
from core.channels import AddressRefused, configured_channels
from core.models import OutboxRow
from core.queries import failing_outbox_rows, kinds_that_fail
from core.web import settings_of
from moderation.team.duties import duties_of, people_on
from moderation.team.models import Duty

TRIES_BEFORE_ALARM = 3


def channel_alarms(*, now: datetime) -> list[str]:
    """No channel at all, none that gets through, one that does not, an address that is refused."""
    channels = configured_channels(settings_of(current_app))
    if not channels:
        return [
            _(
                "No way to page anybody is set up. Nobody is told when a text or an escalation is urgent: "
                "keep the queue open."
            )
        ]
    rows = failing_outbox_rows("page")
    refused = [row for row in rows if row.last_error == AddressRefused.__name__]
    failing = {str(row.payload["channel"]) for row in rows if row not in refused}
    places = {row.payload.get("place", 0) for row in refused if "staff" not in row.payload}
    if len(places) >= len(settings_of(current_app).page_to) > 0:
        failing.add("email")
    if failing.issuperset(channels):
        return [nobody_can_be_paged(channels, now=now)]
    alarms = [
        _("Pages by %(channel)s do not get through at the moment. They are tried again.", channel=channel)
        for channel in sorted(failing)
    ]
    if places and "email" not in failing:
        alarms.append(
            _("One of the general addresses for pages refuses them. Tell whoever runs this service.")
        )
    return alarms + _refused_colleagues(refused)


def nobody_can_be_paged(channels: Sequence[str], *, now: datetime) -> str:
    """The alarm above all others, with the names of those who must be called by telephone."""
    on_call = [person.alias for person in people_on(Duty.ON_CALL, now=now)]
    told = _(
        "Nobody can be paged at the moment: pages by %(channels)s do not get through. Phone the people on "
        "call, keep the queue and the escalations open, and tell whoever runs this service now.",
        channels=_(" and by ").join(channels),
    )
    return f"{told} {_('On call now: %(names)s.', names=', '.join(on_call))}" if on_call else told


def _refused_colleagues(refused: Sequence[OutboxRow]) -> list[str]:
    names = staff_aliases(sorted({row.payload["staff"] for row in refused if "staff" in row.payload}))
    return [
        _(
            "Pages to %(name)s do not get through: their own address refuses them. They can change it at "
            "“Where I am paged”, under “More”.",
            name=name,
        )
        for name in sorted(names.values())
    ]


def own_alarms(staff: Staff, *, now: datetime) -> list[str]:
    """What one person must see: they are on call and have no address at which a page finds them."""
    is_reached = page_address_of(staff) or "email" not in configured_channels(settings_of(current_app))
    if is_reached or not {Duty.ON_CALL, Duty.SECOND} & set(duties_of(staff, now=now)):
        return []
    return [
        _(
            "You are on call and have no address of your own to be paged at. Please enter one at “Where I am "
            "paged”, under “More”."
        )
    ]


def work_alarms() -> list[str]:
    """A follow-up that fails again and again, a job that fails."""
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

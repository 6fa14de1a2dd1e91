"""What the service promises and how it was kept, for everybody."""

from datetime import date, timedelta
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import format_date

from accounts.guard import requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.suppression import SMALLEST
from moderation.bands import Band
from moderation.promises.stretches import Stretch, kept_promises
from moderation.promises.waiting import somebody_is_on_call
from moderation.team.hours import DAYS
from moderation.team.policy import present_policy
from moderation.views import bp

A_MONDAY = date(2024, 1, 1)
DAYS_AHEAD = 6


@bp.get("/promises")
@requires(Permission.READ)
def show_promises() -> ResponseReturnValue:
    """How soon somebody looks at a text, and what came of it. Four questions to the database."""
    (clocks, hours), now = present_policy(), utcnow()
    return render_template(
        "moderation/show_promises.html",
        clocks=[(band.value, _length(clocks["first_look"], band)) for band in Band],
        answers=[(band.value, _length(clocks["professional"], band)) for band in Band],
        week=_week(hours["week"]),
        holidays=_days_to_come(hours.get("holidays", []), today=now.date()),
        timezone=hours["timezone"],
        has_on_call=somebody_is_on_call(),
        stretches=kept_promises(now=now),
        stretch_name=stretch_name,
        smallest=SMALLEST,
    )


def stretch_name(stretch: Stretch) -> str:
    """For example "November 2026", or "January 2026 – March 2026"."""
    ends = [format_date(day, "LLLL y") for day in (stretch.first, stretch.last)]
    return " – ".join(dict.fromkeys(ends))


def _length(clocks: dict[str, Any], band: Band) -> timedelta:
    return timedelta(minutes=clocks[band.value])


def _days_to_come(days: list[str], *, today: date) -> list[str]:
    """The next days on which nobody is there."""
    coming = sorted(date.fromisoformat(day) for day in days if day >= today.isoformat())
    return [format_date(day, "d MMMM y") for day in coming[:DAYS_AHEAD]]


def _week(week: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Each day's name and when moderators are there."""
    return [
        (
            format_date(A_MONDAY + timedelta(days=place), "EEEE"),
            ["–".join(shift) for shift in week.get(day, [])],
        )
        for place, day in enumerate(DAYS)
    ]

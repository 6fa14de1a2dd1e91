"""What the pages of staff may say: times in the team's time zone, lengths of waiting, names in the reader's
language.
"""

from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from flask_babel import format_datetime, format_timedelta, gettext, ngettext

from core.clock import utcnow
from core.wording import current_language
from forum import queries as forum_queries
from forum.categories import in_language
from forum.lifecycle import original_of
from moderation.forms import REPORT_NAMES
from moderation.models import QueueItem, QueueReason, ReasonKind, ReportReason
from moderation.screening.explanations import explain_key
from moderation.team.hours import staffed_hours
from moderation.triage import SCREENING_FAILED


def install(app: Flask) -> None:
    """Give templates these words."""
    app.add_template_filter(clock, "clock")
    app.add_template_filter(time_or_day, "time_or_day")
    app.add_template_filter(category_name, "in_language")
    app.add_template_filter(length_of_time, "length_of_time")
    app.add_template_filter(told_wait, "told_wait")
    app.add_template_filter(datetime.fromisoformat, "moment")
    app.add_template_global(wording, "wordings")
    app.add_template_global(why_raised, "why_raised")
    app.add_template_global(noted, "noted")


def category_name(names: dict[str, str]) -> str:
    """A category's name in the reader's language."""
    return in_language(names, current_language())


def clock(moment: datetime | None) -> str:
    """Day and time where the team is, for example "22 Nov, 14:20"."""
    if moment is None:
        return ""
    return format_datetime(_in_team_time(moment), "d MMM, HH:mm", rebase=False)


def time_or_day(moment: datetime | None) -> str:
    """The time alone when it is today where the team is: whoever reads a list by clock knows the day."""
    if moment is None:
        return ""
    local = _in_team_time(moment)
    is_today = local.date() == _in_team_time(utcnow()).date()
    return format_datetime(local, "HH:mm", rebase=False) if is_today else clock(moment)


def _in_team_time(moment: datetime) -> datetime:
    return moment.astimezone(staffed_hours().timezone).replace(tzinfo=None)


def length_of_time(length: timedelta) -> str:
    """For example "3 hours"."""
    return format_timedelta(length, granularity="minute")


def told_wait(length: timedelta) -> str:
    """How long something takes, rounded up to what one says: "40 minutes", "3 hours", "2 days"."""
    minutes = -(-int(length.total_seconds()) // 60)
    if minutes <= 90 and minutes != 60:
        return ngettext("%(num)s minute", "%(num)s minutes", minutes)
    hours = -(-minutes // 60)
    if hours <= 48:
        return ngettext("%(num)s hour", "%(num)s hours", hours)
    return ngettext("%(num)s day", "%(num)s days", -(-hours // 24))


def why_raised(marks: list[dict[str, Any]] | None) -> list[str]:
    """What the marked words may mean, each sentence once, in the moderator's language.

    A mark of an older list, under a key that is gone, says nothing: the page must open.
    """
    keys = dict.fromkeys(mark["key"] for mark in marks or [])
    sentences = (explain_key(key, current_language()) for key in keys)
    return [sentence for sentence in sentences if sentence]


def noted(reason: QueueReason) -> tuple[str, str]:
    """What came with a reason: our own words in the moderator's language, and what a person wrote.

    A report keeps the reader's choice and note as "worries_me: …".
    """
    note = reason.note or ""
    if reason.kind is ReasonKind.RISK_SIGNAL and note == SCREENING_FAILED:
        return gettext("The words could not be checked. Please read them with care."), ""
    chosen, _, written = note.partition(": ")
    if reason.kind is ReasonKind.REPORT and chosen in REPORT_NAMES:
        return str(REPORT_NAMES[ReportReason(chosen)]), written
    return "", note


def wording(item: QueueItem, number: int) -> str:
    """The rendered text of one revision of an item's post."""
    return original_of(forum_queries.revision(item.post_id, number))["html"]

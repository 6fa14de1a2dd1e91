"""What a student gets at once when they write to a counsellor who is away.

Once for a burst of letters. It promises what the clock promises and no less; where words sound like danger it
says whom to call, and the cover is paged by the promise itself.
"""

from datetime import datetime, timedelta

from flask import current_app
from flask_babel import force_locale, format_date, format_datetime
from flask_babel import gettext as _

from accounts.queries import staff_aliases
from core.web import settings_of
from counselling.intake.wants import wants_of
from counselling.models import Case, Obligation
from counselling.professionals import queries
from counselling.professionals.models import Absence
from counselling.professionals.standing_in import absence_of_owner, cover_of
from forum.helpfile import ShownLine, help_now
from moderation.bands import Band
from moderation.team.hours import staffed_hours, told_by

ONE_BURST = timedelta(hours=24)
LINES_SHOWN = 3


def automatic_reply(case: Case, promise: Obligation, *, now: datetime) -> str | None:
    """The words that answer a letter by themselves, or None: the owner is here, or the student has been told
    already since somebody last wrote.
    """
    absence = absence_of_owner(case, now=now)
    if absence is None or queries.has_told_away(case.id, since=max(absence.begins_at, now - ONE_BURST)):
        return None
    language = wants_of(case)["language"] or settings_of(current_app).default_language
    with force_locale(language):
        return _reply(case, absence, promise, language, now=now)


def _reply(case: Case, absence: Absence, promise: Obligation, language: str, *, now: datetime) -> str:
    by = told_by(promise.due_at).astimezone(staffed_hours().timezone).replace(tzinfo=None)
    parts = [
        _("This reply was sent by itself."),
        _("Your counsellor is away and is back on %(day)s.", day=_day_of(absence)),
        _who_answers(case, absence, format_datetime(by, "d MMM, HH:mm", rebase=False), now=now),
        absence.reply or "",
        _whom_to_call(language) if promise.band.rank <= Band.RED.rank else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _day_of(absence: Absence) -> str:
    return format_date(absence.ends_at.astimezone(staffed_hours().timezone).date(), "EEEE d MMMM")


def _who_answers(case: Case, absence: Absence, by: str, *, now: datetime) -> str:
    cover = cover_of(case, absence, now=now)
    if cover is None:
        return _("A colleague is asked to look after you meanwhile. Somebody answers by %(time)s.", time=by)
    name = staff_aliases([cover.id]).get(cover.id, "")
    return _("%(name)s looks after you meanwhile and answers by %(time)s.", name=name, time=by)


def _whom_to_call(language: str) -> str:
    """Lines to call, as every page shows them."""
    lines = help_now(settings_of(current_app), language=language, country="").nearest
    told = "\n".join(_line(line) for line in lines[:LINES_SHOWN] if line.phone)
    words = _("If you could be in danger, please do not wait for a letter. Call somebody now.")
    return f"{words}\n\n{told}" if told else words


def _line(line: ShownLine) -> str:
    example = " " + _("(an example that reaches nobody)") if line.is_example else ""
    return f"- {line.name[0]}: {line.phone}{example}"

"""The front card of a case: five lines for the ten minutes between two sessions.

What changed since this person looked, the next promise, how urgent it is now, what was agreed, what is open;
and an appointment, if there is one.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from accounts.models import Staff
from counselling.appointments.details import AppointmentView, appointments_of
from counselling.handing.purposes import READ
from counselling.models import AuthorKind, Case, Obligation
from counselling.professionals import queries
from counselling.record import queries as record_queries
from counselling.record.models import FormKind
from counselling.showing import CaseView

AGREED_SHOWN = 280
AFTER_A_PURPOSE = timedelta(minutes=1)


@dataclass(frozen=True)
class FrontCard:
    """The five lines. `since` is when this person looked before, None where they see the case for the first
    time.
    """

    since: datetime | None
    changes: list[str]
    promise: Obligation | None
    assessed_on: date | None
    agreed: str
    agreed_on: date | None
    open: list[str]
    meeting: AppointmentView | None = None


def front_card(view: CaseView, *, reader: Staff, asked_at: datetime) -> FrontCard:
    """The card for somebody who asked for the page at a time, and whose reading of the case is logged."""
    since = looked_before(view.case, reader=reader, asked_at=asked_at)
    risk = record_queries.newest_finalised_form(view.case.id, FormKind.RISK_ASSESSMENT)
    agreed = next(((one, words) for one, words in reversed(view.encounters) if words), None)
    return FrontCard(
        since=since,
        changes=_changes(view, since, reader=reader) if since is not None else [],
        promise=view.promises[0] if view.promises else None,
        assessed_on=risk.finalised_at.date() if risk is not None and risk.finalised_at else None,
        agreed=_shortened(agreed[1]) if agreed else "",
        agreed_on=(agreed[0].ended_at or agreed[0].began_at).date() if agreed else None,
        open=_open(view),
        meeting=next((one for one in appointments_of(view.case) if one.is_booked), None),
    )


def looked_before(case: Case, *, reader: Staff, asked_at: datetime) -> datetime | None:
    """When this person looked before the present visit, whose reading is the newest that was logged.

    In a first visit there is no before; once its first page was shown, it is the beginning of the visit. The
    owner's reading is logged with that page, anybody else's just before it, when they say why they read.
    """
    times = queries.readings(case.id, reader.actor, kind=READ, limit=2)
    if len(times) > 1:
        return times[1]
    begun = times[0] if times else asked_at
    shown = begun if case.owner_id == reader.id else begun + AFTER_A_PURPOSE
    return begun if shown < asked_at else None


def _changes(view: CaseView, since: datetime, *, reader: Staff) -> list[str]:
    case_id = view.case.id
    letters = queries.count_letters_since(case_id, since)
    texts = sum(1 for one in view.texts if one.escalation and one.escalation.raised_at > since)
    forms = queries.count_forms_since(case_id, since, but_by=reader.id)
    notes = queries.count_notes_since(case_id, since, but_by=reader.id)
    has_intake = queries.has_intake_since(case_id, since)
    has_booked = queries.has_acted_since(case_id, since, kind="appointment_booked")
    has_cancelled = queries.has_acted_since(case_id, since, kind="appointment_cancelled")
    found = [
        ngettext("%(num)s new letter", "%(num)s new letters", letters) if letters else "",
        ngettext("%(num)s new text from the forum", "%(num)s new texts from the forum", texts)
        if texts
        else "",
        _("the student changed their beginning") if has_intake else "",
        _("the student booked an appointment") if has_booked else "",
        _("the student cancelled an appointment") if has_cancelled else "",
        ngettext("%(num)s form by a colleague", "%(num)s forms by colleagues", forms) if forms else "",
        ngettext("%(num)s note by a colleague", "%(num)s notes by colleagues", notes) if notes else "",
    ]
    return [one for one in found if one]


def _open(view: CaseView) -> list[str]:
    further = max(0, len(view.promises) - 1)
    own = [one for one in view.letters if one.side is AuthorKind.PROFESSIONAL and not one.is_automatic]
    is_unread = bool(own) and not own[-1].is_read
    number = view.open_encounter.number if view.open_encounter is not None else 0
    found = [
        ngettext("%(num)s more promise", "%(num)s more promises", further) if further else "",
        _("encounter %(number)s has no outcome yet", number=number) if number else "",
        _("your last letter is not read yet") if is_unread else "",
    ]
    return [one for one in found if one]


def _shortened(words: str) -> str:
    return words if len(words) <= AGREED_SHOWN else words[:AGREED_SHOWN].rsplit(" ", 1)[0] + " …"

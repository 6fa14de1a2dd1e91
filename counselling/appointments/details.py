"""What an appointment is about, which only the key of its case opens: when, where, with whom, the code word.

No slot, no audit line and no page of anybody else says which case an appointment belongs to: whoever reads
the database cannot wait at a door.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from accounts.queries import staff_aliases
from counselling.appointments import queries
from counselling.appointments.models import Appointment, AppointmentState, Meeting
from counselling.models import Case
from counselling.sealing import seal_for_case, words_or_none

OPENS_BEFORE, OPEN_AFTER = timedelta(minutes=15), timedelta(minutes=30)


class EndedBy(StrEnum):
    """Why an appointment was cancelled."""

    STUDENT = "student"
    PROFESSIONAL = "professional"
    CLOSING = "closing"
    HANDOVER = "handover"  # who offered the time works in the case no more


@dataclass(frozen=True)
class Details:
    """What lies sealed. `uid` is the id that calendars know it by, `words` what the professional wrote when
    cancelling.
    """

    slot: str
    staff_id: str
    starts_at: datetime
    minutes: int
    meeting: Meeting
    place: str
    code_word: str
    room: str
    uid: str
    ended_by: EndedBy | None = None
    words: str = ""

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    def is_room_open(self, now: datetime) -> bool:
        """Whether the way into the video room is shown: a little before, and a little longer than planned."""
        return self.starts_at - OPENS_BEFORE <= now <= self.ends_at + OPEN_AFTER


@dataclass(frozen=True)
class AppointmentView:
    """An appointment that was opened. `alias` is the name of the professional."""

    id: str
    case: Case
    state: AppointmentState
    about: Details
    alias: str

    @property
    def is_booked(self) -> bool:
        return self.state is AppointmentState.BOOKED

    def is_ahead(self, now: datetime) -> bool:
        """Whether it is booked and has not begun."""
        return self.is_booked and now < self.about.starts_at

    def is_current(self, now: datetime) -> bool:
        """Whether somebody has to be reminded of it: it is booked, and not yet over for good."""
        return self.is_booked and now <= self.about.ends_at + OPEN_AFTER

    def waits_for_word(self, now: datetime) -> bool:
        """Whether it has begun, and nobody has said how it went."""
        return self.is_booked and self.about.starts_at <= now


def set_details(case: Case, appointment: Appointment, about: Details) -> None:
    """Seal what an appointment is about. A new wording is a new version, so that an old one does not open."""
    appointment.version = (appointment.version or 0) + 1
    values = asdict(about) | {"starts_at": about.starts_at.isoformat()}
    appointment.sealed = seal_for_case(
        case, _place(appointment), json.dumps(values), version=appointment.version
    )


def details_of(case: Case, appointment: Appointment) -> Details | None:
    """What an appointment is about; None when it cannot be opened any more."""
    if appointment.sealed is None or case.wrapped_key is None:
        return None
    found = words_or_none(case, _place(appointment), appointment.sealed, version=appointment.version)
    if found is None:
        return None
    values = json.loads(found)
    ended_by = values["ended_by"]
    return Details(
        **values
        | {
            "starts_at": datetime.fromisoformat(values["starts_at"]),
            "meeting": Meeting(values["meeting"]),
            "ended_by": EndedBy(ended_by) if ended_by else None,
        }
    )


def note_end(
    case: Case, appointment: Appointment, about: Details, ended_by: EndedBy, words: str = ""
) -> None:
    """Say why an appointment was cancelled."""
    set_details(case, appointment, replace(about, ended_by=ended_by, words=words))


def booked_in(case: Case) -> list[tuple[Appointment, Details]]:
    """What is booked in a case and can be opened, ahead or not."""
    booked = [one for one in queries.appointments(case.id) if one.state is AppointmentState.BOOKED]
    opened = [(one, details_of(case, one)) for one in booked]
    return [(one, about) for one, about in opened if about is not None]


def appointments_of(case: Case) -> list[AppointmentView]:
    """The appointments of a case, the first to begin first. What is damaged is left out."""
    return views_of([case], queries.appointments(case.id))


def views_of(cases: Collection[Case], appointments: Sequence[Appointment]) -> list[AppointmentView]:
    """Open these appointments of these cases, the first to begin first."""
    by_id = {case.id: case for case in cases}
    opened = [(one, details_of(by_id[one.case_id], one)) for one in appointments]
    known = [(one, about) for one, about in opened if about is not None]
    aliases = staff_aliases(sorted({about.staff_id for _one, about in known})) if known else {}
    views = [
        AppointmentView(one.id, by_id[one.case_id], one.state, about, aliases.get(about.staff_id, ""))
        for one, about in known
    ]
    return sorted(views, key=lambda view: (view.about.starts_at, view.id))


def _place(appointment: Appointment) -> str:
    return f"appointment:{appointment.id}"

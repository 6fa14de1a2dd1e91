"""What pages show of appointments: to the student, to the professional, and as a list for the door.

Who comes is found by opening the appointments of the cases in which the reader works: no table says it. A
list that shows code words is a reading of those cases, and is logged as one before it is made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import Staff
from core.audit import record_event
from core.db import transaction
from core.keys import keyring
from core.queries import latest_audit_event
from counselling import queries as case_queries
from counselling.appointments import queries
from counselling.appointments.absences import is_nobody_there
from counselling.appointments.details import AppointmentView, EndedBy, views_of
from counselling.appointments.slots import day_of
from counselling.handing import queries as handing_queries
from counselling.handing.purposes import GOOD_FOR
from counselling.models import Case
from counselling.wrapping import can_open

LIST_READ, WHO_COMES = "appointments_read", "who comes"
CLOSED_SHOWN = 50


@dataclass(frozen=True)
class WhoComes:
    """The appointments of somebody's cases: ahead, cancelled by the student while still ahead, and those of
    which nobody has said how they went.
    """

    ahead: Sequence[AppointmentView]
    cancelled: Sequence[AppointmentView]
    unsettled: Sequence[AppointmentView]


def who_comes(reader: Staff, *, now: datetime) -> WhoComes:
    """Who comes to this professional."""
    views = [one for one in _views_of_reader(reader, now=now) if one.about.staff_id == reader.id]
    return WhoComes(
        ahead=[one for one in views if one.is_ahead(now)],
        cancelled=[
            one for one in views if one.about.ended_by is EndedBy.STUDENT and one.about.starts_at > now
        ],
        unsettled=[one for one in views if one.waits_for_word(now)],
    )


def booked_while_away(reader: Staff, *, now: datetime) -> list[AppointmentView]:
    """What is booked with this professional, ahead, on days on which they are away."""
    return [one for one in who_comes(reader, now=now).ahead if is_nobody_there(one.about)]


def door_list(reader: Staff, day: date, *, now: datetime) -> list[AppointmentView]:
    """Who comes to this professional on one day."""
    views = _views_of_reader(reader, now=now)
    return [
        one
        for one in views
        if one.is_booked and one.about.staff_id == reader.id and day_of(one.about.starts_at) == day
    ]


def log_list(views: Sequence[AppointmentView], *, reader: Staff, now: datetime) -> None:
    """Log that somebody reads who comes, for each of the cases, once in a quarter of an hour. It names no
    time and no slot. Opens its own transaction when there is something to log.
    """
    targets = sorted({f"case:{one.case.id}" for one in views})
    fresh = [target for target in targets if not _is_logged(target, reader, now=now)]
    if fresh:
        with transaction():
            for target in fresh:
                detail = {"purpose": WHO_COMES}
                record_event(LIST_READ, actor=reader.actor, target=target, detail=detail, now=now)


def _is_logged(target: str, reader: Staff, *, now: datetime) -> bool:
    event = latest_audit_event(kind=LIST_READ, actor=reader.actor, target=target)
    return event is not None and now - event.at < GOOD_FOR


def next_of_reader(reader: Staff, *, now: datetime) -> AppointmentView | None:
    """The next appointment of a professional, for their worklist."""
    views = [one for one in _views_of_reader(reader, now=now) if one.about.staff_id == reader.id]
    return next((one for one in views if one.is_current(now)), None)


def next_in_cases(cases: Sequence[Case], *, now: datetime) -> dict[str, AppointmentView]:
    """The next appointment of each of these cases that has one, by the id of the case."""
    views = [one for one in _views_of(cases) if one.is_current(now)]
    return {one.case.id: one for one in reversed(views)}


def next_of_cases(cases: Sequence[Case], *, now: datetime) -> AppointmentView | None:
    """The appointment of which somebody has to be reminded, if there is one. None while the key of cases is
    away: the page that asks is not always a page of counselling.
    """
    if keyring().case is None:
        return None
    return next((one for one in _views_of(cases) if one.is_current(now)), None)


def _views_of_reader(reader: Staff, *, now: datetime) -> list[AppointmentView]:
    own = [
        *case_queries.open_cases_of_owner(reader.id),
        *case_queries.closed_cases_of_owner(reader.id, limit=CLOSED_SHOWN),
    ]
    known = {case.id: case for case in [*own, *handing_queries.cases_with_member(reader.id, now)]}
    return _views_of(list(known.values()))


def _views_of(cases: Sequence[Case]) -> list[AppointmentView]:
    """What can be opened in these cases, the first to begin first."""
    appointments = queries.appointments_in([case.id for case in cases])
    open_cases = _openable(cases, {one.case_id for one in appointments})
    openable = {case.id for case in open_cases}
    return views_of(open_cases, [one for one in appointments if one.case_id in openable])


def _openable(cases: Sequence[Case], wanted: set[str]) -> list[Case]:
    """Those of the wanted cases whose key can be had: one that is damaged closes no list."""
    return [case for case in cases if case.id in wanted and can_open(case)]

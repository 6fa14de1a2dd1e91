"""What is booked for days on which its professional is away.

An absence cancels nothing by itself. It is promised that somebody cancels, with words that the student reads,
and the promise pages and climbs like any other; until then the student reads beside their appointment that
nobody is there, and is told once. Where the absence is called off they are told that somebody is.
"""

from datetime import datetime

from core.keys import keyring
from counselling import queries as case_queries
from counselling.appointments import queries
from counselling.appointments.details import Details, booked_in
from counselling.appointments.slots import is_away, works_in
from counselling.models import Case, Obligation, ObligationKind
from counselling.notices import CaseNotice, student_of, tell_student
from counselling.obligations import NamedAct, promise_by, settle_obligations
from counselling.professionals import queries as professional_queries
from counselling.reaching.signs import send_sign_later
from counselling.wrapping import can_open
from moderation.bands import Band
from moderation.pages import page_staff
from moderation.team.hours import professional_due


def is_nobody_there(about: Details) -> bool:
    """Whether the professional of an appointment is away at its time."""
    absences = professional_queries.absences_of(about.staff_id, after=about.starts_at)
    return is_away(about.starts_at, absences)


def mind_absences_of(staff_id: str, *, now: datetime) -> None:
    """An absence of somebody was noted or called off: look at what is booked in the cases in which they work.
    In the caller's transaction, before its first line in the audit log: cases are locked here.

    While the key of cases is away nothing is done: the job does it afterwards.
    """
    if keyring().case is None:
        return
    theirs = [case.id for case in queries.booked_cases() if works_in(case, staff_id, at=now, now=now)]
    for case_id in theirs:
        case = case_queries.case(case_id, locked=True)
        if case is not None:
            mind_absence(case, now=now)


def mind_absence(case: Case, *, now: datetime) -> None:
    """Promise that somebody cancels what is booked in a locked case while its professional is away, or take
    that back where the absence was called off. Safe to run again.
    """
    if needs_minding(case, now=now):
        _mind(case, now=now)


def needs_minding(case: Case, *, now: datetime) -> bool:
    """Whether something has to be promised, or a promise is needless now."""
    if not can_open(case):
        return False
    away = _booked_away(case)
    if _asked(case):
        return not away
    return any(about.starts_at > now for about in away)


def _booked_away(case: Case) -> list[Details]:
    return [about for _one, about in booked_in(case) if is_nobody_there(about)]


def _asked(case: Case) -> list[Obligation]:
    promises = case_queries.unsettled_obligations(case.id)
    return [one for one in promises if one.kind is ObligationKind.APPOINTMENT_AWAY]


def _mind(case: Case, *, now: datetime) -> None:
    """In a locked case that needs it."""
    asked = _asked(case)
    if asked:
        settle_obligations(case, NamedAct.APPOINTMENT, now=now)
        if any(about.starts_at > now for _one, about in booked_in(case)):
            _tell(case, CaseNotice.APPOINTMENT_HOLDS, asked[0], now=now)
        return
    made = _promise_to_cancel(case, now=now)
    _tell(case, CaseNotice.APPOINTMENT_AWAY, made, now=now)


def _promise_to_cancel(case: Case, *, now: datetime) -> Obligation:
    """By the clock of amber, or within the hour of red where that would be too late. Nobody is in danger, so
    it is amber all the same. The due time is in the clear and says how soon, never when.
    """
    kind, due_at = ObligationKind.APPOINTMENT_AWAY, professional_due(Band.AMBER, since=now)
    first = min(about.starts_at for about in _booked_away(case) if about.starts_at > now)
    if first > due_at:
        return promise_by(case, kind, due_at=due_at, now=now)
    due_at = professional_due(Band.RED, since=now)
    made = promise_by(case, kind, due_at=due_at, now=now)
    page_staff("case", case.id, band=Band.AMBER, due_at=due_at, now=now, owner=made.owner_id)
    return made


def _tell(case: Case, notice: CaseNotice, promised: Obligation, *, now: datetime) -> None:
    if student_of(case) is not None:
        tell_student(case, notice, key=promised.id, now=now)
        send_sign_later(case, now=now)

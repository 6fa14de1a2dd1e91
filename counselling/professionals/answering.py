"""What a professional promises of their own accord: "read; I answer by 17:00", and "I check in on Thursday".

Both pass through the clocks like everything that is promised: they page when they are due, and climb.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from flask_babel import gettext as _

from accounts.models import Staff
from core.audit import record_event
from core.refusals import Refusal
from counselling import queries
from counselling.models import Case, Obligation, ObligationKind
from counselling.notices import CaseNotice, student_of, tell_student
from counselling.obligations import promise_by
from counselling.sealing import reason_of, set_reason
from moderation.bands import Band
from moderation.team.hours import Hours, Stretch, professional_due, staffed_hours

# A text that was passed on has the clock of its escalation besides, which no word to the student puts off.
RENEWABLE = frozenset({ObligationKind.FIRST_LETTER, ObligationKind.ANSWER})
TIMES_THE_CLOCK = 3
LONGEST_AHEAD = timedelta(days=90)
SOON, MORNING = timedelta(hours=2), timedelta(hours=3)
OFFICE, DAYS_WITHOUT_HOURS = (time(9), time(17)), 4


class NothingToAnswer(Refusal):
    """No letter of the student waits for an answer."""

    @property
    def sentence(self) -> str:
        return _("No answer is promised in this case. To promise something new, set a day for a check-in.")


class CannotBePutOff(Refusal):
    """A red letter does not wait beyond its clock."""

    status = 422

    @property
    def sentence(self) -> str:
        return _(
            "This letter is urgent and cannot wait that long. Write two lines now: that keeps the promise. "
            "Then you can set a day for the longer answer."
        )


class TooLate(Refusal):
    """The time lies in the past, or too far ahead."""

    status = 422

    def __init__(self, latest: datetime) -> None:
        super().__init__(latest)
        self.latest = latest

    @property
    def sentence(self) -> str:
        return _("Please choose a time that lies ahead, and not so far. Nothing was changed.")


def latest_answer(promise: Obligation) -> datetime:
    """Until when an answer may be put off by saying so.

    Crisis and red: not beyond their clock. Somebody may be in danger, and only words that reach them help; a
    promise to write is no act. The second act that buys time is a letter of two lines, which keeps the
    promise, and a check-in made after it. Amber and green: three times their clock, from when the letter
    came, however often it is said anew. Without that bound a promise could be renewed for ever and would
    never count as missed.
    """
    if promise.band.rank <= Band.RED.rank:
        return promise.due_at
    clock = professional_due(promise.band, since=promise.opened_at) - promise.opened_at
    return promise.opened_at + TIMES_THE_CLOCK * clock


def promises_to_renew(case: Case) -> list[Obligation]:
    """What this case's student waits to be answered."""
    return [one for one in queries.unsettled_obligations(case.id) if one.kind in RENEWABLE]


def answer_by(case: Case, by: datetime, *, actor: Staff, now: datetime) -> None:
    """Tell the student that their letter was read, and by when the answer comes. On a locked case.

    The promise is due then, and pages then; one that was missed before stays missed. Raises NothingToAnswer,
    CannotBePutOff, TooLate.
    """
    promises = promises_to_renew(case)
    if not promises:
        raise NothingToAnswer(case.id)
    for promise in promises:
        require_time(promise, by, now=now)
    for promise in promises:
        promise.due_at, promise.climbed, promise.is_told = by, 0, True
        set_reason(case, promise, reason_of(case, promise) | {"said": True})
    detail = {"due": by.isoformat()}
    record_event("answer_promised", actor=actor.actor, target=f"case:{case.id}", detail=detail, now=now)
    if student_of(case) is not None:
        tell_student(case, CaseNotice.READ_AND_ANSWERS, key=by.isoformat(), now=now)


def require_time(promise: Obligation, by: datetime, *, now: datetime) -> None:
    """The time lies ahead and within what may be put off. Raises CannotBePutOff, TooLate."""
    latest = latest_answer(promise)
    is_urgent = promise.band.rank <= Band.RED.rank
    if is_urgent and (by > latest or now >= latest):
        raise CannotBePutOff(promise.id)
    if not now < by <= latest:
        raise TooLate(latest)


def is_said(case: Case, promise: Obligation) -> bool:
    """Whether the professional said themselves by when they answer, after reading."""
    return bool(reason_of(case, promise).get("said"))


def times_to_choose(promises: Sequence[Obligation], *, now: datetime) -> list[datetime]:
    """The times that one button offers, by the team's hours, as far as every promise allows: in two hours, at
    the end of today, in the morning and at the end of the next day on which somebody is there, and at the end
    of the day after that.
    """
    if not promises:
        return []
    hours = staffed_hours()
    days = _days_ahead(hours, now=now)
    today = now.astimezone(hours.timezone).date()
    soon = _full_hour(now) + SOON
    found = [soon] if any(begins <= soon <= ends for begins, ends in days.get(today, [])) else []
    found += [ends for _begins, ends in days.pop(today, [])[-1:]]
    for number, stretches in enumerate(list(days.values())[:2]):
        begins, ends = stretches[0][0], stretches[-1][1]
        found += [min(begins + MORNING, ends), ends] if number == 0 else [ends]
    latest = min(latest_answer(one) for one in promises)
    return sorted({at for at in found if now < at <= latest})


def _days_ahead(hours: Hours, *, now: datetime) -> dict[date, list[Stretch]]:
    """When somebody is there, by the day where the team is; office hours of every day when none are set."""
    days: dict[date, list[Stretch]] = {}
    for stretch in hours.shifts_from(now):
        days.setdefault(stretch[0].astimezone(hours.timezone).date(), []).append(stretch)
    if days:
        return days
    today = now.astimezone(hours.timezone).date()
    ahead = [today + timedelta(days=number) for number in range(DAYS_WITHOUT_HOURS)]
    return {day: [hours.stretch(day, *OFFICE)] for day in ahead if hours.stretch(day, *OFFICE)[1] > now}


def _full_hour(moment: datetime) -> datetime:
    """This moment, or the full hour after it."""
    past = timedelta(minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond)
    return moment if not past else moment - past + timedelta(hours=1)


def promised_by(promises: Sequence[Obligation]) -> datetime | None:
    """By when the student waits to be answered as things stand."""
    return min((one.due_at for one in promises), default=None)


def promise_check_in(
    case: Case, at: datetime, *, reason: str, is_told: bool, actor: Staff, now: datetime
) -> Obligation:
    """Promise to get in touch with the student at a time, on a locked case. Raises TooLate."""
    if not now < at <= now + LONGEST_AHEAD:
        raise TooLate(now + LONGEST_AHEAD)
    words = {"words": reason} if reason else None
    made = promise_by(case, ObligationKind.CHECK_IN, due_at=at, reason=words, is_told=is_told, now=now)
    record_event("check_in_promised", actor=actor.actor, target=f"case:{case.id}", now=now)
    if is_told and student_of(case) is not None:
        tell_student(case, CaseNotice.CHECK_IN_PROMISED, key=made.id, now=now)
    return made


def words_of(case: Case, promise: Obligation) -> str:
    """Why a check-in was promised, in the professional's words, or because somebody did not come."""
    reason = reason_of(case, promise)
    if reason.get("missed"):
        return _("The student did not come to the appointment.")
    return str(reason.get("words", ""))

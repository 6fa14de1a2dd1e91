"""What a professional promises of their own accord: "read; I answer by 17:00", and "I check in on Thursday".

Both pass through the clocks like everything that is promised: they page when they are due, and climb.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

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
from moderation.team.hours import professional_due, staffed_hours

# A text that was passed on has the clock of its escalation besides, which no word to the student puts off.
RENEWABLE = frozenset({ObligationKind.FIRST_LETTER, ObligationKind.ANSWER})
TIMES_THE_CLOCK = 3
LONGEST_AHEAD = timedelta(days=90)
END_OF_DAY, MIDDAY = time(17), time(12)


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


def times_to_choose(promises: Sequence[Obligation], *, now: datetime) -> dict[str, datetime]:
    """The times that one button offers: the next ends and middles of days that every promise allows."""
    if not promises:
        return {}
    timezone = staffed_hours().timezone
    today = now.astimezone(timezone).date()
    named = {
        "today": datetime.combine(today, END_OF_DAY, tzinfo=timezone),
        "tomorrow_noon": datetime.combine(today + timedelta(days=1), MIDDAY, tzinfo=timezone),
        "tomorrow": datetime.combine(today + timedelta(days=1), END_OF_DAY, tzinfo=timezone),
        "in_two_days": datetime.combine(today + timedelta(days=2), END_OF_DAY, tzinfo=timezone),
    }
    latest = min(latest_answer(one) for one in promises)
    return {name: at for name, at in named.items() if now < at <= latest}


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
    """Why a check-in was promised, in the professional's words."""
    return str(reason_of(case, promise).get("words", ""))

"""The states of a live session and the steps between them: `waiting` → `open` → `ended`, `waiting` → `left`.

The only module that changes the state of one. A student asks and the professional opens; or the professional
invites and the student comes in. While a student waits, that is a promise with the clock of the case, which
only talking or a letter keeps: somebody who has stopped waiting is still owed a word.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import gettext as _

from accounts.models import Staff
from accounts.permissions import Role
from core.audit import record_event
from core.db import db
from core.ids import new_public_id
from core.refusals import Refusal
from counselling import queries as case_queries
from counselling.cases import CaseAct, move_case
from counselling.encounters import encounter_to_join
from counselling.live import queries
from counselling.live.cut_off import CutOff, set_cut_off
from counselling.live.models import LiveSession, LiveState
from counselling.messages import answer_band
from counselling.models import AuthorKind, Case, ObligationKind
from counselling.notices import CaseNotice, tell_student
from counselling.obligations import NamedAct, page_who_answers, promise, promise_by, settle_obligations
from counselling.sealing import open_letter
from counselling.trusted.states import end_trusted_of
from moderation.bands import Band, higher_of
from moderation.team.hours import is_staffed, professional_due

LENGTH, EXTENSION = timedelta(minutes=45), timedelta(minutes=15)


class LiveAct(StrEnum):
    """What can happen to a live session."""

    OPEN = "open"  # both are there: it begins
    SAY = "say"  # a line
    EXTEND = "extend"  # a quarter of an hour more
    AGREE = "agree"  # on what happens when the line drops
    END = "end"
    LEAVE = "leave"  # whoever waited goes, or the invitation is taken back


LEGAL: dict[LiveAct, dict[LiveState, LiveState]] = {
    LiveAct.OPEN: {LiveState.WAITING: LiveState.OPEN},
    LiveAct.SAY: {LiveState.OPEN: LiveState.OPEN},
    LiveAct.EXTEND: {LiveState.OPEN: LiveState.OPEN},
    LiveAct.AGREE: {LiveState.WAITING: LiveState.WAITING, LiveState.OPEN: LiveState.OPEN},
    LiveAct.END: {LiveState.OPEN: LiveState.ENDED},
    LiveAct.LEAVE: {LiveState.WAITING: LiveState.LEFT},
}
OVER = frozenset({LiveState.ENDED, LiveState.LEFT})


class NotTalking(Refusal):
    """No live session is in a state in which this can be done."""

    @property
    def sentence(self) -> str:
        return _("This live talk is over, or has not begun. Nothing was sent, and what you typed is below.")


def move_live_session(session: LiveSession, act: LiveAct, *, by: AuthorKind | None, now: datetime) -> None:
    """Take one legal step, on a locked row. `by` is None when time did it. Raises NotTalking."""
    goal = LEGAL[act].get(session.state)
    if goal is None:
        raise NotTalking(session.state, act)
    session.state = goal
    if goal in OVER:
        session.ended_at, session.ended_by = now, by
        session.student_seen_at = session.staff_seen_at = None  # nobody needs it any more


def session_to_change(case: Case) -> LiveSession:
    """The session of a locked case that is not over, locked. Raises NotTalking."""
    found = queries.current_session(case.id, locked=True)
    if found is None:
        raise NotTalking(case.id)
    return found


def ask_for_live(case: Case, *, actor: str = Role.STUDENT, now: datetime) -> LiveSession:
    """The student's side of a locked case waits to talk live, or comes in where they are invited.

    Waiting opens a closed case again, is promised, and pages by the band of the case. Asking twice waits
    once.
    """
    session = queries.current_session(case.id, locked=True)
    if session is not None:
        if session.state is LiveState.WAITING and session.asked_by is AuthorKind.PROFESSIONAL:
            _open(case, session, now=now)
        return session
    move_case(case, CaseAct.HEAR, actor=actor, now=now)
    session = _begin(case, AuthorKind.STUDENT, now=now)
    session.student_seen_at = now
    _promise_to_come(case, now=now)
    return session


def _promise_to_come(case: Case, *, now: datetime) -> None:
    """Somebody must come: crisis and red call at any hour, the others while the team is there."""
    if case_queries.open_obligation(case.id, ObligationKind.LIVE_ASKED) is not None:
        return
    due_at = professional_due(case.band, since=now)
    promised = promise_by(case, ObligationKind.LIVE_ASKED, due_at=due_at, band=case.band, now=now)
    if case.band.rank <= Band.RED.rank or is_staffed(now):
        page_who_answers(promised, case, kind="live", band=case.band, now=now)


def invite_or_open(case: Case, agreed: CutOff, *, actor: Staff, now: datetime) -> LiveSession:
    """The professional opens the session that the student waits for, or invites the student to one.

    On a locked case.
    """
    session = queries.current_session(case.id, locked=True)
    if session is None:
        move_case(case, CaseAct.CONTACT, actor=actor.actor, now=now)
        session = _begin(case, AuthorKind.PROFESSIONAL, now=now)
        tell_student(case, CaseNotice.LIVE_INVITED, key=session.id, now=now)
    session.staff_id, session.staff_seen_at = actor.id, now
    if session.state is LiveState.WAITING:
        set_cut_off(case, session, agreed)
        if session.asked_by is AuthorKind.STUDENT:
            _open(case, session, now=now)
            tell_student(case, CaseNotice.LIVE_OPENED, key=session.id, now=now)
    return session


def agree_on_cut_off(case: Case, agreed: CutOff, *, now: datetime) -> None:
    """Agree anew on what happens when the line drops, on a locked case. Raises NotTalking."""
    session = session_to_change(case)
    move_live_session(session, LiveAct.AGREE, by=AuthorKind.PROFESSIONAL, now=now)
    set_cut_off(case, session, agreed)


def extend_live(case: Case, *, seen: int, now: datetime) -> LiveSession:
    """A quarter of an hour more, on a locked case. `seen` is how often it was extended when the button was
    pressed: pressed twice, it extends once. Raises NotTalking.
    """
    session = session_to_change(case)
    move_live_session(session, LiveAct.EXTEND, by=AuthorKind.PROFESSIONAL, now=now)
    if session.planned_end_at is not None and session.extended == seen:
        session.planned_end_at = max(session.planned_end_at, now) + EXTENSION
        session.extended += 1
    return session


def end_live(case: Case, *, by: AuthorKind | None, now: datetime) -> LiveSession | None:
    """End the session of a locked case, or stop waiting for it. None when it was over already.

    What was said on the student's side and nobody has read becomes a promise to answer. Whom they brought is
    out at once.
    """
    session = queries.current_session(case.id, locked=True)
    if session is None:
        return None
    act = LiveAct.END if session.state is LiveState.OPEN else LiveAct.LEAVE
    move_live_session(session, act, by=by, now=now)
    end_trusted_of(session.id, now=now)
    record_event(f"live_{session.state}", actor=_actor_of(session, by), target=f"case:{case.id}", now=now)
    promise_to_unread(case, session, now=now)
    return session


def promise_to_unread(case: Case, session: LiveSession, *, now: datetime) -> None:
    """What was said on the student's side and no professional has read is promised an answer, on a locked
    case, as soon as its words call for one. Once, unless they call for it sooner than what is promised.
    """
    unread = queries.unread_lines_of_students_side(session.id)
    if not unread:
        return
    band = higher_of(*(answer_band(open_letter(case, one)) for one in unread))
    known = case_queries.open_obligation(case.id, ObligationKind.ANSWER)
    if known is None or band.rank < known.band.rank:
        promise(case, ObligationKind.ANSWER, band=band, now=now)


def _actor_of(session: LiveSession, by: AuthorKind | None) -> str:
    if by is AuthorKind.STUDENT:
        return Role.STUDENT
    return f"staff:{session.staff_id}" if by is AuthorKind.PROFESSIONAL else "system"


def _begin(case: Case, asked_by: AuthorKind, *, now: datetime) -> LiveSession:
    session = LiveSession(
        id=new_public_id(),
        case_id=case.id,
        state=LiveState.WAITING,
        asked_by=asked_by,
        asked_at=now,
        extended=0,
        version=0,
    )
    db.session.add(session)
    db.session.flush()
    return session


def _open(case: Case, session: LiveSession, *, now: datetime) -> None:
    """Both sides are there. It belongs to the encounter that goes on, or begins one."""
    move_live_session(session, LiveAct.OPEN, by=None, now=now)
    session.opened_at, session.planned_end_at = now, now + LENGTH
    move_case(case, CaseAct.CONTACT, actor=f"staff:{session.staff_id}", now=now)
    if session.staff_id is not None:
        encounter_to_join(case, staff_id=session.staff_id, now=now).live_session_id = session.id
    settle_obligations(case, NamedAct.LIVE, now=now)
    record_event("live_opened", actor=f"staff:{session.staff_id}", target=f"case:{case.id}", now=now)

"""The end of what a case holds: a year after closing its key is destroyed, and with it every word.

States, outcomes, counts and the audit log stay. A month before, the student and the owner are told.

An unread message stops this clock: nothing is destroyed that somebody was meant to read.
"""

from datetime import datetime, timedelta

from accounts.blobs import read_blob, write_blob
from core.audit import record_event
from core.crypto import CannotUnseal
from core.db import db, transaction
from core.unreadable import note_damage
from counselling import queries
from counselling.appointments.releasing import forget_appointments
from counselling.conversants import somebody_reads
from counselling.disclosure.contacts import forget_contact
from counselling.disclosure.telling import tell_before_the_end
from counselling.handing.members import forget_handing
from counselling.intake.answers import forget_intake
from counselling.live.cut_off import forget_agreements
from counselling.models import AuthorKind, Case, CaseState
from counselling.notices import CaseNotice, student_of, tell_student
from counselling.obligations import NamedAct, settle_obligations
from counselling.reaching.ways import forget_ways
from counselling.record.keeping import forget_record
from counselling.trusted.states import forget_trusted
from counselling.wrapping import destroy_key

KEPT_FOR = timedelta(days=365)
WARNED_BEFORE = timedelta(days=30)


def warn_of_destruction(now: datetime) -> int:
    """A job: tell the students of cases that go within a month, once for each closing. Returns how many."""
    warned = 0
    for case_id in queries.cases_to_warn_of(now - KEPT_FOR + WARNED_BEFORE):
        with transaction():
            case = queries.case(case_id, locked=True)
            if case is not None and case.state is CaseState.CLOSED and case.warned_at is None:
                case.warned_at = now
                tell_student(case, CaseNotice.CASE_GOES_SOON, key=now.isoformat(), now=now)
                warned += 1
    return warned


def goes_on(case: Case) -> datetime | None:
    """When the content of a closed case is destroyed at the earliest: a year after closing, and a month after
    it was told.
    """
    if case.closed_at is None:
        return None
    told = case.warned_at + WARNED_BEFORE if case.warned_at is not None else case.closed_at
    return max(case.closed_at + KEPT_FOR, told)


def destroy_old_cases(now: datetime) -> int:
    """A job: destroy the content of cases that were closed a year ago.

    Returns how many. Opens a transaction for each.
    """
    destroyed = 0
    for case_id in queries.cases_closed_before(now - KEPT_FOR):
        try:
            destroyed += _destroy_when_due(case_id, now=now)
        except CannotUnseal:  # it stays, and is shown to staff; the others go
            note_damage(f"case:{case_id}")
    return destroyed


def _destroy_when_due(case_id: str, *, now: datetime) -> bool:
    with transaction():
        case = queries.case(case_id)
        if case is None:
            return False
        student = student_of(case, locked=True)
        db.session.refresh(case, with_for_update=True)
        if not is_due(case, now=now):
            return False
        if student is not None:
            write_blob(
                student, "cases", [entry for entry in read_blob(student, "cases") if entry["case"] != case.id]
            )
        destroy_content(case, now=now)
    return True


def is_due(case: Case, *, now: datetime) -> bool:
    """Whether the content of a case is to go: closed for a year, told a month ago, and nothing in it is
    unread by somebody who still could read it: a student with their words, or whoever has the code.
    """
    if case.state is not CaseState.CLOSED or case.closed_at is None or case.wrapped_key is None:
        return False
    goes_at = goes_on(case)
    if case.warned_at is None or goes_at is None or now < goes_at:
        return False
    if queries.has_unread(case.id, AuthorKind.STUDENT):
        return False
    return not (queries.has_unread(case.id, AuthorKind.PROFESSIONAL) and somebody_reads(case))


def destroy_content(case: Case, *, now: datetime, actor: str = "system") -> None:
    """Destroy the key of a case, and the ciphertext that it would have opened. On locked rows.

    What was still promised in it ends as well: nobody can open it any more to do it.
    """
    tell_before_the_end(case, now=now)
    settle_obligations(case, NamedAct.CLOSE, now=now)
    forget_appointments(case, now=now)  # while it can still be opened
    destroy_key(case)
    case.pseudonym = case.student_ref = case.links = case.summary = case.return_tag = None
    for message in queries.messages(case.id):
        message.sealed, message.sent_tag = b"", None
    for encounter in queries.encounters(case.id):
        encounter.agreed = None
    for obligation in queries.obligations(case.id):
        obligation.reason = None
    forget_handing(case)
    forget_intake(case)
    forget_record(case)
    forget_ways(case)
    forget_agreements(case)
    forget_contact(case)
    forget_trusted(case, now=now)
    case.destroyed_at = now
    record_event("case_destroyed", actor=actor, target=f"case:{case.id}", now=now)

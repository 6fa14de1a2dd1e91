"""What a student is told about their case, in the mailbox of their account: that something waits at
`/counsel`, and never what.

The outbox row names the case and the notice; only here, inside the worker, is the sealed account of a case
opened to deliver it.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from accounts import queries as account_queries
from accounts.mailbox import deliver
from accounts.models import Account
from core import outbox
from counselling import queries
from counselling.models import Case
from counselling.sealing import student_id_of


class CaseNotice(StrEnum):
    """What can be told. Each has a template in `templates/counselling/notices/`."""

    COUNSELLOR_WROTE = "counsellor_wrote"
    TEXT_PASSED_ON = "text_passed_on"
    COUNSELLOR_CHANGED = "counsellor_changed"
    SECOND_COUNSELLOR = "second_counsellor"
    CASE_CLOSED = "case_closed"
    CASE_GOES_SOON = "case_goes_soon"
    READ_AND_ANSWERS = "read_and_answers"
    CHECK_IN_PROMISED = "check_in_promised"
    LIVE_INVITED = "live_invited"
    LIVE_OPENED = "live_opened"
    NOTE_SHARED = "note_shared"
    FIT_NOTED = "fit_noted"
    PLAN_SHARED = "plan_shared"
    SIGN_REFUSED = "sign_refused"
    MAY_THREAD_SAY = "may_thread_say"
    APPOINTMENT_CANCELLED = "appointment_cancelled"
    APPOINTMENT_AWAY = "appointment_away"
    APPOINTMENT_HOLDS = "appointment_holds"
    CONTACT_OPENED = "contact_opened"
    CONTACT_UNREADABLE = "contact_unreadable"


def tell_student(
    case: Case, notice: CaseNotice, *, key: str, now: datetime, not_before: datetime | None = None
) -> None:
    """Tell the student of a case, in the caller's transaction; not before a time, where one is given.

    `key` names the occasion: the same one is told once.
    """
    payload = {"case": case.id, "notice": notice.value, "key": f"{notice}:{case.id}:{key}"}
    outbox.enqueue("case_notice", payload, now=now, not_before=not_before)


def deliver_case_notices(payloads: Sequence[outbox.Payload], now: datetime) -> None:
    """The outbox handler, inside the row's transaction.

    A case that was destroyed, or whose student is gone, is told nothing.
    """
    for payload in payloads:
        case = queries.case(payload["case"])
        student = student_of(case, locked=True) if case is not None else None
        if case is not None and student is not None:
            kind = f"counselling.{CaseNotice(payload['notice'])}"
            data = {"case": case.id}
            if payload["notice"] == CaseNotice.COUNSELLOR_CHANGED and case.owner is not None:
                data["alias"] = case.owner.alias
            deliver(student, kind, data, key=payload["key"], now=now)


def student_of(case: Case, *, locked: bool = False) -> Account | None:
    """The account behind a case, to tell it something or to see that it still exists.

    None when nobody can be reached.
    """
    if case.wrapped_key is None:
        return None
    account_id = student_id_of(case)
    return account_queries.account(account_id, locked=locked) if account_id is not None else None

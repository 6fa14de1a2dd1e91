"""Telling the student that what they left was opened: at their next visit, or at most two weeks later where
whoever opened it said why. What they will read was written when it was asked for, so that telling depends on
nobody's later diligence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.mailbox import deliver
from core.audit import record_event
from counselling.disclosure import queries
from counselling.disclosure.models import Disclosure, DisclosureState, DisclosureWay
from counselling.disclosure.said import words_of
from counselling.models import Case
from counselling.notices import CaseNotice, student_of, tell_student

STAYS = timedelta(days=1)


@dataclass(frozen=True)
class Told:
    """One opening, as the student reads of it."""

    way: DisclosureWay
    opened_at: datetime
    words: str


def promise_to_tell(disclosure: Disclosure, case: Case, *, now: datetime) -> None:
    """Set when the student is told, in the transaction of the opening. A deferral is logged by itself."""
    disclosure.tell_at = now + timedelta(days=disclosure.tell_after_days)
    tell_student(case, CaseNotice.CONTACT_OPENED, key=disclosure.id, now=now, not_before=disclosure.tell_at)
    if disclosure.tell_after_days:
        record_event(
            "contact_telling_deferred",
            actor=f"staff:{disclosure.asked_by}",
            target=f"disclosure:{disclosure.id}",
            detail={"days": disclosure.tell_after_days},
            now=now,
        )


def told_openings(case: Case, *, now: datetime) -> Sequence[Told]:
    """What the student may know by now, the newest first."""
    return [
        Told(one.way, one.opened_at, words_of(one, "telling"))
        for one in _openings(case)
        if one.opened_at is not None and one.tell_at is not None and one.tell_at <= now
    ]


def export_openings(case: Case) -> list[dict[str, str]]:
    """The openings that the student has read about, to take along."""
    return [
        {
            "way": one.way.value,
            "opened_at": one.opened_at.isoformat(),
            "words": words_of(one, "telling"),
        }
        for one in _openings(case)
        if one.opened_at is not None and one.told_at is not None
    ]


def openings_to_show(case: Case, *, with_code: bool, now: datetime) -> Sequence[Disclosure]:
    """What the conversation itself tells: each opening until the student has seen it.

    Whoever came with the code of the conversation meets no other page that says so, and a look at this one
    is all that can be noted: it stays a day longer for them.
    """
    seen_since = now - STAYS if with_code else now
    return [
        one
        for one in _openings(case)
        if one.tell_at is not None
        and one.tell_at <= now
        and (one.told_at is None or one.told_at > seen_since)
    ]


def has_untold(case: Case, *, now: datetime) -> bool:
    """Whether the student meets an opening for the first time."""
    return any(
        one.told_at is None and one.tell_at is not None and one.tell_at <= now for one in _openings(case)
    )


def note_told(case: Case, *, now: datetime) -> None:
    """The student has seen it, on a locked case."""
    for one in _openings(case):
        if one.told_at is None and one.tell_at is not None and one.tell_at <= now:
            one.told_at = now
            record_event("contact_opening_told", actor="system", target=f"disclosure:{one.id}", now=now)


def tell_before_the_end(case: Case, *, now: datetime) -> None:
    """The words of a case are about to go, and with them the way to its student: whoever has not been told
    yet is told now, deferred or not. On locked rows, before the key is destroyed.
    """
    untold = [one for one in _openings(case) if one.told_at is None]
    student = student_of(case) if untold else None
    for one in untold:
        if student is not None:
            key = f"{CaseNotice.CONTACT_OPENED}:{case.id}:{one.id}"
            deliver(student, f"counselling.{CaseNotice.CONTACT_OPENED}", {"case": ""}, key=key, now=now)
            one.told_at = now


def _openings(case: Case) -> list[Disclosure]:
    return [one for one in queries.disclosures_of_case(case.id) if one.state is DisclosureState.OPENED]

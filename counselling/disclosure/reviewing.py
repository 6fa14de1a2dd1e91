"""What is looked after once an opening was asked for: it lapses when it is too old, and what one person
opened alone is reviewed by another within twelve hours.

A review clears its clock and nothing else does. Where it is late, everybody who could review it is paged, and
again every two hours.
"""

from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from accounts.models import Staff
from accounts.permissions import Role
from core.audit import record_event
from core.db import transaction
from counselling import queries as case_queries
from counselling.disclosure import queries
from counselling.disclosure.models import Disclosure, DisclosureState
from counselling.disclosure.opening import ASKED_FOR, OPEN_WITHIN
from counselling.disclosure.paging import REVIEWERS, band_of, page_everybody_for_review
from counselling.disclosure.refused import SamePerson
from counselling.disclosure.said import seal_words
from counselling.disclosure.states import DisclosureAct, OpeningMovedOn, move_disclosure

PAGED_AGAIN = timedelta(hours=2)


def may_review(disclosure: Disclosure, person: Staff) -> bool:
    """Whether this person may say if it was right: anybody who could open, but for whoever did."""
    waits = disclosure.review_due_at is not None and disclosure.reviewed_at is None
    return waits and person.role in REVIEWERS and person.id != disclosure.asked_by


def review(disclosure: Disclosure, *, is_right: bool, words: str, reviewer: Staff, now: datetime) -> None:
    """Say whether it was right to open this alone, on a locked row. Raises SamePerson, OpeningMovedOn."""
    if reviewer.id == disclosure.asked_by:
        raise SamePerson(disclosure.id)
    if not may_review(disclosure, reviewer):
        raise OpeningMovedOn(disclosure.id)
    disclosure.reviewed_by, disclosure.reviewed_at = reviewer.id, now
    disclosure.review = seal_words(disclosure.id, "review", words)
    detail = {"right": is_right, "drill": disclosure.is_drill}
    target = f"disclosure:{disclosure.id}"
    record_event("contact_opening_reviewed", actor=reviewer.actor, target=target, detail=detail, now=now)


def lapse_stale(now: datetime) -> int:
    """A job: what nobody answered, and what was agreed to and not opened in time, is over. Gives how many."""
    lapsed = 0
    moments = {"asked_before": now - ASKED_FOR, "approved_before": now - OPEN_WITHIN}
    for disclosure_id in queries.stale_disclosures(**moments):
        with transaction():
            found = queries.disclosure(disclosure_id, locked=True)
            if found is not None and disclosure_id in queries.stale_disclosures(**moments):
                move_disclosure(found, DisclosureAct.LAPSE)
                found.box = None
                target = f"disclosure:{found.id}"
                record_event("contact_opening_lapsed", actor="system", target=target, now=now)
                lapsed += 1
    return lapsed


def chase_reviews(now: datetime) -> None:
    """A job: page for each review that is late, once for each time that its clock has run out again."""
    if not queries.overdue_reviews(now):
        return
    with transaction():
        for one in queries.overdue_reviews(now):
            times = int((now - (one.review_due_at or now)) / PAGED_AGAIN) + 1
            if times > one.climbed:
                one.climbed = times
                case = case_queries.case(one.case_id) if one.case_id is not None else None
                page_everybody_for_review(one, band=band_of(case), now=now)
                target, detail = f"disclosure:{one.id}", {"step": "review", "times": times}
                record_event("overdue", actor="system", target=target, detail=detail, now=now)


def look_after_openings(now: datetime) -> None:
    """A job: what is too old lapses, and late reviews are paged."""
    lapse_stale(now)
    chase_reviews(now)


def opening_alarms(reader: Staff, *, now: datetime) -> list[str]:
    """What every page of those says who are waited for: with an opening, time runs."""
    if reader.role not in REVIEWERS:
        return []
    sentences = []
    asked = [one for one in queries.disclosures_to_approve() if one.asked_by != reader.id]
    if asked and reader.role is Role.COORDINATOR:
        sentences.append(
            ngettext(
                "A colleague asks you to open sealed contact details with them: see Sealed contact.",
                "%(num)s colleagues ask you to open sealed contact details with them: see Sealed contact.",
                len(asked),
            )
        )
    agreed = [
        one.approved_at
        for one in queries.live_disclosures_of(reader.id)
        if one.state is DisclosureState.APPROVED
    ]
    if any(at is not None and now - at <= OPEN_WITHIN for at in agreed):
        sentences.append(
            _("A coordinator has agreed: open the contact details within 30 minutes, see Sealed contact.")
        )
    late = [one for one in queries.disclosures_to_review() if may_review(one, reader)]
    if late:
        sentences.append(
            ngettext(
                "Somebody opened sealed contact details alone. Another person must review it: see Sealed "
                "contact.",
                "Sealed contact details were opened alone %(num)s times. Another person must review it: see "
                "Sealed contact.",
                len(late),
            )
        )
    if any(one.review_due_at is not None and one.review_due_at <= now for one in late):
        sentences.append(_("A review is overdue."))
    return sentences

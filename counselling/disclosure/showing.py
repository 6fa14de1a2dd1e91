"""What staff see of openings. A coordinator sees what was written for them, the band and how long the case is
open, and never the case; whoever is on call sees which cases have something to open, without a name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Staff
from accounts.permissions import Role
from accounts.queries import staff_aliases
from counselling import queries as case_queries
from counselling.disclosure import queries
from counselling.disclosure.access import is_on_call
from counselling.disclosure.contacts import allows_one
from counselling.disclosure.models import Disclosure, DisclosureState, DisclosureWay
from counselling.disclosure.opening import OPEN_WITHIN
from counselling.disclosure.reviewing import may_review
from counselling.disclosure.said import words_of
from counselling.models import Case, CaseState, Obligation
from moderation.bands import Band

REFERENCE = 5  # letters of an id: enough to say on the telephone which case is meant


@dataclass(frozen=True)
class DisclosureView:
    """One opening, as somebody of the staff sees it."""

    disclosure: Disclosure
    asker: str
    approver: str
    reviewer: str
    reason: str
    telling: str
    tell_reason: str
    review: str
    band: Band | None
    case_opened_at: datetime | None
    is_mine: bool
    may_take_back: bool
    may_approve: bool
    may_open: bool
    may_review: bool
    open_until: datetime | None


@dataclass(frozen=True)
class CaseRow:
    """A case with something to open, for whoever is on call."""

    case: Case
    reference: str
    owner: str
    for_one: bool
    promise: Obligation | None


@dataclass(frozen=True)
class OpeningsView:
    """The page of openings."""

    to_approve: Sequence[DisclosureView]
    mine: Sequence[DisclosureView]
    to_review: Sequence[DisclosureView]
    is_on_call: bool
    cases: Sequence[CaseRow]


def reference_of(case_id: str) -> str:
    """How staff name a case to each other without a name."""
    return case_id[:REFERENCE]


def view_disclosure(disclosure: Disclosure, reader: Staff) -> DisclosureView:
    """Put together what this reader sees, who may see it."""
    case = case_queries.case(disclosure.case_id) if disclosure.case_id is not None else None
    people = (disclosure.asked_by, disclosure.approved_by, disclosure.reviewed_by)
    names = staff_aliases(sorted({one for one in people if one is not None}))
    is_mine, approved_at = disclosure.asked_by == reader.id, disclosure.approved_at
    asked, approved = DisclosureState.ASKED, DisclosureState.APPROVED
    waits = disclosure.state is asked and disclosure.way is DisclosureWay.TWO
    return DisclosureView(
        disclosure=disclosure,
        asker=names.get(disclosure.asked_by, ""),
        approver=names.get(disclosure.approved_by or "", ""),
        reviewer=names.get(disclosure.reviewed_by or "", ""),
        reason=words_of(disclosure, "reason"),
        telling=words_of(disclosure, "telling"),
        tell_reason=words_of(disclosure, "tell_reason"),
        review=words_of(disclosure, "review"),
        band=case.band if case is not None else None,
        case_opened_at=case.opened_at if case is not None else None,
        is_mine=is_mine,
        may_take_back=waits and is_mine,
        may_approve=waits and not is_mine and reader.role is Role.COORDINATOR,
        may_open=disclosure.state is approved and is_mine,
        may_review=may_review(disclosure, reader),
        open_until=approved_at + OPEN_WITHIN if approved_at is not None else None,
    )


def view_openings(reader: Staff, *, now: datetime) -> OpeningsView:
    """What waits for this reader, and, while they are on call, where something could be opened."""
    to_approve = [one for one in queries.disclosures_to_approve() if one.asked_by != reader.id]
    to_review = [one for one in queries.disclosures_to_review() if may_review(one, reader)]
    on_call = is_on_call(reader, now=now)
    return OpeningsView(
        to_approve=_views(to_approve if reader.role is Role.COORDINATOR else [], reader),
        mine=_views(queries.live_disclosures_of(reader.id), reader),
        to_review=_views(to_review, reader),
        is_on_call=on_call,
        cases=[_row(case) for case in queries.cases_with_contact()] if on_call else [],
    )


def _views(found: Sequence[Disclosure], reader: Staff) -> list[DisclosureView]:
    return [view_disclosure(one, reader) for one in found]


def _row(case: Case) -> CaseRow:
    promises = case_queries.unsettled_obligations(case.id) if case.state is not CaseState.CLOSED else []
    return CaseRow(
        case=case,
        reference=reference_of(case.id),
        owner=case.owner.alias if case.owner is not None else "",
        for_one=allows_one(case),
        promise=promises[0] if promises else None,
    )

"""Fetch and "may I?" in one step, for openings.

Whoever has a part in the case, and whoever is on call now, may ask. Whoever asked sees what they asked. The
coordinators see what they are asked to agree to, which is never the case. What one person opened alone is
shown to every other professional and coordinator, so that somebody reviews it. To all others an opening
answers as one that never was.
"""

from datetime import datetime

from accounts.models import Staff
from accounts.permissions import Role
from core.refusals import Missing
from counselling import queries as case_queries
from counselling.access import part_in
from counselling.disclosure import queries
from counselling.disclosure.models import Disclosure, DisclosureWay
from counselling.models import Case
from moderation.team.duties import has_duty
from moderation.team.models import Duty


def is_on_call(person: Staff, *, now: datetime) -> bool:
    """Whether this person is on call now and could hold a key: a moderator on call has none."""
    return person.role is Role.PROFESSIONAL and has_duty(person, Duty.ON_CALL, now=now)


def may_ask(case: Case, person: Staff, *, now: datetime) -> bool:
    """Whether this person may ask to open what the student of a case left."""
    if case.wrapped_key is None:
        return False
    has_part = person.role is Role.PROFESSIONAL and part_in(case, person, now=now) is not None
    return has_part or is_on_call(person, now=now)


def case_on_call(case_id: str, *, person: Staff, now: datetime, locked: bool = False) -> Case:
    """A case for whoever is on call, of which they see no more than that it is there. Raises Missing."""
    found = case_queries.case(case_id, locked=locked)
    if found is None or found.wrapped_key is None or not is_on_call(person, now=now):
        raise Missing(case_id)
    return found


def readable_disclosure(disclosure_id: str, *, reader: Staff) -> Disclosure:
    """An opening for whoever may see it. Raises Missing."""
    found = queries.disclosure(disclosure_id)
    if found is None or not _is_shown_to(found, reader):
        raise Missing(disclosure_id)
    return found


def disclosure_to_work_on(disclosure_id: str, *, person: Staff) -> tuple[Disclosure, Case | None]:
    """The same with its case, both locked, in this order. Raises Missing, also when the case is gone."""
    found = readable_disclosure(disclosure_id, reader=person)
    case = case_queries.case(found.case_id, locked=True) if found.case_id is not None else None
    if found.case_id is not None and (case is None or case.wrapped_key is None):
        raise Missing(disclosure_id)
    locked = queries.disclosure(disclosure_id, locked=True)
    if locked is None:
        raise Missing(disclosure_id)
    return locked, case


def _is_shown_to(disclosure: Disclosure, reader: Staff) -> bool:
    if reader.id == disclosure.asked_by:
        return True
    if disclosure.way is DisclosureWay.ALONE:
        return reader.role in {Role.PROFESSIONAL, Role.COORDINATOR}
    return reader.role is Role.COORDINATOR

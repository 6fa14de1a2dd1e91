"""Fetch and "may I?" in one step, for offers, invitations and supervisions.

It stands above `access.py`, because it asks what is sealed with a case as well: who knows its student.
"""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import Staff
from accounts.permissions import Role
from core.refusals import Missing
from counselling import queries
from counselling.handing import queries as handing_queries
from counselling.handing.models import Handover, Supervision
from counselling.models import Case, CaseMember
from counselling.sealing import links_of
from moderation.team import queries as team_queries
from moderation.team.duties import leads_of_cases as leads_by_duty


def is_recused(case: Case, person: Staff) -> bool:
    """Whether this person said that they know the student of a case."""
    return case.wrapped_key is not None and person.id in links_of(case).get("recused", [])


def leads_of_cases(case: Case, *, now: datetime) -> Sequence[Staff]:
    """Who may give a case to somebody: the lead, when they are a professional or a coordinator, else every
    coordinator, else every professional. Nobody who knows the student.
    """
    for people in (
        leads_by_duty(now=now),
        team_queries.staff_of_role(Role.COORDINATOR),
        team_queries.staff_of_role(Role.PROFESSIONAL),
    ):
        found = [one for one in people if not is_recused(case, one)]
        if found:
            return found
    return []


def offer_for(handover_id: str, *, receiver: Staff, locked: bool = False) -> tuple[Handover, Case]:
    """An offer, in whatever state, for whom it was made to; the case is locked first. Raises Missing."""
    handover, case = _offer(handover_id, locked=locked)
    if handover.to_id != receiver.id:
        raise Missing(handover_id)
    return handover, case


def offer_from(handover_id: str, *, owner: Staff) -> tuple[Handover, Case]:
    """An offer for the owner who made it, locked. Raises Missing."""
    handover, case = _offer(handover_id, locked=True)
    if handover.from_id != owner.id or case.owner_id != owner.id:
        raise Missing(handover_id)
    return handover, case


def offer_to_assign(
    handover_id: str, *, lead: Staff, now: datetime, locked: bool = False
) -> tuple[Handover, Case]:
    """An offer that came to the lead, for somebody who may give the case to a colleague. Raises Missing."""
    handover, case = _offer(handover_id, locked=locked)
    if handover.to_id is not None or lead.id not in {one.id for one in leads_of_cases(case, now=now)}:
        raise Missing(handover_id)
    return handover, case


def _offer(handover_id: str, *, locked: bool) -> tuple[Handover, Case]:
    found = handing_queries.handover(handover_id)
    case = queries.case(found.case_id, locked=locked) if found is not None else None
    found = handing_queries.handover(handover_id, locked=True) if locked else found
    if found is None or case is None or case.wrapped_key is None:
        raise Missing(handover_id)
    return found, case


def invitation_for(member_id: str, *, person: Staff, locked: bool = False) -> tuple[CaseMember, Case]:
    """An invitation to work along, in whatever state, for whom it was made to. Raises Missing."""
    member = handing_queries.member(member_id)
    case = queries.case(member.case_id, locked=locked) if member is not None else None
    member = handing_queries.member(member_id, locked=True) if locked else member
    if member is None or case is None or case.wrapped_key is None or member.staff_id != person.id:
        raise Missing(member_id)
    return member, case


def supervision_for(
    supervision_id: str, *, supervisor: Staff, now: datetime, locked: bool = False
) -> tuple[Supervision, Case]:
    """A supervision that has not ended, for its supervisor. Raises Missing."""
    found = handing_queries.supervision(supervision_id)
    case = queries.case(found.case_id, locked=locked) if found is not None else None
    found = handing_queries.supervision(supervision_id, locked=True) if locked else found
    if found is None or case is None or case.wrapped_key is None or found.supervisor_id != supervisor.id:
        raise Missing(supervision_id)
    if found.ended_at is not None or found.until_at <= now or is_recused(case, supervisor):
        raise Missing(supervision_id)
    return found, case

"""What colleagues ask of one professional: to take a case over, to work along, to supervise, to assign."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Staff
from accounts.permissions import Role
from accounts.queries import staff_aliases
from counselling import queries
from counselling.handing import queries as handing_queries
from counselling.handing.allowed import is_recused, leads_of_cases
from counselling.handing.models import Handover, Supervision
from counselling.models import Case, CaseMember
from moderation.team import queries as team_queries


@dataclass(frozen=True)
class Asked:
    """What waits for an answer of one professional."""

    offers: Sequence[tuple[Handover, Case]]
    to_assign: Sequence[tuple[Handover, Case]]
    invitations: Sequence[CaseMember]
    supervisions: Sequence[Supervision]
    aliases: dict[str, str]


def view_asked(staff: Staff, *, now: datetime) -> Asked:
    """For the worklist of this professional (`counselling/_offers.html`)."""
    offers = handing_queries.offers_to(staff)
    invitations = handing_queries.invitations_of(staff.id)
    supervisions = handing_queries.supervisions_by(staff.id, now)
    to_assign = [
        (handover, case)
        for handover, case in handing_queries.offers_to_the_lead()
        if staff.id in {one.id for one in leads_of_cases(case, now=now)}
    ]
    people = {one.from_id for one, _case in offers} | {one.asked_by for one in supervisions}
    people |= {one.invited_by for one in invitations if one.invited_by is not None}
    return Asked(
        offers=offers,
        to_assign=to_assign,
        invitations=invitations,
        supervisions=supervisions,
        aliases=staff_aliases(sorted(people)),
    )


def colleagues_for(case: Case, *, but: Sequence[str | None]) -> list[Staff]:
    """Who could be asked about a case: every professional who did not say that they know its student."""
    people = team_queries.staff_of_role(Role.PROFESSIONAL)
    return sorted(
        (one for one in people if one.id not in but and not is_recused(case, one)),
        key=lambda one: one.alias.casefold(),
    )


def with_load(colleagues: Sequence[Staff]) -> list[tuple[Staff, int]]:
    """Each colleague with how many open cases they have, the least first."""
    counts = handing_queries.count_open_cases([one.id for one in colleagues])
    return sorted(((one, counts.get(one.id, 0)) for one in colleagues), key=lambda pair: pair[1])


def next_due(case: Case) -> datetime | None:
    """When the next promise in a case is due."""
    return min((one.due_at for one in queries.unsettled_obligations(case.id)), default=None)

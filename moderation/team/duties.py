"""Who has which duty at this moment.

The rota gives duties to people for a time. Without anybody on duty the lead is every professional, then every
coordinator, so that there is always somebody to tell.
"""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import Staff
from accounts.permissions import Role
from moderation.team import queries as team_queries
from moderation.team.models import Duty

LEADS_WITHOUT_A_ROTA = (Role.PROFESSIONAL, Role.COORDINATOR)


def people_on(duty: Duty, *, now: datetime) -> Sequence[Staff]:
    """Who has this duty now; for the lead there is somebody as long as the service has professionals or
    coordinators.
    """
    found = team_queries.staff_on_duty(duty, now)
    if duty is Duty.LEAD:
        for role in LEADS_WITHOUT_A_ROTA:
            found = found or team_queries.staff_of_role(role)
    return found


def has_duty(person: Staff, duty: Duty, *, now: datetime) -> bool:
    """Whether this person has this duty now."""
    return person.id in {one.id for one in people_on(duty, now=now)}


def duties_of(person: Staff, *, now: datetime) -> list[Duty]:
    """All duties that this person has now."""
    return [duty for duty in Duty if has_duty(person, duty, now=now)]

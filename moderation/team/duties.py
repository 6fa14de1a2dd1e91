"""Who has which duty at this moment.

The rota gives duties to people for a time. Without anybody on duty the lead is every professional, then every
coordinator, so that there is always somebody to tell.

What a professional must act on climbs a ladder of people, one rung higher each time that its clock runs out.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from accounts import queries as account_queries
from accounts.models import Staff
from accounts.paging import page_address_of
from accounts.permissions import Role
from moderation.team import queries as team_queries
from moderation.team.models import Duty

LEADS_WITHOUT_A_ROTA = (Role.PROFESSIONAL, Role.COORDINATOR)
LEADS_OF_CASES = (Role.PROFESSIONAL, Role.COORDINATOR)


class Rung(StrEnum):
    """Who is paged, from the lowest rung to the highest. The owner is whoever has the case."""

    OWNER = "owner"
    ON_CALL = "on_call"
    SECOND = "second"
    ALL_PROFESSIONALS = "all_professionals"
    COORDINATORS = "coordinators"


LADDER = tuple(Rung)


def people_on(duty: Duty, *, now: datetime) -> Sequence[Staff]:
    """Who has this duty now; for the lead there is somebody as long as the service has professionals or
    coordinators.
    """
    found = team_queries.staff_on_duty(duty, now)
    if duty is Duty.LEAD:
        for role in LEADS_WITHOUT_A_ROTA:
            found = found or team_queries.staff_of_role(role)
    return found


def leads_of_cases(*, now: datetime) -> Sequence[Staff]:
    """Who leads where it is about a case: whoever has that duty and is a professional or a coordinator, else
    every coordinator, else every professional. A peer moderator who leads learns of no case.
    """
    found: Sequence[Staff] = [one for one in people_on(Duty.LEAD, now=now) if one.role in LEADS_OF_CASES]
    return (
        found or team_queries.staff_of_role(Role.COORDINATOR) or team_queries.staff_of_role(Role.PROFESSIONAL)
    )


def has_duty(person: Staff, duty: Duty, *, now: datetime) -> bool:
    """Whether this person has this duty now."""
    return person.id in {one.id for one in people_on(duty, now=now)}


def duties_of(person: Staff, *, now: datetime) -> list[Duty]:
    """All duties that this person has now."""
    return [duty for duty in Duty if has_duty(person, duty, now=now)]


def rung_after(times: int) -> Rung:
    """Whom a page for something that nobody has yet asks once its clock has run out so many times."""
    return LADDER[min(LADDER.index(Rung.ON_CALL) + times, len(LADDER) - 1)]


def people_of(rung: Rung, *, owner: str | None, now: datetime) -> Sequence[Staff]:
    """Who stands on a rung now; nobody where no rota gives the duty, or no owner has the case any more.

    Whoever left, or works here as something else now, cannot open the case that they had.
    """
    if rung is Rung.OWNER:
        person = account_queries.staff_member(owner) if owner is not None else None
        is_there = person is not None and person.closed_at is None and person.role is Role.PROFESSIONAL
        return [person] if person is not None and is_there else []
    if rung in {Rung.ON_CALL, Rung.SECOND}:
        return people_on(Duty(rung.value), now=now)
    role = Role.PROFESSIONAL if rung is Rung.ALL_PROFESSIONALS else Role.COORDINATOR
    return team_queries.staff_of_role(role)


def reached_at(rung: Rung, *, owner: str | None, now: datetime) -> list[Staff]:
    """Who has an address of their own to be paged at when a page has climbed to this rung.

    Everybody up to it, because nobody must think that somebody else was asked instead. Where the rung brings
    nobody new who could act, the next one with somebody is asked at once: a moderator on call cannot take a
    student into care, and a person without an address hears nothing.
    """
    reached: dict[str, Staff] = {}
    for one in LADDER:
        people = people_of(one, owner=owner, now=now)
        new = [person for person in people if page_address_of(person) and person.id not in reached]
        reached |= {person.id: person for person in new}
        if LADDER.index(one) >= LADDER.index(rung) and any(_can_act(person) for person in new):
            break
    return list(reached.values())


def _can_act(person: Staff) -> bool:
    return person.role in {Role.PROFESSIONAL, Role.COORDINATOR}

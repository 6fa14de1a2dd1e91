"""What waits and nobody here may take: every professional knows the student, has no licence, or has refused.

No clock helps there that pages professionals. Coordinators are told at once, and again each time that the
clock has run out: by a page of their own, by a task that says what to do, and by a line on each of their
pages. They learn how urgent it is, and nothing of whom it is about.

What somebody may take after all ends the task by itself; what waits on is never silent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import ngettext

from accounts.models import Staff
from accounts.paging import page_address_of
from accounts.permissions import Role
from core.audit import record_event
from core.db import transaction
from core.keys import KeysMissing, keyring, read_case_keys_anew
from counselling import queries
from counselling.handing import queries as handing_queries
from counselling.handing.models import HandoverState
from counselling.handing.offering import colleagues_for
from counselling.models import Case, CaseState
from counselling.professionals.profiles import today
from counselling.professionals.queries import licences_ending
from counselling.wrapping import can_open
from moderation import queries as moderation_queries
from moderation.bands import Band
from moderation.models import EscalationState
from moderation.pages import page_people
from moderation.team import queries as team_queries
from moderation.team.hours import professional_due
from moderation.team.models import TaskKind, TeamTask
from moderation.team.tasks import ask_team

SAID_NO = frozenset({HandoverState.REFUSED, HandoverState.LAPSED})


@dataclass(frozen=True)
class Untaken:
    """Something that nobody may take."""

    kind: str
    id: str
    band: Band
    due_at: datetime

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.id}"


def tell_of_what_nobody_may_take(now: datetime) -> None:
    """A job. Opens its own transaction when there is something to tell, or a task to end."""
    if not untaken(now) and not handing_queries.open_tasks_of(TaskKind.NO_COUNSELLOR):
        return
    with transaction():
        found = {one.name: one for one in untaken(now)}
        asked = handing_queries.open_tasks_of(TaskKind.NO_COUNSELLOR)
        for task in asked:
            if task.note not in found and _can_be_known(task):
                task.done_at = now
        for name, one in found.items():
            _tell(one, [task for task in asked if task.note == name], now=now)


def _can_be_known(task: TeamTask) -> bool:
    """Whether it shows now that somebody may take it after all: of a case, only with the key of cases."""
    return not (task.note or "").startswith("case:") or _has_case_key()


def _has_case_key() -> bool:
    """Whether cases can be opened now; a file that was put back is found."""
    try:
        return keyring().case is not None or bool(read_case_keys_anew())
    except KeysMissing:
        return False


def _tell(one: Untaken, asked: Sequence[TeamTask], *, now: datetime) -> None:
    """Ask every coordinator, once; page at the beginning, and each time that the clock has run out since."""
    if asked and all(task.due_at > now for task in asked):
        return
    again_at = professional_due(one.band, since=now)
    for task in asked:
        task.due_at = again_at
    if not asked:
        people: Sequence[Staff | None] = team_queries.staff_of_role(Role.COORDINATOR)
        for person in people or [None]:
            ask_team(TaskKind.NO_COUNSELLOR, person=person, note=one.name, due_at=again_at, now=now)
    page_people("nobody", one.id, _told(), band=one.band, due_at=one.due_at, now=now)
    record_event("nobody_may_take", actor="system", target=one.name, now=now)


def _told() -> Sequence[Staff]:
    """Coordinators; and every professional too where no coordinator has an address to be paged at."""
    coordinators = team_queries.staff_of_role(Role.COORDINATOR)
    if any(page_address_of(one) for one in coordinators):
        return coordinators
    return [*coordinators, *team_queries.staff_of_role(Role.PROFESSIONAL)]


def untaken(now: datetime) -> list[Untaken]:
    """Everything that waits for a professional and that none of them may take, the most urgent first."""
    able = able_professionals(now)
    found = [*_escalations(able), *_cases(able, now=now)]
    return sorted(found, key=lambda one: (one.band.rank, one.due_at))


def able_professionals(now: datetime) -> list[Staff]:
    """Professionals whose licence holds."""
    expired = {one.id for one, _day in licences_ending(today(now) - timedelta(days=1))}
    return [one for one in team_queries.staff_of_role(Role.PROFESSIONAL) if one.id not in expired]


def _escalations(able: Sequence[Staff]) -> Iterator[Untaken]:
    for one in moderation_queries.escalations_in_state(EscalationState.WAITING):
        item = moderation_queries.item(one.item_id)
        excluded = (item.excluded or []) if item is not None else []
        if all(person.id in excluded for person in able):
            yield Untaken("escalation", one.id, one.band, one.due_at)


def _cases(able: Sequence[Staff], *, now: datetime) -> Iterator[Untaken]:
    """Cases without an owner, and those that lie before the lead. Without the key nobody can be asked."""
    if not _has_case_key():
        return
    ids = {one.id for one in able}
    waiting = {case.id: (case, case.due_at) for case in queries.takeable_cases() if case.owner_id is None}
    waiting |= {case.id: (case, offer.due_at) for offer, case in handing_queries.offers_to_the_lead()}
    for case, due_at in waiting.values():
        if case.state is CaseState.CLOSED or not can_open(case):
            continue
        if not any(one.id in ids and one.id not in _said_no(case) for one in _others(case)):
            yield Untaken("case", case.id, case.band, due_at or now)


def _others(case: Case) -> Sequence[Staff]:
    return colleagues_for(case, but=[case.owner_id])


def _said_no(case: Case) -> set[str | None]:
    """Who refused the case or left its offer lying, since it has the owner that it has."""
    assignment = queries.live_assignment(case.id)
    since = assignment.began_at if assignment is not None else case.opened_at
    offers = handing_queries.handovers(case.id)
    return {one.to_id for one in offers if one.state in SAID_NO and one.offered_at >= since}


def untaken_alarms(person: Staff) -> list[str]:
    """What a coordinator must see on every page while nobody may take something."""
    if person.role is not Role.COORDINATOR:
        return []
    asked = handing_queries.open_tasks_of(TaskKind.NO_COUNSELLOR)
    number = len({task.note for task in asked})
    if not number:
        return []
    return [
        ngettext(
            "A student waits whom no counsellor here may take. What to do stands at “Tasks”.",
            "%(num)s students wait whom no counsellor here may take. What to do stands at “Tasks”.",
            number,
        )
    ]

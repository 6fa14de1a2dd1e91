"""Who is paged about an opening. A page says that something waits, how urgent it is and by when, and never
what.
"""

from collections.abc import Sequence
from datetime import datetime

from accounts import queries as account_queries
from accounts.models import Staff
from accounts.permissions import Role
from counselling.disclosure.models import Disclosure
from counselling.models import Case
from moderation.bands import Band
from moderation.pages import page_people
from moderation.team import queries as team_queries
from moderation.team.hours import professional_due

REVIEWERS = (Role.COORDINATOR, Role.PROFESSIONAL)


def band_of(case: Case | None) -> Band:
    """How urgent an opening is: as its case; a drill is not."""
    return case.band if case is not None else Band.GREEN


def page_coordinators(disclosure: Disclosure, case: Case | None, *, but_for: Staff, now: datetime) -> None:
    """Somebody asks for a second person."""
    band = band_of(case)
    people = _people([Role.COORDINATOR], but_for=but_for.id)
    _page(
        "drill" if case is None else "second",
        disclosure,
        band,
        professional_due(band, since=now),
        people,
        now,
    )


def page_asker(disclosure: Disclosure, case: Case | None, *, due_at: datetime, now: datetime) -> None:
    """The second person has agreed, and time runs."""
    asker = account_queries.staff_member(disclosure.asked_by)
    people = [asker] if asker is not None and asker.closed_at is None else []
    _page("drill" if case is None else "agreed", disclosure, band_of(case), due_at, people, now)


def page_for_review(disclosure: Disclosure, case: Case | None, *, due_at: datetime, now: datetime) -> None:
    """One person opened alone: the coordinators look at it first."""
    people = _people([Role.COORDINATOR], but_for=disclosure.asked_by)
    _page("drill" if case is None else "review", disclosure, band_of(case), due_at, people, now)


def page_everybody_for_review(disclosure: Disclosure, *, band: Band, now: datetime) -> None:
    """Nobody looked at it in time."""
    people = _people(REVIEWERS, but_for=disclosure.asked_by)
    _page("review", disclosure, band, disclosure.review_due_at or now, people, now)


def _people(roles: Sequence[Role], *, but_for: str) -> list[Staff]:
    found = [one for role in roles for one in team_queries.staff_of_role(role)]
    return [one for one in found if one.id != but_for]


def _page(
    kind: str, disclosure: Disclosure, band: Band, due_at: datetime, people: Sequence[Staff], now: datetime
) -> None:
    page_people(kind, disclosure.id, people, band=band, due_at=due_at, now=now)

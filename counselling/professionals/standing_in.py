"""Who answers in a case at this moment: its owner, or the cover of an owner who is away.

An absence lengthens no clock. Whoever covers answers by the same one, and is paged by it.
"""

from datetime import datetime

from accounts import queries as account_queries
from accounts.models import Staff
from counselling.handing.allowed import is_recused
from counselling.models import Case
from counselling.professionals import queries
from counselling.professionals.models import Absence
from counselling.professionals.profiles import has_expired


def absence_of_owner(case: Case, *, now: datetime) -> Absence | None:
    """The absence in which the owner of a case is now."""
    return queries.absence_now(case.owner_id, now) if case.owner_id is not None else None


def who_answers(case: Case, *, now: datetime) -> str | None:
    """Who is to answer now, by id: the owner, or their cover; None where nobody has the case."""
    absence = absence_of_owner(case, now=now)
    cover = cover_of(case, absence, now=now) if absence is not None else None
    return cover.id if cover is not None else case.owner_id


def nobody_stands_in(case: Case, *, now: datetime) -> bool:
    """Whether the owner is away and nobody covers in this case: who is on call hears what is urgent."""
    absence = absence_of_owner(case, now=now)
    return absence is not None and cover_of(case, absence, now=now) is None


def cover_of(case: Case, absence: Absence, *, now: datetime) -> Staff | None:
    """Who covers in this case, if they can: they work here, are licensed, are not away themselves, and have
    not said that they know the student.
    """
    if absence.cover_id is None:
        return None
    cover = account_queries.staff_member(absence.cover_id)
    if cover is None or not can_cover(cover, now=now) or is_recused(case, cover):
        return None
    return cover


def can_cover(person: Staff, *, now: datetime) -> bool:
    """Whether somebody can stand in for a colleague at this moment."""
    is_here = person.closed_at is None and queries.absence_now(person.id, now) is None
    return is_here and not has_expired(queries.profile(person.id), now=now)

"""For whom something that waits is best: by field, language, and how much everybody has already.

An offer closes nobody out. Whoever does not fit may still take what waits, and where nobody fits who has
room, it is offered to everybody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from counselling.intake.wants import Wants, wants_of, wants_of_text
from counselling.models import Case
from counselling.professionals import queries
from counselling.professionals.models import ProfessionalProfile
from counselling.professionals.profiles import has_expired
from moderation.models import Escalation


@dataclass(frozen=True)
class Offer:
    """What somebody looks for, and whether that fits this professional. `is_open`: nobody who has room fits,
    so that it is offered to everybody.
    """

    fields: list[str]
    language: str
    way: str
    is_mine: bool
    is_open: bool


class Offers:
    """Who could take something at this moment. Asked once for a whole list."""

    def __init__(self, *, now: datetime) -> None:
        loads, profiles = queries.loads(), queries.profiles()
        away = {one.staff_id for one in queries.absences(after=now) if one.begins_at <= now}
        here = [one.id for one in queries.working_professionals() if one.id not in away]
        self._known: Mapping[str, ProfessionalProfile | None] = {one: profiles.get(one) for one in here}
        self._with_room = {
            one
            for one, profile in self._known.items()
            if not has_expired(profile, now=now) and has_room(profile, loads.get(one, 0))
        }

    def of(self, wants: Wants, *, reader_id: str) -> Offer:
        """What this reader is told of something that waits."""
        fitting = {one for one in self._with_room if fits(self._known[one], wants)}
        is_mine = reader_id in fitting and bool(wants["fields"] or wants["language"])
        return Offer(
            fields=list(wants["fields"]),
            language=wants["language"],
            way=wants["way"],
            is_mine=is_mine,
            is_open=not fitting,
        )


def fits(profile: ProfessionalProfile | None, wants: Wants) -> bool:
    """Whether somebody is trained for what is wanted, and speaks the language. Where nothing is said, on
    either side, everything fits.
    """
    if profile is None:
        return True
    has_field = not wants["fields"] or not profile.fields or bool({*wants["fields"]} & {*profile.fields})
    speaks = not wants["language"] or not profile.languages or wants["language"] in profile.languages
    return has_field and speaks


def has_room(profile: ProfessionalProfile | None, cases: int) -> bool:
    """Whether somebody can carry one case more."""
    return profile is None or profile.most_cases is None or cases < profile.most_cases


def wants_of_escalation(escalation: Escalation) -> Wants:
    """What the text that was handed over says about it: its topic and its language."""
    return wants_of_text(escalation.post)


def offers_for(
    escalations: Iterable[Escalation], cases: Iterable[Case], *, reader_id: str, now: datetime
) -> dict[str, Offer]:
    """For each thing that waits, by its id, what this reader is told."""
    offers = Offers(now=now)
    found = {one.id: offers.of(wants_of_escalation(one), reader_id=reader_id) for one in escalations}
    return found | {one.id: offers.of(wants_of(one), reader_id=reader_id) for one in cases}

"""A drill: the same two ways, with made-up details that belong to no case.

Whoever has never typed their words by day does not find them at night. The boxes are made when the drill is
asked for, nobody is told of it afterwards, and its result stands in the audit log.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import Staff
from core.db import db
from core.ids import new_public_id
from counselling.disclosure import queries
from counselling.disclosure.boxes import Details, make_boxes
from counselling.disclosure.models import Disclosure, DisclosureState, DisclosureWay
from counselling.disclosure.opening import Claimed, claim_for_one, log_asking
from counselling.disclosure.paging import page_coordinators
from counselling.disclosure.rings import rings_in_use
from counselling.disclosure.targets import drill_place
from counselling.disclosure.words import Unlocked

OLD_AFTER = timedelta(days=90)  # a figure of our own: often enough to find lost words before they are needed
MADE_UP = Details(
    name="Practice Person",
    phone="000 000 000",
    address="1 Practice Street",
    someone="Nobody",
    more="These details are made up.",
)


@dataclass(frozen=True)
class DrillView:
    """When one way was last practised, and whether that is long ago."""

    way: DisclosureWay
    last_at: datetime | None
    is_old: bool


def ask_for_drill(*, asker: Staff, now: datetime) -> Disclosure:
    """Practise with a coordinator. Raises NotOffered, NoWords, NotAHolder."""
    drill = _new_drill(DisclosureWay.TWO, asker=asker, now=now)
    log_asking(drill, asker, now=now)
    page_coordinators(drill, None, but_for=asker, now=now)
    return drill


def practise_alone(unlocked: Unlocked, *, opener: Staff, now: datetime) -> Claimed:
    """Practise what the person on call does. Raises NotOffered, NotAHolder."""
    drill = _new_drill(DisclosureWay.ALONE, asker=opener, now=now)
    return claim_for_one(drill, None, unlocked, opener=opener, now=now)


def view_drills(*, now: datetime) -> Sequence[DrillView]:
    """Both ways, and when each was last practised to its end."""
    found = {way: queries.last_drill(way) for way in DisclosureWay}
    times = {way: one.opened_at if one is not None else None for way, one in found.items()}
    return [DrillView(way, at, at is None or now - at > OLD_AFTER) for way, at in times.items()]


def _new_drill(way: DisclosureWay, *, asker: Staff, now: datetime) -> Disclosure:
    drill = Disclosure(id=new_public_id(), is_drill=True, way=way, state=DisclosureState.ASKED)
    drill.asked_by, drill.asked_at = asker.id, now
    place = drill_place(drill.id)
    drill.box = make_boxes(MADE_UP, rings_in_use(), place=place, allows_one=True).as_text().encode()
    db.session.add(drill)
    db.session.flush()
    return drill

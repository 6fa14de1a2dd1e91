"""What an opening is about: the boxes of a case, or those that a drill brings."""

from dataclasses import dataclass

from counselling.disclosure import queries
from counselling.disclosure.boxes import INNER, OUTER, Boxes, Place, boxes_from
from counselling.disclosure.contacts import boxes_of, is_readable, place_of
from counselling.disclosure.models import Disclosure, KeyRing
from counselling.disclosure.refused import ContactChanged, NothingToOpen
from counselling.models import Case


@dataclass(frozen=True)
class Target:
    """The boxes of an opening, whatever they belong to."""

    boxes: Boxes
    place: Place
    inner: KeyRing
    outer: KeyRing


def target_of(disclosure: Disclosure, case: Case | None) -> Target:
    """What is to be opened. Raises ContactChanged, NothingToOpen."""
    if case is None:
        return _drill_target(disclosure)
    contact = queries.contact(case.id, locked=True)
    if contact is None or contact.version != disclosure.contact_version:
        raise ContactChanged(disclosure.id)
    boxes, inner, outer = (
        boxes_of(case, contact),
        queries.ring(contact.inner_ring_id),
        queries.ring(contact.outer_ring_id),
    )
    if boxes is None or inner is None or outer is None or not is_readable(contact):
        raise NothingToOpen(disclosure.id)
    return Target(boxes, place_of(contact), inner, outer)


def _drill_target(disclosure: Disclosure) -> Target:
    inner, outer = queries.used_ring(INNER), queries.used_ring(OUTER)
    if disclosure.box is None or inner is None or outer is None:
        raise NothingToOpen(disclosure.id)
    return Target(boxes_from(disclosure.box.decode()), drill_place(disclosure.id), inner, outer)


def drill_place(disclosure_id: str) -> Place:
    """What the boxes of a drill name."""
    return Place(f"drill:{disclosure_id}", 1)

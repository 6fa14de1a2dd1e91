"""What a student leaves, and takes back.

It lies in boxes that only people's words open, and once more under the key of the case, so that it is gone
with the case. Nobody can show it again, not even to its student. Whatever was asked for and not opened yet
lapses as soon as they leave something else: nobody opens what they never agreed to.
"""

from datetime import datetime

from accounts.permissions import Role
from core.audit import record_event
from core.crypto import CannotUnseal
from core.db import db
from counselling.disclosure import queries
from counselling.disclosure.boxes import INNER, OUTER, Boxes, Details, Place, boxes_from, make_boxes
from counselling.disclosure.models import SealedContact
from counselling.disclosure.rings import rings_in_use
from counselling.disclosure.states import DisclosureAct, move_disclosure
from counselling.models import Case
from counselling.sealing import open_for_case, seal_for_case

PLACE = "sealed_contact"


def place_of(contact: SealedContact) -> Place:
    """What the boxes of a contact name."""
    return Place(f"case:{contact.case_id}", contact.version)


def leave_contact(case: Case, details: Details, *, allows_one: bool, now: datetime) -> SealedContact:
    """Seal what the student leaves, on a locked case, in place of what was there. Raises NotOffered."""
    rings = rings_in_use()
    _lapse_what_waits(case, now=now)
    found = queries.contact(case.id, locked=True) or SealedContact(case_id=case.id, version=0)
    found.version += 1
    found.inner_ring_id, found.outer_ring_id, found.left_at = rings[INNER].id, rings[OUTER].id, now
    boxes = make_boxes(details, rings, place=place_of(found), allows_one=allows_one)
    found.sealed = seal_for_case(case, PLACE, boxes.as_text(), version=found.version)
    db.session.add(found)
    db.session.flush()
    record_event("contact_left", actor=Role.STUDENT, target=f"case:{case.id}", now=now)
    return found


def take_back_contact(case: Case, *, now: datetime) -> None:
    """The student takes it back, on a locked case: it is gone at once, for everybody."""
    found = queries.contact(case.id, locked=True)
    if found is not None and found.sealed is not None:
        found.sealed = None
        found.version += 1
        _lapse_what_waits(case, now=now)
        record_event("contact_taken_back", actor=Role.STUDENT, target=f"case:{case.id}", now=now)


def boxes_of(case: Case, contact: SealedContact | None) -> Boxes | None:
    """The boxes of a case, still closed; None where there is nothing. Raises CannotUnseal."""
    if contact is None or contact.sealed is None:
        return None
    return boxes_from(open_for_case(case, PLACE, contact.sealed, version=contact.version))


def is_readable(contact: SealedContact | None) -> bool:
    """Whether somebody's words still open it."""
    if contact is None or contact.sealed is None:
        return False
    rings = [queries.ring(ring_id) for ring_id in (contact.inner_ring_id, contact.outer_ring_id)]
    return all(one is not None and one.retired_at is None for one in rings)


def allows_one(case: Case) -> bool:
    """Whether the student ticked that the person on call may open it alone, and it can be opened."""
    contact = queries.contact(case.id)
    if not is_readable(contact):
        return False
    try:
        boxes = boxes_of(case, contact)
    except CannotUnseal:
        return False
    return boxes is not None and boxes.for_one is not None


def leaves_contact(case: Case) -> bool:
    """Whether there is something to open, without opening it."""
    return is_readable(queries.contact(case.id))


def forget_contact(case: Case) -> None:
    """The key of a case is destroyed: what it would have opened goes as well, and what was said about it."""
    found = queries.contact(case.id)
    if found is not None:
        found.sealed = None
    for one in queries.disclosures_of_case(case.id):
        one.share = one.box = one.reason = one.telling = one.review = one.tell_reason = None
        if one.state in queries.LIVE:
            move_disclosure(one, DisclosureAct.LAPSE)


def _lapse_what_waits(case: Case, *, now: datetime) -> None:
    for one in queries.live_disclosures_of_case(case.id):
        move_disclosure(one, DisclosureAct.LAPSE)
        record_event("contact_opening_lapsed", actor="system", target=f"disclosure:{one.id}", now=now)

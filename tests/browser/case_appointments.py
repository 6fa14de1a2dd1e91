"""Times that the professional offers, and what students booked of them, for the pages that show it."""

from datetime import datetime, timedelta

from accounts.models import Staff
from counselling.appointments import booking
from counselling.appointments.models import Meeting
from counselling.appointments.slots import Offer, publish_slots
from counselling.models import Case

ROOM = "Room 12, second floor"


def offer_and_book(ids: dict[str, str], *, ahead: Case, over: Case, owner: Staff, now: datetime) -> None:
    """Free times of three weeks; one that is booked, one that the professional cancelled with words, and one
    that is over and of which nobody has said how it went.
    """
    full_hour = now.replace(minute=0, second=0, microsecond=0)
    booked = _publish(full_hour + timedelta(days=2), owner=owner, now=now)
    cancelled = _publish(full_hour + timedelta(days=3), owner=owner, now=now)
    _publish(full_hour + timedelta(days=4), owner=owner, now=now, weeks=3)
    earlier = now - timedelta(days=3)
    past = _publish(now - timedelta(hours=1), owner=owner, now=earlier)
    first = booking.book(ahead, cancelled, "paper boat", now=now)
    words = "I have to be elsewhere then. I am sorry. There are other times."
    booking.cancel_by_professional(ahead, first.id, words=words, is_offered_again=False, actor=owner, now=now)
    ids["appointment"] = booking.book(ahead, booked, "honey lantern", now=now).id
    ids["past_appointment"] = booking.book(over, past, "silver kettle", now=earlier).id


def _publish(starts: datetime, *, owner: Staff, now: datetime, weeks: int = 1) -> str:
    offer = Offer(starts, 50, Meeting.FACE_TO_FACE, ROOM, weeks)
    return publish_slots(offer, staff=owner, now=now)[0].id

"""What appointments are made of: times that somebody offers, and a student who books one."""

from datetime import datetime, timedelta

from accounts.models import Staff
from core.db import transaction
from counselling.appointments import booking
from counselling.appointments.details import AppointmentView, appointments_of
from counselling.appointments.models import Meeting, Slot
from counselling.appointments.slots import Offer, own_slots, publish_slots
from counselling.models import Case
from tests.counselling.people import NOON

TOMORROW = NOON + timedelta(days=1)
ROOM = "Room 12, second floor"
CODE_WORD = "honey lantern"


def offer_time(
    staff: Staff,
    starts: datetime = TOMORROW,
    *,
    minutes: int = 50,
    meeting: Meeting = Meeting.FACE_TO_FACE,
    weeks: int = 1,
    now: datetime = NOON,
) -> list[Slot]:
    place = ROOM if meeting is Meeting.FACE_TO_FACE else ""
    with transaction():
        return publish_slots(Offer(starts, minutes, meeting, place, weeks), staff=staff, now=now)


def book_time(case: Case, slot: Slot, code_word: str = CODE_WORD, *, now: datetime = NOON) -> AppointmentView:
    with transaction():
        made = booking.book(case, slot.id, code_word, now=now)
    return next(view for view in appointments_of(case) if view.id == made.id)


def free_times(staff: Staff, *, now: datetime = NOON) -> list[datetime]:
    return [one.starts_at for one in own_slots(staff, now=now) if one.is_free]


def the_only(case: Case) -> AppointmentView:
    (view,) = appointments_of(case)
    return view

"""Times that professionals offer: publishing them, taking them back, and which of them a student may book."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from flask_babel import format_datetime
from flask_babel import gettext as _

from accounts.models import Staff
from core.audit import record_event
from core.db import db
from core.ids import new_public_id
from core.refusals import Missing, Refusal
from counselling.appointments import queries
from counselling.appointments.models import FREE, Meeting, Slot
from counselling.appointments.video import has_video
from counselling.handing import queries as handing_queries
from counselling.models import Case, CaseState
from counselling.professionals import queries as professional_queries
from counselling.professionals.models import Absence
from moderation.team.hours import staffed_hours

# Whoever offers a time looks at the list before leaving for it: a student who books later stands before a
# closed door.
LEAST_AHEAD = timedelta(hours=2)
LONGEST_AHEAD = timedelta(days=366)
SHORTEST, LONGEST, MOST_WEEKS = 10, 180, 12
SHOWN = 40
LAST = datetime.max.replace(tzinfo=UTC)
LIVELY = frozenset({CaseState.ASSIGNED, CaseState.IN_CONTACT, CaseState.MONITORING})


class NotThisTime(Refusal):
    """The time is over, too far ahead, within days away, or meets another one."""

    status = 422

    @property
    def sentence(self) -> str:
        reason, moment = self.args
        when = meeting_time(moment)
        if reason == "past":
            return _("%(time)s is over already. Please choose a time ahead.", time=when)
        if reason == "far":
            return _("%(time)s is more than a year ahead. Please choose an earlier day.", time=when)
        if reason == "away":
            return _("You are away on %(time)s. Choose another day, or end your time away.", time=when)
        return _("You offer another time already that meets %(time)s. Nothing was published.", time=when)


class SlotTaken(Refusal):
    """Somebody has booked it in the meantime."""

    @property
    def sentence(self) -> str:
        return _("Somebody has just booked this time. You find it among those who come.")


@dataclass(frozen=True)
class Offer:
    """What a professional publishes: a first time, and how often it comes again, week after week."""

    starts: datetime
    minutes: int
    meeting: Meeting
    place: str = ""
    weeks: int = 1


def meeting_time(moment: datetime) -> str:
    """Day and time where the team is, for example "Wednesday 25 November, 14:00"."""
    local = moment.astimezone(staffed_hours().timezone).replace(tzinfo=None)
    return format_datetime(local, "EEEE d MMMM, HH:mm", rebase=False)


def time_of_day(moment: datetime) -> str:
    """The time where the team is, for example "14:00"."""
    return f"{moment.astimezone(staffed_hours().timezone):%H:%M}"


def publish_slots(offer: Offer, *, staff: Staff, now: datetime) -> list[Slot]:
    """Offer a time, or the same time of several weeks: all of them or none. `staff` is locked, so that two
    tabs come in turn. Raises NotThisTime.
    """
    made = [
        Slot(
            id=new_public_id(),
            staff_id=staff.id,
            meeting=offer.meeting,
            starts_at=starts_at,
            minutes=offer.minutes,
            place=offer.place,
            taken=FREE,
            published_at=now,
        )
        for starts_at in weekly_times(offer)
    ]
    for slot in made:
        _require_room(slot, now=now)
    db.session.add_all(made)
    db.session.flush()
    detail = {"count": len(made)}
    record_event("slots_published", actor=staff.actor, target=f"staff:{staff.id}", detail=detail, now=now)
    return made


def weekly_times(offer: Offer) -> list[datetime]:
    """The same time on the clock of the team, week after week, also when the clocks change between."""
    timezone = staffed_hours().timezone
    first = offer.starts.astimezone(timezone).replace(tzinfo=None)
    return [
        (first + timedelta(weeks=week)).replace(tzinfo=timezone).astimezone(offer.starts.tzinfo)
        for week in range(offer.weeks)
    ]


def _require_room(slot: Slot, *, now: datetime) -> None:
    if slot.starts_at <= now:
        raise NotThisTime("past", slot.starts_at)
    if slot.starts_at > now + LONGEST_AHEAD:
        raise NotThisTime("far", slot.starts_at)
    if is_away(slot.starts_at, professional_queries.absences_of(slot.staff_id, after=now)):
        raise NotThisTime("away", slot.starts_at)
    ends_at = slot.starts_at + timedelta(minutes=slot.minutes)
    earliest = slot.starts_at - timedelta(minutes=LONGEST)
    for other in queries.slots_of([slot.staff_id], after=earliest, before=ends_at):
        if other.starts_at + timedelta(minutes=other.minutes) > slot.starts_at:
            raise NotThisTime("meets", slot.starts_at)


def withdraw_slot(slot_id: str, *, staff: Staff) -> None:
    """Take back a time that nobody has booked. Raises Missing, SlotTaken."""
    slot = queries.slot(slot_id, locked=True)
    if slot is None or slot.staff_id != staff.id:
        raise Missing(slot_id)
    if not slot.is_free:
        raise SlotTaken(slot_id)
    db.session.delete(slot)
    db.session.flush()


def own_slots(staff: Staff, *, now: datetime) -> Sequence[Slot]:
    """What somebody offers from now on, taken or not."""
    return queries.slots_of([staff.id], after=now, before=now + 2 * LONGEST_AHEAD)


def slots_for(case: Case, *, now: datetime) -> list[Slot]:
    """The free times that the student of a case may book: who offers them works in the case then, and is not
    away.
    """
    helpers = _helpers(case, now=now)
    if not helpers or case.state not in LIVELY:
        return []
    away = {one: professional_queries.absences_of(one, after=now) for one in helpers}
    slots = queries.slots_of(list(helpers), after=now + LEAST_AHEAD, before=now + LONGEST_AHEAD)
    return [
        one
        for one in slots
        if one.is_free
        and (one.meeting is not Meeting.VIDEO or has_video())
        and one.starts_at < (helpers[one.staff_id] or LAST)
        and not is_away(one.starts_at, away[one.staff_id])
    ]


def works_in(case: Case, staff_id: str, *, at: datetime, now: datetime) -> bool:
    """Whether somebody has a part in a case now, and still has at a time ahead, as far as is known."""
    helpers = _helpers(case, now=now)
    return staff_id in helpers and at < (helpers[staff_id] or LAST)


def is_away(moment: datetime, absences: Sequence[Absence]) -> bool:
    """Whether a moment lies in one of these times away."""
    return any(one.begins_at <= moment < one.ends_at for one in absences)


def _helpers(case: Case, *, now: datetime) -> dict[str, datetime | None]:
    """Who works in a case, and until when; None where no end is set."""
    found: dict[str, datetime | None] = {}
    for member in handing_queries.live_members(case.id, now):
        known = found.get(member.staff_id, member.until_at)
        found[member.staff_id] = max(known, member.until_at) if known and member.until_at else None
    return found | ({case.owner_id: None} if case.owner_id is not None else {})


def day_of(moment: datetime) -> date:
    """The day of a moment where the team is."""
    return moment.astimezone(staffed_hours().timezone).date()

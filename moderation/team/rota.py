"""The rota: who has which duty when. The coordinator drafts and publishes it.

Only what is published counts. A draft may lack anything, so that two weeks can be put together in peace;
publishing is refused when the whole would not keep the clocks. A published shift is not torn away: it is
marked to leave, and leaves with the next publishing.

Lead and moderator are work, and have a limit a week. On call and second are waiting beside a telephone; they
are shown, and not counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from flask_babel import format_datetime, ngettext
from flask_babel import gettext as _

from accounts import queries as account_queries
from accounts.models import Staff, Step
from accounts.permissions import Role
from accounts.training import training_step
from core.audit import record_event
from core.db import db
from core.ids import new_public_id
from core.refusals import Refusal
from moderation.team import rota_queries
from moderation.team.coverage import HORIZON, Shortfall, shortfalls, total, within
from moderation.team.hours import Hours, Stretch, staffed_hours, weekly_limit
from moderation.team.models import Duty, Shift

WORK = frozenset({Duty.LEAD, Duty.MODERATOR})
MAY_HAVE: Mapping[Duty, frozenset[Role]] = {
    Duty.LEAD: frozenset({Role.MODERATOR, Role.PROFESSIONAL, Role.COORDINATOR}),
    Duty.ON_CALL: frozenset({Role.MODERATOR, Role.PROFESSIONAL}),
    Duty.SECOND: frozenset({Role.MODERATOR, Role.PROFESSIONAL}),
    Duty.MODERATOR: frozenset({Role.MODERATOR}),
}
WEEK = timedelta(days=7)
ALARM_AHEAD = timedelta(days=3)


class TooManyHours(Refusal):
    """This person would have more hours a week than the policy allows."""

    status = 422

    def __init__(self, person: Staff, hours: timedelta, limit: timedelta, monday: date) -> None:
        super().__init__(person.id)
        self.person, self.hours, self.limit, self.monday = person, hours, limit, monday

    @property
    def sentence(self) -> str:
        return _(
            "%(name)s would have %(hours)s hours in the week of %(monday)s. That is %(over)s more than the "
            "%(limit)s that one person is asked for. Nothing was changed.",
            name=self.person.alias,
            hours=in_hours(self.hours),
            monday=self.monday.isoformat(),
            over=in_hours(self.hours - self.limit),
            limit=in_hours(self.limit),
        )


class NotForThisDuty(Refusal):
    """The duty needs a role or a training that this person does not have."""

    status = 422

    @property
    def sentence(self) -> str:
        return _(
            "This duty is not for this person. Moderators on duty need a valid training record; on call and "
            "second are moderators or professionals. Nothing was changed."
        )


class AlreadyOnDuty(Refusal):
    """The same person has the same duty at this time."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("This person has this duty at that time already. Nothing was changed.")


class TimeIsOver(Refusal):
    """A shift that is over cannot be added, taken away or passed on."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("This time is over. Nothing was changed.")


class CannotKeepTheClocks(Refusal):
    """Published so, the rota would not keep what students are told."""

    status = 422

    def __init__(self, found: Sequence[Shortfall]) -> None:
        super().__init__(len(found))
        self.shortfalls = found

    @property
    def sentence(self) -> str:
        return ngettext(
            "This rota would not keep the clocks: %(num)s stretch of time in the coming two weeks needs "
            "somebody. Nothing was published, and the draft is kept.",
            "This rota would not keep the clocks: %(num)s stretches of time in the coming two weeks need "
            "somebody. Nothing was published, and the draft is kept.",
            len(self.shortfalls),
        )


def in_hours(length: timedelta) -> str:
    """A length in hours as people write it: "3", "3.5"."""
    return f"{length / timedelta(hours=1):.2f}".rstrip("0").rstrip(".")


def monday_of(day: date) -> date:
    """The first day of this day's week."""
    return day - timedelta(days=day.weekday())


def week_of(monday: date, hours: Hours) -> Stretch:
    """A week where the team is: 167, 168 or 169 hours."""
    return hours.stretch(monday, time(), time())[0], hours.stretch(monday + WEEK, time(), time())[0]


def may_have(person: Staff, duty: Duty, *, now: datetime) -> bool:
    """Whether somebody's role and training allow this duty."""
    if person.closed_at is not None or person.role not in MAY_HAVE[duty]:
        return False
    if person.role is not Role.MODERATOR:
        return True
    step = training_step(person, now=now)
    return step is Step.INDEPENDENT or (step is Step.ASSISTED and duty is Duty.MODERATOR)


def add_shifts(
    person: Staff, duty: Duty, *, days: Iterable[date], begins: time, ends: time, actor: Staff, now: datetime
) -> list[Shift]:
    """Draft the same times on several days, where the team is. `person` is locked by the caller.

    Raises NotForThisDuty, TimeIsOver, AlreadyOnDuty, TooManyHours.
    """
    hours = staffed_hours()
    return [
        add_shift(person, duty, hours.stretch(day, begins, ends), actor=actor, now=now)
        for day in sorted(set(days))
    ]


def add_shift(person: Staff, duty: Duty, stretch: Stretch, *, actor: Staff, now: datetime) -> Shift:
    """Draft one shift. Raises NotForThisDuty, TimeIsOver, AlreadyOnDuty, TooManyHours."""
    if stretch[1] <= now or stretch[0] >= stretch[1]:
        raise TimeIsOver
    require_free(person, duty, stretch, now=now)
    shift = Shift(
        id=new_public_id(),
        staff_id=person.id,
        duty=duty,
        begins_at=stretch[0],
        ends_at=stretch[1],
        is_published=False,
        leaves=False,
    )
    db.session.add(shift)
    db.session.flush()
    detail = {"duty": duty, "person": person.id}
    record_event("shift_drafted", actor=actor.actor, target=f"shift:{shift.id}", detail=detail, now=now)
    return shift


def require_free(person: Staff, duty: Duty, stretch: Stretch, *, now: datetime) -> None:
    """Somebody may take a shift: by role and training, without having it already, within the weekly limit."""
    if not may_have(person, duty, now=now):
        raise NotForThisDuty
    begins, ends = stretch
    planned = [one for one in rota_queries.shifts_of(person.id, begins - WEEK, ends + WEEK) if not one.leaves]
    if any(one.duty is duty and one.begins_at < ends and one.ends_at > begins for one in planned):
        raise AlreadyOnDuty
    if duty in WORK:
        work = [(one.begins_at, one.ends_at) for one in planned if one.duty in WORK]
        require_within_limit(person, [*work, stretch], around=stretch)


def require_within_limit(person: Staff, work: Sequence[Stretch], *, around: Stretch) -> None:
    """No week that a new shift touches gets longer than the limit. Raises TooManyHours."""
    hours, limit = staffed_hours(), weekly_limit()
    monday = monday_of(around[0].astimezone(hours.timezone).date())
    while week_of(monday, hours)[0] < around[1]:
        length = total(within(work, week_of(monday, hours)))
        if length > limit:
            raise TooManyHours(person, length, limit, monday)
        monday += WEEK


def copy_week(monday: date, *, actor: Staff, now: datetime) -> int:
    """Draft this week like the one before: the same people at the same local times. What is there already, or
    cannot be, is left out. Gives how many were drafted.
    """
    hours, drafted = staffed_hours(), 0
    for old in rota_queries.shifts_between(*week_of(monday - WEEK, hours)):
        begins, ends = (at.astimezone(hours.timezone) for at in (old.begins_at, old.ends_at))
        person = account_queries.staff_member(old.staff_id, locked=True)
        if person is None or old.leaves or monday_of(begins.date()) != monday - WEEK:
            continue
        stretch = hours.stretch(begins.date() + WEEK, begins.time(), ends.time())
        try:
            add_shift(person, old.duty, stretch, actor=actor, now=now)
        except (NotForThisDuty, TimeIsOver, AlreadyOnDuty, TooManyHours):
            continue
        drafted += 1
    return drafted


def remove_shift(shift: Shift, *, actor: Staff, now: datetime) -> None:
    """Take a draft away; mark a published shift to leave, or let it stay after all. Raises TimeIsOver."""
    if shift.ends_at <= now:
        raise TimeIsOver
    if shift.is_published:
        shift.leaves = not shift.leaves
    else:
        db.session.delete(shift)
    act = "shift_to_leave" if shift.is_published and shift.leaves else "shift_changed"
    record_event(act, actor=actor.actor, target=f"shift:{shift.id}", now=now)


def shortfalls_of(shifts: Iterable[Shift], *, now: datetime, length: timedelta = HORIZON) -> list[Shortfall]:
    """Where these shifts do not keep the clocks from now on."""
    rota: dict[Duty, list[Stretch]] = {}
    for shift in shifts:
        rota.setdefault(shift.duty, []).append((shift.begins_at, shift.ends_at))
    return shortfalls(staffed_hours(), rota, start=now, length=length)


def planned_shortfalls(*, now: datetime) -> list[Shortfall]:
    """What the rota would lack if it were published as it is drafted."""
    planned = rota_queries.shifts_between(now, now + HORIZON)
    return shortfalls_of((shift for shift in planned if not shift.leaves), now=now)


def published_shortfalls(*, now: datetime, length: timedelta) -> list[Shortfall]:
    """What the rota that counts lacks in the coming time; nothing where no rota was ever published."""
    if not rota_queries.has_published_rota(now):
        return []
    there = rota_queries.shifts_between(now, now + length)
    return shortfalls_of((shift for shift in there if shift.is_published), now=now, length=length)


def rota_alarms(*, now: datetime) -> list[str]:
    """What a coordinator must see: a published rota that will not keep the clocks soon."""
    missing = published_shortfalls(now=now, length=ALARM_AHEAD)
    if not missing:
        return []
    zone = staffed_hours().timezone
    begins = missing[0].begins_at.astimezone(zone).replace(tzinfo=None)
    at = format_datetime(begins, "d MMM, HH:mm", rebase=False)
    return [
        _("The published rota does not keep the clocks from %(time)s on. Please look at the rota.", time=at)
    ]


def publish_rota(*, actor: Staff, now: datetime) -> int:
    """Let the draft count, if the whole then keeps the clocks. Gives how many shifts came or went.

    Raises CannotKeepTheClocks, and then nothing is changed.
    """
    changes = rota_queries.shifts_that_change(now)
    missing = planned_shortfalls(now=now)
    if missing:
        raise CannotKeepTheClocks(missing)
    for shift in changes:
        if not shift.leaves:
            shift.is_published = True
        elif shift.begins_at < now:
            shift.ends_at, shift.leaves, shift.offered_to = now, False, None
        else:
            db.session.delete(shift)
    record_event(
        "rota_published", actor=actor.actor, target="rota", detail={"changes": len(changes)}, now=now
    )
    return len(changes)


def work_hours(shifts: Iterable[Shift], week: Stretch) -> timedelta:
    """How much work of these shifts lies in a week; what overlaps counts once."""
    return total(within([(one.begins_at, one.ends_at) for one in shifts if one.duty in WORK], week))

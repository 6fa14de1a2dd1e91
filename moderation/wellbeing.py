"""Care for the moderator: topics that somebody is not offered, how much hard reading one stint holds, a pause
after a crisis, and a talk with the buddy.

Nobody is asked for a reason, nobody is forced, and no text is stranded: a pause binds only while somebody
else reads or is on call who may judge texts, never the lead or the person on call themselves. What nobody
else covers goes to whoever is on call. The numbers here are a person's own; no page shows them to anybody
else.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import format_datetime
from flask_babel import gettext as _

from accounts import queries as account_queries
from accounts.models import Staff
from core.db import db
from core.refusals import Refusal
from moderation import queries
from moderation.bands import Band
from moderation.judging import may_judge_now
from moderation.models import QueueItem
from moderation.pages import page_staff
from moderation.team import queries as team_queries
from moderation.team.duties import has_duty, people_on
from moderation.team.hours import staffed_hours
from moderation.team.models import Duty, ModeratorSetting, TaskKind
from moderation.team.tasks import ask_team

HARD_AT_MOST = 3
ITEMS_AT_MOST = 25
HARD = (Band.CRISIS, Band.RED)
REST_AFTER_CRISIS = timedelta(minutes=5)
REST_AFTER_MUCH = timedelta(minutes=30)
STINT_AT_MOST = timedelta(hours=12)


class Resting(Refusal):
    """This person has read enough for now, and a colleague is there."""

    template = "moderation/resting.html"

    def __init__(self, until: datetime) -> None:
        super().__init__(until=until)
        self.until = until

    @property
    def sentence(self) -> str:
        zone: ZoneInfo = staffed_hours().timezone
        at = format_datetime(self.until.astimezone(zone).replace(tzinfo=None), "HH:mm", rebase=False)
        return _(
            "You have read enough for now. Please rest until %(time)s; a colleague is there meanwhile, and "
            "nothing is lost.",
            time=at,
        )


def opted_out(person: Staff) -> frozenset[str]:
    """Topics that this person is not offered: slugs of categories, and keys of warnings."""
    setting = team_queries.moderator_setting(person.id)
    return frozenset(setting.opted_out) if setting is not None else frozenset()


def own_setting(person: Staff) -> ModeratorSetting:
    """What this person asked for, locked; made when there is nothing yet. In the caller's transaction."""
    setting = team_queries.moderator_setting(person.id, locked=True)
    if setting is None:
        setting = ModeratorSetting(staff_id=person.id, opted_out=[])
        db.session.add(setting)
        db.session.flush()
    return setting


def opt_out(person: Staff, topics: frozenset[str]) -> None:
    """Not to be offered these topics. No reason is asked, and no line is written about it."""
    own_setting(person).opted_out = sorted(topics)


def require_fit(actor: Staff, item: QueueItem | None, *, now: datetime) -> None:
    """Before somebody takes a further text. What is in their hands already stays so. Raises Resting."""
    until = resting_until(actor, now=now)
    if until is None or (item is not None and item.claimed_by == actor.id):
        return
    if not is_free_to_rest(actor, now=now):
        return
    raise Resting(until)


def resting_until(person: Staff, *, now: datetime) -> datetime | None:
    """The end of this person's pause, while it lasts."""
    setting = team_queries.moderator_setting(person.id)
    if setting is None or setting.rested_until is None or setting.rested_until <= now:
        return None
    return setting.rested_until


def is_free_to_rest(person: Staff, *, now: datetime) -> bool:
    """Whether a pause binds: somebody else is there, and this person is neither lead nor on call."""
    if has_duty(person, Duty.ON_CALL, now=now) or has_duty(person, Duty.LEAD, now=now):
        return False
    return bool(covering(person, Duty.ON_CALL, now=now) or covering(person, Duty.MODERATOR, now=now))


def is_kept_resting(person: Staff, *, now: datetime) -> bool:
    """Whether this person's pause lasts and binds."""
    return resting_until(person, now=now) is not None and is_free_to_rest(person, now=now)


def covering(person: Staff, duty: Duty, *, now: datetime) -> list[Staff]:
    """The others who have this duty now, may judge texts, and are not resting themselves; who is on call is
    there in any case.
    """
    there = [one for one in people_on(duty, now=now) if one.id != person.id]
    others = [one for one in there if may_judge_now(one, now=now)]
    if duty is Duty.ON_CALL:
        return others
    return [one for one in others if resting_until(one, now=now) is None]


def note_decided(actor: Staff, item: QueueItem, *, now: datetime) -> None:
    """Somebody decided about a text: what it may have cost them counts.

    In the transaction of the decision.
    """
    setting = own_setting(actor)
    if not is_at_work(setting, now=now):
        setting.began_at, setting.counted_from = now, now
    if item.band is Band.CRISIS:
        rest(setting, REST_AFTER_CRISIS, now=now)
        ask_for_debrief(setting, actor, item, now=now)
    if is_enough(actor, setting):
        rest(setting, REST_AFTER_MUCH, now=now)
        setting.counted_from = setting.rested_until
        hand_on(actor, now=now)


def is_at_work(setting: ModeratorSetting, *, now: datetime) -> bool:
    """Whether a stint runs; one that nobody ended is over after twelve hours."""
    return setting.began_at is not None and now - setting.began_at < STINT_AT_MOST


def rest(setting: ModeratorSetting, length: timedelta, *, now: datetime) -> None:
    """A pause from now on; one that lasts longer stays."""
    setting.rested_until = max(setting.rested_until or now, now + length)


def rest_after_cover(actor: Staff, *, now: datetime) -> None:
    """Somebody asked for cover: they are at rest. In the caller's transaction."""
    rest(own_setting(actor), REST_AFTER_MUCH, now=now)


def is_enough(actor: Staff, setting: ModeratorSetting) -> bool:
    """Whether this stint holds as much as one person should read."""
    since = setting.counted_from or setting.began_at
    if since is None:
        return False
    bands = team_queries.bands_decided_by(actor.id, since)
    return len(bands) >= ITEMS_AT_MOST or sum(band in HARD for band in bands) >= HARD_AT_MOST


def ask_for_debrief(setting: ModeratorSetting, actor: Staff, item: QueueItem, *, now: datetime) -> None:
    """After a crisis the buddy asks how it was; without a buddy the lead does."""
    buddy = account_queries.staff_member(setting.buddy_id) if setting.buddy_id else None
    if buddy is not None and buddy.closed_at is not None:
        buddy = None
    ask_team(TaskKind.DEBRIEF, person=buddy, item=item, about=actor, now=now)


def hand_on(actor: Staff, *, now: datetime) -> None:
    """Somebody pauses: when nobody else reads, whoever is on call (or leads) is asked, and paged if something
    urgent waits.
    """
    if covering(actor, Duty.MODERATOR, now=now):
        return
    duty = Duty.ON_CALL if covering(actor, Duty.ON_CALL, now=now) else Duty.LEAD
    ask_team(TaskKind.COVER, duty=duty, about=actor, now=now)
    first = next(iter(queries.open_items(after=None, limit=1)), None)
    if first is not None and first.band in HARD:
        page_staff("cover", first.id, band=first.band, due_at=first.due_at, now=now)

"""What a person is offered, what they find in the list, and what does not exist for them.

Two kinds of bounds. Some texts a person **must not judge**: their own, those of an author they recused from,
and on appeal those they decided themselves. Others they **are not offered**, because they let them go by or
asked not to meet the topic; those stay theirs to take when they choose to, and nothing that nobody is offered
stays hidden from anybody.

A text that somebody must not judge is left out of their list and answers 404, as an id that was never given
does. "A colleague has it" would betray more: it says that the item exists, and one who recused from somebody
they know would learn from it that this text is by that very person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Staff
from core.refusals import Missing
from moderation import claim_queries, queries
from moderation.access import locked_item, readable_item
from moderation.judging import moderators_at_work, require_may_see
from moderation.models import QueueItem
from moderation.team.models import Duty
from moderation.wellbeing import covering, is_kept_resting, opted_out


@dataclass(frozen=True)
class Bounds:
    """What keeps texts from one person at this moment."""

    staff_id: str
    for_another: frozenset[str]
    skipped: frozenset[str]
    topics: frozenset[str]

    def may_judge(self, item: QueueItem) -> bool:
        """Not their own text, not an author they recused from, no decision of their own anew."""
        is_own = item.post.staff_id == self.staff_id
        return not is_own and self.staff_id not in (item.excluded or []) and item.id not in self.for_another

    def offers(self, item: QueueItem) -> bool:
        """Whether "Next for me" may give them this item."""
        if not self.may_judge(item) or item.id in self.skipped:
            return False
        return not self.topics or self.topics.isdisjoint(topics_of(item))


def bounds_of(person: Staff, *, now: datetime) -> Bounds:
    """What keeps texts from this person at this moment."""
    return Bounds(
        staff_id=person.id,
        for_another=claim_queries.items_for_another(person.id),
        skipped=claim_queries.skipped_items(person.id, now),
        topics=opted_out(person),
    )


def team_bounds(now: datetime) -> list[Bounds]:
    """The bounds of every moderator who may take texts and whom no pause keeps from it."""
    there = [one for one in moderators_at_work(now) if not is_kept_resting(one, now=now)]
    return [bounds_of(one, now=now) for one in there]


def covering_bounds(person: Staff, *, now: datetime) -> list[Bounds]:
    """The bounds of those who read or are on call while this person rests."""
    duties = (Duty.ON_CALL, Duty.MODERATOR)
    return [bounds_of(one, now=now) for duty in duties for one in covering(person, duty, now=now)]


def topics_of(item: QueueItem) -> set[str]:
    """What a text is about, as somebody may have asked not to meet it: its category and its warnings."""
    return {item.post.thread.category.slug, *(item.post.warnings or []), *(item.post.thread.warnings or [])}


def may_judge(item: QueueItem, person: Staff, *, now: datetime) -> bool:
    """Whether nothing forbids this person to judge this text."""
    return bounds_of(person, now=now).may_judge(item)


class Sight:
    """What one person finds in the list at this moment."""

    def __init__(self, person: Staff, *, now: datetime) -> None:
        self.bounds = bounds_of(person, now=now)
        self.now = now
        self._team: list[Bounds] | None = None

    def has(self, item: QueueItem) -> bool:
        """All but what this person must not judge, and what they let go by while others are offered it."""
        if not self.bounds.may_judge(item):
            return False
        return item.id not in self.bounds.skipped or not self.team_is_offered(item)

    def is_left_to_the_lead(self, item: QueueItem) -> bool:
        """Whether no moderator is offered this item, and this person may judge it."""
        return self.bounds.may_judge(item) and not self.team_is_offered(item)

    def team_is_offered(self, item: QueueItem) -> bool:
        """Whether "Next for me" would give this item to some moderator."""
        if self._team is None:
            self._team = team_bounds(self.now)
        return any(one.offers(item) for one in self._team)


def visible_items(
    actor: Staff, *, after: tuple[int, datetime, str] | None, limit: int, now: datetime
) -> Sequence[QueueItem]:
    """What this person finds in the list, in its order: up to `limit` items behind `after`.

    Goes on reading until the page is full, so a page is never short because of what was left out. Raises
    NotOnDuty.
    """
    require_may_see(actor, now=now)
    sight = Sight(actor, now=now)
    shown: list[QueueItem] = []
    while batch := queries.open_items(after=after, limit=limit):
        shown += [item for item in batch if sight.has(item)]
        if len(shown) >= limit or len(batch) < limit:
            break
        after = (batch[-1].rank, batch[-1].stands_at, batch[-1].id)
    return shown[:limit]


def hidden_items(actor: Staff, *, now: datetime) -> frozenset[str]:
    """The open items that this person does not find in the list: for what tells them of the list by ids."""
    sight = Sight(actor, now=now)
    return frozenset(item.id for item in claim_queries.open_items() if not sight.has(item))


def visible_item(actor: Staff, item_id: str, *, now: datetime, locked: bool = False) -> QueueItem:
    """One item for this person; locked with its thread and post when they are about to act.

    Raises NotOnDuty, and Missing for what they must not judge.
    """
    require_may_see(actor, now=now)
    item = locked_item(item_id) if locked else readable_item(item_id)
    if not may_judge(item, actor, now=now):
        raise Missing
    return item

"""Which texts stand before and after one in the queue, for somebody who goes through it: as their list shows
it, without what they must not judge.
"""

from datetime import datetime

from accounts.models import Staff
from moderation import page_queries, queries
from moderation.models import QueueItem
from moderation.offering import Sight

LOOKED_THROUGH = 20


def neighbours_of(item: QueueItem, reader: Staff, *, now: datetime) -> tuple[str | None, str | None]:
    """The ids of the items before and after this one, as `reader` finds them."""
    sight, place = Sight(reader, now=now), (item.rank, item.stands_at, item.id)
    before = (one.id for one in page_queries.items_before(place, limit=LOOKED_THROUGH) if sight.has(one))
    after = (one.id for one in queries.open_items(after=place, limit=LOOKED_THROUGH) if sight.has(one))
    return next(before, None), next(after, None)

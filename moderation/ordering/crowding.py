"""The place of a text that came after the limit and without proof: a little behind others, and never hidden.

It stands as if it had come later. Its clock, its band, and the page that goes out for it stay as they are.
If the screening calls it crisis it stands among the red ones: a thousand sentences that anybody can copy
must not stand before one person, whichever words the thousand use.
"""

from datetime import datetime, timedelta

from moderation.bands import Band
from moderation.models import QueueItem, ReasonKind
from moderation.queue import add_reason

MANY_AT_ONCE = {
    "part": "whole",
    "start": 0,
    "end": 0,
    "key": "many_at_once",
    "band": Band.GREEN.value,
    "language": "",
}


def stand_behind(item: QueueItem, *, by: timedelta, now: datetime) -> None:
    """Let an item that has just begun to wait stand as if it had come later, and say so to moderators."""
    if item.waiting_since != now:
        return  # what waits already keeps its place
    item.stands_at = now + by
    item.rank = max(item.rank, Band.RED.rank)
    add_reason(item, ReasonKind.FORM_SIGNAL, Band.GREEN, marks=[MANY_AT_ONCE], now=now)

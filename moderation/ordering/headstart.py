"""The place of a text within its band: its age, or a bounded head start.

Order is band first. Within a band the fitted model (`model.py`), where there is one, lets a
text stand as if it had come a little earlier, by half its band's clock at most: what is old is never
overtaken for ever. And one green text in twenty stands in front by chance, so that what the screening misses
gets seen soon. Chance is a keyed hash of the item: it is the same at each look, and nobody can aim at it.
"""

from datetime import datetime

from core.crypto import tag
from core.keys import keyring
from moderation import queries
from moderation.bands import Band
from moderation.models import QueueItem
from moderation.ordering.model import BUCKETS, urgency_bucket
from moderation.screening.marking import Mark
from moderation.team.hours import first_look_clock

ONE_IN = 20  # green texts, of which one is shown early
AMONG = 10  # green texts that wait: with fewer, each is seen soon anyway
SHOWN_EARLY = Mark(0, 0, "shown_early", Band.GREEN, "")


def give_place(item: QueueItem, text: str, *, band: Band, now: datetime) -> list[Mark]:
    """Let an item stand where it belongs within its band; gives what the moderator is told of it."""
    clock = first_look_clock(band)
    if band is Band.GREEN and is_drawn(item.id) and queries.count_open_of(Band.GREEN) > AMONG:
        _move_up(item, now - clock)
        return [SHOWN_EARLY]
    bucket = urgency_bucket(text)
    if bucket:
        _move_up(item, item.waiting_since - clock * bucket / (2 * BUCKETS))
    return []


def is_drawn(item_id: str) -> bool:
    """Whether chance shows this item early. The same at every call."""
    drawn = tag(keyring().server_key("early look"), item_id)
    return int.from_bytes(drawn[:8], "big") % ONE_IN == 0


def _move_up(item: QueueItem, moment: datetime) -> None:
    """An edit never takes a head start away."""
    item.stands_at = min(item.stands_at, moment)

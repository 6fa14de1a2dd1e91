"""What the list of the queue says of itself while it is open before somebody: which texts, in which band, in
whose hands or in nobody's. Ids and states, never a word of a text.
"""

from datetime import datetime
from typing import Any

from moderation import page_queries
from moderation.models import ItemState

# More than a page shows, so that what is new before its end is told from what lies behind it.
LOOKED_AT = 200
MINE = "mine"


def state_of_list(*, reader: str, after: page_queries.Place | None, now: datetime) -> dict[str, Any]:
    """The state of the list as it stands before `reader`, from the same place on as their page."""
    rows = page_queries.states_of_list(after=after, limit=LOOKED_AT + 1)
    return {
        "items": [
            {
                "id": row.id,
                "band": row.band.value,
                "state": _state(row.state, row.claimed_by, row.claim_ends_at, reader=reader, now=now),
            }
            for row in rows[:LOOKED_AT]
        ],
        "goes_on": len(rows) > LOOKED_AT,
    }


def _state(
    state: ItemState, holder: str | None, ends_at: datetime | None, *, reader: str, now: datetime
) -> str:
    if state is not ItemState.CLAIMED:
        return state.value
    if ends_at is None or ends_at < now:
        return ItemState.WAITING.value  # a claim that has lapsed holds nothing
    return MINE if holder == reader else state.value

"""What the list of the queue says of itself while it is open before somebody: which texts, in which band, in
whose hands or in nobody's. Ids and states, never a word of a text; and nothing of what this person must not
judge, as their list has nothing of it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from accounts import queries as account_queries
from moderation import page_queries
from moderation.models import ItemState
from moderation.offering import hidden_items

# More than a page shows, so that what is new before its end is told from what lies behind it.
LOOKED_AT = 200
ASK_AGAIN_AFTER = timedelta(seconds=10)
MINE = "mine"

Rows = Sequence[Row[*tuple[Any, ...]]]


class ListWatch:
    """One reader's list, from the same place on as their page. What is kept from them is asked for again when
    something has changed, and else every ten seconds: that takes a look at every text.
    """

    def __init__(self, reader_id: str, after: page_queries.Place | None) -> None:
        self.reader_id, self.after = reader_id, after
        self._seen: list[tuple[Any, ...]] | None = None
        self._hidden: frozenset[str] = frozenset()
        self._asked_at: datetime | None = None

    def look(self, *, now: datetime) -> dict[str, Any]:
        """The state of the list at this moment."""
        rows = page_queries.states_of_list(after=self.after, limit=LOOKED_AT + 1)
        seen = [tuple(row) for row in rows]
        if seen != self._seen or self._asked_at is None or now - self._asked_at >= ASK_AGAIN_AFTER:
            reader = account_queries.staff_member(self.reader_id)
            assert reader is not None
            self._seen, self._asked_at = seen, now
            self._hidden = hidden_items(reader, now=now)
        return {
            "items": [
                {"id": row.id, "band": row.band.value, "state": self._state(row, now=now)}
                for row in rows[:LOOKED_AT]
                if row.id not in self._hidden
            ],
            "goes_on": len(rows) > LOOKED_AT,
        }

    def _state(self, row: Row[*tuple[Any, ...]], *, now: datetime) -> str:
        if row.state is not ItemState.CLAIMED:
            return str(row.state.value)
        if row.claim_ends_at is None or row.claim_ends_at < now:
            return ItemState.WAITING.value  # a claim that has lapsed holds nothing
        return MINE if row.claimed_by == self.reader_id else ItemState.CLAIMED.value

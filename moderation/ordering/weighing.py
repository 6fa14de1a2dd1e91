"""How well an order of the queue serves those who are in danger: measured on texts that people have judged.

A held-out fifth is set aside by a keyed hash of each item, the same at every fit: what is measured was never
learned from.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.crypto import tag
from core.keys import keyring
from forum.lifecycle import text_of
from moderation.bands import Band
from moderation.ordering import queries as triage_queries
from moderation.screening.findings import NewText
from moderation.screening.phases import run_phases
from moderation.team.hours import staffed_hours

FIRST_PART = 0.2
NIGHT_BEGINS, NIGHT_ENDS = 22, 7  # hours, where the team is


@dataclass(frozen=True)
class Judged:
    """A text with the band that a person gave it and the band that the phases give it today."""

    text: str
    band: Band
    rules: Band
    is_held_out: bool

    @property
    def is_risky(self) -> bool:
        """Crisis or red, as a person saw it."""
        return self.band.rank <= Band.RED.rank


@dataclass(frozen=True)
class Order:
    """What one order of the queue does: the share of risky texts in its first fifth, and where the last one
    stands (0 first, 1 last).
    """

    recall: float
    last_risky: float

    def is_worse_than(self, other: "Order") -> bool:
        return self.recall < other.recall or self.last_risky > other.last_risky


@dataclass(frozen=True)
class Pages:
    """What paged somebody: how many texts, how many of them a person then lowered, and how often at night."""

    paged: int
    lowered: int
    nights: int
    lowered_at_night: int

    @property
    def precision(self) -> float | None:
        return None if not self.paged else 1 - self.lowered / self.paged

    @property
    def lowered_per_night(self) -> float | None:
        return None if not self.nights else self.lowered_at_night / self.nights


def judged_texts() -> list[Judged]:
    """Every text that a person has judged and whose words are still there, the oldest first."""
    found: list[tuple[datetime, Judged]] = []
    seen: set[str] = set()
    for item_id, since, band, revision in triage_queries.judged_wordings():
        words = text_of(revision)
        text = f"{words['title']}\n\n{words['body']}".strip()
        if item_id in seen or not words["body"]:
            continue
        seen.add(item_id)
        rules = run_phases(NewText(text)).band
        found.append((since, Judged(text, band, rules, _is_held_out(item_id))))
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def _is_held_out(item_id: str) -> bool:
    return tag(keyring().server_key("triage held out"), item_id)[0] % 5 == 0


def weigh(judged: Sequence[Judged], urgency: Callable[[str], float] | None = None) -> Order:
    """Put texts in the order of the queue, by the rules alone or by a model within each band, and measure it.

    Among equals the oldest comes first, as in the queue: that is how they are given.
    """
    ordered = sorted(judged, key=lambda one: (one.rules.rank, -urgency(one.text) if urgency else 0.0))
    places = [place for place, one in enumerate(ordered) if one.is_risky]
    if not places:
        return Order(1.0, 0.0)
    first = math.ceil(len(ordered) * FIRST_PART)
    return Order(sum(place < first for place in places) / len(places), (places[-1] + 1) / len(ordered))


def confusion(judged: Iterable[Judged], guess: Callable[[Judged], Band]) -> dict[str, dict[str, int]]:
    """For each band that people gave, how often each band was guessed."""
    counts: dict[Band, Counter[Band]] = {band: Counter() for band in Band}
    for one in judged:
        counts[one.band][guess(one)] += 1
    return {band: {other: counts[band][other] for other in Band} for band in Band}


def weigh_pages() -> Pages:
    """How many texts paged somebody, and how many of those a person then lowered."""
    signals = triage_queries.paging_signals()
    lowered = [at for at, given, judged in signals if judged.rank > given.rank]
    nights = (signals[-1][0] - signals[0][0]).days + 1 if signals else 0
    return Pages(len(signals), len(lowered), nights, sum(map(_is_at_night, lowered)))


def _is_at_night(moment: datetime) -> bool:
    hour = moment.astimezone(staffed_hours().timezone).hour
    return hour >= NIGHT_BEGINS or hour < NIGHT_ENDS

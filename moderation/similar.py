"""How texts like this one were decided lately: in the same topic, waiting for the same reasons.

Asked of the database alone; held texts stand in no search index. What comes is what was decided, why, and on
which day: no text, nobody who wrote one, nobody who decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from moderation import page_queries
from moderation.models import Conduct, QueueItem, QueueReason, Risk
from moderation.wording.reasons import LibraryReason, cited_reason

SHOWN = 5
LOOKED_THROUGH = 500


@dataclass(frozen=True)
class EarlierDecision:
    """What was decided about another text."""

    conduct: Conduct
    risk: Risk
    why: LibraryReason | None
    day: date


def similar_decisions(item: QueueItem, reasons: Sequence[QueueReason]) -> list[EarlierDecision]:
    """The last decisions about texts like this one, the newest first; nothing that was taken back."""
    kinds = {reason.kind for reason in reasons}
    if not kinds:
        return []
    latest = page_queries.latest_decisions_in(
        item.post.thread.category_id, apart_from=item.id, limit=LOOKED_THROUGH
    )
    undone = {row.reverses_id for row in latest if row.reverses_id is not None}
    answered = page_queries.reasons_answered([row.id for row in latest])
    alike = [
        row
        for row in latest
        if answered.get(row.id) == kinds and row.id not in undone and row.reverses_id is None
    ]
    return [
        EarlierDecision(row.conduct, row.risk, cited_reason(row.reason, row.reason_version), row.at.date())
        for row in alike[:SHOWN]
    ]

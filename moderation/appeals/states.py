"""The states of an appeal, and who may judge one: never somebody who judged the text before.

`sent` → `accepted` (by taking the text) → `upheld`, `varied` or `overturned`. Questions and their answers
change no state. The only module that changes an appeal's state.
"""

from datetime import datetime
from enum import StrEnum

from flask_babel import gettext as _

from accounts.models import Staff
from core.audit import record_event
from core.refusals import Refusal
from moderation import queries
from moderation.appeals import queries as appeal_queries
from moderation.bands import Band, higher_of
from moderation.models import ItemState, QueueItem
from moderation.queue import raise_item_band, reopen
from moderation.review_models import Appeal, AppealState


class AppealAct(StrEnum):
    """What can be done to an appeal."""

    ACCEPT = "accept"
    ASK = "ask"
    ANSWER = "answer"
    UPHOLD = "uphold"
    VARY = "vary"
    OVERTURN = "overturn"


LEGAL: dict[AppealAct, tuple[AppealState, AppealState]] = {
    AppealAct.ACCEPT: (AppealState.SENT, AppealState.ACCEPTED),
    AppealAct.ASK: (AppealState.ACCEPTED, AppealState.ACCEPTED),
    AppealAct.ANSWER: (AppealState.ACCEPTED, AppealState.ACCEPTED),
    AppealAct.UPHOLD: (AppealState.ACCEPTED, AppealState.UPHELD),
    AppealAct.VARY: (AppealState.ACCEPTED, AppealState.VARIED),
    AppealAct.OVERTURN: (AppealState.ACCEPTED, AppealState.OVERTURNED),
}


class AppealMoved(Refusal):
    """The appeal is not where this can be done: somebody answered it, or nobody has taken it yet."""

    @property
    def sentence(self) -> str:
        return _(
            "This appeal has moved on in the meantime. Nothing was changed, and what you typed is below."
        )


class NotYourOwnDecision(Refusal):
    """Somebody else judges an appeal than who judged the text."""

    status = 403

    @property
    def sentence(self) -> str:
        return _("You decided about this text before. Somebody else answers the appeal.")


def move_appeal(appeal: Appeal, act: AppealAct, *, actor: str, now: datetime) -> None:
    """Take one legal step, on a locked row, and log it. Raises AppealMoved."""
    source, goal = LEGAL[act]
    if appeal.state is not source:
        raise AppealMoved(appeal.state, act)
    appeal.state = goal
    record_event(f"appeal_{act}", actor=actor, target=f"appeal:{appeal.id}", now=now)


def may_judge(item: QueueItem, person: Staff) -> bool:
    """Whether this person has not judged this text before. Asked only while an appeal is open."""
    return person.id not in appeal_queries.judges_of(item.id)


def require_other_judge(item: QueueItem, person: Staff) -> None:
    """Raises NotYourOwnDecision."""
    if not may_judge(item, person):
        raise NotYourOwnDecision


def accept_appeals(item: QueueItem, *, actor: Staff, now: datetime) -> None:
    """Whoever takes a text takes on its appeals. The item is locked."""
    waiting = appeal_queries.open_appeals(item.id, locked=True)
    if not waiting or not may_judge(item, actor):
        return
    for appeal in waiting:
        if appeal.state is AppealState.SENT:
            move_appeal(appeal, AppealAct.ACCEPT, actor=actor.actor, now=now)
        appeal.accepted_by = actor.id


def keep_appeals_waiting(item: QueueItem) -> None:
    """A decision about the text itself answers no appeal: the text waits again, as long as the appeal does.

    Its clock is the one that it had.
    """
    waiting = appeal_queries.open_appeals(item.id)
    if not waiting or item.state is not ItemState.DECIDED:
        return
    since = min(appeal.sent_at for appeal in waiting)
    band = Band.GREEN
    for reason in queries.open_reasons(item.id):
        band = higher_of(band, reason.band)
    reopen(item, now=since)
    raise_item_band(item, band, now=since)

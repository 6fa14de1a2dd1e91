"""An author's wish that another person looks again: sent by code, judged by somebody else, answered in words.

Whoever has the code of a decision or of a step may send an appeal within thirty days, once, signed in or not
and after the account is gone; the same code shows what became of it. An appeal puts its text before
moderators again, with a clock like every other text, and nobody who judged the text before may answer it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _

from core.db import db, transaction
from core.ids import new_public_id
from core.refusals import Missing, Refusal
from moderation.access import locked_item
from moderation.appeals import queries as appeal_queries
from moderation.appeals.codes import hash_of_typed
from moderation.appeals.states import AppealAct, move_appeal
from moderation.bands import Band, higher_of
from moderation.models import Decision, ItemState, ReasonKind
from moderation.promises.counting import count_tally
from moderation.promises.models import Tally
from moderation.queue import add_reason, put_in_queue, raise_item_band, resume
from moderation.review_models import Appeal, AppealState, Sanction
from moderation.triage import band_of

APPEAL_WITHIN = timedelta(days=30)
KEPT_FOR = timedelta(days=365)


class TooLateToAppeal(Refusal):
    """The thirty days are over."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("The 30 days in which you could ask for another look are over.")


@dataclass(frozen=True)
class Found:
    """What a code leads to: a decision or a step, and the appeal against it if there is one."""

    decision: Decision | None
    sanction: Sanction | None
    appeal: Appeal | None

    @property
    def item_id(self) -> str:
        return self.decision.item_id if self.decision is not None else self._sanction.item_id

    @property
    def since(self) -> datetime:
        return self.decision.at if self.decision is not None else self._sanction.begins_at

    @property
    def until(self) -> datetime:
        """Until when an appeal may be sent."""
        return self.since + APPEAL_WITHIN

    @property
    def _sanction(self) -> Sanction:
        if self.sanction is None:
            raise Missing
        return self.sanction


def find_by_code(typed: str) -> Found:
    """What a code leads to. Raises Missing, the same for every code that leads nowhere."""
    code_hash = hash_of_typed(typed)
    decision = appeal_queries.decision_by_code(code_hash)
    sanction = appeal_queries.sanction_by_code(code_hash) if decision is None else None
    if decision is None and sanction is None:
        raise Missing
    appeal = appeal_queries.appeal_of(
        decision_id=decision.id if decision is not None else None,
        sanction_id=sanction.id if sanction is not None else None,
    )
    if appeal is None and decision is not None and appeal_queries.is_reversed(decision.id):
        raise Missing
    return Found(decision, sanction, appeal)


def send_appeal(typed: str, body: str, *, now: datetime) -> Appeal:
    """Ask for another look: once for each code, and a second time gives the first appeal.

    Raises Missing, TooLateToAppeal.
    """
    item = locked_item(find_by_code(typed).item_id)
    found = find_by_code(typed)  # again, now that the item is locked: two tabs make one appeal
    if found.appeal is not None:
        return found.appeal
    if now > found.until:
        raise TooLateToAppeal
    count_tally(Tally.APPEALED, found.decision.band if found.decision else item.band, now=now)
    put_in_queue(item.post, handle=None, now=now)
    least = Band.GREEN if found.sanction is None else Band.AMBER  # a step holds while it waits
    reason = add_reason(item, ReasonKind.APPEAL, higher_of(least, band_of(body)), now=now)
    db.session.flush()
    appeal = Appeal(
        id=new_public_id(),
        decision_id=found.decision.id if found.decision is not None else None,
        sanction_id=found.sanction.id if found.sanction is not None else None,
        item_id=item.id,
        queue_reason_id=reason.id,
        state=AppealState.SENT,
        body=body,
        questions=[],
        sent_at=now,
    )
    db.session.add(appeal)
    db.session.flush()
    return appeal


def answer_question(typed: str, words: str, *, now: datetime) -> Appeal:
    """The author answers what the team asked. Answering twice keeps the first.

    Raises Missing, AppealMoved.
    """
    item = locked_item(find_by_code(typed).item_id)
    appeal = find_by_code(typed).appeal
    if appeal is None:
        raise Missing
    entries = [dict(entry) for entry in appeal.questions]
    asked = next((entry for entry in entries if not entry.get("answer")), None)
    if asked is None:
        return appeal
    move_appeal(appeal, AppealAct.ANSWER, actor="visitor", now=now)
    asked["answer"] = words
    appeal.questions = entries
    item.version += 1
    if item.state is ItemState.ON_HOLD:
        resume(item)
    raise_item_band(item, band_of(words), now=now)
    return appeal


def open_question(appeal: Appeal) -> str:
    """The question that waits for its answer, or ""."""
    return next((str(entry["question"]) for entry in appeal.questions if not entry.get("answer")), "")


def forget_old_appeals(now: datetime) -> int:
    """A retention rule: answered appeals are kept for a year. Gives how many went."""
    with transaction():
        return appeal_queries.delete_appeals_before(now - KEPT_FOR)

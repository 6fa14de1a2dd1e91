"""Iris, whose decisions wait for a senior, and Maya, who is one, for the tests of confirming."""

from typing import Any

from accounts.models import Step
from core.db import db, transaction
from core.models import OutboxRow
from forum import posting
from moderation.access import locked_item
from moderation.bands import Band
from moderation.escalations import Briefing
from moderation.models import Conduct, ReasonKind, Risk
from moderation.proposals.confirming import (
    confirm,
    decide_or_propose,
)
from moderation.proposals.reading import locked_proposal
from moderation.queue import add_reason
from moderation.review_models import Proposal
from moderation.team.pairs import pair
from tests.cast import (
    MINUTE,
    NOON,
    choice,
    claimed,
    item,
    item_id_of,
    new_moderator,
    post,
    staff,
    student,
)

BRIEFING = Briefing(Band.AMBER, "Says that nothing helps.", "That we have read it.")


LATER = NOON + 5 * MINUTE


CRISIS_TEXT = "I am going to kill myself tonight."


def new_pair() -> tuple[str, str]:
    """An assisted moderator and their senior."""
    iris, maya = new_moderator("iris", step=Step.ASSISTED), new_moderator("maya")
    with transaction():
        pair(staff(iris), buddy="", senior=maya, actor=staff(maya), now=NOON)
    return iris, maya


def laid_before_senior(
    post_id: str, by: str, conduct: Conduct = Conduct.PUBLISH, risk: Risk = Risk.NONE, **more: Any
) -> str:
    """An assisted moderator takes a text and decides. Returns the proposal's id."""
    held = claimed(post_id, by=by)
    if risk is Risk.ESCALATE:
        more.setdefault("briefing", BRIEFING)
    what = choice(held, conduct, risk, **more)
    with transaction():
        made = decide_or_propose(locked_item(held.id), what, actor=staff(by), now=NOON)
        assert isinstance(made, Proposal)
        return made.id


def proposal(proposal_id: str) -> Proposal:
    found = locked_proposal(proposal_id)
    assert found is not None
    return found


def confirmed(proposal_id: str, by: str, *, now: Any = LATER, shown: str = "") -> bool:
    with transaction():
        found = proposal(proposal_id)
        return confirm(found, shown or found.act_hash.hex(), actor=staff(by), now=now)


def rows(kind: str) -> int:
    return db.session.query(OutboxRow).filter_by(kind=kind).count()


WORDS: dict[Conduct, dict[str, Any]] = {
    Conduct.PUBLISH_WITH_WARNINGS: {"warnings": ("loss",)},
    Conduct.ASK_CHANGE: {"reason": "names_someone", "message": "Thank you for writing.", "marked": ("home",)},
    Conduct.NOT_HERE: {"reason": "advert", "message": "Thank you for writing."},
    Conduct.HIDE: {"reason": "hurts_someone"},
    Conduct.REMOVE: {"reason": "hurts_someone"},
}


def edit(post_id: str, author: str) -> None:
    draft = posting.write_draft("I miss home, and the sea.", language="en", title="First weeks")
    with transaction():
        posting.edit(post(post_id), draft, author=student(author), now=LATER)


def something_new(post_id: str, _author: str) -> None:
    with transaction():
        found = item(item_id_of(post_id))
        found.version += 1
        add_reason(found, ReasonKind.REPORT, Band.AMBER, now=LATER)

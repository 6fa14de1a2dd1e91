"""An author whose text was refused, and the steps that follow, for the tests of sanctions."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.db import transaction
from forum import queries as forum_queries
from forum.models import ModerationMode
from moderation.access import lock_author_of
from moderation.appeals import queries as appeal_queries
from moderation.bands import Band
from moderation.models import Conduct, ReasonKind
from moderation.proposals.excluding import exclusion
from moderation.proposals.proposing import approve, propose
from moderation.proposals.reading import locked_proposal
from moderation.queue import add_reason, put_in_queue
from moderation.review_models import Sanction, SanctionKind
from moderation.sanctions import (
    lift,
    set_sanction,
)
from tests.cast import (
    NOON,
    begin_thread,
    decided,
    item,
    item_id_of,
    new_moderator,
    new_student,
    post,
    staff,
)

DAY = timedelta(days=1)


WEEK = 7 * DAY


DISTRESS = ["too_much_detail", "needs_warning", "names_self", "unclear", "off_topic", ""]


CRISIS_TEXT = "I am going to kill myself tonight."


@dataclass(frozen=True)
class Scene:
    """An author whose text maya refused, and a thread that everybody can read."""

    author: str
    maya: str
    item_id: str
    thread_id: str


def refused() -> Scene:
    author, maya, other = new_student(), new_moderator("maya"), new_student()
    open_everything()
    thread_id = post(begin_thread(other, "Hello.")).thread_id
    post_id = begin_thread(author, "You are all fools.")
    with transaction():
        put_back(post_id)
    decided(post_id, Conduct.HIDE, by=maya, reason="hurts_someone")
    return Scene(author, maya, item_id_of(post_id), thread_id)


def open_everything() -> None:
    """Calm texts are read after they are published, so that what holds one is a step."""
    with transaction():
        for category in forum_queries.all_categories():
            category.opening_mode = category.reply_mode = ModerationMode.READ_AFTER


def put_back(post_id: str) -> None:
    add_reason(put_in_queue(post(post_id), handle=None, now=NOON), ReasonKind.REPORT, Band.GREEN, now=NOON)


def take(
    scene: Scene,
    step: SanctionKind,
    *,
    ends_at: datetime | None = NOON + DAY,
    reason: str = "hurts_someone",
    has_two: bool = False,
    by: str = "",
) -> str:
    with transaction():
        lock_author_of(scene.item_id)
        return set_sanction(
            item(scene.item_id),
            step,
            reason=reason,
            ends_at=ends_at,
            actor=staff(by or scene.maya),
            now=NOON,
            message="Please be kind.",
            has_two=has_two,
        ).id


def sanction(sanction_id: str) -> Sanction:
    found = appeal_queries.sanction(sanction_id)
    assert found is not None
    return found


def lift_it(scene: Scene, sanction_id: str, *, now: datetime = NOON) -> None:
    with transaction():
        lock_author_of(scene.item_id)
        lift(sanction(sanction_id), post_item=item(scene.item_id), actor=staff(scene.maya), now=now)


def propose_exclusion(scene: Scene) -> tuple[str, str]:
    found = item(scene.item_id)
    act = exclusion(
        found,
        reason="hurts_someone",
        message="We asked you three times.",
        ends_at=None,
        actor=staff(scene.maya),
    )
    with transaction():
        made = propose(act, actor=staff(scene.maya), now=NOON)
        return made.id, made.act_hash.hex()


def approve_as(who: str, scene: Scene, proposal_id: str, shown: str) -> None:
    with transaction():
        lock_author_of(scene.item_id)
        found = locked_proposal(proposal_id)
        assert found is not None
        approve(found, shown, actor=staff(who), now=NOON)

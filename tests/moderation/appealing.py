"""A text that was decided against, and what its author and another moderator do about it, for the tests of
appeals.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.db import transaction
from forum import posting
from forum.models import PostStatus
from moderation.access import lock_author_of
from moderation.appeals import queries as appeal_queries
from moderation.appeals.codes import decision_code
from moderation.appeals.outcomes import Answer, answer_appeal, ask_author
from moderation.appeals.sending import (
    answer_question,
    send_appeal,
)
from moderation.bands import Band
from moderation.decisions import decide
from moderation.models import Conduct, ReasonKind
from moderation.queue import add_reason, put_in_queue
from moderation.review_models import Appeal, AppealState
from tests.cast import (
    MINUTE,
    NOON,
    begin_thread,
    choice,
    claimed,
    item,
    item_id_of,
    new_moderator,
    new_student,
    post,
    staff,
    student,
)

DAY = timedelta(days=1)


LATER = NOON + 10 * MINUTE


PLEASE = "You took my joke for an insult."


CRISIS_TEXT = "I am going to kill myself tonight."


@dataclass(frozen=True)
class Scene:
    """A text that maya decided against; tom has not seen it."""

    author: str
    maya: str
    tom: str
    post_id: str
    item_id: str
    decision_id: str
    code: str


def decide_as(who: str, post_id: str, conduct: Conduct, *, now: datetime = NOON, **more: Any) -> str:
    """Somebody takes a text and decides. Gives the decision's id."""
    held = claimed(post_id, by=who, now=now)
    with transaction():
        return decide(item(held.id), choice(held, conduct, **more), actor=staff(who), now=now).id


def look_again(post_id: str, kind: ReasonKind = ReasonKind.REPORT, *, now: datetime = NOON) -> None:
    with transaction():
        add_reason(put_in_queue(post(post_id), handle=None, now=now), kind, Band.GREEN, now=now)


def decided_against(conduct: Conduct = Conduct.NOT_HERE, *, was: PostStatus = PostStatus.HELD) -> Scene:
    """A text that was held or published when maya decided against it."""
    author, maya, tom = new_student(), new_moderator("maya"), new_moderator("tom")
    post_id = begin_thread(author)
    if was is PostStatus.PUBLISHED:
        decide_as(maya, post_id, Conduct.PUBLISH)
        look_again(post_id)
    decision_id = decide_as(maya, post_id, conduct, reason="hurts_someone")
    return Scene(author, maya, tom, post_id, item_id_of(post_id), decision_id, decision_code(decision_id))


def edit_dropped() -> Scene:
    """A published text whose new wording maya did not take."""
    author, maya, tom = new_student(), new_moderator("maya"), new_moderator("tom")
    post_id = begin_thread(author, "old words")
    decide_as(maya, post_id, Conduct.PUBLISH)
    draft = posting.write_draft("new words", language="en")
    with transaction():
        posting.edit(post(post_id), draft, author=student(author), now=NOON)
    decision_id = decide_as(maya, post_id, Conduct.ASK_CHANGE, reason="unclear")
    return Scene(author, maya, tom, post_id, item_id_of(post_id), decision_id, decision_code(decision_id))


def send(code: str, body: str = PLEASE, *, now: datetime = LATER) -> str:
    with transaction():
        return send_appeal(code, body, now=now).id


def appeal(appeal_id: str) -> Appeal:
    found = appeal_queries.appeal(appeal_id)
    assert found is not None
    return found


def answer(
    scene: Scene,
    outcome: AppealState,
    *,
    who: str = "",
    then: PostStatus | None = None,
    now: datetime = LATER,
) -> None:
    """Tom takes the text and answers the appeal."""
    held = claimed(scene.post_id, by=who or scene.tom, now=now)
    written = Answer(outcome, "Thank you.", held.claim_token or "", held.version, then=then)
    with transaction():
        lock_author_of(scene.item_id)
        answer_appeal(item(scene.item_id), written, actor=staff(who or scene.tom), now=now)


def ask(scene: Scene, question: str = "What did you mean?", *, now: datetime = LATER) -> None:
    held = claimed(scene.post_id, by=scene.tom, now=now)
    with transaction():
        ask_author(
            item(scene.item_id),
            question,
            claim=held.claim_token or "",
            version=held.version,
            actor=staff(scene.tom),
            now=now,
        )


def reply_by_code(scene: Scene, words: str = "I meant myself.", *, now: datetime = LATER) -> None:
    with transaction():
        answer_question(scene.code, words, now=now)

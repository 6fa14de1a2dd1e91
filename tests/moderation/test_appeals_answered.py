"""The answer to an appeal: one, in words, and the text put back; and what is asked of its author before."""

import itertools

import pytest
from flask import Flask

from core.db import transaction
from forum import posting
from forum.models import PostStatus
from moderation import queries
from moderation.appeals.outcomes import EnoughAsked, NotThisWayBack
from moderation.appeals.sending import (
    forget_old_appeals,
    open_question,
)
from moderation.bands import Band
from moderation.models import Conduct, ItemState, QueueItem, ReasonKind
from moderation.review_models import AppealState
from tests.cast import (
    MINUTE,
    NOON,
    item,
    post,
)
from tests.moderation.appealing import (
    CRISIS_TEXT,
    DAY,
    LATER,
    Scene,
    answer,
    appeal,
    ask,
    decide_as,
    decided_against,
    edit_dropped,
    look_again,
    reply_by_code,
    send,
)

# The outcome


def scene_with(status: PostStatus) -> Scene:
    """A text in this state, with a decision against it."""
    if status is PostStatus.RETURNED:
        return decided_against(Conduct.ASK_CHANGE)
    if status is PostStatus.REMOVED:
        return decided_against(Conduct.NOT_HERE)
    scene = decided_against(Conduct.HIDE, was=PostStatus.PUBLISHED)
    if status is PostStatus.PUBLISHED:
        look_again(scene.post_id)
        decide_as(scene.maya, scene.post_id, Conduct.PUBLISH)
    elif status is PostStatus.WITHDRAWN:
        with transaction():
            posting.withdraw(post(scene.post_id), now=NOON)
    return scene


GOES_TO = {
    (AppealState.OVERTURNED, PostStatus.REMOVED, None): PostStatus.PUBLISHED,
    (AppealState.OVERTURNED, PostStatus.REMOVED, PostStatus.PUBLISHED): PostStatus.PUBLISHED,
    (AppealState.OVERTURNED, PostStatus.HIDDEN, None): PostStatus.PUBLISHED,
    (AppealState.OVERTURNED, PostStatus.HIDDEN, PostStatus.PUBLISHED): PostStatus.PUBLISHED,
    (AppealState.OVERTURNED, PostStatus.RETURNED, None): PostStatus.PUBLISHED,
    (AppealState.OVERTURNED, PostStatus.RETURNED, PostStatus.PUBLISHED): PostStatus.PUBLISHED,
    (AppealState.OVERTURNED, PostStatus.RETURNED, PostStatus.HELD): PostStatus.HELD,
    (AppealState.VARIED, PostStatus.RETURNED, None): PostStatus.HELD,
    (AppealState.VARIED, PostStatus.RETURNED, PostStatus.HELD): PostStatus.HELD,
}


OUTCOMES = (AppealState.UPHELD, AppealState.VARIED, AppealState.OVERTURNED)


STOOD = (
    PostStatus.REMOVED,
    PostStatus.HIDDEN,
    PostStatus.RETURNED,
    PostStatus.PUBLISHED,
    PostStatus.WITHDRAWN,
)


@pytest.mark.parametrize(
    ("outcome", "status", "then"),
    list(itertools.product(OUTCOMES, STOOD, (None, PostStatus.PUBLISHED, PostStatus.HELD))),
)
def test_every_outcome_puts_the_text_where_it_may_go_and_nowhere_else(
    app: Flask, outcome: AppealState, status: PostStatus, then: PostStatus | None
) -> None:
    with app.app_context():
        scene = scene_with(status)
        assert post(scene.post_id).status is status
        appeal_id = send(scene.code)
        goal = GOES_TO.get((outcome, status, then))
        if then is not None and goal is None:
            with pytest.raises(NotThisWayBack):
                answer(scene, outcome, then=then)
            assert (post(scene.post_id).status, appeal(appeal_id).state) == (status, AppealState.ACCEPTED)
            return
        answer(scene, outcome, then=then)

        assert post(scene.post_id).status is (goal or status)
        assert appeal(appeal_id).state is outcome
        waits = item(scene.item_id).state is not ItemState.DECIDED
        assert waits is (goal is PostStatus.HELD)


@pytest.mark.parametrize("then", [PostStatus.PUBLISHED, PostStatus.HELD])
def test_a_wording_that_was_not_taken_can_come_back(app: Flask, then: PostStatus) -> None:
    with app.app_context():
        scene = edit_dropped()
        send(scene.code)
        answer(scene, AppealState.OVERTURNED, then=then)

        text = post(scene.post_id)
        seen = 2 if then is PostStatus.PUBLISHED else 1
        assert (text.status, text.visible_revision, text.latest_revision) == (PostStatus.PUBLISHED, seen, 2)


def test_a_text_whose_words_are_gone_is_not_published_empty(app: Flask) -> None:
    with app.app_context():
        scene = decided_against()
        appeal_id = send(scene.code)
        with transaction():
            revision = posting.queries.revision(scene.post_id, 1)
            revision.sealed = revision.body = revision.html = None
        answer(scene, AppealState.OVERTURNED)

        assert post(scene.post_id).status is PostStatus.REMOVED
        assert appeal(appeal_id).state is AppealState.OVERTURNED


def test_the_decision_that_was_overturned_stays_and_a_second_one_says_so(app: Flask) -> None:
    with app.app_context():
        scene = decided_against()
        send(scene.code)
        answer(scene, AppealState.OVERTURNED)

        newest, first = queries.decisions_of(scene.item_id)
        assert (first.conduct, newest.reverses_id) == (Conduct.NOT_HERE, first.id)
        assert newest.staff_id == scene.tom


def test_what_else_waits_stays_in_the_same_hands(app: Flask) -> None:
    with app.app_context():
        scene = decided_against(Conduct.HIDE, was=PostStatus.PUBLISHED)
        send(scene.code)
        look_again(scene.post_id, ReasonKind.SECOND_LOOK, now=LATER)
        answer(scene, AppealState.UPHELD)

        again: QueueItem = item(scene.item_id)
        assert (again.state, again.claimed_by) == (ItemState.CLAIMED, scene.tom)
        assert [reason.kind for reason in queries.open_reasons(scene.item_id)] == [ReasonKind.SECOND_LOOK]


def test_of_an_answered_appeal_only_hours_stay(app: Flask) -> None:
    with app.app_context():
        scene = decided_against()
        appeal_id = send(scene.code)
        answer(scene, AppealState.UPHELD)

        assert appeal(appeal_id).sent_at == appeal(appeal_id).decided_at == NOON


def test_an_answered_appeal_is_kept_for_a_year(app: Flask) -> None:
    with app.app_context():
        scene = decided_against()
        send(scene.code)
        answer(scene, AppealState.UPHELD)

        assert forget_old_appeals(NOON + 364 * DAY) == 0
        assert forget_old_appeals(NOON + 367 * DAY) == 1


# Questions


def test_a_question_puts_the_text_aside_until_its_answer(app: Flask) -> None:
    with app.app_context():
        scene = decided_against()
        appeal_id = send(scene.code)
        ask(scene)
        assert item(scene.item_id).state is ItemState.ON_HOLD
        assert open_question(appeal(appeal_id)) == "What did you mean?"

        reply_by_code(scene)

        assert item(scene.item_id).state is ItemState.WAITING
        assert open_question(appeal(appeal_id)) == ""
        assert appeal(appeal_id).questions[0]["answer"] == "I meant myself."


def test_an_answer_sent_twice_keeps_the_first(app: Flask) -> None:
    with app.app_context():
        scene = decided_against()
        appeal_id = send(scene.code)
        ask(scene)
        reply_by_code(scene)
        reply_by_code(scene, "Something else.")

        assert appeal(appeal_id).questions[0]["answer"] == "I meant myself."


def test_words_of_danger_in_an_answer_raise_the_band(app: Flask) -> None:
    with app.app_context():
        scene = decided_against()
        send(scene.code)
        ask(scene)
        reply_by_code(scene, CRISIS_TEXT)

        assert item(scene.item_id).rank <= Band.RED.rank


def test_three_questions_are_enough(app: Flask) -> None:
    with app.app_context():
        scene = decided_against()
        send(scene.code)
        for number in range(3):
            ask(scene, f"Question {number}")
            reply_by_code(scene)
        with pytest.raises(EnoughAsked):
            ask(scene, "One more")


def test_an_appeal_can_be_answered_without_waiting_for_the_author(app: Flask) -> None:
    with app.app_context():
        scene = decided_against()
        appeal_id = send(scene.code)
        ask(scene)
        answer(scene, AppealState.UPHELD, now=LATER + MINUTE)

        assert appeal(appeal_id).state is AppealState.UPHELD

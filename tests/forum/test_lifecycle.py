"""The states of a post: every act from every state is legal or refused, and the text moves with the state."""

import itertools

import pytest
from flask import Flask

from core.db import transaction
from forum import queries
from forum.lifecycle import LEGAL, NotPossibleNow, PostAct, move_post, text_of
from forum.models import Post, PostStatus
from tests.cast import NOON, begin_thread, new_student, post, reply

H, P, R, X, D, W = (
    PostStatus.HELD,
    PostStatus.PUBLISHED,
    PostStatus.RETURNED,
    PostStatus.HIDDEN,
    PostStatus.REMOVED,
    PostStatus.WITHDRAWN,
)
EXPECTED = {
    (H, PostAct.PUBLISH): P,
    (H, PostAct.RETURN): R,
    (H, PostAct.REFUSE): D,
    (R, PostAct.RESUBMIT): H,
    (P, PostAct.HIDE): X,
    (P, PostAct.REMOVE): D,
    (X, PostAct.UNHIDE): P,
    (X, PostAct.REMOVE): D,
    (D, PostAct.OVERTURN): P,
    (H, PostAct.WITHDRAW): W,
    (P, PostAct.WITHDRAW): W,
    (R, PostAct.WITHDRAW): W,
    (X, PostAct.WITHDRAW): W,
}
WAY_TO = {
    H: [],
    P: [PostAct.PUBLISH],
    R: [PostAct.RETURN],
    X: [PostAct.PUBLISH, PostAct.HIDE],
    D: [PostAct.REFUSE],
    W: [PostAct.WITHDRAW],
}


def test_the_table_names_every_act() -> None:
    assert set(LEGAL) == set(PostAct)


@pytest.mark.parametrize(("status", "act"), list(itertools.product(PostStatus, PostAct)))
def test_every_act_from_every_state_is_legal_or_refused(app: Flask, status: PostStatus, act: PostAct) -> None:
    with app.app_context():
        post_id = begin_thread(new_student(), "Some words")
        with transaction():
            for step in WAY_TO[status]:
                move_post(post(post_id), step, now=NOON)

        goal = EXPECTED.get((status, act))
        if goal is None:
            with pytest.raises(NotPossibleNow), transaction():
                move_post(post(post_id), act, now=NOON)
            goal = status
        else:
            with transaction():
                move_post(post(post_id), act, now=NOON)

        after = post(post_id)
        assert after.status is goal
        assert after.thread.is_public is (goal is P)
        assert is_in_the_clear(after) is (goal is P)
        assert text_of(queries.revision(post_id, 1))["body"] == "Some words"


def is_in_the_clear(moved: Post) -> bool:
    revision = queries.revision(moved.id, moved.latest_revision)
    clear, sealed = revision.body is not None, revision.sealed is not None
    assert clear is not sealed
    assert clear is (moved.thread.title != "")
    return clear


def test_position_sequence_and_day_come_with_publication_without_gaps(app: Flask) -> None:
    with app.app_context():
        ana, bo = new_student(), new_student()
        opening = begin_thread(ana)
        with transaction():
            move_post(post(opening), PostAct.PUBLISH, now=NOON)
        thread_id = post(opening).thread_id
        first, second, third = (reply(bo, thread_id) for _ in range(3))
        with transaction():
            move_post(post(third), PostAct.PUBLISH, now=NOON)
            move_post(post(second), PostAct.REFUSE, now=NOON)
            move_post(post(first), PostAct.PUBLISH, now=NOON)

        assert [post(one).position for one in (opening, first, second, third)] == [1, 3, None, 2]
        assert [post(one).sequence for one in (opening, third, first)] == [1, 2, 3]
        assert post(first).thread.reply_count == 2


def test_a_post_that_comes_back_keeps_its_place(app: Flask) -> None:
    with app.app_context():
        opening = begin_thread(new_student(), title="A title")
        with transaction():
            move_post(post(opening), PostAct.PUBLISH, now=NOON)
            move_post(post(opening), PostAct.HIDE, now=NOON)
        assert post(opening).thread.title == ""
        with transaction():
            move_post(post(opening), PostAct.UNHIDE, now=NOON)

        assert (post(opening).position, post(opening).sequence) == (1, 1)
        assert post(opening).thread.title == "A title"


def test_a_thread_is_answered_by_somebody_else_and_not_by_its_author(app: Flask) -> None:
    with app.app_context():
        ana, bo = new_student(), new_student()
        opening = begin_thread(ana)
        with transaction():
            move_post(post(opening), PostAct.PUBLISH, now=NOON)
        thread_id = post(opening).thread_id
        own = reply(ana, thread_id)
        with transaction():
            move_post(post(own), PostAct.PUBLISH, now=NOON)
        assert not post(opening).thread.is_answered
        other = reply(bo, thread_id)
        with transaction():
            move_post(post(other), PostAct.PUBLISH, now=NOON)
        assert post(opening).thread.is_answered

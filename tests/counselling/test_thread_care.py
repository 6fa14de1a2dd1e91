"""Somebody owns the public side of an escalated thread: for 72 hours, and never against its author's will."""

from datetime import timedelta

import pytest

from accounts.mailbox import notices
from accounts.models import Account, Staff
from accounts.permissions import Role
from core import outbox
from core.db import db, transaction
from core.refusals import Missing
from counselling.models import Case
from counselling.taking import accept_escalation
from counselling.threads import queries
from counselling.threads.care import (
    LASTS,
    AuthorHasNotAgreed,
    CareAct,
    NotInYourCare,
    answer_for_thread,
    hand_back_after_its_time,
    take_step,
    thread_to_look_after,
)
from forum import posting
from forum import queries as forum_queries
from forum.lifecycle import PostAct, move_post
from forum.models import Post, Thread
from forum.pausing import RepliesPaused
from moderation import queries as moderation_queries
from moderation.models import ItemState, ReasonKind
from moderation.queue import move_item
from tests.counselling.people import NOON, add_staff_row, add_student, escalate_post, write_post

OVER = NOON + LASTS


@pytest.fixture
def post(student: Account) -> Post:
    """A published opening post of the student."""
    post = write_post(student)
    with transaction():
        forum_queries.thread(post.thread_id, locked=True)
        move_post(post, PostAct.PUBLISH, now=NOON)
    return post


@pytest.fixture
def thread(post: Post) -> Thread:
    return post.thread


@pytest.fixture
def owned(post: Post, maya: Staff) -> Case:
    """Maya's case, which came from the post."""
    escalation = escalate_post(post)
    with transaction():
        return accept_escalation(escalation, actor=maya, now=NOON).case


def step(case: Case, thread: Thread, act: CareAct, maya: Staff) -> None:
    with transaction():
        take_step(case, thread_to_look_after(case, thread.id), act, actor=maya, now=NOON)


def agree(thread: Thread, *, agrees: bool) -> None:
    with transaction():
        answer_for_thread(thread, agrees=agrees, now=NOON)


def answer_as(person: Account | Staff, thread: Thread, body: str = "I know this.") -> Post:
    draft = posting.write_draft(body, language="en")
    with transaction():
        found = forum_queries.thread(thread.id, locked=True)
        assert found is not None
        if isinstance(person, Staff):
            return posting.answer(found, draft, author=person, now=NOON)
        return posting.reply(found, draft, author=person, now=NOON)


@pytest.mark.parametrize("act", list(CareAct))
@pytest.mark.parametrize("has_care", [False, True])
def test_each_act_is_legal_in_its_state_alone(
    owned: Case, thread: Thread, maya: Staff, act: CareAct, has_care: bool
) -> None:
    if has_care:
        step(owned, thread, CareAct.BEGIN, maya)
        step(owned, thread, CareAct.ASK, maya)
        agree(thread, agrees=True)
    if has_care is (act is not CareAct.BEGIN):
        step(owned, thread, act, maya)
        assert (queries.live_care(thread.id) is not None) is (act is not CareAct.HAND_BACK)
    else:
        with pytest.raises(NotInYourCare):
            step(owned, thread, act, maya)


def test_while_replies_pause_only_counsellors_answer(owned: Case, thread: Thread, maya: Staff) -> None:
    step(owned, thread, CareAct.BEGIN, maya)
    step(owned, thread, CareAct.PAUSE, maya)
    with pytest.raises(RepliesPaused):
        answer_as(add_student(), thread)
    assert answer_as(maya, thread).badge == "professional"
    step(owned, thread, CareAct.RESUME, maya)
    assert answer_as(add_student(), thread).position is None


def test_the_thread_says_nothing_of_a_counsellor_without_its_author_s_yes(
    owned: Case, thread: Thread, maya: Staff
) -> None:
    step(owned, thread, CareAct.BEGIN, maya)
    with pytest.raises(AuthorHasNotAgreed):
        step(owned, thread, CareAct.SAY, maya)
    step(owned, thread, CareAct.ASK, maya)
    with pytest.raises(AuthorHasNotAgreed):
        step(owned, thread, CareAct.SAY, maya)
    agree(thread, agrees=True)
    step(owned, thread, CareAct.SAY, maya)
    assert thread.is_cared_for


def test_a_no_takes_the_words_away(owned: Case, thread: Thread, maya: Staff) -> None:
    step(owned, thread, CareAct.BEGIN, maya)
    step(owned, thread, CareAct.ASK, maya)
    agree(thread, agrees=True)
    step(owned, thread, CareAct.SAY, maya)
    agree(thread, agrees=False)
    assert not thread.is_cared_for


def test_nobody_answers_a_question_that_was_not_asked(owned: Case, thread: Thread, maya: Staff) -> None:
    step(owned, thread, CareAct.BEGIN, maya)
    with pytest.raises(NotInYourCare):
        agree(thread, agrees=True)


def test_after_72_hours_the_thread_is_moderation_s_again(owned: Case, thread: Thread, maya: Staff) -> None:
    # Given a thread whose item was decided, in Maya's care with all that there is
    opening = forum_queries.opening_post(thread.id)
    assert opening is not None
    item = moderation_queries.item_of_post(opening.id)
    assert item is not None
    with transaction():
        move_item(item, "decide")
    for act in (CareAct.BEGIN, CareAct.PAUSE, CareAct.ASK):
        step(owned, thread, act, maya)
    agree(thread, agrees=True)
    step(owned, thread, CareAct.SAY, maya)

    # When its time is not over, nothing happens; when it is, it goes back
    hand_back_after_its_time(OVER - timedelta(seconds=1))
    assert queries.live_care(thread.id) is not None
    hand_back_after_its_time(OVER)
    hand_back_after_its_time(OVER)

    # Then everybody may answer, it says nothing, and a moderator has an item, once
    assert (thread.is_paused, thread.is_cared_for, queries.live_care(thread.id)) == (False, False, None)
    assert item.state is ItemState.WAITING
    kinds = [reason.kind for reason in moderation_queries.reasons_of(item.id)]
    assert kinds.count(ReasonKind.SECOND_LOOK) == 1


def test_a_thread_of_another_case_is_not_there(owned: Case, maya: Staff) -> None:
    other = write_post(add_student())
    with transaction():
        forum_queries.thread(other.thread_id, locked=True)
        move_post(other, PostAct.PUBLISH, now=NOON)
    with pytest.raises(Missing):
        step(owned, other.thread, CareAct.BEGIN, maya)


def test_a_thread_that_nobody_can_read_is_not_looked_after(student: Account, maya: Staff) -> None:
    escalation = escalate_post(write_post(student))
    with transaction():
        case = accept_escalation(escalation, actor=maya, now=NOON).case
    with pytest.raises(Missing):
        step(case, escalation.post.thread, CareAct.BEGIN, maya)


def test_those_who_answered_are_thanked_once_and_its_author_is_not(
    owned: Case, thread: Thread, student: Account, maya: Staff
) -> None:
    helper = add_student()
    answer_as(helper, thread)
    answer_as(helper, thread, "One thing more.")
    answer_as(student, thread, "Thank you.")
    answer_as(add_staff_row(Role.PROFESSIONAL, "peer"), thread)
    step(owned, thread, CareAct.BEGIN, maya)
    outbox.drain(now=NOON)
    db.session.rollback()
    thanked = {
        name: [one["kind"] for one in notices(person)].count("counselling.hard_thread")
        for name, person in (("helper", helper), ("author", student))
    }
    assert thanked == {"helper": 1, "author": 0}
    (note,) = [one for one in notices(helper) if one["kind"] == "counselling.hard_thread"]
    assert note["data"] == {"thread": thread.id}


def test_a_thread_whose_author_is_unknown_may_say_so_at_once(maya: Staff, post: Post) -> None:
    escalation = escalate_post(post)
    with transaction():
        post.author_ref = None
    with transaction():
        case = accept_escalation(escalation, actor=maya, now=NOON).case
    step(case, post.thread, CareAct.BEGIN, maya)
    step(case, post.thread, CareAct.SAY, maya)
    assert post.thread.is_cared_for

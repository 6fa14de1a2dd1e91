"""A waiting decision that does not leave: the text changed, it was sent back or taken back, or somebody
else decided.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from core.db import transaction
from forum import posting
from forum.models import PostStatus
from moderation.models import Conduct, ItemState
from moderation.proposals.confirming import (
    look_after_waiting_decisions,
    send_back,
    take_back,
)
from moderation.proposals.proposing import (
    AlreadyAnswered,
    NotForYou,
    ReasonMissing,
    lapse_proposals,
)
from moderation.proposals.waiting import typed_before
from moderation.review_models import ProposalState
from moderation.team import queries as team_queries
from moderation.team.models import TaskKind
from tests.cast import (
    NOON,
    begin_thread,
    claimed,
    decided,
    item,
    item_id_of,
    new_student,
    post,
    staff,
)
from tests.moderation.assisted import (
    LATER,
    WORDS,
    confirmed,
    edit,
    laid_before_senior,
    new_pair,
    proposal,
    rows,
    something_new,
)


@pytest.mark.parametrize("change", [edit, something_new])
def test_what_changed_while_it_waited_does_not_leave_and_waits_again(
    app: Flask, change: Callable[[str, str], None]
) -> None:
    with app.app_context():
        iris, maya = new_pair()
        ana = new_student()
        post_id = begin_thread(ana)
        waiting = laid_before_senior(post_id, iris)
        change(post_id, ana)

        assert confirmed(waiting, maya) is False

        found = item(item_id_of(post_id))
        assert (found.post.status, found.state) == (PostStatus.HELD, ItemState.WAITING)
        assert (proposal(waiting).state, rows("notice")) == (ProposalState.LAPSED, 0)
        task = team_queries.open_task(TaskKind.STALE, found.id)
        assert task is not None
        assert task.for_staff == iris


def test_what_changed_is_found_without_anybody_asking(app: Flask) -> None:
    with app.app_context():
        iris, _ = new_pair()
        ana = new_student()
        post_id = begin_thread(ana)
        waiting = laid_before_senior(post_id, iris)
        edit(post_id, ana)
        look_after_waiting_decisions(LATER)
        assert (proposal(waiting).state, item(item_id_of(post_id)).state) == (
            ProposalState.LAPSED,
            ItemState.WAITING,
        )


def test_a_text_that_its_author_took_back_leaves_nothing_behind(app: Flask) -> None:
    with app.app_context():
        iris, _ = new_pair()
        post_id = begin_thread(new_student())
        waiting = laid_before_senior(post_id, iris, Conduct.ASK_CHANGE, **WORDS[Conduct.ASK_CHANGE])
        with transaction():
            posting.withdraw(post(post_id), now=LATER)
        look_after_waiting_decisions(LATER)
        assert (proposal(waiting).state, "message" in proposal(waiting).act) == (ProposalState.LAPSED, False)


def test_sent_back_it_waits_for_everybody_and_its_words_stand_in_the_form_again(app: Flask) -> None:
    with app.app_context():
        iris, maya = new_pair()
        post_id = begin_thread(new_student())
        waiting = laid_before_senior(post_id, iris, Conduct.ASK_CHANGE, **WORDS[Conduct.ASK_CHANGE])
        with pytest.raises(ReasonMissing), transaction():
            send_back(proposal(waiting), " ", actor=staff(maya), now=LATER)
        with transaction():
            send_back(proposal(waiting), "The name is their own.", actor=staff(maya), now=LATER)
        held = item(item_id_of(post_id))
        task = team_queries.open_task(TaskKind.SENT_BACK, held.id)
        assert task is not None
        assert (held.state, task.for_staff, task.note) == (ItemState.WAITING, iris, "The name is their own.")

        claimed(post_id, by=iris, now=LATER)
        typed = typed_before(item(held.id), staff(iris))
        assert typed is not None
        assert (typed["message"], typed["marked"]) == (["Thank you for writing."], ["home"])


def test_who_decided_takes_it_back_before_anybody_answered(app: Flask) -> None:
    with app.app_context():
        iris, maya = new_pair()
        post_id = begin_thread(new_student())
        waiting = laid_before_senior(post_id, iris)
        with pytest.raises(NotForYou), transaction():
            take_back(proposal(waiting), actor=staff(maya), now=LATER)
        with transaction():
            take_back(proposal(waiting), actor=staff(iris), now=LATER)
        assert item(item_id_of(post_id)).state is ItemState.WAITING
        with pytest.raises(AlreadyAnswered):
            confirmed(waiting, maya)


def test_a_colleague_who_decides_themselves_ends_the_waiting_one(app: Flask) -> None:
    with app.app_context():
        iris, maya = new_pair()
        post_id = begin_thread(new_student())
        waiting = laid_before_senior(post_id, iris, Conduct.NOT_HERE, **WORDS[Conduct.NOT_HERE])
        decided(post_id, by=maya, now=LATER)
        found = proposal(waiting)
        assert (found.state, "message" in found.act) == (ProposalState.REFUSED, False)
        assert post(post_id).status is PostStatus.PUBLISHED


def test_without_an_answer_within_a_day_nothing_was_done(app: Flask) -> None:
    with app.app_context():
        iris, maya = new_pair()
        post_id = begin_thread(new_student())
        waiting = laid_before_senior(post_id, iris)
        lapse_proposals(NOON + timedelta(hours=24))
        assert (proposal(waiting).state, post(post_id).status) == (ProposalState.LAPSED, PostStatus.HELD)
        with pytest.raises(AlreadyAnswered):
            confirmed(waiting, maya, now=NOON + timedelta(hours=25))

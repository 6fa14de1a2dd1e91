"""What the team is asked about a text ends by one act, which each kind of task names."""

import pytest
from flask import Flask

from accounts.models import Step
from accounts.permissions import Role
from core.db import db, transaction
from moderation import claim_queries
from moderation.access import locked_item
from moderation.decisions import undo
from moderation.models import Conduct
from moderation.proposals.confirming import decide_or_propose, take_back
from moderation.proposals.reading import locked_proposal
from moderation.queue import withdraw_item
from moderation.team.models import Duty, TaskKind, TeamTask
from moderation.team.tasks import ENDS_BY, EndsBy, ask_team, finish_task
from tests.cast import (
    MINUTE,
    NOON,
    begin_thread,
    choice,
    claimed,
    decided,
    item,
    item_id_of,
    new_moderator,
    new_staff,
    new_student,
    staff,
)

WITH_THE_TEXT = [kind for kind in ENDS_BY if ENDS_BY[kind] is EndsBy.TEXT]


def asked(kind: TaskKind, *, about: str) -> tuple[str, str]:
    """A text about which the lead is asked something. Gives the ids of its item and of the task."""
    item_id = item_id_of(begin_thread(new_student()))
    with transaction():
        return item_id, ask_team(kind, item=item(item_id), about=staff(about), now=NOON).id


def is_open(task_id: str) -> bool:
    task = db.session.get(TeamTask, task_id)
    assert task is not None
    return task.done_at is None


def decide_as(who: str, item_id: str, conduct: Conduct = Conduct.PUBLISH) -> None:
    decided(item(item_id).post_id, conduct, by=who, now=NOON + MINUTE)


def test_every_kind_of_task_says_which_act_ends_it() -> None:
    assert set(ENDS_BY) == set(TaskKind)


@pytest.mark.parametrize("kind", list(TaskKind))
def test_a_decision_ends_what_was_asked_so_that_the_text_is_read(app: Flask, kind: TaskKind) -> None:
    with app.app_context():
        maya, noor = new_moderator(), new_moderator("noor")
        item_id, task_id = asked(kind, about=maya)
        decide_as(noor, item_id)
        assert is_open(task_id) is (ENDS_BY[kind] is EndsBy.HAND)


@pytest.mark.parametrize("kind", list(TaskKind))
def test_a_text_that_its_author_takes_back_ends_what_was_asked_about_it(app: Flask, kind: TaskKind) -> None:
    with app.app_context():
        item_id, task_id = asked(kind, about=new_moderator())
        with transaction():
            withdraw_item(locked_item(item_id), now=NOON)
        assert is_open(task_id) is (ENDS_BY[kind] is not EndsBy.TEXT)


@pytest.mark.parametrize("kind", WITH_THE_TEXT)
def test_a_text_that_is_kept_held_is_still_asked_about(app: Flask, kind: TaskKind) -> None:
    with app.app_context():
        maya = new_moderator()
        item_id, task_id = asked(kind, about=maya)
        decide_as(maya, item_id, Conduct.KEEP_HELD)
        assert is_open(task_id)


@pytest.mark.parametrize("kind", WITH_THE_TEXT)
def test_what_ended_with_a_decision_is_open_again_when_that_is_taken_back(app: Flask, kind: TaskKind) -> None:
    with app.app_context():
        maya = new_moderator()
        item_id, task_id = asked(kind, about=maya)
        decide_as(maya, item_id)
        with transaction():
            undo(item(item_id), actor=staff(maya), now=NOON + MINUTE)
        assert is_open(task_id)


def test_a_decision_of_ones_own_is_no_second_look(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        item_id, task_id = asked(TaskKind.REVIEW, about=maya)
        decide_as(maya, item_id)
        assert is_open(task_id)


@pytest.mark.parametrize("kind", list(TaskKind))
def test_a_waiting_decision_that_is_taken_back_ends_only_what_was_asked_about_it(
    app: Flask, kind: TaskKind
) -> None:
    with app.app_context():
        iris = new_moderator("iris", step=Step.ASSISTED)
        held = claimed(begin_thread(new_student()), by=iris)
        with transaction():
            waiting = decide_or_propose(locked_item(held.id), choice(held), actor=staff(iris), now=NOON)
            task_id = ask_team(kind, item=item(held.id), about=staff(iris), now=NOON).id
        with transaction():
            found = locked_proposal(waiting.id)
            assert found is not None
            take_back(found, actor=staff(iris), now=NOON + MINUTE)
        assert is_open(task_id) is (kind not in {TaskKind.NO_SENIOR, TaskKind.SENT_BACK, TaskKind.STALE})


@pytest.mark.parametrize("kind", list(TaskKind))
def test_the_lead_can_end_each_by_hand(app: Flask, kind: TaskKind) -> None:
    with app.app_context():
        olga = new_staff(Role.PROFESSIONAL, "olga")
        _, task_id = asked(kind, about=new_moderator())
        task = db.session.get(TeamTask, task_id)
        assert task is not None
        assert task.for_duty is Duty.LEAD
        with transaction():
            finish_task(task_id, actor=staff(olga), now=NOON)
        assert not is_open(task_id)


def test_a_text_that_comes_again_and_that_nobody_may_take_is_asked_about_again(app: Flask) -> None:
    """What ended with the text was answered by nobody; what the lead ticked off was."""
    with app.app_context():
        olga = new_staff(Role.PROFESSIONAL, "olga")
        item_id, _ = asked(TaskKind.NOBODY_MAY, about=new_moderator())
        decide_as(new_moderator("noor"), item_id)
        assert not claim_queries.is_asked(TaskKind.NOBODY_MAY, item_id, since=NOON)

        other, task_id = asked(TaskKind.NOBODY_MAY, about=olga)
        with transaction():
            finish_task(task_id, actor=staff(olga), now=NOON)
        assert claim_queries.is_asked(TaskKind.NOBODY_MAY, other, since=NOON)

"""Who may let an assisted moderator's decision leave, and for how long it waits for their senior alone."""

from datetime import timedelta

import pytest
from flask import Flask

from accounts.models import Step
from accounts.permissions import Role
from accounts.queries import newest_training_record
from core.db import transaction
from moderation.access import locked_item
from moderation.claims import NotWithASenior, TakenByAnother, claim, claim_next
from moderation.judging import NotTrained
from moderation.models import Conduct, ItemState, Risk
from moderation.proposals.confirming import (
    decide_or_propose,
    look_after_waiting_decisions,
)
from moderation.proposals.proposing import (
    NotForYou,
)
from moderation.proposals.waiting import decisions_to_confirm, waiting_on
from moderation.review_models import Proposal
from moderation.sweeping import free_lapsed_items
from moderation.team import queries as team_queries
from moderation.team.models import TaskKind
from moderation.team.pairs import pair
from tests.cast import (
    MINUTE,
    NOON,
    begin_thread,
    choice,
    claimed,
    item,
    item_id_of,
    new_moderator,
    new_staff,
    new_student,
    staff,
    train,
)
from tests.moderation.assisted import CRISIS_TEXT, LATER, confirmed, laid_before_senior, new_pair, proposal


def test_the_text_is_kept_for_the_senior_for_half_of_the_clock_and_two_hours_at_most(app: Flask) -> None:
    with app.app_context():
        iris, maya = new_pair()
        post_id = begin_thread(new_student())
        due_at = item(item_id_of(post_id)).due_at
        laid_before_senior(post_id, iris)
        held = item(item_id_of(post_id))
        assert (held.state, held.held_for) == (ItemState.ON_HOLD, maya)
        assert held.held_until == NOON + min((due_at - NOON) / 2, timedelta(hours=2))
        assert held.due_at == due_at


@pytest.mark.parametrize("body", [CRISIS_TEXT])
def test_what_is_urgent_waits_for_everybody_from_the_first_moment(app: Flask, body: str) -> None:
    with app.app_context():
        iris, maya = new_pair()
        tom, post_id = new_moderator("tom"), begin_thread(new_student(), body)
        laid_before_senior(post_id, iris, Conduct.KEEP_HELD, Risk.WATCH)
        with transaction():
            taken = claim_next(staff(tom), now=NOON + MINUTE)
        assert taken is not None
        assert taken.id == item_id_of(post_id)
        assert maya


def test_a_colleague_can_take_what_the_senior_let_lie(app: Flask) -> None:
    with app.app_context():
        iris, _ = new_pair()
        tom, post_id = new_moderator("tom"), begin_thread(new_student())
        waiting = laid_before_senior(post_id, iris)
        with pytest.raises(NotForYou):
            confirmed(waiting, tom)
        free_lapsed_items(NOON + timedelta(hours=3))
        assert confirmed(waiting, tom, now=NOON + timedelta(hours=3))


def test_when_the_seniors_time_is_over_the_lead_is_asked_once_and_before_it_is_due(app: Flask) -> None:
    with app.app_context():
        iris, _ = new_pair()
        post_id = begin_thread(new_student())
        laid_before_senior(post_id, iris)
        held = item(item_id_of(post_id))
        until, due_at = held.held_until, held.due_at
        assert until is not None
        look_after_waiting_decisions(until - MINUTE)
        assert team_queries.open_task(TaskKind.NO_SENIOR, held.id) is None
        for moment in (until, until + MINUTE):
            look_after_waiting_decisions(moment)
        task = team_queries.open_task(TaskKind.NO_SENIOR, held.id)
        assert task is not None
        assert (until < due_at, task.about_staff, item(held.id).state) == (True, iris, ItemState.WAITING)


def test_without_a_senior_the_lead_is_asked_at_once_and_everybody_is_offered_it(app: Flask) -> None:
    with app.app_context():
        iris, tom = new_moderator("iris", step=Step.ASSISTED), new_moderator("tom")
        post_id = begin_thread(new_student())
        waiting = laid_before_senior(post_id, iris)
        assert team_queries.open_task(TaskKind.NO_SENIOR, item_id_of(post_id)) is not None
        assert [one.item.id for one in decisions_to_confirm(staff(tom), now=LATER)] == [item_id_of(post_id)]
        assert confirmed(waiting, tom)
        assert team_queries.open_task(TaskKind.NO_SENIOR, item_id_of(post_id)) is None


@pytest.mark.parametrize("step", [Step.OBSERVER, Step.ASSISTED])
def test_a_senior_whose_own_record_is_not_enough_is_no_senior(app: Flask, step: Step) -> None:
    with app.app_context():
        iris, maya = new_pair()
        train(maya, step)
        waiting = laid_before_senior(begin_thread(new_student()), iris)
        assert proposal(waiting).act["senior"] is None
        with pytest.raises(NotForYou):
            confirmed(waiting, maya)


def test_nobody_confirms_what_they_decided(app: Flask) -> None:
    with app.app_context():
        iris, _ = new_pair()
        waiting = laid_before_senior(begin_thread(new_student()), iris)
        train(iris, Step.INDEPENDENT)
        with pytest.raises(NotForYou):
            confirmed(waiting, iris)


def test_a_senior_who_must_not_judge_the_author_does_not_confirm(app: Flask) -> None:
    with app.app_context():
        iris, maya = new_pair()
        post_id = begin_thread(new_student())
        with transaction():
            item(item_id_of(post_id)).excluded = [maya]
        waiting = laid_before_senior(post_id, iris)
        assert proposal(waiting).act["senior"] is None
        with pytest.raises(NotForYou):
            confirmed(waiting, maya)


def test_a_colleague_who_reads_the_text_is_not_confirmed_away(app: Flask) -> None:
    with app.app_context():
        iris, maya = new_pair()
        tom, post_id = new_moderator("tom"), begin_thread(new_student(), CRISIS_TEXT)
        waiting = laid_before_senior(post_id, iris, Conduct.KEEP_HELD)
        claimed(post_id, by=tom, now=LATER)
        with pytest.raises(TakenByAnother):
            confirmed(waiting, maya)


def test_next_for_me_gives_nobody_with_a_senior_what_waits_for_one(app: Flask) -> None:
    with app.app_context():
        iris, _ = new_pair()
        ben = new_moderator("ben", step=Step.ASSISTED)
        post_id = begin_thread(new_student(), CRISIS_TEXT)
        laid_before_senior(post_id, iris, Conduct.KEEP_HELD)
        for person in (iris, ben):
            with transaction():
                assert claim_next(staff(person), now=NOON + 10 * MINUTE) is None
        with pytest.raises(NotWithASenior):
            claimed(post_id, by=ben, now=NOON + 10 * MINUTE)


def test_a_professional_off_duty_is_no_senior_and_one_on_duty_is(app: Flask) -> None:
    with app.app_context():
        iris, lea = new_moderator("iris", step=Step.ASSISTED), new_staff(Role.PROFESSIONAL, "lea")
        with transaction():
            pair(staff(iris), buddy="", senior=lea, actor=staff(lea), now=NOON)
        waiting = laid_before_senior(
            begin_thread(new_student()), iris
        )  # nobody is on the rota, so professionals lead
        assert proposal(waiting).act["senior"] == lea
        assert confirmed(waiting, lea)


def test_what_somebody_with_a_senior_has_in_hand_when_the_record_runs_out_is_finished(app: Flask) -> None:
    with app.app_context():
        iris, maya = new_pair()
        with transaction():
            record = newest_training_record(iris)
            assert record is not None
            record.expires_at = NOON + MINUTE
        held = claimed(begin_thread(new_student()), by=iris)
        with transaction():
            made = decide_or_propose(locked_item(held.id), choice(held), actor=staff(iris), now=LATER)
        assert isinstance(made, Proposal)
        with pytest.raises(NotTrained):
            claimed(begin_thread(new_student()), by=iris, now=LATER)
        assert confirmed(made.id, maya)


def test_an_observer_decides_nothing(app: Flask) -> None:
    with app.app_context():
        olga = new_moderator("olga", step=Step.OBSERVER)
        found = item(item_id_of(begin_thread(new_student())))
        with pytest.raises(NotTrained), transaction():
            claim(locked_item(found.id), actor=staff(olga), now=NOON)
        with pytest.raises(NotTrained), transaction():
            decide_or_propose(locked_item(found.id), choice(found), actor=staff(olga), now=NOON)


def test_what_waits_is_shown_to_who_decided_and_who_may_answer(app: Flask) -> None:
    with app.app_context():
        iris, maya = new_pair()
        post_id = begin_thread(new_student())
        laid_before_senior(post_id, iris)
        found = item(item_id_of(post_id))
        own, seniors = (waiting_on(found, staff(one), now=LATER) for one in (iris, maya))
        assert own is not None
        assert seniors is not None
        assert (own.senior, own.is_mine, own.may_confirm) == ("Maya", True, False)
        assert (seniors.author, seniors.is_mine, seniors.may_confirm) == ("Iris", False, True)

"""Claims: one person at a time."""

from datetime import timedelta

import pytest
from flask import Flask

from accounts.models import Step
from core.db import db, transaction
from moderation import claim_queries
from moderation.claims import (
    HandsFull,
    NoLonger,
    TakenByAnother,
    claim,
    claim_next,
    extend,
    release,
)
from moderation.judging import NotTrained
from moderation.models import Claim, ItemState
from moderation.sweeping import free_lapsed_items
from tests.cast import (
    MINUTE,
    NOON,
    at_once,
    begin_thread,
    claimed,
    item,
    item_id_of,
    new_moderator,
    new_student,
    staff,
)

CRISIS_TEXT = "I am going to kill myself tonight."


def take_next(by: str) -> str | None:
    with transaction():
        taken = claim_next(staff(by), now=NOON)
        return taken.id if taken is not None else None


def test_the_most_urgent_item_comes_first_then_the_oldest(app: Flask) -> None:
    with app.app_context():
        ana, maya, tom = new_student(), new_moderator("maya"), new_moderator("tom")
        begin_thread(ana, now=NOON)
        older = begin_thread(ana, now=NOON - MINUTE)
        urgent = begin_thread(ana, CRISIS_TEXT, now=NOON)

        assert take_next(maya) == item_id_of(urgent)
        assert take_next(tom) == item_id_of(older)


def test_taking_next_twice_gives_the_item_in_hand(app: Flask) -> None:
    with app.app_context():
        ana, maya = new_student(), new_moderator()
        begin_thread(ana)
        begin_thread(ana)

        assert take_next(maya) == take_next(maya)


def test_two_moderators_who_click_at_once_get_one_claim_and_one_refusal(both_databases: Flask) -> None:
    app = both_databases
    with app.app_context():
        people = [new_moderator(name) for name in ("maya", "tom", "eli", "noor")]
        ana = new_student()
        for _ in range(5):
            item_id = item_id_of(begin_thread(ana))

            def take(by: str, item_id: str = item_id) -> str:
                with transaction():
                    claim(item(item_id), actor=staff(by), now=NOON)
                    return by

            results = at_once(app, [lambda by=by: take(by) for by in people])  # type: ignore[misc]
            winners = [result for result in results if isinstance(result, str)]
            assert len(winners) == 1
            assert all(isinstance(result, TakenByAnother) for result in results if result not in winners)
            db.session.rollback()
            live = [one for one in db.session.query(Claim) if one.item_id == item_id and one.ended_at is None]
            assert [one.staff_id for one in live] == winners
            with transaction():
                release(item(item_id), actor=staff(winners[0]), now=NOON)


def test_a_lapsed_item_waits_again(app: Flask) -> None:
    with app.app_context():
        held = claimed(begin_thread(new_student()), by=new_moderator())

        free_lapsed_items(NOON + 11 * MINUTE)

        assert item(held.id).state is ItemState.WAITING


def test_a_lapsed_item_can_be_taken_before_it_is_swept(app: Flask) -> None:
    with app.app_context():
        tom = new_moderator("tom")
        post_id = begin_thread(new_student())
        claimed(post_id, by=new_moderator("maya"))

        assert claimed(post_id, by=tom, now=NOON + 11 * MINUTE).claimed_by == tom


def test_renewing_moves_the_end_of_the_lease(app: Flask) -> None:
    with app.app_context():
        post_id, maya = begin_thread(new_student()), new_moderator()
        claimed(post_id, by=maya)

        renewed = claimed(post_id, by=maya, now=NOON + 8 * MINUTE)

        assert renewed.claim_ends_at == NOON + 18 * MINUTE


def test_a_second_item_is_taken_only_for_crisis(app: Flask) -> None:
    with app.app_context():
        ana, maya = new_student(), new_moderator()
        claimed(begin_thread(ana), by=maya)
        other, urgent = begin_thread(ana), begin_thread(ana, CRISIS_TEXT)

        with pytest.raises(HandsFull):
            claimed(other, by=maya)
        assert claimed(urgent, by=maya).claimed_by == maya


def test_only_the_holder_gives_back(app: Flask) -> None:
    with app.app_context():
        held, tom = claimed(begin_thread(new_student()), by=new_moderator("maya")), new_moderator("tom")

        with pytest.raises(TakenByAnother), transaction():
            release(item(held.id), actor=staff(tom), now=NOON)


@pytest.mark.parametrize("step", [Step.OBSERVER, Step.ASSISTED])
def test_without_an_independent_training_record_nobody_takes_an_item(app: Flask, step: Step) -> None:
    with app.app_context():
        begin_thread(new_student())
        new = new_moderator("new", step=step)

        with pytest.raises(NotTrained):
            take_next(new)


def test_a_claim_does_not_move_the_clock(app: Flask) -> None:
    with app.app_context():
        post_id = begin_thread(new_student())
        before = item(item_id_of(post_id)).due_at

        held = claimed(post_id, by=new_moderator(), now=NOON + timedelta(hours=1))

        assert held.due_at == before
        assert claim_queries.free_items(NOON) == []


def test_more_time_is_given_twice(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        held = claimed(begin_thread(new_student()), by=maya)
        for minutes in (20, 30):
            with transaction():
                extend(item(held.id), actor=staff(maya), now=NOON + MINUTE)
            assert item(held.id).claim_ends_at == NOON + minutes * MINUTE

        with pytest.raises(NoLonger), transaction():
            extend(item(held.id), actor=staff(maya), now=NOON + 2 * MINUTE)


def test_more_time_is_for_the_holder_alone(app: Flask) -> None:
    with app.app_context():
        held, tom = claimed(begin_thread(new_student()), by=new_moderator("maya")), new_moderator("tom")

        with pytest.raises(TakenByAnother), transaction():
            extend(item(held.id), actor=staff(tom), now=NOON)

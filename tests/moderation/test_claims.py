"""Claims: one person at a time."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from flask import Flask

from accounts.models import Step
from accounts.permissions import Role
from core.db import db, transaction
from core.models import AuditEvent, OutboxRow
from core.refusals import Missing, Refusal
from moderation import claim_queries, queries
from moderation.access import locked_item
from moderation.bands import Band
from moderation.claims import (
    CANDIDATES,
    HandsFull,
    NoLonger,
    TakenByAnother,
    claim,
    claim_next,
    extend,
    release,
)
from moderation.decisions import decide
from moderation.judging import NotOnDuty, NotTrained, colleagues
from moderation.models import Claim, Conduct, ItemState, ReasonKind
from moderation.offering import visible_items
from moderation.queue import add_reason, reopen
from moderation.sweeping import free_lapsed_items
from moderation.team.models import Duty, Shift
from tests.cast import (
    MINUTE,
    NOON,
    at_once,
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


@pytest.mark.parametrize("step", [Step.OBSERVER])
def test_without_a_training_record_that_lets_them_work_nobody_takes_an_item(app: Flask, step: Step) -> None:
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


def test_next_goes_on_behind_the_first_twenty_that_are_not_for_this_person(app: Flask) -> None:
    with app.app_context():
        ana, bo, maya = new_student(), new_student(), new_moderator()
        not_for_maya = [begin_thread(ana) for _ in range(CANDIDATES + 1)]
        for_maya = begin_thread(bo, now=NOON + MINUTE)
        with transaction():
            for post_id in not_for_maya:
                item(item_id_of(post_id)).excluded = [maya]

        assert take_next(maya) == item_id_of(for_maya)


def test_next_and_picking_from_the_list_refuse_alike(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        post_id = begin_thread(new_student())
        with transaction():
            item(item_id_of(post_id)).excluded = [maya]

        assert take_next(maya) is None
        with pytest.raises(Missing):
            claimed(post_id, by=maya)


def test_an_appeal_is_not_offered_to_whoever_decided_before(app: Flask) -> None:
    with app.app_context():
        maya, tom = new_moderator("maya"), new_moderator("tom")
        held = decided(begin_thread(new_student()), Conduct.NOT_HERE, by=maya, reason="advert")
        with transaction():
            one = item(held.id)
            reopen(one, now=NOON + MINUTE)
            add_reason(one, ReasonKind.APPEAL, Band.AMBER, now=NOON + MINUTE)

        assert take_next(maya) is None
        assert take_next(tom) == held.id


def give_duty(person: str, duty: Duty, *, ends_at: datetime = NOON + timedelta(hours=8)) -> None:
    with transaction():
        db.session.add(
            Shift(
                staff_id=person,
                duty=duty,
                begins_at=NOON - timedelta(hours=1),
                ends_at=ends_at,
                is_published=True,
            )
        )


@pytest.mark.parametrize("duty", [Duty.LEAD, Duty.ON_CALL, Duty.SECOND])
def test_a_professional_takes_texts_while_they_have_a_duty(app: Flask, duty: Duty) -> None:
    with app.app_context():
        post_id = begin_thread(new_student())
        lea = new_staff(Role.PROFESSIONAL, "lea")
        give_duty(new_staff(Role.PROFESSIONAL, "another"), Duty.LEAD)
        give_duty(lea, duty)

        assert take_next(lea) == item_id_of(post_id)


def test_a_professional_without_a_duty_neither_sees_nor_takes(app: Flask) -> None:
    with app.app_context():
        begin_thread(new_student())
        lea = new_staff(Role.PROFESSIONAL, "lea")
        give_duty(new_staff(Role.PROFESSIONAL, "another"), Duty.LEAD)

        with pytest.raises(NotOnDuty):
            take_next(lea)
        with pytest.raises(NotOnDuty):
            visible_items(staff(lea), after=None, limit=5, now=NOON)


def test_a_shift_that_ends_leaves_the_text_in_hand_to_be_finished(app: Flask) -> None:
    with app.app_context():
        lea = new_staff(Role.PROFESSIONAL, "lea")
        give_duty(new_staff(Role.PROFESSIONAL, "another"), Duty.LEAD)
        give_duty(lea, Duty.SECOND, ends_at=NOON + 5 * MINUTE)
        held = claimed(begin_thread(new_student()), by=lea)

        with transaction():
            decide(item(held.id), choice(held), actor=staff(lea), now=NOON + 8 * MINUTE)

        assert item(held.id).state is ItemState.DECIDED


def test_colleagues_who_can_be_named_are_those_who_may_take_texts_now(app: Flask) -> None:
    with app.app_context():
        maya, tom = new_moderator("maya"), new_moderator("tom")
        new_moderator("new", step=Step.OBSERVER)
        new_staff(Role.COORDINATOR, "cora")
        lea = new_staff(Role.PROFESSIONAL, "lea")  # nobody is on the rota, so professionals lead

        assert colleagues(staff(maya), now=NOON) == [(lea, "Lea"), (tom, "Tom")]


def test_what_a_race_leaves_behind_is_one_decision_one_notice_and_one_event(both_databases: Flask) -> None:
    """Two moderators, each clicking in four windows: they take the text and decide, twenty texts long."""
    app = both_databases
    with app.app_context():
        people, ana = [new_moderator(name) for name in ("maya", "tom")], new_student()
        for _ in range(20):
            item_id = item_id_of(begin_thread(ana))

            def take_and_decide(by: str, item_id: str = item_id) -> str:
                with transaction():
                    claim(locked_item(item_id), actor=staff(by), now=NOON)
                    what = choice(item(item_id))
                with transaction():
                    return decide(locked_item(item_id), what, actor=staff(by), now=NOON).id

            results = at_once(app, [partial(take_and_decide, by) for by in people * 4])

            decided = [result for result in results if isinstance(result, str)]
            refused = [result for result in results if isinstance(result, Refusal)]
            assert (len(decided), len(refused)) == (1, 7), results
            assert {refusal.status for refusal in refused} == {409}
            db.session.rollback()
            assert [one.id for one in queries.decisions_of(item_id)] == decided
            assert queries.live_claim(item_id) is None
        rows, events = db.session.query(OutboxRow), db.session.query(AuditEvent)
        assert rows.filter_by(kind="notice").count() == 20
        assert events.filter_by(kind="decided").count() == 20

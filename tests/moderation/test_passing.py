"""Passing a text on: whatever somebody does with what they hold, it waits for others, with the
clock that it had.
"""

from collections.abc import Callable

import pytest
from flask import Flask

from accounts.permissions import Role
from core.db import db, transaction
from moderation.bands import Band
from moderation.claims import TakenByAnother, claim, extend, release
from moderation.judging import colleagues
from moderation.models import ItemState, ReasonKind
from moderation.passing import (
    KEPT_FOR,
    HoldTooLong,
    NoSuchColleague,
    ask_for_cover,
    hand_to,
    hold_item,
    skip,
)
from moderation.queue import add_reason
from moderation.recusal import recuse
from moderation.sweeping import forget_old_skips, free_lapsed_items
from moderation.team.models import ModeratorSetting, TaskKind, TeamTask
from tests.cast import (
    MINUTE,
    NOON,
    begin_thread,
    claimed,
    item,
    item_id_of,
    new_moderator,
    new_staff,
    new_student,
    staff,
)
from tests.moderation.handing import (
    CRISIS_TEXT,
    DAY,
    HOUR,
    found_by,
    hand_over,
    is_offered,
    let_go_by,
    must_not_judge,
    next_for,
    put_aside,
    tasks,
)

# Holding and handing on


def test_an_item_on_hold_is_offered_to_nobody_until_its_time_is_over(app: Flask) -> None:
    with app.app_context():
        maya, tom = new_moderator("maya"), new_moderator("tom")
        held = claimed(begin_thread(new_student()), by=maya)
        put_aside(held, by=maya)

        assert not is_offered(tom, held.id, now=59 * MINUTE)
        assert is_offered(tom, held.id, now=61 * MINUTE)


def test_a_hold_keeps_its_reason_sealed_for_whoever_takes_it_up(app: Flask) -> None:
    with app.app_context():
        maya, tom = new_moderator("maya"), new_moderator("tom")
        held = claimed(begin_thread(new_student()), by=maya)
        put_aside(held, by=maya, colleague=tom)

        assert next_for(tom) == held.id
        assert item(held.id).hold_reason == "I want to ask somebody"
        stored = db.session.connection().exec_driver_sql("SELECT hold_reason FROM queue_items").scalar_one()
        assert b"ask" not in bytes(stored)


def test_what_is_held_for_a_colleague_comes_first_for_them(app: Flask) -> None:
    with app.app_context():
        ana, maya, tom = new_student(), new_moderator("maya"), new_moderator("tom")
        held = claimed(begin_thread(ana), by=maya)
        begin_thread(ana, CRISIS_TEXT)
        put_aside(held, by=maya, colleague=tom)

        assert next_for(tom) == held.id


def test_what_is_held_for_a_colleague_is_picked_by_nobody_else(app: Flask) -> None:
    with app.app_context():
        maya, tom, eli = (new_moderator(name) for name in ("maya", "tom", "eli"))
        held = claimed(begin_thread(new_student()), by=maya)
        put_aside(held, by=maya, colleague=tom)

        with pytest.raises(TakenByAnother):
            claimed(held.post_id, by=eli)
        assert claimed(held.post_id, by=tom).claimed_by == tom


def test_the_lead_can_take_up_what_is_held_for_a_colleague(app: Flask) -> None:
    with app.app_context():
        maya, tom = new_moderator("maya"), new_moderator("tom")
        lea = new_staff(Role.PROFESSIONAL, "lea")  # nobody is on the rota, so professionals lead
        held = claimed(begin_thread(new_student()), by=maya)
        put_aside(held, by=maya, colleague=tom)

        assert claimed(held.post_id, by=lea).claimed_by == lea


def test_nothing_is_held_for_more_than_two_hours(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        held = claimed(begin_thread(new_student()), by=maya)

        with pytest.raises(HoldTooLong):
            put_aside(held, by=maya, minutes=121)


def test_only_the_holder_puts_aside(app: Flask) -> None:
    with app.app_context():
        held, tom = claimed(begin_thread(new_student()), by=new_moderator("maya")), new_moderator("tom")

        with pytest.raises(TakenByAnother):
            put_aside(held, by=tom)


def test_urgent_news_end_a_hold(app: Flask) -> None:
    with app.app_context():
        maya, tom = new_moderator("maya"), new_moderator("tom")
        held = claimed(begin_thread(new_student()), by=maya)
        put_aside(held, by=maya)
        with transaction():
            add_reason(item(held.id), ReasonKind.RISK_SIGNAL, Band.RED, now=NOON)

        assert next_for(tom) == held.id


def test_what_was_handed_on_is_kept_ten_minutes_and_then_waits_for_everybody(app: Flask) -> None:
    with app.app_context():
        maya, tom, eli = (new_moderator(name) for name in ("maya", "tom", "eli"))
        held = claimed(begin_thread(new_student()), by=maya)
        hand_over(held, by=maya, to=tom)

        assert not is_offered(eli, held.id, now=KEPT_FOR)
        assert is_offered(tom, held.id, now=KEPT_FOR)
        free_lapsed_items(NOON + KEPT_FOR + MINUTE)
        assert is_offered(eli, held.id, now=KEPT_FOR + MINUTE)


def test_nothing_is_handed_to_somebody_who_cannot_take_texts(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        held = claimed(begin_thread(new_student()), by=maya)

        with pytest.raises(NoSuchColleague):
            hand_over(held, by=maya, to=new_staff(Role.RESEARCHER, "rae"))


def test_handing_a_text_to_somebody_who_recused_looks_as_if_they_had_let_it_go_by(app: Flask) -> None:
    with app.app_context():
        maya, tom, eli = (new_moderator(name) for name in ("maya", "tom", "eli"))
        post_id = begin_thread(new_student())
        must_not_judge(item_id_of(post_id), by=tom)
        held = claimed(post_id, by=maya)

        hand_over(held, by=maya, to=tom)

        assert item(held.id).state is ItemState.WAITING
        assert (tom, "Tom") in colleagues(staff(maya), now=NOON)
        assert is_offered(eli, held.id)


# Letting go by


def test_a_skipped_item_is_offered_to_others_at_once_and_to_me_after_a_day(app: Flask) -> None:
    with app.app_context():
        maya, tom = new_moderator("maya"), new_moderator("tom")
        held = claimed(begin_thread(new_student()), by=maya)
        let_go_by(held.id, by=maya)

        assert is_offered(tom, held.id)
        assert not is_offered(maya, held.id, now=DAY - MINUTE)
        assert held.id not in found_by(maya)
        assert is_offered(maya, held.id, now=DAY)


def test_a_skipped_item_can_still_be_picked(app: Flask) -> None:
    with app.app_context():
        maya, tom = new_moderator("maya"), new_moderator("tom")
        held = claimed(begin_thread(new_student()), by=maya)
        let_go_by(held.id, by=maya)
        assert tom

        assert claimed(held.post_id, by=maya).claimed_by == maya


def test_what_a_colleague_has_is_skipped_by_nobody_else(app: Flask) -> None:
    with app.app_context():
        held, tom = claimed(begin_thread(new_student()), by=new_moderator("maya")), new_moderator("tom")

        with pytest.raises(TakenByAnother):
            let_go_by(held.id, by=tom)


def test_the_third_person_who_skips_brings_it_before_the_lead(app: Flask) -> None:
    with app.app_context():
        item_id = item_id_of(begin_thread(new_student()))
        people = [new_moderator(name) for name in ("maya", "tom", "eli")]
        for person in people[:2]:
            let_go_by(item_id, by=person)
        let_go_by(item_id, by=people[0])  # the same person again counts once
        assert tasks(TaskKind.SKIPPED) == []

        let_go_by(item_id, by=people[2])

        assert tasks(TaskKind.SKIPPED) == [item_id]


def test_who_let_what_go_by_is_forgotten_after_a_day(app: Flask) -> None:
    with app.app_context():
        let_go_by(item_id_of(begin_thread(new_student())), by=new_moderator())

        assert forget_old_skips(NOON + DAY - MINUTE) == 0
        assert forget_old_skips(NOON + DAY) == 1


def test_a_topic_that_somebody_opted_out_of_is_not_offered_and_can_be_picked(app: Flask) -> None:
    with app.app_context():
        maya, tom = new_moderator("maya"), new_moderator("tom")
        post_id = begin_thread(new_student(), slug="adjustment-difficulties")
        with transaction():
            db.session.add(ModeratorSetting(staff_id=maya, opted_out=["adjustment-difficulties"]))

        assert next_for(maya) is None
        assert is_offered(tom, item_id_of(post_id))
        assert claimed(post_id, by=maya).claimed_by == maya


# Cover


def test_asking_for_cover_gives_everything_back_and_asks_the_lead_with_a_note(app: Flask) -> None:
    with app.app_context():
        maya, tom = new_moderator("maya"), new_moderator("tom")
        ana = new_student()
        held = claimed(begin_thread(ana), by=maya)
        kept = claimed(begin_thread(ana), by=tom)
        put_aside(kept, by=tom, colleague=maya)

        with transaction():
            ask_for_cover(staff(maya), note="I have to stop for today", now=NOON)

        assert {item(one.id).state for one in (held, kept)} == {ItemState.WAITING}
        assert set(tasks(TaskKind.COVER)) == {held.id, kept.id}
        notes = {task.note for task in db.session.query(TeamTask) if task.kind is TaskKind.COVER}
        assert notes == {"I have to stop for today"}


def test_cover_can_be_asked_for_with_empty_hands(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        with transaction():
            ask_for_cover(staff(maya), note="", now=NOON)

        assert tasks(TaskKind.COVER) == [None]


# Clocks


@pytest.mark.parametrize("act", ["claim", "longer", "release", "hold", "hand", "skip", "recuse", "cover"])
def test_no_act_moves_the_clock(app: Flask, act: str) -> None:
    with app.app_context():
        maya, tom = new_moderator("maya"), new_moderator("tom")
        post_id = begin_thread(new_student())
        before = item(item_id_of(post_id))
        clock = (before.waiting_since, before.due_at, before.stands_at)
        later = NOON + 5 * MINUTE
        with transaction():
            one, actor = item(before.id), staff(maya)
            claim(one, actor=actor, now=later)
            acts: dict[str, Callable[[], None]] = {
                "claim": lambda: claim(one, actor=actor, now=later + MINUTE),
                "longer": lambda: extend(one, actor=actor, now=later),
                "release": lambda: release(one, actor=actor, now=later),
                "hold": lambda: hold_item(one, reason="later", until=later + HOUR, actor=actor, now=later),
                "hand": lambda: hand_to(one, colleague_id=tom, actor=actor, now=later),
                "skip": lambda: skip(one, actor=actor, now=later),
                "recuse": lambda: recuse(one, actor=actor, now=later),
                "cover": lambda: ask_for_cover(actor, note="", now=later),
            }
            acts[act]()
        free_lapsed_items(NOON + 3 * HOUR)

        after = item(before.id)
        assert (after.waiting_since, after.due_at, after.stands_at) == clock

"""Passing a text on, and leaving: whatever somebody does with what they hold, it waits for others, with the
clock that it had.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from accounts.permissions import Role
from accounts.staffing import close_staff, reset_otp, reset_password
from core.clock import utcnow
from core.db import db, transaction
from core.models import AuditEvent
from core.refusals import Missing
from forum import posting
from moderation import claim_queries, queries
from moderation.bands import Band
from moderation.claims import TakenByAnother, claim, claim_next, extend, release
from moderation.judging import colleagues
from moderation.leaving import free_items_of_absent_staff
from moderation.models import Claim, ItemState, QueueItem, ReasonKind
from moderation.offering import hidden_items, visible_item, visible_items
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
    post,
    staff,
)
from tests.people import Credentials, add_staff_person, hidden_fields, post_form, sign_in_as

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CRISIS_TEXT = "I am going to kill myself tonight."


def next_for(person: str, *, now: timedelta = timedelta()) -> str | None:
    with transaction():
        taken = claim_next(staff(person), now=NOON + now)
        return taken.id if taken is not None else None


def is_offered(person: str, item_id: str, *, now: timedelta = timedelta()) -> bool:
    """Whether "Next for me" gives this item; it is given back."""
    taken = next_for(person, now=now)
    if taken is not None:
        with transaction():
            release(item(taken), actor=staff(person), now=NOON + now)
    return taken == item_id


def found_by(person: str, *, now: timedelta = timedelta()) -> set[str]:
    """What the person finds in the list."""
    return {one.id for one in visible_items(staff(person), after=None, limit=50, now=NOON + now)}


def put_aside(held: QueueItem, *, by: str, minutes: int = 60, colleague: str | None = None) -> None:
    with transaction():
        hold_item(
            item(held.id),
            reason="I want to ask somebody",
            until=NOON + minutes * MINUTE,
            colleague_id=colleague,
            actor=staff(by),
            now=NOON,
        )


def hand_over(held: QueueItem, *, by: str, to: str) -> None:
    with transaction():
        hand_to(item(held.id), colleague_id=to, actor=staff(by), now=NOON)


def let_go_by(item_id: str, *, by: str) -> None:
    with transaction():
        skip(item(item_id), actor=staff(by), now=NOON)


def must_not_judge(item_id: str, *, by: str) -> None:
    with transaction():
        recuse(item(item_id), actor=staff(by), now=NOON)


def tasks(kind: TaskKind) -> list[str | None]:
    return [task.item_id for task in db.session.query(TeamTask) if task.kind is kind]


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


# Must not judge


def test_a_text_under_ones_own_alias_does_not_exist_for_its_writer(app: Flask) -> None:
    with app.app_context():
        maya, tom = new_moderator("maya"), new_moderator("tom")
        post_id = begin_thread(new_student())
        with transaction():
            post(post_id).staff_id = maya

        item_id = item_id_of(post_id)
        assert next_for(maya) is None
        assert item_id not in found_by(maya)
        assert item_id in hidden_items(staff(maya), now=NOON)
        with pytest.raises(Missing):
            visible_item(staff(maya), item_id, now=NOON)
        with pytest.raises(Missing):
            claimed(post_id, by=maya)
        assert is_offered(tom, item_id)


def test_recusing_takes_all_texts_of_this_author_out_of_sight_now_and_later(app: Flask) -> None:
    with app.app_context():
        ana, bo, maya = new_student(), new_student(), new_moderator()
        first = claimed(begin_thread(ana), by=maya)
        second, other = item_id_of(begin_thread(ana)), item_id_of(begin_thread(bo))

        must_not_judge(first.id, by=maya)
        third = item_id_of(begin_thread(ana))

        assert found_by(maya) == {other}
        assert next_for(maya) == other
        for item_id in (first.id, second, third):
            with pytest.raises(Missing):
                visible_item(staff(maya), item_id, now=NOON)


def test_recusing_frees_what_was_in_hand_and_hides_it_from_nobody_else(app: Flask) -> None:
    with app.app_context():
        maya, tom = new_moderator("maya"), new_moderator("tom")
        held = claimed(begin_thread(new_student()), by=maya)

        must_not_judge(held.id, by=maya)

        assert item(held.id).claimed_by is None
        assert is_offered(tom, held.id)


def test_recusing_leaves_a_line_for_the_opening_and_none_that_joins_two_texts(app: Flask) -> None:
    with app.app_context():
        ana, maya = new_student(), new_moderator()
        first, second = item_id_of(begin_thread(ana)), item_id_of(begin_thread(ana))

        must_not_judge(first, by=maya)

        lines = [event for event in db.session.query(AuditEvent) if event.actor == f"staff:{maya}"]
        assert sorted(line.kind for line in lines) == ["author_ref_opened", "recused"]
        assert not [line for line in lines if second in line.target + str(line.detail)]


def test_a_dump_tells_no_text_that_somebody_recused_from(app: Flask) -> None:
    with app.app_context():
        ana, bo, maya = new_student(), new_student(), new_moderator()
        recused = item_id_of(begin_thread(ana))
        must_not_judge(recused, by=maya)
        begin_thread(bo)

        lists = db.session.connection().exec_driver_sql("SELECT excluded FROM queue_items").scalars().all()
        assert len(lists) == 2
        assert len({len(sealed) for sealed in lists}) == 1


def test_where_no_author_can_be_reached_recusing_is_about_this_text_alone(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        post_id = begin_thread(new_student())
        with transaction():
            post(post_id).author_ref = None

        must_not_judge(item_id_of(post_id), by=maya)

        assert found_by(maya) == set()


def test_a_list_with_left_out_texts_goes_on_behind_its_first_page(app: Flask) -> None:
    with app.app_context():
        ana, bo, maya = new_student(), new_student(), new_moderator()
        hidden = [item_id_of(begin_thread(ana, now=NOON + n * MINUTE)) for n in range(5)]
        shown = [item_id_of(begin_thread(bo, now=NOON + n * HOUR)) for n in range(5)]
        must_not_judge(hidden[0], by=maya)

        pages: list[str] = []
        after = None
        while page := visible_items(staff(maya), after=after, limit=2, now=NOON):
            pages += [one.id for one in page]
            after = (page[-1].rank, page[-1].stands_at, page[-1].id)

        assert pages == shown


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


# Every way out


def is_free(item_id: str) -> bool:
    """Whether nobody has it: no lease on the row, none in the history, and it waits."""
    live = [one for one in db.session.query(Claim) if one.item_id == item_id and one.ended_at is None]
    one = item(item_id)
    return one.state is ItemState.WAITING and one.claimed_by is None and live == []


@pytest.mark.parametrize("way", ["closed", "new code", "new password"])
def test_whoever_is_shut_out_holds_nothing(app: Flask, way: str) -> None:
    with app.app_context():
        maya = new_moderator()
        held = claimed(begin_thread(new_student()), by=maya)
        with transaction():
            if way == "closed":
                close_staff(staff(maya), actor="command", now=NOON)
            elif way == "new code":
                reset_otp(staff(maya), actor="command", now=NOON)
            else:
                reset_password(staff(maya), hashed="a hash", actor="command", now=NOON)

        assert is_free(held.id)


def test_the_sweep_frees_what_a_person_of_another_role_still_holds(app: Flask) -> None:
    with app.app_context():
        maya, tom = new_moderator("maya"), new_moderator("tom")
        held = claimed(begin_thread(new_student()), by=maya)
        kept = claimed(begin_thread(new_student()), by=tom)
        put_aside(kept, by=tom, colleague=maya)
        with transaction():
            staff(maya).role = Role.COORDINATOR

        free_items_of_absent_staff(NOON)

        assert is_free(held.id)
        assert is_free(kept.id)


def test_the_sweep_leaves_alone_whoever_may_decide(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        held = claimed(begin_thread(new_student()), by=maya)

        free_items_of_absent_staff(NOON)

        assert item(held.id).claimed_by == maya


def test_a_text_that_its_author_withdrew_is_in_nobodys_hands(app: Flask) -> None:
    with app.app_context():
        held = claimed(begin_thread(new_student()), by=new_moderator())
        with transaction():
            posting.withdraw(post(held.post_id), now=NOON)

        gone = item(held.id)
        assert (gone.state, gone.claimed_by) == (ItemState.VOID, None)
        assert queries.live_claim(held.id) is None


def test_withdrawing_what_is_kept_for_a_colleague_leaves_nothing_kept(app: Flask) -> None:
    with app.app_context():
        maya, tom = new_moderator("maya"), new_moderator("tom")
        held = claimed(begin_thread(new_student()), by=maya)
        hand_over(held, by=maya, to=tom)
        with transaction():
            posting.withdraw(post(held.post_id), now=NOON)

        assert list(claim_queries.kept_items(tom, NOON)) == []
        assert next_for(tom) is None


# The buttons


@pytest.fixture
def tom(app: Flask) -> Credentials:
    return add_staff_person(app, Role.MODERATOR, username="tom", alias="Tom")


@pytest.fixture
def maya(app: Flask) -> FlaskClient:
    browser = app.test_client()
    sign_in_as(browser, add_staff_person(app, Role.MODERATOR, username="maya", alias="Maya"))
    return browser


@pytest.fixture
def in_hand(app: Flask, maya: FlaskClient) -> str:
    """A text that Maya has taken in her browser."""
    with app.app_context():
        item_id = item_id_of(begin_thread(new_student(), now=utcnow()))
    assert press(maya, f"/moderation/items/{item_id}/claim").status_code == 303
    return item_id


def press(browser: FlaskClient, url: str, **fields: str) -> TestResponse:
    """Send a form from the queue's page, with its token."""
    token = hidden_fields(browser.get("/moderation/queue").text)
    return browser.post(url, data=token | fields)


def state_of(app: Flask, item_id: str) -> ItemState:
    with app.app_context():
        return item(item_id).state


@pytest.mark.parametrize("address", ["skip", "recuse", "release"])
def test_a_button_frees_the_text_and_leads_back_to_the_queue(
    app: Flask, maya: FlaskClient, in_hand: str, address: str
) -> None:
    answer = press(maya, f"/moderation/items/{in_hand}/{address}")

    assert (answer.status_code, answer.location) == (303, "/moderation/queue")
    assert state_of(app, in_hand) is ItemState.WAITING


def test_holding_needs_a_reason_and_keeps_what_was_chosen(
    app: Flask, maya: FlaskClient, tom: Credentials, in_hand: str
) -> None:
    url = f"/moderation/items/{in_hand}/hold"

    refused = press(maya, url, reason="", minutes="60", colleague=tom.staff_id)
    assert refused.status_code == 422
    assert f'<option selected value="{tom.staff_id}">' in refused.text
    assert state_of(app, in_hand) is ItemState.CLAIMED

    assert press(maya, url, reason="a second opinion", minutes="60").status_code == 303
    assert state_of(app, in_hand) is ItemState.ON_HOLD


def test_handing_on_needs_somebody_who_can_take_it(
    app: Flask, maya: FlaskClient, tom: Credentials, in_hand: str
) -> None:
    url = f"/moderation/items/{in_hand}/hand"

    assert press(maya, url, colleague="").status_code == 422
    assert press(maya, url, colleague=in_hand).status_code == 422
    assert press(maya, url, colleague=tom.staff_id).status_code == 303
    with app.app_context():
        assert item(in_hand).held_for == tom.staff_id


def test_the_cover_button_frees_what_is_in_hand(app: Flask, maya: FlaskClient, in_hand: str) -> None:
    answer = press(maya, "/moderation/cover", note="please")

    assert answer.status_code == 303
    assert answer.location == "/moderation/rest"
    assert state_of(app, in_hand) is ItemState.WAITING


def test_what_somebody_must_not_judge_answers_like_an_id_that_was_never_given(
    maya: FlaskClient, in_hand: str
) -> None:
    press(maya, f"/moderation/items/{in_hand}/recuse")

    never_given = "0000000000001"
    for way in ("", "/claim", "/skip", "/release"):
        answers = []
        for item_id in (in_hand, never_given):
            address = f"/moderation/items/{item_id}{way}"
            answers.append(press(maya, address) if way else maya.get(address))
        assert [answer.status_code for answer in answers] == [404, 404], way


def test_signing_out_frees_what_is_in_hand(app: Flask, maya: FlaskClient, in_hand: str) -> None:
    post_form(maya, "/logout", {}, page="/moderation/queue")

    with app.app_context():
        assert is_free(in_hand)


def test_leaving_quickly_frees_what_is_in_hand(app: Flask, maya: FlaskClient, in_hand: str) -> None:
    maya.get("/leave")

    with app.app_context():
        assert is_free(in_hand)

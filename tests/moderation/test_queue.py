"""The queue: the states of an item, its bands, and a text in danger that never disappears."""

import itertools
import json

import pytest
from flask import Flask

from core.db import db, transaction
from core.models import OutboxRow
from forum import posting
from forum import queries as forum_queries
from forum.models import ModerationMode, PostStatus
from moderation import claim_queries, queries
from moderation.bands import Band
from moderation.decisions import decide
from moderation.models import ItemState, ReasonKind
from moderation.promises.models import Wait
from moderation.queue import (
    LEGAL,
    NotInThisState,
    add_reason,
    climb,
    move_item,
    raise_item_band,
    settle,
)
from moderation.screening import word_phases
from tests.cast import (
    MINUTE,
    NOON,
    begin_thread,
    choice,
    claimed,
    item,
    item_id_of,
    new_moderator,
    new_student,
    post,
    reply,
    staff,
    student,
)
from tests.conftest import MakeApp

A_CHANNEL = {
    "STOA_PAGE_WEBHOOK_URL": "http://127.0.0.1:9/",
    "STOA_PAGE_WEBHOOK_SECRET": "a secret of the tests",
}
CRISIS_TEXT = "I am going to kill myself tonight."
W, C, H, D, V = (
    ItemState.WAITING,
    ItemState.CLAIMED,
    ItemState.ON_HOLD,
    ItemState.DECIDED,
    ItemState.VOID,
)
EXPECTED = {
    (W, "claim"): C,
    (H, "claim"): C,
    (C, "release"): W,
    (C, "hold"): H,
    (W, "hold"): H,
    (H, "resume"): W,
    (C, "decide"): D,
    (W, "decide"): D,
    (D, "reopen"): W,
    (V, "reopen"): W,
    (W, "void"): V,
    (C, "void"): V,
    (H, "void"): V,
    (D, "void"): V,
}


@pytest.mark.parametrize(("state", "act"), list(itertools.product(ItemState, LEGAL)))
def test_every_act_from_every_state_is_legal_or_refused(app: Flask, state: ItemState, act: str) -> None:
    with app.app_context():
        item_id = item_id_of(begin_thread(new_student()))
        with transaction():
            one = item(item_id)
            one.state = state
            goal = EXPECTED.get((state, act))
            if goal is None:
                with pytest.raises(NotInThisState):
                    move_item(one, act)
                assert one.state is state
            else:
                move_item(one, act)
                assert one.state is goal


def test_a_text_has_one_item_whatever_comes_in(app: Flask) -> None:
    with app.app_context():
        ana = new_student()
        post_id = begin_thread(ana)
        item_id = item_id_of(post_id)
        with transaction():
            draft = posting.write_draft("other words", language="en")
            posting.edit(post(post_id), draft, author=student(ana), now=NOON + MINUTE)

        assert item_id_of(post_id) == item_id
        kinds = [reason.kind for reason in queries.open_reasons(item_id)]
        assert kinds == [ReasonKind.NEW_POST, ReasonKind.EDIT]


def test_explicit_words_make_a_crisis_and_a_person_is_paged_without_content(make_app: MakeApp) -> None:
    app = make_app(
        STOA_PAGE_WEBHOOK_URL="http://127.0.0.1:9/", STOA_PAGE_WEBHOOK_SECRET="a secret of the tests"
    )
    with app.app_context():
        one = item(item_id_of(begin_thread(new_student(), CRISIS_TEXT)))

        assert one.band is Band.CRISIS
        assert one.post.status is PostStatus.HELD
        pages = [row.payload for row in db.session.query(OutboxRow) if row.kind == "page"]
        waiting = {(page["band"], page["kind"]) for page in pages}
        assert waiting == {("crisis", "item"), ("crisis", "escalation")}
        assert "tonight" not in json.dumps(pages)


def test_the_words_that_raised_the_band_are_marked(app: Flask) -> None:
    with app.app_context():
        body = f"Hello. {CRISIS_TEXT}"
        one = item(item_id_of(begin_thread(new_student(), body, title="A title")))

        marks = [mark for reason in queries.open_reasons(one.id) for mark in reason.marks or []]
        assert any("kill myself" in body[mark["start"] : mark["end"]] for mark in marks)


def test_a_new_reason_never_lowers_a_band_nor_moves_a_clock_away(app: Flask) -> None:
    with app.app_context():
        one = item(item_id_of(begin_thread(new_student(), CRISIS_TEXT)))
        due = one.due_at
        with transaction():
            add_reason(item(one.id), ReasonKind.REPORT, Band.GREEN, now=NOON + MINUTE)

        assert (item(one.id).band, item(one.id).due_at) == (Band.CRISIS, due)


def test_a_screening_that_fails_holds_the_text_and_puts_it_before_a_person(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_readings: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(word_phases, "judge", fail)
    with app.app_context():
        open_category()
        post_id = begin_thread(new_student())

        assert post(post_id).status is PostStatus.HELD
        assert item(item_id_of(post_id)).band is Band.AMBER


def open_category() -> None:
    with transaction():
        category = forum_queries.category_by_slug("adjustment-difficulties")
        assert category is not None
        category.opening_mode = category.reply_mode = ModerationMode.READ_AFTER


def test_read_after_publishes_at_once_and_still_asks_a_person_to_read(app: Flask) -> None:
    with app.app_context():
        open_category()
        post_id = begin_thread(new_student())

        assert post(post_id).status is PostStatus.PUBLISHED
        assert item(item_id_of(post_id)).state is ItemState.WAITING


def test_urgent_words_are_held_in_any_mode(app: Flask) -> None:
    with app.app_context():
        open_category()

        assert post(begin_thread(new_student(), CRISIS_TEXT)).status is PostStatus.HELD


def test_hold_new_holds_the_first_five_posts_of_a_student(app: Flask) -> None:
    with app.app_context():
        open_category()
        thread_id = post(begin_thread(new_student())).thread_id
        set_reply_mode(ModerationMode.HOLD_NEW)
        bo = new_student()

        statuses = [post(reply(bo, thread_id)).status for _ in range(6)]

        assert statuses == [PostStatus.HELD] * 5 + [PostStatus.PUBLISHED]


def set_reply_mode(mode: ModerationMode) -> None:
    with transaction():
        category = forum_queries.category_by_slug("adjustment-difficulties")
        assert category is not None
        category.reply_mode = mode


def test_withdrawing_takes_an_ordinary_text_from_the_queue(app: Flask) -> None:
    with app.app_context():
        post_id = begin_thread(new_student())
        with transaction():
            posting.withdraw(post(post_id), now=NOON)

        assert item(item_id_of(post_id)).state is ItemState.VOID


def test_withdrawing_a_crisis_text_does_not_take_it_from_moderators(app: Flask) -> None:
    with app.app_context():
        post_id = begin_thread(new_student(), CRISIS_TEXT)
        with transaction():
            posting.withdraw(post(post_id), now=NOON)

        one = item(item_id_of(post_id))
        assert post(post_id).status is PostStatus.WITHDRAWN
        assert (one.state, one.is_withdrawn) == (ItemState.WAITING, True)
        assert one.id in [free.id for free in claim_queries.free_items(NOON)]


def test_an_overdue_crisis_is_paged_again_each_time_its_clock_runs_out(make_app: MakeApp) -> None:
    app = make_app(
        STOA_PAGE_WEBHOOK_URL="http://127.0.0.1:9/", STOA_PAGE_WEBHOOK_SECRET="a secret of the tests"
    )
    with app.app_context():
        item_id = item_id_of(begin_thread(new_student(), CRISIS_TEXT))
        for minutes in (11, 12, 21, 22):
            with transaction():
                climb(item(item_id), now=NOON + minutes * MINUTE)

        pages = [row.payload["kind"] for row in db.session.query(OutboxRow).filter_by(kind="page")]
        assert pages.count("item") == 3


def test_a_decided_item_keeps_only_hours_and_its_wait_goes_into_the_histogram(app: Flask) -> None:
    with app.app_context():
        held = claimed(
            begin_thread(new_student(), now=NOON + 7 * MINUTE), by=new_moderator(), now=NOON + 8 * MINUTE
        )
        with transaction():
            settle(item(held.id), now=NOON + 30 * MINUTE)

        settled = item(held.id)
        assert settled.waiting_since == settled.decided_at == NOON
        waits = [(wait.month, wait.band, wait.minutes, wait.count) for wait in db.session.query(Wait)]
        assert waits == [("2026-03", Band.GREEN, 23, 1)]


def test_a_band_that_is_raised_late_moves_no_clock_away(app: Flask) -> None:
    with app.app_context():
        held = item_id_of(begin_thread(new_student(), now=NOON))
        soon = NOON + 5 * MINUTE
        with transaction():
            item(held).due_at = item(held).promised_by = soon
        with transaction():
            raise_item_band(item(held), Band.RED, now=NOON)

        assert (item(held).band, item(held).due_at, item(held).promised_by) == (Band.RED, soon, soon)


def test_why_a_decided_text_waited_keeps_only_the_hour(app: Flask) -> None:
    with app.app_context():
        maya, late = new_moderator(), NOON + 7 * MINUTE
        held = claimed(begin_thread(new_student(), now=late), by=maya, now=late)
        with transaction():
            decide(item(held.id), choice(held), actor=staff(maya), now=late + MINUTE)

        assert {reason.at for reason in queries.reasons_of(held.id)} == {NOON}


def test_the_list_goes_on_behind_its_first_page_and_leaves_nothing_out(app: Flask) -> None:
    with app.app_context():
        ana = new_student()
        waiting = {item_id_of(begin_thread(ana, now=NOON)) for _ in range(4)}
        waiting.add(item_id_of(begin_thread(ana, CRISIS_TEXT, now=NOON + MINUTE)))

        shown: list[str] = []
        after = None
        while page := queries.open_items(after=after, limit=2):
            shown += [one.id for one in page]
            after = (page[-1].rank, page[-1].stands_at, page[-1].id)

        assert len(shown) == len(waiting)
        assert set(shown) == waiting

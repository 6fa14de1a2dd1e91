"""Not judging: no text of this author is seen again, and nobody learns whose texts those are."""

import pytest
from flask import Flask

from core.db import db, transaction
from core.models import AuditEvent
from core.refusals import Missing
from moderation.offering import hidden_items, visible_item, visible_items
from tests.cast import (
    MINUTE,
    NOON,
    begin_thread,
    claimed,
    item,
    item_id_of,
    new_moderator,
    new_student,
    post,
    staff,
)
from tests.moderation.handing import HOUR, found_by, is_offered, must_not_judge, next_for


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

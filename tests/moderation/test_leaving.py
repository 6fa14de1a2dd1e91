"""Leaving: whoever is shut out holds nothing, and what its author withdrew is in nobody's hands."""

import pytest
from flask import Flask

from accounts.permissions import Role
from accounts.staffing import close_staff, reset_otp, reset_password
from core.db import transaction
from forum import posting
from moderation import claim_queries, queries
from moderation.leaving import free_items_of_absent_staff
from moderation.models import ItemState
from tests.cast import (
    NOON,
    begin_thread,
    claimed,
    item,
    new_moderator,
    new_student,
    post,
    staff,
)
from tests.moderation.handing import hand_over, is_free, next_for, put_aside


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

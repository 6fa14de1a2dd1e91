"""What protects is done at once by one person, and looked at by another within twelve hours."""

from datetime import timedelta

import pytest
from flask import Flask

from accounts.permissions import Role
from core import outbox
from core.db import db, transaction
from core.models import OutboxRow
from forum.lifecycle import PostAct, move_post
from forum.models import PostStatus
from moderation import queries
from moderation.decisions import decide, undo
from moderation.models import Conduct, ItemState, ReasonKind
from moderation.offering import may_judge
from moderation.proposals.second_looks import NotPublished, hide_at_once, page_at_once
from moderation.team.models import Duty, TaskKind, TeamTask
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
    post,
    staff,
)
from tests.conftest import MakeApp

LOOKED_BY = timedelta(hours=12)
A_CHANNEL = {
    "STOA_PAGE_WEBHOOK_URL": "http://127.0.0.1:9/",
    "STOA_PAGE_WEBHOOK_SECRET": "a secret of the tests",
}


def published(*, settled_by: str = "") -> str:
    """A text that readers see. Returns the item's id."""
    post_id = begin_thread(new_student())
    if settled_by:
        held = claimed(post_id, by=settled_by)
        with transaction():
            decide(item(held.id), choice(held), actor=staff(settled_by), now=NOON)
    else:
        with transaction():
            move_post(post(post_id), PostAct.PUBLISH, now=NOON)
    return item_id_of(post_id)


def hide(item_id: str, by: str) -> None:
    with transaction():
        hide_at_once(item(item_id), actor=staff(by), now=NOON)


def kinds_of(item_id: str) -> list[ReasonKind]:
    return [reason.kind for reason in queries.open_reasons(item_id)]


def hidden_by_decision(by: str) -> str:
    """The item of a published text that somebody decided to hide a moment ago."""
    item_id = published()
    held = claimed(item(item_id).post_id, by=by)
    with transaction():
        decide(item(item_id), choice(held, Conduct.HIDE, reason="other"), actor=staff(by), now=NOON)
    return item_id


def after(seconds: int) -> None:
    while outbox.drain(now=NOON + timedelta(seconds=seconds)):
        pass


def test_a_text_that_was_settled_is_hidden_at_once_and_waits_for_another(app: Flask) -> None:
    with app.app_context():
        maya, noor = new_moderator(), new_moderator("noor")
        item_id = published(settled_by=maya)
        hide(item_id, maya)

        one = item(item_id)
        assert one.post.status is PostStatus.HIDDEN
        assert one.state is ItemState.WAITING
        assert kinds_of(item_id) == [ReasonKind.SECOND_LOOK]
        assert one.due_at <= NOON + LOOKED_BY
        assert not may_judge(one, staff(maya), now=NOON)
        assert may_judge(one, staff(noor), now=NOON)


def test_whoever_hides_a_text_that_they_hold_lets_go_of_it(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        item_id = published()
        claimed(item(item_id).post_id, by=maya)
        hide(item_id, maya)

        assert (item(item_id).state, item(item_id).claimed_by) == (ItemState.WAITING, None)


def test_only_what_readers_see_is_hidden_at_once(app: Flask) -> None:
    with app.app_context():
        item_id = item_id_of(begin_thread(new_student()))
        with pytest.raises(NotPublished):
            hide(item_id, new_moderator())


def test_a_decision_to_hide_gets_a_second_look_once_it_cannot_be_undone(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        item_id = hidden_by_decision(maya)
        after(9)
        assert item(item_id).state is ItemState.DECIDED
        after(11)

        assert kinds_of(item_id) == [ReasonKind.SECOND_LOOK]
        assert not may_judge(item(item_id), staff(maya), now=NOON)


def test_a_hiding_that_was_taken_back_needs_no_second_look(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        item_id = hidden_by_decision(maya)
        with transaction():
            undo(item(item_id), actor=staff(maya), now=NOON)
        after(11)

        assert ReasonKind.SECOND_LOOK not in kinds_of(item_id)


def test_the_second_look_is_asked_for_once(app: Flask) -> None:
    with app.app_context():
        item_id = hidden_by_decision(new_moderator())
        decision = queries.decisions_of(item_id)[0].id
        with transaction():
            outbox.enqueue("second_look", {"decision": decision}, now=NOON)
        after(11)

        assert kinds_of(item_id) == [ReasonKind.SECOND_LOOK]


def test_another_person_settles_it(app: Flask) -> None:
    with app.app_context():
        noor = new_moderator("noor")
        item_id = hidden_by_decision(new_moderator())
        after(11)
        held = claimed(item(item_id).post_id, by=noor)
        with transaction():
            decide(item(item_id), choice(held, Conduct.PUBLISH), actor=staff(noor), now=NOON + MINUTE)

        assert item(item_id).post.status is PostStatus.PUBLISHED


def test_the_person_on_call_is_paged_at_once_and_somebody_is_asked_to_look(make_app: MakeApp) -> None:
    app = make_app(**A_CHANNEL)
    with app.app_context():
        new_staff(Role.PROFESSIONAL, "olga")
        item_id, maya = published(), new_moderator()
        with transaction():
            page_at_once(item(item_id), actor=staff(maya), now=NOON)

        assert [row.payload["kind"] for row in db.session.query(OutboxRow) if row.kind == "page"] == ["item"]
        [task] = db.session.query(TeamTask).all()
        assert (task.kind, task.for_duty, task.due_at) == (TaskKind.REVIEW, Duty.LEAD, NOON + LOOKED_BY)

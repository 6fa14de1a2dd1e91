"""Handles and notices: recognise an author without knowing them, tell an author without naming oneself."""

import json
from datetime import timedelta

from flask import Flask

from accounts.mailbox import notices
from core.db import db, transaction
from core.models import AuditEvent
from forum import posting
from moderation.decisions import decide
from moderation.handles import forget_old_months, handle_for, moderated_this_month
from moderation.models import Conduct
from moderation.notices import send_notices
from moderation.promises.models import HandleMonth
from tests.cast import (
    NOON,
    begin_thread,
    choice,
    claimed,
    decided,
    item,
    item_id_of,
    new_moderator,
    new_student,
    post,
    staff,
    student,
)


def test_a_handle_is_the_same_all_month_and_another_the_next(app: Flask) -> None:
    with app.app_context():
        ana, bo = new_student(), new_student()

        assert handle_for(ana, now=NOON) == handle_for(ana, now=NOON + timedelta(days=20))
        assert handle_for(ana, now=NOON) != handle_for(ana, now=NOON + timedelta(days=40))
        assert handle_for(ana, now=NOON) != handle_for(bo, now=NOON)


def test_a_moderator_sees_this_months_decisions_about_the_same_author(app: Flask) -> None:
    with app.app_context():
        ana, maya = new_student(), new_moderator()
        first, second = begin_thread(ana), begin_thread(ana)
        decided(first, Conduct.NOT_HERE, by=maya, reason="advert")

        other = item(item_id_of(second))
        assert [entry["conduct"] for entry in moderated_this_month(other, now=NOON)] == ["not_here"]
        assert moderated_this_month(other, now=NOON + timedelta(days=40)) == []


def test_the_month_lies_sealed_under_a_hash(app: Flask) -> None:
    with app.app_context():
        ana, maya = new_student(), new_moderator()
        held = decided(begin_thread(ana), by=maya)

        row = db.session.query(HandleMonth).one()
        raw = db.session.execute(db.text("SELECT entries FROM handle_months")).scalar_one()
        assert handle_for(ana, now=NOON).encode() not in row.key
        assert held.id.encode() not in raw


def told(post_id: str, conduct: Conduct, message: str = "") -> dict[str, object]:
    """Decide, let the notice go out, and give what the author is told."""
    maya = new_moderator()
    held = claimed(post_id, by=maya)
    with transaction():
        what = choice(held, conduct, reason="names_someone", message=message)
        decision = decide(item(held.id), what, actor=staff(maya), now=NOON)
        send_notices([{"decision": decision.id}], NOON)
        send_notices([{"decision": decision.id}], NOON)
    return {"maya": maya, "decision": decision.id}


def test_the_author_is_told_once_by_the_team_and_no_moderator_is_named(app: Flask) -> None:
    with app.app_context():
        ana = new_student()
        facts = told(begin_thread(ana), Conduct.ASK_CHANGE, "thank you, one thing")

        (notice,) = notices(student(ana))
        assert notice["data"]["message"] == "thank you, one thing"
        assert student(ana).unread == 1
        assert str(facts["maya"]) not in json.dumps(notice)
        assert "Maya" not in json.dumps(notice)


def test_opening_the_author_to_tell_them_is_in_the_audit_log(app: Flask) -> None:
    with app.app_context():
        ana = new_student()
        post_id = begin_thread(ana)
        told(post_id, Conduct.PUBLISH)

        opened = [event for event in db.session.query(AuditEvent) if event.kind == "author_ref_opened"]
        assert {event.target for event in opened} == {f"post:{post_id}"}
        assert all(ana not in json.dumps(event.detail) for event in opened)


def test_nobody_is_told_when_no_author_can_be_reached(app: Flask) -> None:
    with app.app_context():
        post_id = begin_thread(new_student())
        with transaction():
            one = post(post_id)
            one.author_ref = one.author_tag = None
        told(post_id, Conduct.PUBLISH)

        assert not [event for event in db.session.query(AuditEvent) if event.kind == "author_ref_opened"]


def test_a_returned_text_sent_again_comes_to_the_same_item(app: Flask) -> None:
    with app.app_context():
        ana = new_student()
        post_id = begin_thread(ana)
        told(post_id, Conduct.ASK_CHANGE)
        before = item_id_of(post_id)
        draft = posting.write_draft("without the name", language="en")
        with transaction():
            posting.edit(post(post_id), draft, author=student(ana), now=NOON)

        assert item_id_of(post_id) == before
        assert post(post_id).status == "held"


def test_months_that_are_over_are_forgotten(app: Flask) -> None:
    with app.app_context():
        ana, maya = new_student(), new_moderator()
        decided(begin_thread(ana), by=maya)

        assert forget_old_months(NOON + timedelta(days=20)) == 0
        assert forget_old_months(NOON + timedelta(days=40)) == 1
        assert db.session.query(HandleMonth).count() == 0

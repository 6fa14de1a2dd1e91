"""A step that holds: following an author whom nobody learns, doing what it says, until it ends or is
overturned.
"""

from datetime import datetime

import pytest
from flask import Flask

from accounts.blobs import read_blob, write_blob
from core.db import db, transaction
from forum import queries as forum_queries
from forum import reactions
from forum.barriers import NotAtThisPace, PausedFromWriting
from forum.leaving import OwnPosts, leave_forum
from forum.models import PostStatus, ReactionKind
from moderation.access import lock_author_of
from moderation.appeals.codes import decision_code, sanction_code
from moderation.appeals.outcomes import Answer, answer_appeal
from moderation.appeals.sending import send_appeal
from moderation.bands import Band
from moderation.models import Decision, ItemState
from moderation.review_models import AppealState, SanctionKind
from moderation.sanctions import (
    NobodyToReach,
    NotRunning,
    restrictions_of,
)
from tests.cast import (
    MINUTE,
    NOON,
    begin_thread,
    claimed,
    item,
    item_id_of,
    new_moderator,
    post,
    reply,
    staff,
    student,
)
from tests.moderation.stepping import CRISIS_TEXT, DAY, WEEK, Scene, lift_it, refused, sanction, take

# Whom it holds for


def test_the_account_alone_knows_and_a_recusal_beside_it_stays(app: Flask) -> None:
    with app.app_context():
        scene = refused()
        with transaction():
            write_blob(student(scene.author), "sanctions", [{"kind": "recusal", "staff": "0000000000001"}])
        made = take(scene, SanctionKind.PAUSE)

        entries = read_blob(student(scene.author), "sanctions")
        assert entries == [
            {"kind": "recusal", "staff": "0000000000001"},
            {"kind": "sanction", "id": made, "step": "pause", "until": (NOON + DAY).isoformat()},
        ]
        lift_it(scene, made)
        assert [entry["kind"] for entry in read_blob(student(scene.author), "sanctions")] == ["recusal"]


def test_without_an_author_to_reach_there_is_no_step_and_a_lift_breaks_nothing(app: Flask) -> None:
    with app.app_context():
        scene = refused()
        made = take(scene, SanctionKind.PAUSE)
        with transaction():
            leave_forum(student(scene.author), posts=OwnPosts.KEEP, reacted=[], now=NOON)

        with pytest.raises(NobodyToReach):
            take(scene, SanctionKind.NOTE)
        lift_it(scene, made)
        with pytest.raises(NotRunning):
            lift_it(scene, made)


def test_the_author_sees_what_why_until_when_and_the_code(app: Flask) -> None:
    with app.app_context():
        scene = refused()
        made = take(scene, SanctionKind.SLOW_MODE)

        (shown,) = restrictions_of(student(scene.author), now=NOON)
        assert (shown.step, shown.reason, shown.until) == ("slow_mode", "hurts_someone", NOON + DAY)
        assert (shown.message, shown.code) == ("Please be kind.", sanction_code(made))
        assert restrictions_of(student(scene.author), now=NOON + 2 * DAY) == []


# What each step does


@pytest.mark.parametrize("step", [SanctionKind.PAUSE, SanctionKind.EXCLUSION])
def test_a_closed_author_cannot_post_reply_or_react(app: Flask, step: SanctionKind) -> None:
    with app.app_context():
        scene = refused()
        take(scene, step, has_two=True)
        with pytest.raises(PausedFromWriting):
            begin_thread(scene.author)
        with pytest.raises(PausedFromWriting):
            reply(scene.author, scene.thread_id)
        opening = forum_queries.opening_post(scene.thread_id)
        assert opening is not None
        actor = student(scene.author)
        with pytest.raises(PausedFromWriting):
            reactions.react(opening, ReactionKind.HEAR_YOU, wanted=True, actor=actor, now=NOON)


@pytest.mark.parametrize("step", [SanctionKind.PAUSE, SanctionKind.EXCLUSION, SanctionKind.SLOW_MODE])
def test_a_text_in_danger_is_taken_held_and_put_before_people(app: Flask, step: SanctionKind) -> None:
    with app.app_context():
        scene = refused()
        take(scene, step, has_two=True)
        if step is SanctionKind.SLOW_MODE:
            reply(scene.author, scene.thread_id)
        written = reply(scene.author, scene.thread_id, CRISIS_TEXT)

        assert post(written).status is PostStatus.HELD
        assert item(item_id_of(written)).rank <= Band.RED.rank
        assert item(item_id_of(written)).state is ItemState.WAITING


def test_a_step_is_over_at_its_end(app: Flask) -> None:
    with app.app_context():
        scene = refused()
        take(scene, SanctionKind.PAUSE)

        assert post(reply(scene.author, scene.thread_id, now=NOON + DAY)).status is PostStatus.PUBLISHED


def test_a_lifted_step_holds_no_longer(app: Flask) -> None:
    with app.app_context():
        scene = refused()
        lift_it(scene, take(scene, SanctionKind.PAUSE))

        assert post(reply(scene.author, scene.thread_id)).status is PostStatus.PUBLISHED


def test_slow_mode_is_one_post_an_hour(app: Flask) -> None:
    with app.app_context():
        scene = refused()
        take(scene, SanctionKind.SLOW_MODE)
        reply(scene.author, scene.thread_id, now=NOON)
        with pytest.raises(NotAtThisPace) as refusal:
            reply(scene.author, scene.thread_id, now=NOON + 20 * MINUTE)
        assert refusal.value.retry_after == 40 * 60

        assert reply(scene.author, scene.thread_id, now=NOON + 60 * MINUTE)


def test_hold_all_holds_what_the_topic_would_publish(app: Flask) -> None:
    with app.app_context():
        scene = refused()
        assert post(reply(scene.author, scene.thread_id)).status is PostStatus.PUBLISHED
        take(scene, SanctionKind.HOLD_ALL)

        assert post(reply(scene.author, scene.thread_id)).status is PostStatus.HELD


def test_a_note_keeps_nobody_from_anything(app: Flask) -> None:
    with app.app_context():
        scene = refused()
        take(scene, SanctionKind.NOTE)

        assert post(reply(scene.author, scene.thread_id)).status is PostStatus.PUBLISHED


# Appeals


def test_an_overturned_appeal_against_a_step_ends_it(app: Flask) -> None:
    with app.app_context():
        scene = refused()
        made = take(scene, SanctionKind.PAUSE)
        answer_by_tom(scene, sanction_code(made), AppealState.OVERTURNED)

        assert sanction(made).lifted_at is not None
        assert post(reply(scene.author, scene.thread_id)).status is PostStatus.PUBLISHED


def test_a_varied_appeal_against_a_step_brings_its_end_nearer(app: Flask) -> None:
    with app.app_context():
        scene = refused()
        made = take(scene, SanctionKind.PAUSE, ends_at=NOON + WEEK)
        answer_by_tom(scene, sanction_code(made), AppealState.VARIED, ends_at=NOON + DAY)

        assert sanction(made).ends_at == NOON + DAY
        assert reply(scene.author, scene.thread_id, now=NOON + DAY)


def test_an_overturned_decision_takes_the_steps_along_that_rested_on_it(app: Flask) -> None:
    with app.app_context():
        scene = refused()
        made = take(scene, SanctionKind.PAUSE)
        decision = db.session.get(Decision, sanction(made).decision_id)
        assert decision is not None
        answer_by_tom(scene, decision_code(decision.id), AppealState.OVERTURNED)

        assert sanction(made).lifted_at is not None


def answer_by_tom(scene: Scene, code: str, outcome: AppealState, *, ends_at: datetime | None = None) -> None:
    tom = new_moderator("tom")
    with transaction():
        send_appeal(code, "It was a joke.", now=NOON)
    held = claimed(item(scene.item_id).post_id, by=tom)
    written = Answer(outcome, "Thank you.", held.claim_token or "", held.version, ends_at=ends_at)
    with transaction():
        lock_author_of(scene.item_id)
        answer_appeal(item(scene.item_id), written, actor=staff(tom), now=NOON)

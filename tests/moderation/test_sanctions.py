"""Steps: never for distress, each with an end, following an author whom nobody learns."""

import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from accounts.blobs import read_blob, write_blob
from accounts.models import Step
from accounts.permissions import Role
from core.db import db, transaction
from forum import queries as forum_queries
from forum import reactions
from forum.barriers import NotAtThisPace, PausedFromWriting
from forum.leaving import OwnPosts, leave_forum
from forum.models import ModerationMode, PostStatus, ReactionKind
from moderation.access import lock_author_of
from moderation.appeals import queries as appeal_queries
from moderation.appeals.codes import decision_code, sanction_code
from moderation.appeals.outcomes import Answer, answer_appeal
from moderation.appeals.sending import send_appeal
from moderation.bands import Band
from moderation.decisions import decide, undo
from moderation.escalations import Briefing
from moderation.judging import NotTrained
from moderation.models import Conduct, Decision, ItemState, ReasonKind, Risk
from moderation.proposals.excluding import exclusion
from moderation.proposals.proposing import ProposalStale, SamePerson, approve, propose
from moderation.proposals.reading import locked_proposal
from moderation.queue import add_reason, put_in_queue
from moderation.review_models import AppealState, Sanction, SanctionKind
from moderation.sanctions import (
    MISCONDUCT,
    NeedsTwo,
    NobodyToReach,
    NotMisconduct,
    NotRunning,
    NotThisLong,
    lift,
    restrictions_of,
    set_sanction,
)
from moderation.wording.reasons import ABOUT_OTHERS, DEFAULTS, save_reason
from tests.cast import (
    MINUTE,
    NOON,
    begin_thread,
    choice,
    claimed,
    decided,
    item,
    item_id_of,
    new_moderator,
    new_staff,
    new_student,
    post,
    reply,
    staff,
    student,
    train,
)

DAY = timedelta(days=1)
WEEK = 7 * DAY
DISTRESS = ["too_much_detail", "needs_warning", "names_self", "unclear", "off_topic", ""]
CRISIS_TEXT = "I am going to kill myself tonight."


@dataclass(frozen=True)
class Scene:
    """An author whose text maya refused, and a thread that everybody can read."""

    author: str
    maya: str
    item_id: str
    thread_id: str


def refused() -> Scene:
    author, maya, other = new_student(), new_moderator("maya"), new_student()
    open_everything()
    thread_id = post(begin_thread(other, "Hello.")).thread_id
    post_id = begin_thread(author, "You are all fools.")
    with transaction():
        put_back(post_id)
    decided(post_id, Conduct.HIDE, by=maya, reason="hurts_someone")
    return Scene(author, maya, item_id_of(post_id), thread_id)


def open_everything() -> None:
    """Calm texts are read after they are published, so that what holds one is a step."""
    with transaction():
        for category in forum_queries.all_categories():
            category.opening_mode = category.reply_mode = ModerationMode.READ_AFTER


def put_back(post_id: str) -> None:
    add_reason(put_in_queue(post(post_id), handle=None, now=NOON), ReasonKind.REPORT, Band.GREEN, now=NOON)


def take(
    scene: Scene,
    step: SanctionKind,
    *,
    ends_at: datetime | None = NOON + DAY,
    reason: str = "hurts_someone",
    has_two: bool = False,
    by: str = "",
) -> str:
    with transaction():
        lock_author_of(scene.item_id)
        return set_sanction(
            item(scene.item_id),
            step,
            reason=reason,
            ends_at=ends_at,
            actor=staff(by or scene.maya),
            now=NOON,
            message="Please be kind.",
            has_two=has_two,
        ).id


def sanction(sanction_id: str) -> Sanction:
    found = appeal_queries.sanction(sanction_id)
    assert found is not None
    return found


def lift_it(scene: Scene, sanction_id: str, *, now: datetime = NOON) -> None:
    with transaction():
        lock_author_of(scene.item_id)
        lift(sanction(sanction_id), post_item=item(scene.item_id), actor=staff(scene.maya), now=now)


# Never for distress


def test_no_step_can_be_reached_from_a_risk_outcome(app: Flask) -> None:
    """Over all pairs of both parts of a decision: the conduct alone opens the way, and no risk does."""
    with app.app_context():
        scene = refused()
        (latest, *_) = db.session.query(Decision).filter_by(item_id=scene.item_id).all()
        reached = {}
        for conduct, risk, step in itertools.product(Conduct, Risk, SanctionKind):
            with transaction():
                row = db.session.get(Decision, latest.id)
                assert row is not None
                row.conduct, row.risk = conduct, risk
            try:
                made = take(scene, step, has_two=True)
            except NotMisconduct:
                made = ""
            reached[conduct, risk, step] = bool(made)
            if made:
                lift_it(scene, made)

        expected = {pair: pair[0] in {Conduct.NOT_HERE, Conduct.HIDE, Conduct.REMOVE} for pair in reached}
        assert reached == expected
        assert {Conduct.NOT_HERE, Conduct.HIDE, Conduct.REMOVE} == MISCONDUCT


@pytest.mark.parametrize("risk", [Risk.WATCH, Risk.ESCALATE])
@pytest.mark.parametrize("conduct", [Conduct.PUBLISH, Conduct.KEEP_HELD])
def test_a_decision_for_somebody_in_need_opens_no_step(app: Flask, conduct: Conduct, risk: Risk) -> None:
    with app.app_context():
        author, maya = new_student(), new_moderator("maya")
        held = claimed(begin_thread(author), by=maya)
        briefing = Briefing(Band.RED, "worries", "nothing yet") if risk is Risk.ESCALATE else None
        with transaction():
            decide(item(held.id), choice(held, conduct, risk, briefing=briefing), actor=staff(maya), now=NOON)

        with pytest.raises(NotMisconduct):
            take(Scene(author, maya, held.id, ""), SanctionKind.NOTE)


@pytest.mark.parametrize("reason", DISTRESS)
def test_what_somebody_writes_of_themselves_is_no_reason(app: Flask, reason: str) -> None:
    with app.app_context(), pytest.raises(NotMisconduct):
        take(refused(), SanctionKind.PAUSE, reason=reason)


def test_a_decision_taken_back_opens_no_step_and_ends_the_one_that_rested_on_it(app: Flask) -> None:
    with app.app_context():
        scene = refused()
        made = take(scene, SanctionKind.PAUSE)
        with transaction():
            lock_author_of(scene.item_id)
            undo(item(scene.item_id), actor=staff(scene.maya), now=NOON)

        assert sanction(made).lifted_at is not None
        with pytest.raises(NotMisconduct):
            take(scene, SanctionKind.NOTE)


# Its reason comes from the library


def test_a_step_cites_the_reason_as_it_was_worded(app: Flask) -> None:
    with app.app_context():
        scene, cora = refused(), new_staff(Role.COORDINATOR, "cora")
        write_reason("hurts_someone", cora, seen=1)
        made = take(scene, SanctionKind.SLOW_MODE)
        write_reason("hurts_someone", cora, seen=2)

        assert (sanction(made).reason, sanction(made).reason_version) == ("hurts_someone", 2)
        (shown,) = restrictions_of(student(scene.author), now=NOON)
        assert (shown.reason, shown.reason_version) == ("hurts_someone", 2)


def test_a_step_may_rest_on_a_reason_of_the_coordinator(app: Flask) -> None:
    with app.app_context():
        scene, cora = refused(), new_staff(Role.COORDINATOR, "cora")
        write_reason("mocks", cora, is_about_others=True)
        assert sanction(take(scene, SanctionKind.PAUSE, reason="mocks")).reason_version == 1


@pytest.mark.parametrize(
    "reason",
    [
        {"is_about_others": False},
        {"is_about_others": True, "roles": [Role.PROFESSIONAL.value]},
        {"is_about_others": True, "is_offered": False},
    ],
)
def test_no_step_rests_on_a_reason_that_is_not_for_it(app: Flask, reason: dict[str, Any]) -> None:
    with app.app_context():
        scene, cora = refused(), new_staff(Role.COORDINATOR, "cora")
        write_reason("mocks", cora, **reason)
        with pytest.raises(NotMisconduct):
            take(scene, SanctionKind.PAUSE, reason="mocks")


@pytest.mark.parametrize("key", sorted(DEFAULTS.keys() - ABOUT_OTHERS))
def test_no_coordinator_makes_distress_a_reason_for_a_step(app: Flask, key: str) -> None:
    with app.app_context():
        scene, cora = refused(), new_staff(Role.COORDINATOR, "cora")
        write_reason(key, cora, seen=1, is_about_others=True)
        with pytest.raises(NotMisconduct):
            take(scene, SanctionKind.NOTE, reason=key)


def test_an_exclusion_cites_the_wording_that_was_approved(app: Flask) -> None:
    with app.app_context():
        scene, cora = refused(), new_staff(Role.COORDINATOR, "cora")
        proposal_id, shown = propose_exclusion(scene)
        write_reason("hurts_someone", cora, seen=1, is_offered=False)
        approve_as(new_moderator("tom"), scene, proposal_id, shown)

        (made,) = appeal_queries.sanctions_of_item(scene.item_id)
        assert (made.reason, made.reason_version) == ("hurts_someone", 1)


def write_reason(key: str, by: str, *, seen: int = 0, **more: Any) -> None:
    """The coordinator writes a reason, or its next version."""
    facts: dict[str, Any] = {
        "wordings": {"en": {"text": "It mocks somebody.", "example": ""}},
        "anchor": "",
        "roles": [Role.MODERATOR.value],
        "is_offered": True,
    }
    with transaction():
        save_reason(key, seen=seen, actor=staff(by), now=NOON, **(facts | more))


# Each with an end


@pytest.mark.parametrize("step", [kind for kind in SanctionKind if kind is not SanctionKind.EXCLUSION])
@pytest.mark.parametrize("ends_at", [None, NOON, NOON + 91 * DAY])
def test_every_step_has_an_end_that_is_near(app: Flask, step: SanctionKind, ends_at: datetime | None) -> None:
    with app.app_context(), pytest.raises(NotThisLong):
        take(refused(), step, ends_at=ends_at)


def test_nobody_excludes_alone(app: Flask) -> None:
    with app.app_context():
        scene = refused()
        with pytest.raises(NeedsTwo):
            take(scene, SanctionKind.EXCLUSION, ends_at=None)

        assert sanction(take(scene, SanctionKind.EXCLUSION, ends_at=None, has_two=True)).ends_at is None


def test_one_proposes_an_exclusion_and_another_approves_it(app: Flask) -> None:
    with app.app_context():
        scene, tom = refused(), new_moderator("tom")
        proposal_id, shown = propose_exclusion(scene)
        with pytest.raises(SamePerson):
            approve_as(scene.maya, scene, proposal_id, shown)
        approve_as(tom, scene, proposal_id, shown)

        with pytest.raises(PausedFromWriting):
            reply(scene.author, scene.thread_id)


def test_an_exclusion_whose_decision_is_gone_is_stale(app: Flask) -> None:
    with app.app_context():
        scene, tom = refused(), new_moderator("tom")
        proposal_id, shown = propose_exclusion(scene)
        with transaction():
            lock_author_of(scene.item_id)
            undo(item(scene.item_id), actor=staff(scene.maya), now=NOON)
        with pytest.raises(ProposalStale):
            approve_as(tom, scene, proposal_id, shown)


def propose_exclusion(scene: Scene) -> tuple[str, str]:
    found = item(scene.item_id)
    act = exclusion(
        found,
        reason="hurts_someone",
        message="We asked you three times.",
        ends_at=None,
        actor=staff(scene.maya),
    )
    with transaction():
        made = propose(act, actor=staff(scene.maya), now=NOON)
        return made.id, made.act_hash.hex()


def approve_as(who: str, scene: Scene, proposal_id: str, shown: str) -> None:
    with transaction():
        lock_author_of(scene.item_id)
        found = locked_proposal(proposal_id)
        assert found is not None
        approve(found, shown, actor=staff(who), now=NOON)


def test_the_same_step_again_is_the_one_that_runs(app: Flask) -> None:
    with app.app_context():
        scene = refused()

        assert take(scene, SanctionKind.PAUSE) == take(scene, SanctionKind.PAUSE)


def test_whoever_may_not_decide_takes_no_step(app: Flask) -> None:
    with app.app_context():
        scene = refused()
        observer = new_moderator("olga")
        train(observer, Step.OBSERVER)
        with transaction():
            lock_author_of(scene.item_id)
            found, actor = item(scene.item_id), staff(observer)
            with pytest.raises(NotTrained):
                set_sanction(
                    found,
                    SanctionKind.NOTE,
                    reason="hurts_someone",
                    ends_at=NOON + DAY,
                    actor=actor,
                    now=NOON + 2 * MINUTE,
                )


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

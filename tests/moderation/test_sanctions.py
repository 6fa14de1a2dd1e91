"""Steps: never for distress, each with a reason and an end, and none taken by one person that needs two."""

import itertools
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from accounts.models import Step
from accounts.permissions import Role
from core.db import db, transaction
from forum.barriers import PausedFromWriting
from moderation.access import lock_author_of
from moderation.appeals import queries as appeal_queries
from moderation.bands import Band
from moderation.decisions import decide, undo
from moderation.escalations import Briefing
from moderation.judging import NotTrained
from moderation.models import Conduct, Decision, Risk
from moderation.proposals.proposing import ProposalStale, SamePerson
from moderation.review_models import SanctionKind
from moderation.sanctions import (
    MISCONDUCT,
    NeedsTwo,
    NotMisconduct,
    NotThisLong,
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
    item,
    new_moderator,
    new_staff,
    new_student,
    reply,
    staff,
    student,
    train,
)
from tests.moderation.stepping import (
    DAY,
    DISTRESS,
    Scene,
    approve_as,
    lift_it,
    propose_exclusion,
    refused,
    sanction,
    take,
)

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

"""What one person alone may not do: two people, the same act, within a day; or an emergency, and a review."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from accounts.models import Step
from accounts.permissions import Role
from core.db import db, transaction
from core.models import AuditEvent, OutboxRow
from core.refusals import Refusal
from moderation.proposals import proposing as proposals
from moderation.proposals import queries as proposal_queries
from moderation.proposals.proposing import (
    LEGAL,
    Act,
    AlreadyAnswered,
    AlreadyProposed,
    NotForYou,
    ProposalChanged,
    ProposalStale,
    ReasonMissing,
    SamePerson,
)
from moderation.review_models import Proposal, ProposalKind, ProposalState
from moderation.team import queries as team_queries
from moderation.team.models import Duty, TaskKind, TeamTask
from tests.cast import MINUTE, NOON, at_once, new_moderator, new_staff, staff
from tests.conftest import MakeApp

DAY = timedelta(hours=24)
OPEN, DONE, REFUSED, LAPSED = ProposalState
EXPECTED = {
    (OPEN, "approve"): DONE,
    (OPEN, "refuse"): REFUSED,
    (OPEN, "lapse"): LAPSED,
    (DONE, "review"): DONE,
}
A_CHANNEL = {
    "STOA_PAGE_WEBHOOK_URL": "http://127.0.0.1:9/",
    "STOA_PAGE_WEBHOOK_SECRET": "a secret of the tests",
}


@pytest.fixture
def done(app: Flask) -> list[dict[str, Any]]:
    """What was done by approved acts, in order."""
    acts: list[dict[str, Any]] = []
    with app.app_context():
        for kind in ProposalKind:
            proposals.register_act(kind, lambda proposal, _actor, _now: acts.append(proposal.act))
    return acts


def act(kind: ProposalKind = ProposalKind.EXCLUDE, **facts: Any) -> Act:
    return Act(kind, "sanction:one", facts or {"until": "never"}, reason="It went on after three warnings.")


def proposed(by: str, what: Act | None = None) -> str:
    with transaction():
        return proposals.propose(what or act(), actor=staff(by), now=NOON).id


def one(proposal_id: str) -> Proposal:
    found = proposal_queries.proposal(proposal_id, locked=True)
    assert found is not None
    return found


def shown(proposal_id: str) -> str:
    return one(proposal_id).act_hash.hex()


def approve(proposal_id: str, by: str, *, hashed: str = "", later: timedelta = MINUTE) -> None:
    with transaction():
        found = one(proposal_id)
        proposals.approve(found, hashed or found.act_hash.hex(), actor=staff(by), now=NOON + later)


STEPS: dict[str, Callable[[Proposal, str], None]] = {
    "approve": lambda found, by: proposals.approve(found, found.act_hash.hex(), actor=staff(by), now=NOON),
    "refuse": lambda found, by: proposals.refuse(found, actor=staff(by), now=NOON),
    "review": lambda found, by: proposals.review(found, "It was right.", actor=staff(by), now=NOON),
}


@pytest.mark.parametrize(("state", "step"), list(itertools.product(ProposalState, LEGAL)))
def test_every_act_from_every_state_is_legal_or_refused(
    app: Flask, done: list[dict[str, Any]], state: ProposalState, step: str
) -> None:
    with app.app_context():
        maya, noor = new_moderator(), new_moderator("noor")
        proposal_id = proposed(maya)
        with transaction():
            found = one(proposal_id)
            found.state, found.review_due_at = state, NOON + DAY
        goal = EXPECTED.get((state, step), state)
        if step == "lapse":
            proposals.lapse_proposals(NOON + DAY)
        elif (state, step) in EXPECTED:
            with transaction():
                STEPS[step](one(proposal_id), noor)
        else:
            with pytest.raises(AlreadyAnswered), transaction():
                STEPS[step](one(proposal_id), noor)

        assert one(proposal_id).state is goal
        assert len(done) == (1 if (state, step) == (OPEN, "approve") else 0)


def test_a_second_person_approves_and_the_act_is_done_with_its_event(
    app: Flask, done: list[dict[str, Any]]
) -> None:
    with app.app_context():
        maya, noor = new_moderator(), new_moderator("noor")
        proposal_id = proposed(maya, act(until="May"))
        assert done == []
        approve(proposal_id, noor)

        assert done == [{"until": "May"}]
        assert one(proposal_id).answered_by == noor
        events = [
            event.kind for event in db.session.query(AuditEvent) if event.target.startswith("proposal:")
        ]
        assert events == ["proposed", "proposal_approved"]


def test_the_same_person_is_no_second_one(app: Flask, done: list[dict[str, Any]]) -> None:
    with app.app_context():
        maya = new_moderator()
        proposal_id = proposed(maya)
        with pytest.raises(SamePerson):
            approve(proposal_id, maya)
        assert done == []


def test_what_changed_after_it_was_shown_is_not_approved(app: Flask, done: list[dict[str, Any]]) -> None:
    with app.app_context():
        maya, noor = new_moderator(), new_moderator("noor")
        proposal_id = proposed(maya, act(until="May"))
        seen = shown(proposal_id)
        assert proposed(maya, act(until="the end of time")) == proposal_id

        with pytest.raises(ProposalChanged):
            approve(proposal_id, noor, hashed=seen)
        assert done == []


def test_an_act_that_was_changed_in_the_table_is_not_done(app: Flask, done: list[dict[str, Any]]) -> None:
    with app.app_context():
        maya, noor = new_moderator(), new_moderator("noor")
        proposal_id = proposed(maya)
        with transaction():
            one(proposal_id).act = {"until": "the end of time"}

        with pytest.raises(ProposalChanged):
            approve(proposal_id, noor)
        assert done == []


def test_after_a_day_nobody_can_approve_any_more(app: Flask, done: list[dict[str, Any]]) -> None:
    with app.app_context():
        maya, noor = new_moderator(), new_moderator("noor")
        proposal_id = proposed(maya)
        with pytest.raises(AlreadyAnswered):
            approve(proposal_id, noor, later=DAY)
        assert done == []


def test_no_second_person_means_no_and_the_first_is_told(app: Flask, done: list[dict[str, Any]]) -> None:
    with app.app_context():
        maya = new_moderator()
        proposal_id = proposed(maya)
        proposals.lapse_proposals(NOON + DAY - MINUTE)
        assert one(proposal_id).state is OPEN
        for _ in range(2):
            proposals.lapse_proposals(NOON + DAY)

        assert one(proposal_id).state is LAPSED
        assert done == []
        assert [task.kind for task in team_queries.open_tasks_for(maya, [])] == [TaskKind.LAPSED]


def test_a_stale_act_is_refused_and_the_proposal_stays_open(app: Flask) -> None:
    def gone(*_: object) -> None:
        raise ProposalStale

    with app.app_context():
        proposals.register_act(ProposalKind.EXCLUDE, gone)
        maya, noor = new_moderator(), new_moderator("noor")
        proposal_id = proposed(maya)
        with pytest.raises(ProposalStale):
            approve(proposal_id, noor)

        assert one(proposal_id).state is OPEN


def test_a_colleague_proposes_nothing_twice(app: Flask) -> None:
    with app.app_context():
        maya, noor = new_moderator(), new_moderator("noor")
        proposed(maya)
        with pytest.raises(AlreadyProposed):
            proposed(noor)


def test_what_lapsed_may_be_proposed_again(app: Flask) -> None:
    with app.app_context():
        maya, noor = new_moderator(), new_moderator("noor")
        first = proposed(maya)
        with transaction():
            second = proposals.propose(act(), actor=staff(noor), now=NOON + DAY).id

        assert (one(first).state, one(second).state) == (LAPSED, OPEN)


@pytest.mark.parametrize("kind", ProposalKind)
@pytest.mark.parametrize(
    ("role", "step"),
    [
        (Role.MODERATOR, Step.INDEPENDENT),
        (Role.MODERATOR, Step.ASSISTED),
        (Role.MODERATOR, Step.OBSERVER),
        (Role.PROFESSIONAL, Step.INDEPENDENT),
        (Role.COORDINATOR, Step.INDEPENDENT),
        (Role.RESEARCHER, Step.INDEPENDENT),
    ],
)
def test_who_may_be_the_second_person(
    app: Flask, done: list[dict[str, Any]], kind: ProposalKind, role: Role, step: Step
) -> None:
    with app.app_context():
        first = new_staff(Role.COORDINATOR, "cleo") if kind is ProposalKind.GRANT_ROLE else new_moderator()
        second = new_staff(role, "second", step=step)
        proposal_id = proposed(first, act(kind))
        fits = {
            (Role.COORDINATOR, Step.INDEPENDENT): kind is ProposalKind.GRANT_ROLE,
            (Role.MODERATOR, Step.INDEPENDENT): kind is not ProposalKind.GRANT_ROLE,
            (Role.PROFESSIONAL, Step.INDEPENDENT): kind is not ProposalKind.GRANT_ROLE,
        }
        if fits.get((role, step), False):
            approve(proposal_id, second)
        else:
            with pytest.raises(NotForYou):
                approve(proposal_id, second)
        assert len(done) == int(fits.get((role, step), False))


@pytest.mark.parametrize("do", [proposals.propose, proposals.break_glass])
def test_nothing_is_proposed_or_done_without_a_reason(
    app: Flask, done: list[dict[str, Any]], do: Callable[..., Proposal]
) -> None:
    with app.app_context():
        maya = new_moderator()
        with pytest.raises(ReasonMissing), transaction():
            do(Act(ProposalKind.EXCLUDE, "sanction:one", {}, reason="  "), actor=staff(maya), now=NOON)
        assert done == []


def test_an_emergency_is_done_at_once_and_alarms_everybody_of_the_role(make_app: MakeApp) -> None:
    app = make_app(**A_CHANNEL)
    done: list[str] = []
    with app.app_context():
        proposals.register_act(ProposalKind.EXCLUDE, lambda found, _actor, _now: done.append(found.id))
        maya, noor = new_moderator(), new_moderator("noor")
        olga, cleo = new_staff(Role.PROFESSIONAL, "olga"), new_staff(Role.COORDINATOR, "cleo")
        with transaction():
            proposal_id = proposals.break_glass(act(), actor=staff(maya), now=NOON).id

        assert done == [proposal_id]
        asked = {task.for_staff for task in db.session.query(TeamTask) if task.kind is TaskKind.REVIEW}
        assert asked == {noor, olga}
        assert cleo not in asked
        assert [row.payload["kind"] for row in db.session.query(OutboxRow) if row.kind == "page"] == [
            "review"
        ]
        assert one(proposal_id).review_due_at == NOON + timedelta(hours=12)


@pytest.mark.usefixtures("done")
def test_an_emergency_is_reviewed_by_another_person_once(app: Flask) -> None:
    with app.app_context():
        maya, noor = new_moderator(), new_moderator("noor")
        with transaction():
            proposal_id = proposals.break_glass(act(), actor=staff(maya), now=NOON).id

        def review(by: str, words: str = "It was right.") -> None:
            with transaction():
                proposals.review(one(proposal_id), words, actor=staff(by), now=NOON + MINUTE)

        for by, words, refusal in ((maya, "Fine.", SamePerson), (noor, " ", ReasonMissing)):
            with pytest.raises(refusal):
                review(by, words)
        review(noor)
        with pytest.raises(AlreadyAnswered):
            review(noor)
        assert one(proposal_id).reviewed_by == noor
        assert list(team_queries.open_tasks_for(noor, [])) == []


@pytest.mark.usefixtures("done")
def test_a_review_that_nobody_did_is_asked_of_the_lead_once_a_day(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        with transaction():
            proposals.break_glass(act(), actor=staff(maya), now=NOON)
        for hours in (11, 12, 13, 35, 36):
            proposals.chase_reviews(NOON + timedelta(hours=hours))

        asked = [task for task in db.session.query(TeamTask) if task.for_duty is Duty.LEAD]
        assert sorted(task.made_at for task in asked) == [
            NOON + timedelta(hours=12),
            NOON + timedelta(hours=36),
        ]


def test_an_emergency_that_cannot_be_done_leaves_nothing_behind(app: Flask) -> None:
    def gone(*_: object) -> None:
        raise ProposalStale

    with app.app_context():
        proposals.register_act(ProposalKind.EXCLUDE, gone)
        maya = new_moderator()
        new_moderator("noor")
        with pytest.raises(ProposalStale), transaction():
            proposals.break_glass(act(), actor=staff(maya), now=NOON)
        db.session.rollback()

        assert db.session.query(Proposal).count() == db.session.query(TeamTask).count() == 0


def test_two_who_approve_at_once_do_it_once(both_databases: Flask) -> None:
    app = both_databases
    done: list[str] = []
    with app.app_context():
        proposals.register_act(ProposalKind.EXCLUDE, lambda found, _actor, _now: done.append(found.id))
        maya = new_moderator()
        others = [new_moderator(f"second{number}") for number in range(4)]
        proposal_id = proposed(maya)
        seen = shown(proposal_id)
        db.session.rollback()

        def click(by: str) -> Callable[[], None]:
            return lambda: approve(proposal_id, by, hashed=seen)

        results = at_once(app, [click(by) for by in others])
        assert len(done) == 1
        assert [type(result) for result in results if isinstance(result, Refusal)] == [AlreadyAnswered] * 3


def test_no_act_lies_in_the_clear(app: Flask) -> None:
    with app.app_context():
        proposed(new_moderator(), act(until="a word that nobody may read"))
        raw = db.session.connection().exec_driver_sql("SELECT act, reason FROM proposals").one()

        assert b"nobody may read" not in raw[0]
        assert b"three warnings" not in raw[1]

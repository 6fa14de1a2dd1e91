"""Another role for somebody: proposed by a coordinator and approved by another."""

import pytest
from flask import Flask

from accounts.permissions import Role
from core.db import db, transaction
from core.models import AuditEvent
from moderation.models import ItemState
from moderation.proposals import proposing as proposals
from moderation.proposals import queries as proposal_queries
from moderation.proposals.granting import NoSuchStaff, granting
from moderation.proposals.proposing import NotForYou, ProposalStale
from tests.cast import MINUTE, NOON, begin_thread, claimed, item, new_moderator, new_staff, new_student, staff


def propose(name: str, role: Role, by: str) -> str:
    with transaction():
        act = granting(name, role, reason="Maya has her degree now.")
        return proposals.propose(act, actor=staff(by), now=NOON).id


def approve(proposal_id: str, by: str) -> None:
    with transaction():
        found = proposal_queries.proposal(proposal_id, locked=True)
        assert found is not None
        proposals.approve(found, found.act_hash.hex(), actor=staff(by), now=NOON + MINUTE)


def test_two_coordinators_give_a_role_and_end_the_sessions_of_the_old_one(app: Flask) -> None:
    with app.app_context():
        cleo, dora = (new_staff(Role.COORDINATOR, name) for name in ("cleo", "dora"))
        maya = new_moderator("maya")
        epoch = staff(maya).epoch
        approve(propose("Maya", Role.PROFESSIONAL, cleo), dora)

        assert staff(maya).role is Role.PROFESSIONAL
        assert staff(maya).epoch == epoch + 1


def test_what_somebody_had_in_hand_waits_again_when_their_role_changes(app: Flask) -> None:
    with app.app_context():
        cleo, dora = (new_staff(Role.COORDINATOR, name) for name in ("cleo", "dora"))
        held = claimed(begin_thread(new_student()), by=new_moderator("maya"))
        approve(propose("maya", Role.COORDINATOR, cleo), dora)

        assert item(held.id).state is ItemState.WAITING
        released = db.session.query(AuditEvent).filter_by(kind="item_released", target=f"item:{held.id}")
        assert released.count() == 1


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.PROFESSIONAL])
def test_nobody_but_a_coordinator_proposes_a_role(app: Flask, role: Role) -> None:
    with app.app_context():
        new_moderator("maya")
        with pytest.raises(NotForYou):
            propose("maya", Role.COORDINATOR, new_staff(role, "noor"))


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("nobody", Role.COORDINATOR),
        ("maya", Role.MODERATOR),
        ("maya", Role.RESEARCHER),
        ("cleo", Role.COORDINATOR),
    ],
)
def test_a_role_that_cannot_be_given_is_refused(app: Flask, name: str, role: Role) -> None:
    with app.app_context():
        cleo = new_staff(Role.COORDINATOR, "cleo")
        new_moderator("maya")
        with pytest.raises(NoSuchStaff):
            propose(name, role, cleo)


def test_an_account_that_changed_meanwhile_makes_it_stale(app: Flask) -> None:
    with app.app_context():
        cleo, dora = (new_staff(Role.COORDINATOR, name) for name in ("cleo", "dora"))
        maya = new_moderator("maya")
        proposal_id = propose("maya", Role.PROFESSIONAL, cleo)
        with transaction():
            staff(maya).closed_at = NOON
        with pytest.raises(ProposalStale):
            approve(proposal_id, dora)

        assert staff(maya).role is Role.MODERATOR

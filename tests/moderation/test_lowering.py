"""A band is raised by one person; from crisis or red it is lowered by two, or by who is on call."""

import itertools
from datetime import timedelta

import pytest
from flask import Flask

from core.db import db, transaction
from moderation.bands import Band
from moderation.decisions import CannotLowerAlone, decide
from moderation.models import ReasonKind
from moderation.proposals import proposing as proposals
from moderation.proposals import queries as proposal_queries
from moderation.proposals.lowering import NotLower, lowering
from moderation.proposals.proposing import ProposalStale, SamePerson
from moderation.queue import add_reason
from moderation.review_models import Proposal, ProposalState
from moderation.team.models import Duty, Shift
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
    staff,
)

CRISIS_TEXT = "I am going to kill myself tonight."
HOUR = timedelta(hours=1)


def urgent() -> str:
    """The item of a text in crisis."""
    return item_id_of(begin_thread(new_student(), CRISIS_TEXT))


def on_call(person: str) -> None:
    with transaction():
        db.session.add(
            Shift(
                staff_id=person,
                duty=Duty.ON_CALL,
                begins_at=NOON - HOUR,
                ends_at=NOON + HOUR,
                is_published=True,
            )
        )


def propose(item_id: str, to: Band, by: str) -> str:
    with transaction():
        act = lowering(item(item_id), to, reason="It is a line of a song.")
        return proposals.propose(act, actor=staff(by), now=NOON).id


def approve(proposal_id: str, by: str) -> None:
    with transaction():
        found = proposal_queries.proposal(proposal_id, locked=True)
        assert found is not None
        proposals.approve(found, found.act_hash.hex(), actor=staff(by), now=NOON + MINUTE)


@pytest.mark.parametrize(("stands", "wanted"), list(itertools.product(Band, Band)))
def test_one_person_raises_a_band_and_lowers_no_urgent_one(app: Flask, stands: Band, wanted: Band) -> None:
    with app.app_context():
        maya = new_moderator()
        held = claimed(begin_thread(new_student()), by=maya)
        with transaction():
            add_reason(item(held.id), ReasonKind.RISK_SIGNAL, stands, now=NOON)
        what = choice(item(held.id), band=wanted)
        lowers = stands in {Band.CRISIS, Band.RED} and wanted.rank > stands.rank
        if lowers:
            with pytest.raises(CannotLowerAlone), transaction():
                decide(item(held.id), what, actor=staff(maya), now=NOON)
        else:
            with transaction():
                decide(item(held.id), what, actor=staff(maya), now=NOON)
        assert item(held.id).band is (stands if lowers or wanted.rank > stands.rank else wanted)


def test_two_people_lower_a_text(app: Flask) -> None:
    with app.app_context():
        item_id, maya, noor = urgent(), new_moderator(), new_moderator("noor")
        proposal_id = propose(item_id, Band.AMBER, maya)
        assert item(item_id).band is Band.CRISIS
        with pytest.raises(SamePerson):
            approve(proposal_id, maya)
        approve(proposal_id, noor)

        lowered = item(item_id)
        assert (lowered.band, lowered.rank) == (Band.AMBER, Band.AMBER.rank)
        assert lowered.due_at == NOON + 4 * HOUR


def test_what_came_in_meanwhile_keeps_a_text_where_it_is(app: Flask) -> None:
    with app.app_context():
        item_id, maya, noor = urgent(), new_moderator(), new_moderator("noor")
        proposal_id = propose(item_id, Band.AMBER, maya)
        with transaction():
            one = item(item_id)
            one.version += 1
            add_reason(one, ReasonKind.REPORT, Band.GREEN, now=NOON)
        with pytest.raises(ProposalStale):
            approve(proposal_id, noor)

        assert item(item_id).band is Band.CRISIS


def test_who_is_on_call_lowers_alone_and_another_reviews_it(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        on_call(maya)
        held = claimed(begin_thread(new_student(), CRISIS_TEXT), by=maya)
        with transaction():
            decide(item(held.id), choice(item(held.id), band=Band.GREEN), actor=staff(maya), now=NOON)

        done = db.session.query(Proposal).one()
        assert (done.state, done.is_emergency) == (ProposalState.DONE, False)
        assert done.review_due_at == NOON + 12 * HOUR
        assert item(held.id).band is Band.GREEN


@pytest.mark.parametrize("to", [Band.CRISIS, Band.RED])
def test_only_a_less_urgent_band_is_proposed(app: Flask, to: Band) -> None:
    with app.app_context():
        item_id = item_id_of(begin_thread(new_student()))
        with transaction():
            one = item(item_id)
            add_reason(one, ReasonKind.RISK_SIGNAL, Band.RED, now=NOON)
        with pytest.raises(NotLower):
            lowering(one, to, reason="A song.")


def test_lowering_never_moves_the_clock_behind_what_the_author_was_told(app: Flask) -> None:
    with app.app_context():
        item_id, maya, noor = urgent(), new_moderator(), new_moderator("noor")
        with transaction():
            item(item_id).promised_by = NOON + HOUR
        approve(propose(item_id, Band.GREEN, maya), noor)

        assert item(item_id).due_at == NOON + HOUR

"""Escalations: the states, the clock, and a decline that puts the text before moderators again."""

import itertools

import pytest
from flask import Flask

from accounts.permissions import Role
from core.db import db, transaction
from core.models import OutboxRow
from moderation import queries
from moderation.bands import Band
from moderation.decisions import decide
from moderation.escalations import (
    LEGAL,
    AlreadyAnswered,
    Briefing,
    EscalationAct,
    decline,
    escalate,
    move_escalation,
)
from moderation.models import Conduct, Escalation, EscalationState, ItemState, ReasonKind, Risk
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
    staff,
)
from tests.conftest import MakeApp

EXPECTED = {
    (EscalationState.WAITING, EscalationAct.ACCEPT): EscalationState.ACCEPTED,
    (EscalationState.WAITING, EscalationAct.DECLINE): EscalationState.DECLINED,
    (EscalationState.ACCEPTED, EscalationAct.RESOLVE): EscalationState.RESOLVED,
    (EscalationState.RESOLVED, EscalationAct.REOPEN): EscalationState.ACCEPTED,
}
A_CHANNEL = {
    "STOA_PAGE_WEBHOOK_URL": "http://127.0.0.1:9/",
    "STOA_PAGE_WEBHOOK_SECRET": "a secret of the tests",
}


def escalated(band: Band = Band.RED) -> Escalation:
    """A held text that a moderator has handed over."""
    maya = new_moderator()
    held = claimed(begin_thread(new_student()), by=maya)
    what = choice(held, Conduct.KEEP_HELD, Risk.ESCALATE, briefing=Briefing(band, "prompted", "said"))
    with transaction():
        decide(item(held.id), what, actor=staff(maya), now=NOON)
    (escalation,) = queries.escalations_of_item(held.id)
    return escalation


@pytest.mark.parametrize(("state", "act"), list(itertools.product(EscalationState, EscalationAct)))
def test_every_act_from_every_state_is_legal_or_refused(
    app: Flask, state: EscalationState, act: EscalationAct
) -> None:
    with app.app_context():
        escalation_id, rosa = escalated().id, new_staff(Role.PROFESSIONAL, "rosa")
        with transaction():
            one = queries.escalation(escalation_id, locked=True)
            assert one is not None
            one.state = state
            goal = EXPECTED.get((state, act))
            if goal is None:
                with pytest.raises(AlreadyAnswered):
                    move_escalation(one, act, actor=staff(rosa), now=NOON)
                assert one.state is state
            else:
                move_escalation(one, act, actor=staff(rosa), now=NOON)
                assert one.state is goal
    assert set(LEGAL) == set(EscalationAct)


@pytest.mark.parametrize(
    ("band", "minutes"), [(Band.CRISIS, 15), (Band.RED, 60), (Band.AMBER, 24 * 60), (Band.GREEN, 48 * 60)]
)
def test_the_clock_of_a_professional_runs_at_once(app: Flask, band: Band, minutes: int) -> None:
    with app.app_context():
        assert escalated(band).due_at == NOON + minutes * MINUTE


def test_a_declined_text_waits_again_before_moderators_with_the_reason(app: Flask) -> None:
    with app.app_context():
        escalation_id, rosa = escalated().id, new_staff(Role.PROFESSIONAL, "rosa")
        with transaction():
            one = queries.escalation(escalation_id, locked=True)
            assert one is not None
            decline(one, reason="not for a counsellor", actor=staff(rosa), now=NOON + MINUTE)
            item_id = one.item_id

        again = item(item_id)
        assert (again.state, again.band) == (ItemState.WAITING, Band.RED)
        kinds = {reason.kind: reason.note for reason in queries.open_reasons(item_id)}
        assert kinds[ReasonKind.SECOND_LOOK] == "not for a counsellor"


def test_a_declined_text_that_was_published_waits_again_too(app: Flask) -> None:
    with app.app_context():
        maya, rosa = new_moderator(), new_staff(Role.PROFESSIONAL, "rosa")
        held = claimed(begin_thread(new_student()), by=maya)
        what = choice(held, Conduct.PUBLISH, Risk.ESCALATE, briefing=Briefing(Band.AMBER, "prompted", "said"))
        with transaction():
            decide(item(held.id), what, actor=staff(maya), now=NOON)
        assert item(held.id).state is ItemState.DECIDED
        with transaction():
            (one,) = queries.escalations_of_item(held.id)
            decline(one, reason="no", actor=staff(rosa), now=NOON)

        assert item(held.id).state is ItemState.WAITING


def test_a_more_pressing_band_brings_the_clock_nearer_and_pages_again(make_app: MakeApp) -> None:
    with make_app(**A_CHANNEL).app_context():
        escalation = escalated(Band.AMBER)
        with transaction():
            escalate(
                item(escalation.item_id), Briefing(Band.CRISIS, "more", "said"), actor=None, now=NOON + MINUTE
            )

        assert len(queries.escalations_of_item(escalation.item_id)) == 1
        assert escalation.due_at == NOON + 16 * MINUTE
        pages = [row.payload["band"] for row in db.session.query(OutboxRow) if row.kind == "page"]
        assert sorted(pages) == ["amber", "crisis"]


def test_what_the_moderator_wrote_lies_sealed(app: Flask) -> None:
    with app.app_context():
        escalated()
        raw = db.session.execute(db.text("SELECT prompted_by, already_said FROM escalations")).one()

        assert b"prompted" not in raw.prompted_by
        assert b"said" not in raw.already_said

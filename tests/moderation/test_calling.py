"""At crisis the screening calls a professional by itself, and only a professional's act ends that."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from accounts.permissions import Role
from core.db import db, transaction
from core.models import AuditEvent, OutboxRow
from forum import posting
from forum.models import Post
from moderation import admission, escalations, gatekeeper, queries
from moderation.bands import Band
from moderation.decisions import decide
from moderation.escalations import Briefing, EscalationAct, decline, escalate, move_escalation
from moderation.models import Conduct, Escalation, EscalationState, ItemState, Known, Risk
from moderation.proposals.lowering import lower_alone
from moderation.queue import lower_item_band, withdraw_item
from moderation.team.models import Duty
from tests.cast import (
    MINUTE,
    NOON,
    at_once,
    begin_thread,
    choice,
    claimed,
    item,
    item_id_of,
    new_moderator,
    new_staff,
    new_student,
    on_duty,
    post,
    reply,
    staff,
    student,
)
from tests.conftest import MakeApp

CRISIS, RED, CALM = "I want to kill myself tonight.", "I want to die.", "Where is the library?"
OTHER_CRISIS = "I have a plan to end my life, and this is goodbye."
LATER = NOON + 5 * MINUTE
A_CHANNEL = {"STOA_PAGE_WEBHOOK_URL": "http://127.0.0.1:9/", "STOA_PAGE_WEBHOOK_SECRET": "a secret of tests"}


@pytest.fixture
def paged(make_app: MakeApp) -> Iterator[Flask]:
    """Inside an application that can page somebody."""
    app = make_app(**A_CHANNEL)
    with app.app_context():
        yield app


def escalations_of(post_id: str) -> list[Escalation]:
    """Newest first."""
    return list(queries.escalations_of_item(item_id_of(post_id)))


def the_escalation(post_id: str) -> Escalation:
    (one,) = escalations_of(post_id)
    return one


def change(author: str, post_id: str, body: str) -> None:
    """The author sends another wording, five minutes later."""
    draft = posting.write_draft(body, language="en", title="First weeks")
    with transaction():
        account = student(author)
        posting.edit(post(post_id), draft, author=account, now=LATER)


def pages_about(kind: str) -> list[OutboxRow]:
    rows = db.session.query(OutboxRow).filter_by(kind="page")
    return [row for row in rows if row.payload["kind"] == kind]


def answer(escalation: Escalation, act: EscalationAct, by: str) -> None:
    with transaction():
        one = queries.escalation(escalation.id, locked=True)
        assert one is not None
        move_escalation(one, act, actor=staff(by), now=NOON + MINUTE)


def test_a_new_text_of_crisis_is_handed_over_by_the_machine(paged: Flask) -> None:
    with paged.app_context():
        one = the_escalation(begin_thread(new_student(), CRISIS))
        assert (one.state, one.band, one.raised_by) == (EscalationState.WAITING, Band.CRISIS, None)
        assert one.due_at == NOON + 15 * MINUTE
        assert len(pages_about("escalation")) == 1


def test_a_reply_of_crisis_is_handed_over_as_well(paged: Flask) -> None:
    with paged.app_context():
        opening = begin_thread(new_student())
        moderator = new_moderator()
        held = claimed(opening, by=moderator)
        with transaction():
            decide(item(held.id), choice(held), actor=staff(moderator), now=NOON)
        assert the_escalation(reply(new_student(), post(opening).thread_id, CRISIS)).band is Band.CRISIS


def test_an_edit_that_turns_to_crisis_is_handed_over_as_well(paged: Flask) -> None:
    with paged.app_context():
        anna = new_student()
        calm = begin_thread(anna, CALM)
        assert escalations_of(calm) == []
        change(anna, calm, CRISIS)
        assert the_escalation(calm).raised_at == LATER


@pytest.mark.parametrize("body", [RED, CALM])
def test_nothing_below_crisis_is_handed_over_by_the_machine(paged: Flask, body: str) -> None:
    with paged.app_context():
        assert escalations_of(begin_thread(new_student(), body)) == []


def test_an_edit_without_danger_leaves_what_waits(paged: Flask) -> None:
    with paged.app_context():
        anna = new_student()
        urgent = begin_thread(anna, CRISIS)
        change(anna, urgent, CALM)
        assert the_escalation(urgent).state is EscalationState.WAITING


def test_the_briefing_names_what_was_found_and_copies_no_word(paged: Flask) -> None:
    with paged.app_context():
        prompted = the_escalation(begin_thread(new_student(), CRISIS)).prompted_by
        assert "before anybody had read these words" in prompted
        assert "names the hour or the day" in prompted
        for words in ("kill", "tonight", "First weeks"):
            assert words not in prompted


def test_the_briefing_is_in_the_language_of_the_installation(make_app: MakeApp) -> None:
    with make_app(STOA_DEFAULT_LANGUAGE="id").app_context():
        assert "menyebut jam atau hari" in the_escalation(begin_thread(new_student(), CRISIS)).prompted_by


def test_one_that_waits_is_made_more_urgent_and_not_doubled(paged: Flask) -> None:
    with paged.app_context():
        anna, maya = new_student(), new_moderator()
        red = claimed(begin_thread(anna, RED), by=maya)
        what = choice(red, Conduct.KEEP_HELD, Risk.ESCALATE, briefing=Briefing(Band.RED, "afraid", "said"))
        with transaction():
            decide(item(red.id), what, actor=staff(maya), now=NOON)
        change(anna, red.post_id, CRISIS)
        one = the_escalation(red.post_id)
        assert (one.band, one.due_at, one.raised_by) == (Band.CRISIS, LATER + 15 * MINUTE, maya)
        assert one.prompted_by.startswith("afraid\n\n")
        assert {row.payload["band"] for row in pages_about("escalation")} == {"red", "crisis"}


def test_the_same_finding_twice_is_told_once(paged: Flask) -> None:
    with paged.app_context():
        anna = new_student()
        urgent = begin_thread(anna, CRISIS)
        before = the_escalation(urgent).prompted_by
        change(anna, urgent, CRISIS + " Please.")
        assert the_escalation(urgent).prompted_by == before


def test_another_finding_is_added_to_what_waits(paged: Flask) -> None:
    with paged.app_context():
        anna = new_student()
        urgent = begin_thread(anna, CRISIS)
        change(anna, urgent, OTHER_CRISIS)
        prompted = the_escalation(urgent).prompted_by
        assert "names the hour or the day" in prompted
        assert "says goodbye" in prompted


@pytest.mark.parametrize("acts", [["accept"], ["decline"], ["accept", "resolve"]], ids="-".join)
def test_further_words_of_crisis_after_an_answer_wait_anew(paged: Flask, acts: list[str]) -> None:
    # Whoever has the student's case is given them (tests/counselling/test_taking.py); declined was the
    # wording that was read.
    with paged.app_context():
        anna, rosa = new_student(), new_staff(Role.PROFESSIONAL, "rosa")
        urgent = begin_thread(anna, CRISIS)
        for act in acts:
            answer(the_escalation(urgent), EscalationAct(act), rosa)
        change(anna, urgent, OTHER_CRISIS)
        newest, earlier = escalations_of(urgent)
        assert newest.state is EscalationState.WAITING
        assert newest.due_at == LATER + 15 * MINUTE
        assert earlier.state is not EscalationState.WAITING
        routed = [
            row.payload["escalation"]
            for row in db.session.query(OutboxRow).filter_by(kind="escalation_raised")
        ]
        assert newest.id in routed


def test_more_words_of_crisis_while_it_waits_page_again_each_time(paged: Flask) -> None:
    with paged.app_context():
        anna = new_student()
        urgent = begin_thread(anna, CRISIS)
        change(anna, urgent, OTHER_CRISIS)
        change(anna, urgent, CRISIS)
        one = the_escalation(urgent)
        assert (one.state, one.due_at) == (EscalationState.WAITING, NOON + 15 * MINUTE)
        assert [row.payload["target"] for row in pages_about("escalation")] == [one.id] * 3


def test_more_words_of_crisis_page_everybody_whom_the_clock_has_reached(paged: Flask) -> None:
    with paged.app_context():
        anna = new_student()
        urgent = begin_thread(anna, CRISIS)
        with transaction():
            the_escalation(urgent).climbed = 2
        change(anna, urgent, OTHER_CRISIS)
        assert {row.payload["rung"] for row in pages_about("escalation")} == {"on_call", "all_professionals"}


def test_calm_words_while_it_waits_page_nobody_again(paged: Flask) -> None:
    with paged.app_context():
        anna = new_student()
        urgent = begin_thread(anna, CRISIS)
        change(anna, urgent, CALM)
        assert len(pages_about("escalation")) == 1


def test_a_moderator_who_adds_what_they_know_pages_nobody_again(paged: Flask) -> None:
    with paged.app_context():
        maya = new_moderator()
        urgent = begin_thread(new_student(), CRISIS)
        with transaction():
            escalate(
                item(item_id_of(urgent)), Briefing(Band.CRISIS, "afraid", ""), actor=staff(maya), now=LATER
            )
        assert len(pages_about("escalation")) == 1


DECIDED = [
    (conduct, risk)
    for conduct, risk in itertools.product(
        (Conduct.PUBLISH, Conduct.ASK_CHANGE, Conduct.NOT_HERE, Conduct.KEEP_HELD),
        (Risk.NONE, Risk.WATCH, Risk.REACH_OUT),
    )
]


@pytest.mark.parametrize(("conduct", "risk"), DECIDED)
def test_no_decision_of_a_moderator_ends_it(paged: Flask, conduct: Conduct, risk: Risk) -> None:
    with paged.app_context():
        maya = new_moderator()
        held = claimed(begin_thread(new_student(), CRISIS), by=maya)
        with transaction():
            decide(item(held.id), choice(held, conduct, risk), actor=staff(maya), now=LATER)
        one = the_escalation(held.post_id)
        assert (one.state, one.due_at) == (EscalationState.WAITING, NOON + 15 * MINUTE)


def test_no_lower_band_ends_it(paged: Flask) -> None:
    with paged.app_context():
        urgent = begin_thread(new_student(), CRISIS)
        with transaction():
            lower_item_band(item(item_id_of(urgent)), Band.GREEN, now=LATER)
        one = the_escalation(urgent)
        assert (one.state, one.band, one.due_at) == (
            EscalationState.WAITING,
            Band.CRISIS,
            NOON + 15 * MINUTE,
        )


def test_whoever_is_on_call_and_lowers_the_text_does_not_end_it(paged: Flask) -> None:
    with paged.app_context():
        urgent, rosa = begin_thread(new_student(), CRISIS), new_staff(Role.PROFESSIONAL, "rosa")
        on_duty(rosa, Duty.ON_CALL)
        with transaction():
            lower_alone(item(item_id_of(urgent)), Band.AMBER, reason="A song.", actor=staff(rosa), now=LATER)
        assert item(item_id_of(urgent)).band is Band.AMBER
        assert the_escalation(urgent).state is EscalationState.WAITING


def test_a_text_that_was_taken_back_stays_handed_over(paged: Flask) -> None:
    with paged.app_context():
        urgent = begin_thread(new_student(), CRISIS)
        with transaction():
            withdraw_item(item(item_id_of(urgent)), now=LATER)
        assert item(item_id_of(urgent)).state is ItemState.WAITING
        assert the_escalation(urgent).state is EscalationState.WAITING


def test_a_moderator_who_escalates_adds_what_they_know(paged: Flask) -> None:
    with paged.app_context():
        maya = new_moderator()
        held = claimed(begin_thread(new_student(), CRISIS), by=maya)
        known = Briefing(Band.RED, "A farewell to a friend.", "That we are here.", plan=Known.YES)
        with transaction():
            what = choice(held, Conduct.KEEP_HELD, Risk.ESCALATE, briefing=known)
            decide(item(held.id), what, actor=staff(maya), now=LATER)
        one = the_escalation(held.post_id)
        assert one.band is Band.CRISIS
        assert one.due_at == NOON + 15 * MINUTE
        assert "before anybody had read these words" in one.prompted_by
        assert one.prompted_by.endswith("A farewell to a friend.")
        assert (one.already_said, one.plan, one.raised_by) == ("That we are here.", Known.YES, maya)
        kinds = [event.kind for event in db.session.query(AuditEvent) if event.actor == f"staff:{maya}"]
        assert "escalation_briefed" in kinds


def test_a_professional_who_declines_leaves_it_with_the_moderators(paged: Flask) -> None:
    with paged.app_context():
        urgent, rosa = begin_thread(new_student(), CRISIS), new_staff(Role.PROFESSIONAL, "rosa")
        with transaction():
            one = queries.escalation(the_escalation(urgent).id, locked=True)
            assert one is not None
            decline(one, reason="The words of a song.", actor=staff(rosa), now=LATER)
        assert the_escalation(urgent).state is EscalationState.DECLINED
        assert item(item_id_of(urgent)).band is Band.CRISIS


def test_a_text_that_stands_behind_others_is_handed_over_all_the_same(paged: Flask) -> None:
    with paged.app_context():
        anna, calm = new_student(), begin_thread(new_student())
        draft = replace(posting.write_draft(CRISIS, language="en"), behind=timedelta(hours=2))
        with transaction():
            account = student(anna)
            category, behind = post(calm).thread.category, timedelta(hours=2)
            late = posting.begin_thread(category, replace(draft, behind=behind), author=account, now=NOON).id
        assert the_escalation(late).due_at == NOON + 15 * MINUTE


STEPS = [
    (gatekeeper, "put_in_queue"),
    (admission, "call_professional"),
    (escalations, "page_staff"),
    (escalations, "record_event"),
]


@pytest.mark.parametrize(("module", "step"), STEPS, ids=[step for _module, step in STEPS])
def test_a_step_that_fails_leaves_nothing_half_done(
    both_databases: Flask, monkeypatch: pytest.MonkeyPatch, module: object, step: str
) -> None:
    # Given a step between the text and its page that fails
    def fail(*_facts: object, **_more: object) -> None:
        raise ZeroDivisionError

    with both_databases.app_context():
        anna = new_student()
        with monkeypatch.context() as patch:
            patch.setattr(module, step, fail)
            with pytest.raises(ZeroDivisionError):
                begin_thread(anna, CRISIS)

        # Then nothing of the text is stored, and sent again it is handed over once
        assert db.session.query(Post).count() == db.session.query(Escalation).count() == 0
        assert the_escalation(begin_thread(anna, CRISIS)).due_at == NOON + 15 * MINUTE


def test_screening_and_moderator_at_once_make_one_escalation(both_databases: Flask) -> None:
    app = both_databases
    with app.app_context():
        anna, maya = new_student(), new_moderator()
        item_id = item_id_of(calm := begin_thread(anna, CALM))

    def hand_over() -> None:
        with transaction():
            escalate(item(item_id), Briefing(Band.RED, "afraid", "said"), actor=staff(maya), now=LATER)

    done = at_once(app, [lambda: change(anna, calm, CRISIS), hand_over])
    assert done == [None, None]
    with app.app_context():
        one = the_escalation(calm)
        assert (one.band, one.due_at) == (Band.CRISIS, LATER + 15 * MINUTE)
        assert "afraid" in one.prompted_by
        assert "before anybody had read these words" in one.prompted_by

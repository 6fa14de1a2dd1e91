"""Deciding: what was read is what is decided, once, with everything that belongs to it in one transaction."""

import html
import itertools
import re
from datetime import datetime

import pytest
from flask import Flask

from accounts.models import Step
from accounts.permissions import Role
from core.db import db, transaction
from core.models import AuditEvent, OutboxRow
from forum import posting
from forum import queries as forum_queries
from forum.lifecycle import PostAct, move_post, text_of
from forum.models import PostStatus
from moderation import queries
from moderation.access import locked_item
from moderation.advice import WordsNotThere
from moderation.bands import Band
from moderation.claims import TakenByAnother
from moderation.decisions import (
    LEGAL_CONDUCTS,
    AlreadyDecided,
    CannotLowerAlone,
    Choice,
    NotThisConduct,
    SomethingNew,
    TextChanged,
    TooLateToUndo,
    decide,
    undo,
)
from moderation.escalations import Briefing
from moderation.judging import NotTrained
from moderation.models import Conduct, Decision, EscalationState, ItemState, ReasonKind, Risk
from moderation.queue import add_reason
from moderation.sweeping import free_lapsed_items
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
    new_student,
    post,
    staff,
    student,
    train,
)
from tests.journeys import steps
from tests.people import run_outbox

CRISIS_TEXT = "I am going to kill myself tonight."
WAY_TO = {
    PostStatus.HELD: [],
    PostStatus.PUBLISHED: [PostAct.PUBLISH],
    PostStatus.RETURNED: [PostAct.RETURN],
    PostStatus.HIDDEN: [PostAct.PUBLISH, PostAct.HIDE],
    PostStatus.REMOVED: [PostAct.REFUSE],
    PostStatus.WITHDRAWN: [PostAct.WITHDRAW],
}
GOALS = {
    Conduct.PUBLISH: PostStatus.PUBLISHED,
    Conduct.PUBLISH_WITH_WARNINGS: PostStatus.PUBLISHED,
    Conduct.ASK_CHANGE: PostStatus.RETURNED,
    Conduct.NOT_HERE: PostStatus.REMOVED,
    Conduct.KEEP_HELD: PostStatus.HELD,
    Conduct.HIDE: PostStatus.HIDDEN,
    Conduct.REMOVE: PostStatus.REMOVED,
}


def decide_as(by: str, item_id: str, what: Choice, *, now: datetime = NOON) -> str:
    with transaction():
        return decide(item(item_id), what, actor=staff(by), now=now).id


@pytest.mark.parametrize(("status", "conduct"), list(itertools.product(PostStatus, Conduct)))
def test_every_conduct_on_every_state_of_a_text_is_legal_or_refused(
    app: Flask, status: PostStatus, conduct: Conduct
) -> None:
    with app.app_context():
        post_id, maya = begin_thread(new_student()), new_moderator()
        with transaction():
            for step in WAY_TO[status]:
                move_post(post(post_id), step, now=NOON)
        held = claimed(post_id, by=maya)
        what = choice(held, conduct, reason="other", warnings=("loss",))

        if conduct in LEGAL_CONDUCTS[status]:
            decide_as(maya, held.id, what)
            goal = status if conduct is Conduct.DISMISS else GOALS[conduct]
        else:
            with pytest.raises(NotThisConduct):
                decide_as(maya, held.id, what)
            goal = status
        assert post(post_id).status is goal


@pytest.mark.parametrize(
    ("conduct", "risk"), list(itertools.product(sorted(LEGAL_CONDUCTS[PostStatus.HELD]), Risk))
)
def test_no_risk_part_ever_decides_about_the_text(app: Flask, conduct: Conduct, risk: Risk) -> None:
    with app.app_context():
        post_id, maya = begin_thread(new_student()), new_moderator()
        held = claimed(post_id, by=maya)
        decide_as(maya, held.id, choice(held, conduct, risk, reason="other", warnings=("loss",)))

        assert post(post_id).status is GOALS[conduct]
        assert [one.risk for one in queries.decisions_of(held.id)] == [risk]


def test_a_decision_is_written_with_its_event_and_its_notice(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        held = claimed(begin_thread(new_student()), by=maya)
        decision_id = decide_as(maya, held.id, choice(held))

        events = [event for event in db.session.query(AuditEvent) if event.kind == "decided"]
        assert [event.detail["decision"] for event in events] == [decision_id]
        notice = db.session.query(OutboxRow).filter_by(kind="notice").one()
        assert (notice.due_at - NOON).total_seconds() == 10
        assert item(held.id).state is ItemState.DECIDED
        assert queries.open_reasons(held.id) == []


def test_two_moderators_who_decide_at_once_make_one_decision(both_databases: Flask) -> None:
    app = both_databases
    with app.app_context():
        ana, maya = new_student(), new_moderator()
        for _ in range(5):
            held = claimed(begin_thread(ana), by=maya)
            what, item_id = choice(held), held.id
            db.session.rollback()

            def click(item_id: str = item_id, what: Choice = what) -> str:
                with transaction():
                    return decide(locked_item(item_id), what, actor=staff(maya), now=NOON).id

            results = at_once(app, [click] * 8)
            assert sum(isinstance(result, str) for result in results) == 1
            assert sum(isinstance(result, AlreadyDecided) for result in results) == 7
            db.session.rollback()
            assert len(queries.decisions_of(item_id)) == 1
        assert db.session.query(OutboxRow).filter_by(kind="notice").count() == 5


def test_a_post_edited_after_being_read_is_not_published(app: Flask) -> None:
    with app.app_context():
        ana, maya = new_student(), new_moderator()
        post_id = begin_thread(ana, "old words")
        what = choice(claimed(post_id, by=maya))
        with transaction():
            posting.edit(
                post(post_id), posting.write_draft("new words", language="en"), author=student(ana), now=NOON
            )

        with pytest.raises(TextChanged):
            decide_as(maya, item_id_of(post_id), what)
        assert post(post_id).status is PostStatus.HELD


def test_a_report_that_came_in_meanwhile_is_seen_before_anything_is_decided(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        held = claimed(begin_thread(new_student()), by=maya)
        what = choice(held)
        with transaction():
            fresh = item(held.id)
            fresh.version += 1
            add_reason(fresh, ReasonKind.REPORT, Band.AMBER, now=NOON)

        with pytest.raises(SomethingNew):
            decide_as(maya, held.id, what)


def test_a_lapsed_claim_that_nobody_took_still_decides(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        held = claimed(begin_thread(new_student()), by=maya)
        what = choice(held)
        free_lapsed_items(NOON + 15 * MINUTE)

        decide_as(maya, held.id, what, now=NOON + 16 * MINUTE)

        assert item(held.id).state is ItemState.DECIDED


def test_a_lapsed_claim_that_somebody_took_does_not_decide(app: Flask) -> None:
    with app.app_context():
        maya, tom = new_moderator("maya"), new_moderator("tom")
        post_id = begin_thread(new_student())
        what = choice(claimed(post_id, by=maya))
        claimed(post_id, by=tom, now=NOON + 15 * MINUTE)

        with pytest.raises(TakenByAnother):
            decide_as(maya, item_id_of(post_id), what, now=NOON + 16 * MINUTE)


def test_a_training_record_lowered_while_reading_stops_the_decision(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        held = claimed(begin_thread(new_student()), by=maya)
        what = choice(held)
        train(maya, Step.OBSERVER)

        with pytest.raises(NotTrained):
            decide_as(maya, held.id, what, now=NOON + 2 * MINUTE)


def test_one_person_alone_does_not_lower_a_crisis(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        held = claimed(begin_thread(new_student(), CRISIS_TEXT), by=maya)

        with pytest.raises(CannotLowerAlone):
            decide_as(maya, held.id, choice(held, Conduct.KEEP_HELD, band=Band.GREEN))


def test_keep_held_puts_the_item_aside_for_two_hours(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        held = claimed(begin_thread(new_student()), by=maya)
        decide_as(maya, held.id, choice(held, Conduct.KEEP_HELD))
        assert item(held.id).state is ItemState.ON_HOLD

        free_lapsed_items(NOON + 121 * MINUTE)

        assert item(held.id).state is ItemState.WAITING


def test_keep_held_with_escalate_waits_for_the_professional(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        held = claimed(begin_thread(new_student()), by=maya)
        briefing = Briefing(Band.RED, "wrote of not waking up", "nothing yet")
        decide_as(maya, held.id, choice(held, Conduct.KEEP_HELD, Risk.ESCALATE, briefing=briefing))

        (escalation,) = queries.escalations_of_item(held.id)
        assert escalation.state is EscalationState.WAITING
        assert item(held.id).held_until == escalation.due_at == NOON + 60 * MINUTE


def test_escalating_twice_makes_one_escalation(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        post_id = begin_thread(new_student())
        for minutes in (0, 90):
            free_lapsed_items(NOON + minutes * MINUTE)
            held = claimed(post_id, by=maya, now=NOON + minutes * MINUTE)
            briefing = Briefing(Band.RED, "again", "nothing")
            what = choice(held, Conduct.KEEP_HELD, Risk.ESCALATE, briefing=briefing)
            decide_as(maya, held.id, what, now=NOON + minutes * MINUTE)

        assert len(queries.escalations_of_item(item_id_of(post_id))) == 1


def test_an_edit_of_a_published_post_is_seen_only_after_it_passed(app: Flask) -> None:
    with app.app_context():
        ana, maya = new_student(), new_moderator()
        post_id = begin_thread(ana, "old words")
        held = claimed(post_id, by=maya)
        decide_as(maya, held.id, choice(held))
        with transaction():
            posting.edit(
                post(post_id), posting.write_draft("new words", language="en"), author=student(ana), now=NOON
            )
        assert visible_words(post_id) == "old words"

        again = claimed(post_id, by=maya)
        decide_as(maya, again.id, choice(again))

        assert visible_words(post_id) == "new words"
        assert forum_queries.revision(post_id, 1).body is None


def visible_words(post_id: str) -> str:
    shown = forum_queries.revision(post_id, post(post_id).visible_revision)
    assert shown.sealed is None
    return text_of(shown)["body"]


def test_undo_is_a_second_decision_that_puts_everything_back(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        post_id = begin_thread(new_student())
        held = claimed(post_id, by=maya)
        first = decide_as(maya, held.id, choice(held))
        with transaction():
            second = undo(item(held.id), actor=staff(maya), now=NOON).id

        assert post(post_id).status is PostStatus.HELD
        assert item(held.id).state is ItemState.WAITING
        assert db.session.get(Decision, second).reverses_id == first  # type: ignore[union-attr]
        assert db.session.query(OutboxRow).filter_by(kind="notice").count() == 0
        assert [reason.kind for reason in queries.open_reasons(held.id)] == [ReasonKind.NEW_POST]


def test_undo_is_for_the_same_person_alone(app: Flask) -> None:
    with app.app_context():
        maya, tom = new_moderator("maya"), new_moderator("tom")
        held = claimed(begin_thread(new_student()), by=maya)
        decide_as(maya, held.id, choice(held))

        with pytest.raises(TooLateToUndo), transaction():
            undo(item(held.id), actor=staff(tom), now=NOON)


def test_undo_is_too_late_once_the_notice_is_taken(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        held = claimed(begin_thread(new_student()), by=maya)
        decide_as(maya, held.id, choice(held))
        with transaction():
            db.session.query(OutboxRow).filter_by(kind="notice").one().taken_until = NOON

        with pytest.raises(TooLateToUndo), transaction():
            undo(item(held.id), actor=staff(maya), now=NOON)


def test_the_words_that_a_reason_concerns_are_kept_as_places(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        held = claimed(begin_thread(new_student(), "Rosa said it.\nRosa  Smith did."), by=maya)
        what = choice(held, Conduct.ASK_CHANGE, reason="names_someone", marked=("Rosa Smith", "said"))
        decide_as(maya, held.id, what)

        (decision,) = queries.decisions_of(held.id)
        words = text_of(forum_queries.revision(held.post_id, 1))["body"]
        assert [words[mark["start"] : mark["end"]] for mark in decision.marks or []] == [
            "Rosa  Smith",
            "said",
        ]


def test_words_that_do_not_stand_in_the_text_stop_the_decision(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        held = claimed(begin_thread(new_student()), by=maya)
        what = choice(held, Conduct.ASK_CHANGE, reason="other", marked=("I miss nothing",))
        with pytest.raises(WordsNotThere):
            decide_as(maya, held.id, what)
        assert post(held.post_id).status is PostStatus.HELD


def test_the_author_sees_the_marked_words_beside_the_editor(app: Flask) -> None:
    # Given a text that came back because of a name
    ana, maya = steps.new_student(app), steps.new_staff(app, Role.MODERATOR, "maya")
    steps.begin_thread(ana, "My flatmate", "Every night Rosa shouts.")
    found = steps.take_next(maya)

    # When the moderator pastes words that are not there, nothing is decided, and nothing typed is lost
    typed = {"reason": "names_someone", "message": "Thank you. Please write “my flatmate”."}
    wrong = steps.decide(maya, found, "ask_change", marked="Rosie", **typed)
    assert wrong.status_code == 422
    assert "do not stand in the text" in wrong.text
    assert "Rosie" in wrong.text
    assert typed["message"] in html.unescape(wrong.text)

    # When they paste the right ones
    assert steps.decide(maya, found, "ask_change", marked="Rosa", **typed).status_code == 303
    edit = re.findall(r'href="(/p/[0-9a-z]{13}/edit)"', ana.get("/me").text)[0]
    assert "What the team asks of you" not in ana.get(edit).text  # it can still be taken back
    run_outbox(app)

    # Then the author sees them marked, with the reason, an example, the passage, and a counsellor
    page = html.unescape(ana.get(edit).text)
    assert "Every night <mark>Rosa</mark> shouts." in page
    assert "It names or describes somebody who could be recognised." in page
    assert "For example: write “my flatmate”" in page
    assert 'href="/rules#names"' in page
    assert typed["message"] in page
    assert "Say it to a counsellor instead" in page
    assert "Maya" not in page
    assert "<mark>Rosa</mark>" in ana.get("/me").text

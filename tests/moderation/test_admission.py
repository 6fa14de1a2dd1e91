"""A text at the gate: its findings become reasons, a phase that fails tells the lead, a repeat is held."""

from datetime import timedelta

import pytest
from flask import Flask

from core.db import db, transaction
from forum.models import Category, ModerationMode, PostStatus
from moderation import triage
from moderation.models import QueueReason, ReasonKind
from moderation.screening import phases, word_phases
from moderation.screening.findings import Finding, NewText, Phase
from moderation.team.models import Duty, TaskKind, TeamTask
from tests.cast import NOON, begin_thread, item_id_of, new_student, post

LONG_ENOUGH = "I moved here two months ago and I still know nobody at all."


@pytest.fixture
def open_topics(app: Flask) -> Flask:
    """Topics where texts appear at once unless something holds them."""
    with app.app_context(), transaction():
        for category in db.session.query(Category):
            category.opening_mode = category.reply_mode = ModerationMode.READ_AFTER
    return app


def reasons_of(post_id: str) -> dict[ReasonKind, QueueReason]:
    rows = db.session.query(QueueReason).filter_by(item_id=item_id_of(post_id))
    return {row.kind: row for row in rows}


def keys_of(reason: QueueReason) -> set[str]:
    return {mark["key"] for mark in reason.marks or []}


def test_a_calm_text_appears_at_once_where_the_topic_says_so(open_topics: Flask) -> None:
    with open_topics.app_context():
        assert post(begin_thread(new_student())).status is PostStatus.PUBLISHED


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("I want to die.", ReasonKind.RISK_SIGNAL),
        ("how many of them does it take", ReasonKind.RISK_SIGNAL),
        ("You are pathetic.", ReasonKind.CONDUCT_SIGNAL),
        ("Professor Long laughed at me.", ReasonKind.PERSONAL_DATA),
        ("Look at https://shop.example/x", ReasonKind.FORM_SIGNAL),
    ],
)
def test_what_a_phase_finds_holds_the_text_and_says_why(
    open_topics: Flask, body: str, kind: ReasonKind
) -> None:
    with open_topics.app_context():
        held = begin_thread(new_student(), body)
        assert post(held).status is PostStatus.HELD
        assert keys_of(reasons_of(held)[kind])


def test_marks_stand_where_the_words_stand_in_the_body(open_topics: Flask) -> None:
    with open_topics.app_context():
        body = "Well. You are pathetic."
        (mark,) = reasons_of(begin_thread(new_student(), body))[ReasonKind.CONDUCT_SIGNAL].marks or []
        assert (mark["part"], body[mark["start"] : mark["end"]]) == ("body", "You are pathetic")


def test_the_same_text_in_a_second_thread_waits_for_a_person(open_topics: Flask) -> None:
    with open_topics.app_context():
        ana = new_student()
        assert post(begin_thread(ana, LONG_ENOUGH)).status is PostStatus.PUBLISHED
        again = begin_thread(ana, LONG_ENOUGH.upper(), title="Once more", now=NOON + timedelta(days=1))
        assert post(again).status is PostStatus.HELD
        assert keys_of(reasons_of(again)[ReasonKind.FORM_SIGNAL]) == {"repeated_text"}


def test_the_same_words_of_another_student_or_of_long_ago_are_no_repeat(open_topics: Flask) -> None:
    with open_topics.app_context():
        ana, bo = new_student(), new_student()
        begin_thread(ana, LONG_ENOUGH)
        assert post(begin_thread(bo, LONG_ENOUGH)).status is PostStatus.PUBLISHED
        later = begin_thread(ana, LONG_ENOUGH, now=NOON + timedelta(days=8))
        assert post(later).status is PostStatus.PUBLISHED


def fails(_text: NewText) -> Finding | None:
    raise ValueError(LONG_ENOUGH)


@pytest.fixture
def with_a_broken_phase(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = (fails, *phases.PHASES)
    monkeypatch.setattr(triage, "run_phases", lambda text: phases.run_phases(text, broken))


@pytest.mark.usefixtures("with_a_broken_phase")
def test_a_phase_that_fails_holds_the_text_and_asks_the_lead_once(open_topics: Flask) -> None:
    with open_topics.app_context():
        held = begin_thread(new_student(), "Call me on +44 7700 900123.")
        assert post(held).status is PostStatus.HELD
        assert set(reasons_of(held)) == {
            ReasonKind.NEW_POST,
            ReasonKind.RISK_SIGNAL,
            ReasonKind.PERSONAL_DATA,
        }
        task = db.session.query(TeamTask).one()
        assert (task.kind, task.for_duty, task.item_id) == (
            TaskKind.SCREENING_FAILED,
            Duty.LEAD,
            item_id_of(held),
        )


@pytest.mark.parametrize("phase", phases.PHASES, ids=lambda phase: phase.__name__)
def test_whichever_phase_breaks_the_text_waits_and_the_lead_is_asked(
    open_topics: Flask, monkeypatch: pytest.MonkeyPatch, phase: Phase
) -> None:
    broken = [fails if one is phase else one for one in phases.PHASES]
    monkeypatch.setattr(triage, "run_phases", lambda text: phases.run_phases(text, broken))
    with open_topics.app_context():
        held = begin_thread(new_student(), "I miss home.")
        assert post(held).status is PostStatus.HELD
        assert db.session.query(TeamTask).one().for_duty is Duty.LEAD


@pytest.mark.usefixtures("with_a_broken_phase")
def test_what_failed_is_logged_without_the_text(open_topics: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with open_topics.app_context():
        begin_thread(new_student(), LONG_ENOUGH)
    assert "screening failed in fails: ValueError" in caplog.text
    assert LONG_ENOUGH not in caplog.text


def test_a_text_under_which_the_reading_itself_breaks_is_held_too(
    open_topics: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_phases, "judge", lambda _readings: 1 / 0)
    with open_topics.app_context():
        assert post(begin_thread(new_student())).status is PostStatus.HELD


def test_a_topic_that_holds_says_so_and_not_how_new_its_author_is(app: Flask) -> None:
    with app.app_context():
        assert keys_of(reasons_of(begin_thread(new_student()))[ReasonKind.NEW_POST]) == {"topic_holds"}

"""A clock that runs out: the text stays held, its author hears it once with a new time, the lead is told."""

from datetime import datetime, timedelta

import pytest
from flask import Flask

from accounts.mailbox import notices
from core import outbox
from core.db import db, transaction
from core.models import OutboxRow
from forum import posting
from forum.models import PostStatus
from moderation.bands import Band
from moderation.models import Conduct, ReportReason
from moderation.promises.lateness import tell_of_late_texts
from moderation.promises.waiting import standing_of
from moderation.reports import file_report
from moderation.team.hours import first_look_due
from moderation.team.models import TaskKind, TeamTask
from tests.cast import (
    MINUTE,
    NOON,
    at_once,
    begin_thread,
    decided,
    item,
    item_id_of,
    new_moderator,
    new_student,
    post,
    student,
)

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
A_HARD_TEXT = "I cannot go on like this, I do not want to live any more."


def late_messages(account_id: str) -> list[dict[str, object]]:
    with transaction():
        return [entry["data"] for entry in notices(student(account_id)) if entry["kind"] == "moderation.late"]


def beat(now: datetime) -> None:
    """What the worker does: the job, and what it left for after the commit."""
    tell_of_late_texts(now)
    outbox.drain(now=now)


def lead_tasks() -> list[TeamTask]:
    return db.session.query(TeamTask).filter_by(kind=TaskKind.CLOCK_RAN_OUT).all()


@pytest.fixture
def ana(app: Flask) -> str:
    with app.app_context():
        return new_student()


def test_nothing_is_said_while_the_clock_runs(app: Flask, ana: str) -> None:
    with app.app_context():
        begin_thread(ana)
        beat(NOON + DAY)

        assert late_messages(ana) == []


def test_the_author_is_told_a_new_time_by_the_staffed_hours(app: Flask, ana: str) -> None:
    with app.app_context():
        post_id = begin_thread(ana)
        late = NOON + DAY + MINUTE
        beat(late)

        (message,) = late_messages(ana)
        one = item(item_id_of(post_id))
        assert one.promised_by is not None
        assert message["look_by"] == one.promised_by.isoformat()
        assert first_look_due(Band.GREEN, since=late) <= one.promised_by <= late + DAY + HOUR
        assert post(post_id).status is PostStatus.HELD


def test_the_lead_is_told_about_the_text(app: Flask, ana: str) -> None:
    with app.app_context():
        post_id = begin_thread(ana)
        beat(NOON + DAY + MINUTE)

        assert [task.item_id for task in lead_tasks()] == [item_id_of(post_id)]


def test_once_for_each_time_that_was_told(app: Flask, ana: str) -> None:
    with app.app_context():
        post_id = begin_thread(ana)
        for minutes in (1, 2, 30):
            beat(NOON + DAY + minutes * MINUTE)
        assert len(late_messages(ana)) == 1
        again = item(item_id_of(post_id)).promised_by
        assert again is not None
        beat(again + MINUTE)
        assert len(late_messages(ana)) == 2


def test_a_job_that_runs_twice_at_once_tells_once(both_databases: Flask) -> None:
    late = NOON + DAY + MINUTE
    with both_databases.app_context():
        begin_thread(new_student())
        db.session.remove()
    answers = at_once(both_databases, [lambda: tell_of_late_texts(late)] * 4)

    assert answers == [None] * 4
    with both_databases.app_context():
        assert db.session.query(OutboxRow).filter_by(kind="late").count() == 1
        assert len(lead_tasks()) == 1


def test_a_message_that_is_delivered_twice_is_there_once(app: Flask, ana: str) -> None:
    with app.app_context():
        begin_thread(ana)
        tell_of_late_texts(NOON + DAY + MINUTE)
        payload = db.session.query(OutboxRow).filter_by(kind="late").one().payload
        outbox.drain(now=NOON + DAY + MINUTE)
        with transaction():
            outbox.enqueue("late", payload, now=NOON + DAY + MINUTE)
        outbox.drain(now=NOON + DAY + 2 * MINUTE)

        assert len(late_messages(ana)) == 1


def test_nothing_is_said_when_the_text_was_decided_before_the_message_left(app: Flask, ana: str) -> None:
    with app.app_context():
        maya = new_moderator()
        post_id = begin_thread(ana)
        late = NOON + DAY + MINUTE
        tell_of_late_texts(late)
        decided(post_id, by=maya, now=late)
        outbox.drain(now=late)

        assert late_messages(ana) == []


def test_a_text_on_hold_is_promised_a_time_after_the_hold(app: Flask, ana: str) -> None:
    with app.app_context():
        maya = new_moderator()
        post_id = begin_thread(ana)
        late = NOON + DAY + MINUTE
        held = decided(post_id, Conduct.KEEP_HELD, by=maya, now=late - 2 * MINUTE)
        beat(late)

        one = item(held.id)
        assert one.promised_by is not None
        assert one.held_until is not None
        assert one.promised_by >= first_look_due(Band.GREEN, since=one.held_until)


def test_help_stands_first_in_a_late_message_about_a_hard_text(app: Flask, ana: str) -> None:
    with app.app_context():
        begin_thread(ana, A_HARD_TEXT)
        beat(NOON + 2 * DAY)

        assert [message["shows_help"] for message in late_messages(ana)] == [True]


def test_the_author_of_a_published_text_learns_nothing_of_a_report_that_is_late(app: Flask, ana: str) -> None:
    with app.app_context():
        maya = new_moderator()
        post_id = begin_thread(ana)
        decided(post_id, by=maya)
        with transaction():
            file_report(post(post_id), reason=ReportReason.SPAM, note="", now=NOON + MINUTE)
        beat(NOON + 3 * DAY)

        assert len(lead_tasks()) == 1
        assert late_messages(ana) == []


def test_a_report_does_not_move_the_time_that_an_author_was_told(app: Flask, ana: str) -> None:
    with app.app_context():
        maya = new_moderator()
        held = decided(begin_thread(ana), by=maya)
        draft = posting.write_draft("I miss home a lot.", language="en")
        with transaction():
            posting.edit(post(held.post_id), draft, author=student(ana), now=NOON)
        late = NOON + timedelta(hours=30)
        tell_of_late_texts(late)
        told = standing_of(item(held.id), now=late).look_by
        with transaction():
            note = "She says she will kill herself tonight."
            file_report(post(held.post_id), reason=ReportReason.WORRIES_ME, note=note, now=late)

        assert standing_of(item(held.id), now=late).look_by == told


def test_a_text_that_waits_again_begins_without_the_old_promise(app: Flask, ana: str) -> None:
    with app.app_context():
        maya = new_moderator()
        post_id = begin_thread(ana)
        late = NOON + DAY + MINUTE
        beat(late)
        held = decided(post_id, by=maya, now=late)
        with transaction():
            file_report(post(post_id), reason=ReportReason.SPAM, note="", now=late + MINUTE)

        assert item(held.id).promised_by is None

"""What became of texts is counted with the decision, never per person, and taken back with the undo."""

from datetime import datetime, timedelta

import pytest
from flask import Flask

from core.db import db, transaction
from forum import posting
from moderation.bands import Band
from moderation.decisions import undo
from moderation.models import Conduct, ReportReason
from moderation.promises.counting import count_tally, forget_recent_waits, roughly
from moderation.promises.models import PromiseCount, RecentWait, Tally, Wait
from moderation.reports import file_report
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
    staff,
    student,
)

HOUR = timedelta(hours=1)


def tallies() -> dict[Tally, int]:
    return {row.tally: row.count for row in db.session.query(PromiseCount) if row.count}


def waits() -> list[tuple[Band, int, int]]:
    return [(row.band, row.minutes, row.count) for row in db.session.query(Wait) if row.count]


def recent() -> list[tuple[Band, int, int]]:
    return [(row.band, row.minutes, row.count) for row in db.session.query(RecentWait) if row.count]


@pytest.mark.parametrize(
    ("conduct", "reason", "tally"),
    [
        (Conduct.PUBLISH, "", Tally.PUBLISHED),
        (Conduct.ASK_CHANGE, "names_someone", Tally.CHANGED),
        (Conduct.NOT_HERE, "advert", Tally.REFUSED),
    ],
)
def test_a_text_that_nobody_could_read_counts_as_held_and_as_what_became_of_it(
    app: Flask, conduct: Conduct, reason: str, tally: Tally
) -> None:
    with app.app_context():
        decided(begin_thread(new_student()), conduct, by=new_moderator(), reason=reason)

        assert tallies() == {Tally.HELD: 1, tally: 1, Tally.IN_TIME: 1}


def test_an_edit_that_waits_counts_as_held(app: Flask) -> None:
    with app.app_context():
        ana, maya = new_student(), new_moderator()
        post_id = begin_thread(ana)
        decided(post_id, by=maya)
        with transaction():
            draft = posting.write_draft("other words", language="en", title="First weeks")
            posting.edit(post(post_id), draft, author=student(ana), now=NOON + MINUTE)
        decided(post_id, by=maya, now=NOON + 2 * MINUTE)

        assert tallies()[Tally.HELD] == 2


def test_a_look_at_what_everybody_could_read_is_timed_and_not_counted_as_held(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        post_id = begin_thread(new_student())
        decided(post_id, by=maya)
        with transaction():
            file_report(post(post_id), reason=ReportReason.SPAM, note="", now=NOON + MINUTE)
        decided(post_id, Conduct.DISMISS, by=maya, now=NOON + 2 * MINUTE)

        assert tallies() == {Tally.HELD: 1, Tally.PUBLISHED: 1, Tally.IN_TIME: 2}


def test_a_decision_after_the_clock_is_not_in_time(app: Flask) -> None:
    with app.app_context():
        post_id = begin_thread(new_student())
        late = item(item_id_of(post_id)).due_at + MINUTE
        decided(post_id, by=new_moderator(), now=late)

        assert Tally.IN_TIME not in tallies()


def test_a_first_look_in_time_that_kept_the_text_held_is_in_time(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        post_id = begin_thread(new_student())
        decided(post_id, Conduct.KEEP_HELD, by=maya)
        assert tallies() == {}
        late = item(item_id_of(post_id)).due_at + 3 * HOUR
        decided(post_id, by=maya, now=late)

        assert tallies() == {Tally.HELD: 1, Tally.PUBLISHED: 1, Tally.IN_TIME: 1}


def test_a_wait_counts_to_the_minute_for_its_month_and_roughly_for_its_day(app: Flask) -> None:
    with app.app_context():
        post_id = begin_thread(new_student())
        decided(post_id, by=new_moderator(), now=NOON + 23 * MINUTE)

        assert waits() == [(Band.GREEN, 23, 1)]
        assert recent() == [(Band.GREEN, 25, 1)]


@pytest.mark.parametrize(
    ("minutes", "told"), [(0, 0), (1, 5), (60, 60), (61, 75), (240, 240), (241, 300), (1441, 1500)]
)
def test_a_rough_length_is_never_shorter(minutes: int, told: int) -> None:
    assert roughly(minutes) == told


def test_an_undo_takes_back_what_was_counted(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        done = decided(begin_thread(new_student()), by=maya, now=NOON + 7 * MINUTE)
        with transaction():
            undo(item(done.id), actor=staff(maya), now=NOON + 8 * MINUTE)

        assert (tallies(), waits(), recent()) == ({}, [], [])


def test_an_undo_gives_the_text_its_clock_back(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        post_id = begin_thread(new_student(), now=NOON + 3 * MINUTE)
        due = item(item_id_of(post_id)).due_at
        done = decided(post_id, by=maya, now=NOON + 7 * MINUTE)
        with transaction():
            undo(item(done.id), actor=staff(maya), now=NOON + 8 * MINUTE)

        again = item(done.id)
        assert (again.waiting_since, again.due_at) == (NOON + 3 * MINUTE, due)


def test_an_undo_after_midnight_takes_back_the_count_of_the_day_before(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        midnight = datetime(2026, 4, 1, tzinfo=NOON.tzinfo)
        post_id = begin_thread(new_student(), now=midnight - MINUTE)
        done = decided(post_id, by=maya, now=midnight - timedelta(seconds=5))
        with transaction():
            undo(item(done.id), actor=staff(maya), now=midnight)

        assert [row.count for row in db.session.query(PromiseCount)] == [0, 0, 0]


def test_two_who_count_at_once_both_count(both_databases: Flask) -> None:
    def count() -> None:
        with transaction():
            count_tally(Tally.APPEALED, Band.GREEN, now=NOON)

    answers = at_once(both_databases, [count] * 8)

    assert answers == [None] * 8
    with both_databases.app_context():
        assert tallies() == {Tally.APPEALED: 8}


def test_what_single_days_tell_is_forgotten_after_a_quarter_of_a_year(app: Flask) -> None:
    with app.app_context():
        decided(begin_thread(new_student()), by=new_moderator())
        assert forget_recent_waits(NOON + timedelta(days=92)) == 0
        assert forget_recent_waits(NOON + timedelta(days=93)) == 1
        assert waits() != []

"""Undo takes back a decision, and nothing else that happened in its ten seconds: no clock, no words, no will
of the author.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from core.db import transaction
from forum import posting
from forum import queries as forum_queries
from forum.lifecycle import text_of
from forum.models import PostStatus
from moderation.bands import Band
from moderation.decisions import undo
from moderation.models import Conduct, ItemState, ReportReason
from moderation.reports import file_report
from tests.cast import (
    MINUTE,
    NOON,
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

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def inside(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def published(by: str, author: str) -> str:
    """A text that was published at noon. Gives its id."""
    post_id = begin_thread(author, now=NOON - 60 * MINUTE)
    decided(post_id, by=by)
    return post_id


def take_back(post_id: str, by: str) -> None:
    with transaction():
        undo(item(item_id_of(post_id)), actor=staff(by), now=NOON + 9 * SECOND)


def test_an_urgent_report_keeps_its_clock_when_the_decision_before_it_is_undone() -> None:
    maya = new_moderator()
    post_id = published(maya, new_student())
    with transaction():
        about = forum_queries.post(post_id, locked=True)
        assert about is not None
        file_report(
            about, reason=ReportReason.WORRIES_ME, note="She wants to kill herself.", now=NOON + SECOND
        )
    due_at = item(item_id_of(post_id)).due_at

    take_back(post_id, maya)

    after = item(item_id_of(post_id))
    assert (after.band.rank <= Band.RED.rank, after.due_at <= due_at) == (True, True)


def test_a_text_that_its_author_took_back_meanwhile_stays_taken_back() -> None:
    maya = new_moderator()
    post_id = published(maya, new_student())
    with transaction():
        posting.withdraw(post(post_id), now=NOON + SECOND)

    take_back(post_id, maya)

    assert (post(post_id).status, item(item_id_of(post_id)).state) == (PostStatus.WITHDRAWN, ItemState.VOID)


def test_what_its_author_wrote_meanwhile_is_what_waits_after_an_undo() -> None:
    maya, ana = new_moderator(), new_student()
    post_id = published(maya, ana)
    draft = posting.write_draft("I miss home less.", language="en")
    with transaction():
        author = student(ana)
        posting.edit(post(post_id), draft, author=author, now=NOON + SECOND)

    take_back(post_id, maya)

    about = post(post_id)
    assert about.status is PostStatus.HELD
    assert text_of(forum_queries.revision(post_id, about.latest_revision))["body"] == "I miss home less."


def test_a_wording_sent_again_meanwhile_is_what_waits_after_an_undo() -> None:
    maya, ana = new_moderator(), new_student()
    post_id = begin_thread(ana)
    decided(post_id, Conduct.ASK_CHANGE, by=maya, reason="personal_data")
    draft = posting.write_draft("I miss my home.", language="en")
    with transaction():
        posting.edit(post(post_id), draft, author=student(ana), now=NOON + SECOND)

    take_back(post_id, maya)

    about = post(post_id)
    assert text_of(forum_queries.revision(post_id, about.latest_revision))["body"] == "I miss my home."


def test_a_text_in_danger_that_was_taken_back_meanwhile_comes_before_moderators_again() -> None:
    maya = new_moderator()
    post_id = begin_thread(new_student(), "I want to kill myself.")
    held = decided(post_id, by=maya)
    with transaction():
        posting.withdraw(post(post_id), now=NOON + SECOND)

    take_back(post_id, maya)

    after = item(held.id)
    assert (after.is_open, after.is_withdrawn, post(post_id).status) == (True, True, PostStatus.WITHDRAWN)


def test_a_band_that_a_person_raised_outlives_an_undo() -> None:
    maya = new_moderator()
    post_id = begin_thread(new_student())
    held = decided(post_id, Conduct.NOT_HERE, by=maya, reason="personal_data", band=Band.RED)

    take_back(post_id, maya)

    assert item(held.id).band is Band.RED

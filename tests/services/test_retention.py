"""Everything that Stoa promises to forget is forgotten on its day, not before, once, and told in numbers."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask

from accounts.joining import IDLE_DAYS
from accounts.models import Account
from accounts.permissions import Role
from core import retention, worker
from core.crypto import new_key
from core.db import db, transaction
from core.ids import new_public_id
from core.models import KeptForm
from core.retention import forget_what_is_due
from counselling.models import CaseState
from forum import queries as forum_queries
from forum.lifecycle import PostAct, move_post
from moderation.decisions import decide
from moderation.models import Conduct, ReportReason
from moderation.reports import file_report
from tests.cast import (
    NOON,
    begin_thread,
    choice,
    claimed,
    new_moderator,
    new_student,
    post,
    staff,
    student,
)
from tests.counselling.people import add_staff_row, make_case

DAY = timedelta(days=1)
NOTHING = {
    "old texts": 0,
    "idle accounts": 0,
    "unconfirmed accounts": 0,
    "old reports": 0,
    "old handles": 0,
    "old skips": 0,
    "old appeals": 0,
    "old notes": 0,
    "recent waits": 0,
    "cases that go soon": 0,
    "old cases": 0,
    "old appointments": 0,
    "kept forms": 0,
    "drafts": 0,
}


@pytest.fixture
def inside(app: Flask) -> Iterator[Flask]:
    """Inside the application, as the worker is."""
    with app.app_context():
        yield app


def forgotten(*, after: timedelta) -> dict[str, int | None]:
    """What one run forgets, so long after noon."""
    counts = forget_what_is_due(NOON + after)
    db.session.remove()
    return counts


def removed_post() -> str:
    """A post that a moderator has removed."""
    post_id = begin_thread(new_student(), "Words to forget.")
    maya = new_moderator()
    held = claimed(post_id, by=maya)
    with transaction():
        decide(held, choice(held, Conduct.NOT_HERE, reason="off_topic"), actor=staff(maya), now=NOON)
    return post_id


def words_of(post_id: str) -> object:
    return forum_queries.revision(post_id, 1).sealed


def add_forgettable_row(kind: str) -> None:
    """Something of each kind that is forgotten when its time has come."""
    with transaction():
        if kind == "unconfirmed accounts":
            hour = NOON + timedelta(hours=1)
            db.session.add(
                Account(
                    id=new_public_id(), lookup=new_key(), seen_on=NOON.date(), expires_at=hour, data_key=b""
                )
            )
        else:
            db.session.add(KeptForm(key=new_key(), sealed=b"", expires_at=NOON + timedelta(hours=2)))


def report_of_a_published_post() -> None:
    post_id = begin_thread(new_student(), "Hello.")
    maya = new_moderator()
    held = claimed(post_id, by=maya)
    with transaction():
        decide(held, choice(held), actor=staff(maya), now=NOON)
    with transaction():
        file_report(post(post_id), reason=ReportReason.SPAM, note="", now=NOON)


def closed_case() -> None:
    case = make_case(student(new_student()), add_staff_row(Role.PROFESSIONAL, "oren"))
    with transaction():
        case.state, case.closed_at = CaseState.CLOSED, NOON


@pytest.mark.usefixtures("inside")
def test_an_empty_forum_has_nothing_to_forget() -> None:
    assert forgotten(after=500 * DAY) == NOTHING


@pytest.mark.usefixtures("inside")
def test_the_words_of_a_removed_text_go_after_thirty_days() -> None:
    post_id = removed_post()
    assert forgotten(after=29 * DAY) == NOTHING | {"old handles": 1}
    assert words_of(post_id) is not None
    assert forgotten(after=31 * DAY) == NOTHING | {"old texts": 1}
    assert words_of(post_id) is None


@pytest.mark.usefixtures("inside")
def test_the_words_that_a_moderator_has_still_to_read_stay() -> None:
    post_id = begin_thread(new_student(), "Words to read.")
    with transaction():
        move_post(post(post_id), PostAct.WITHDRAW, now=NOON)
    assert forgotten(after=31 * DAY) == NOTHING
    assert words_of(post_id) is not None


@pytest.mark.usefixtures("inside")
def test_an_account_that_nobody_comes_back_to_goes_after_its_days() -> None:
    new_student()
    assert forgotten(after=IDLE_DAYS * DAY) == NOTHING
    assert forgotten(after=(IDLE_DAYS + 1) * DAY) == NOTHING | {"idle accounts": 1}


@pytest.mark.usefixtures("inside")
def test_a_report_goes_after_a_year() -> None:
    report_of_a_published_post()
    assert forgotten(after=365 * DAY) == NOTHING | {"old handles": 1, "recent waits": 1}
    assert forgotten(after=366 * DAY) == NOTHING | {"old reports": 1}


@pytest.mark.usefixtures("inside")
def test_the_words_of_a_closed_case_go_after_a_year() -> None:
    closed_case()
    assert forgotten(after=334 * DAY) == NOTHING
    assert forgotten(after=336 * DAY) == NOTHING | {"cases that go soon": 1}
    assert forgotten(after=364 * DAY) == NOTHING
    assert forgotten(after=367 * DAY) == NOTHING | {"old cases": 1}


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize("kind", ["unconfirmed accounts", "kept forms"])
def test_what_was_left_half_done_goes_within_hours(kind: str) -> None:
    add_forgettable_row(kind)
    assert forgotten(after=timedelta(minutes=59)) == NOTHING
    assert forgotten(after=timedelta(hours=3)) == NOTHING | {kind: 1}


def test_a_second_run_finds_nothing(both_databases: Flask) -> None:
    with both_databases.app_context():
        removed_post()
        closed_case()
        add_forgettable_row("kept forms")
        first = forgotten(after=500 * DAY)
        gone = {
            "old texts": 1,
            "old handles": 1,
            "idle accounts": 2,
            "recent waits": 1,
            "cases that go soon": 1,
            "kept forms": 1,
        }
        assert first == NOTHING | gone
        assert forgotten(after=500 * DAY) == NOTHING


@pytest.mark.usefixtures("inside")
def test_the_worker_forgets_by_itself() -> None:
    post_id = removed_post()
    worker.run_once(now=NOON + 31 * DAY)
    assert words_of(post_id) is None


def fail(_now: datetime) -> int:
    raise RuntimeError("a full disk")


@pytest.mark.usefixtures("inside")
def test_a_rule_that_fails_stops_no_other() -> None:
    retention.register_rule("old texts", fail)
    add_forgettable_row("kept forms")
    assert forgotten(after=DAY) == NOTHING | {"old texts": None, "kept forms": 1}


def test_the_command_tells_the_counts(app: Flask) -> None:
    answer = app.test_cli_runner().invoke(args=["retention", "run"])
    assert answer.exit_code == 0
    assert "old reports: 0\n" in answer.output


def test_the_command_tells_the_counts_as_json(app: Flask) -> None:
    assert json.loads(app.test_cli_runner().invoke(args=["retention", "run", "--json"]).stdout) == NOTHING


def test_the_command_fails_when_a_rule_does(app: Flask) -> None:
    with app.app_context():
        retention.register_rule("old texts", fail)
    answer = app.test_cli_runner().invoke(args=["retention", "run"])
    assert answer.exit_code == 1
    assert "old texts: failed" in answer.output

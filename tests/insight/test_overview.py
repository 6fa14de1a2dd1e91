"""The coordinator sees counts: never people, never private text, and no small number about anybody."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from core import outbox
from core.db import db, transaction
from core.outbox import Handler, enqueue, register_handler
from core.suppression import percentile, suppressed
from core.web import settings_of
from core.worker import beat
from counselling.models import CaseState
from forum.indexing import rebuild_index
from insight.overview import Overview, first_of_month, look_over
from moderation.bands import Band
from moderation.decisions import decide
from moderation.models import Conduct, EscalationState
from moderation.promises.models import Wait
from tests.cast import (
    NOON,
    begin_thread,
    choice,
    claimed,
    new_moderator,
    new_student,
    post,
    reply,
    staff,
)
from tests.counselling.people import add_student, escalate_post, make_case, write_post
from tests.people import add_staff_person, join_as_student, sign_in_as

PRIVATE = "Nobody but a moderator may read this sentence."


def overview(app: Flask, now: datetime = NOON) -> Overview:
    with app.app_context():
        found = look_over(now=now)
        db.session.remove()
    return found


def within(app: Flask, act: Callable[[], object]) -> None:
    """Do something inside the application."""
    with app.app_context():
        act()
        db.session.remove()


def ten_times(act: Callable[[], object]) -> None:
    for _ in range(10):
        act()


@pytest.fixture
def ada(app: Flask) -> FlaskClient:
    """A coordinator's browser."""
    browser = app.test_client()
    sign_in_as(browser, add_staff_person(app, Role.COORDINATOR, username="ada"))
    return browser


def page_of(browser: FlaskClient) -> str:
    answer = browser.get("/admin/")
    assert answer.status_code == 200
    return answer.text


def cell(page: str, label: str) -> str:
    """What stands beside a label."""
    found = re.search(rf'<th scope="row">{re.escape(label)}</th><td[^>]*>(.*?)</td>', page)
    assert found is not None, f"there is no row {label}"
    return found.group(1)


# Suppression


@pytest.mark.parametrize(("count", "told"), [(0, None), (1, None), (9, None), (10, 10), (11, 11)])
def test_a_count_is_told_from_ten_on(count: int, told: int | None) -> None:
    assert suppressed(count) == told


@pytest.mark.parametrize(
    ("histogram", "half", "nine_in_ten"),
    [
        ([], None, None),
        ([(5, 9)], None, None),
        ([(5, 10)], 5, 5),
        ([(1, 5), (60, 4), (600, 1)], 1, 60),
        ([(1, 9), (60, 1)], 1, 1),
        ([(1, 8), (60, 2)], 1, 60),
    ],
)
def test_percentiles_are_by_nearest_rank(
    histogram: list[tuple[int, int]], half: int | None, nine_in_ten: int | None
) -> None:
    assert (percentile(histogram, 0.5), percentile(histogram, 0.9)) == (half, nine_in_ten)


# Counting


def test_accounts_are_told_from_ten_on(app: Flask) -> None:
    within(app, lambda: [new_student() for _ in range(9)])
    assert overview(app).accounts is None
    within(app, new_student)
    assert overview(app).accounts == 10


def publish(post_id: str, moderator: str) -> None:
    held = claimed(post_id, by=moderator)
    with transaction():
        decide(held, choice(held), actor=staff(moderator), now=NOON)


def publish_conversation() -> None:
    """A thread and its reply, published, and one more text that is held."""
    author, maya = new_student(), new_moderator()
    opening = begin_thread(author)
    thread = post(opening).thread_id
    publish(opening, maya)
    publish(reply(new_student(), thread), maya)
    begin_thread(author, PRIVATE)


def test_what_is_public_and_what_is_held_is_counted(both_databases: Flask) -> None:
    within(both_databases, publish_conversation)
    found = overview(both_databases)
    assert (found.threads, found.posts, found.held) == (1, 2, 1)


def test_one_text_that_waits_is_told_exactly_by_its_band(app: Flask) -> None:
    within(app, lambda: begin_thread(new_student()))
    assert overview(app).open_items == {Band.CRISIS: 0, Band.RED: 0, Band.AMBER: 0, Band.GREEN: 1}


def test_one_escalation_that_waits_is_told_exactly(app: Flask) -> None:
    within(app, lambda: escalate_post(write_post(add_student())))
    found = overview(app)
    assert found.untaken_escalations == 1
    assert EscalationState.WAITING not in found.escalations


def escalation_in(state: EscalationState) -> None:
    escalation = escalate_post(write_post(add_student()))
    with transaction():
        escalation.state = state


def test_answered_escalations_are_told_from_ten_on(app: Flask) -> None:
    within(app, lambda: ten_times(lambda: escalation_in(EscalationState.RESOLVED)))
    within(app, lambda: escalation_in(EscalationState.ACCEPTED))
    assert overview(app).escalations == {
        EscalationState.ACCEPTED: None,
        EscalationState.RESOLVED: 10,
        EscalationState.DECLINED: None,
    }


def case_in(state: CaseState) -> None:
    case = make_case(add_student(), None)
    with transaction():
        case.state = state


def test_cases_are_told_from_ten_on_and_those_that_nobody_has_exactly(app: Flask) -> None:
    within(app, lambda: ten_times(lambda: case_in(CaseState.CLOSED)))
    within(app, lambda: case_in(CaseState.IN_CONTACT))
    within(app, lambda: case_in(CaseState.NEW))
    found = overview(app)
    assert found.untaken_cases == 1
    assert found.cases == {
        CaseState.ASSIGNED: None,
        CaseState.IN_CONTACT: None,
        CaseState.MONITORING: None,
        CaseState.CLOSED: 10,
    }


def publish_ten() -> None:
    maya = new_moderator()
    ten_times(lambda: publish(begin_thread(new_student()), maya))


def test_decisions_are_counted_from_the_first_of_the_month(app: Flask) -> None:
    within(app, publish_ten)
    assert overview(app).decisions[Conduct.PUBLISH] == 10
    assert overview(app).decisions[Conduct.REMOVE] is None
    assert overview(app, NOON + timedelta(days=31)).decisions[Conduct.PUBLISH] is None


def test_months_begin_in_utc() -> None:
    late = datetime.fromisoformat("2026-03-01T01:00:00+03:00")
    assert first_of_month(late) == datetime(2026, 2, 1, tzinfo=UTC)


def add_waits(month: str, band: Band, *waits: tuple[int, int]) -> None:
    with transaction():
        for minutes, count in waits:
            db.session.add(Wait(month=month, band=band, minutes=minutes, count=count))


def test_waiting_is_told_by_band_for_this_month_and_the_last(app: Flask) -> None:
    within(app, lambda: add_waits("2026-03", Band.RED, (5, 6), (50, 6)))
    within(app, lambda: add_waits("2026-02", Band.GREEN, (700, 3)))
    (this, now), (last, before) = overview(app).waiting
    assert (this.isoformat(), last.isoformat()) == ("2026-03-01", "2026-02-01")
    red = next(row for row in now if row.band is Band.RED)
    assert (red.count, red.median, red.ninetieth) == (12, timedelta(minutes=5), timedelta(minutes=50))
    green = next(row for row in before if row.band is Band.GREEN)
    assert (green.count, green.median, green.ninetieth) == (None, None, None)


def fail(_payloads: object, _now: datetime) -> None:
    raise RuntimeError("the mail server is away")


def row_that_fails() -> None:
    register_handler("page", Handler(fail, inside=False))
    with transaction():
        enqueue("page", {"channel": "email"}, now=NOON)
    outbox.drain(now=NOON)


def test_rows_that_do_not_get_through_are_counted_by_kind(app: Flask) -> None:
    within(app, row_that_fails)
    assert overview(app).failing == [("page", 1)]


# The page


def test_the_page_tells_small_numbers_as_fewer_than_ten(ada: FlaskClient, app: Flask) -> None:
    within(app, new_student)
    assert cell(page_of(ada), "Students’ accounts") == "fewer than 10"


def test_the_page_holds_no_private_text_and_no_name(ada: FlaskClient, app: Flask) -> None:
    within(app, lambda: begin_thread(new_student(), PRIVATE, title="A private title"))
    within(app, lambda: escalate_post(write_post(add_student(), PRIVATE)))
    within(app, lambda: make_case(add_student(), None))
    page = page_of(ada)
    for words in (PRIVATE, "A private title", "Quiet Heron", "sleepless for weeks"):
        assert words not in page


def test_the_page_says_whether_the_worker_runs(ada: FlaskClient, app: Flask) -> None:
    assert cell(page_of(ada), "Background worker") == "stands still"
    beat(settings_of(app).data_dir)
    assert cell(page_of(ada), "Background worker") == "runs"


def test_the_page_says_whether_search_is_ready(ada: FlaskClient, app: Flask) -> None:
    assert "run flask search rebuild" in cell(page_of(ada), "Search")
    within(app, rebuild_index)
    assert cell(page_of(ada), "Search") == "ready"


def test_the_page_shows_waiting_times_in_words(ada: FlaskClient, app: Flask) -> None:
    month = datetime.now(UTC).strftime("%Y-%m")
    within(app, lambda: add_waits(month, Band.AMBER, (1, 9), (125, 9)))
    page = page_of(ada)
    assert "<td>18</td><td>1 minute</td><td>2 h 5 min</td>" in page


def test_insight_begins_with_the_overview(ada: FlaskClient) -> None:
    assert ada.get("/insight/").location == "/admin/"


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.PROFESSIONAL, Role.RESEARCHER])
def test_other_staff_are_refused(app: Flask, role: Role) -> None:
    browser = app.test_client()
    sign_in_as(browser, add_staff_person(app, role))
    assert browser.get("/admin/").status_code == 403


def test_the_page_does_not_exist_for_visitors_and_students(app: Flask) -> None:
    student_browser = app.test_client()
    join_as_student(student_browser)
    assert app.test_client().get("/admin/").status_code == 404
    assert student_browser.get("/admin/").status_code == 404

"""Without the file with the key of cases, cases are closed for a moment, and everything else is open."""

import shutil
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from app import create_app
from core import worker
from core.clock import utcnow
from core.db import db, transaction
from core.keys import CASE
from core.models import AuditEvent
from core.web import settings_of
from counselling import queries
from counselling.clocks import climb
from counselling.handing import queries as handing_queries
from counselling.handing.models import Handover, HandoverState
from counselling.models import AuthorKind, ObligationKind
from counselling.obligations import promise
from counselling.professionals.models import Absence
from moderation.bands import Band
from tests.conftest import put_away
from tests.counselling.addresses import addresses_of_counselling
from tests.counselling.people import NOON, add_staff_row
from tests.counselling.spellings import spellings_found
from tests.faults.stage import Stage, build_stage
from tests.journeys.steps import begin_thread, write_letter
from tests.people import hidden_fields

TYPED = "Please keep these nine marzipan words for me."
LETTER = "A letter that was there before."
COOKIES = ("stoa", "stoa-staff", "stoa-form")


@pytest.fixture
def stage(app: Flask) -> Stage:
    return build_stage(app)


@pytest.fixture
def started() -> Iterator[list[Flask]]:
    apps: list[Flask] = []
    yield apps
    for one in apps:
        put_away(one)


@pytest.fixture
def tokens(stage: Stage) -> dict[str, dict[str, str]]:
    """The hidden fields of forms that lay open when the key went away. After that a letter came."""
    pages = {"anna": stage.anna.get(stage.conversation).text, "nora": stage.nora.get(stage.case).text}
    write_letter(stage.nora, stage.case, LETTER)
    return {name: hidden_fields(page) for name, page in pages.items()}


@pytest.fixture
def closed(app: Flask, stage: Stage, tokens: dict[str, dict[str, str]], started: list[Flask]) -> Flask:
    """The same installation after a restart, without that one file."""
    assert stage
    assert tokens
    put_away(app)
    (settings_of(app).keys_dir / CASE).rename(settings_of(app).data_dir / "away")
    started.append(create_app(settings_of(app)))
    return started[-1]


def moved(browser: FlaskClient, app: Flask) -> FlaskClient:
    """A browser after the restart, with the cookies that it had."""
    again = app.test_client()
    for name in COOKIES:
        cookie = browser.get_cookie(name)
        if cookie is not None:
            again.set_cookie(name, cookie.value)
    return again


def ids_of(stage: Stage) -> dict[str, str]:
    return {"case_id": stage.case.split("/")[-1], "escalation_id": stage.escalation.split("/")[-1]}


def test_every_page_of_counselling_says_that_it_is_closed_for_a_moment(closed: Flask, stage: Stage) -> None:
    browsers = [moved(stage.anna, closed), moved(stage.nora, closed), closed.test_client()]
    for address in addresses_of_counselling(closed, **ids_of(stage)):
        for browser in browsers if address.method == "GET" else ():
            answer = browser.get(address.path)
            assert answer.status_code == 503, address
            assert "Closed for a moment" in answer.text, address
            assert 'href="/help"' in answer.text, address
            assert LETTER not in answer.text, address


def test_whatever_was_typed_comes_back(
    closed: Flask, stage: Stage, tokens: dict[str, dict[str, str]]
) -> None:
    browsers = {"anna": moved(stage.anna, closed), "nora": moved(stage.nora, closed)}
    sending = [one for one in addresses_of_counselling(closed, **ids_of(stage)) if one.method == "POST"]
    assert sending
    for address in sending:
        for name, browser in browsers.items():
            answer = browser.post(address.path, data=tokens[name] | {"body": TYPED})
            assert (answer.status_code, TYPED in answer.text) == (503, True), address
            assert answer.headers["Cache-Control"] == "no-store", address


def test_nothing_of_it_is_written_in_the_clear(
    closed: Flask, stage: Stage, tokens: dict[str, dict[str, str]]
) -> None:
    anna = moved(stage.anna, closed)
    for address in addresses_of_counselling(closed, **ids_of(stage)):
        if address.method == "POST":
            anna.post(address.path, data=tokens["anna"] | {"body": TYPED})
    assert spellings_found(settings_of(closed).data_dir, TYPED) == []


def test_everything_else_is_open(closed: Flask, stage: Stage) -> None:
    anna, maya, nora = moved(stage.anna, closed), moved(stage.maya, closed), moved(stage.nora, closed)
    for browser, address in (
        (closed.test_client(), "/"),
        (anna, "/me"),
        (anna, stage.thread),
        (maya, "/moderation/queue"),
        (maya, stage.item),
        (nora, "/help"),
    ):
        assert browser.get(address).status_code == 200, address
    assert begin_thread(anna, "Still", "Writing in the forum still works.")


def test_staff_are_told(closed: Flask, stage: Stage) -> None:
    assert (
        "Cases are closed: the file with their key is away."
        in moved(stage.maya, closed).get("/moderation/queue").text
    )


def test_clocks_climb_without_it(closed: Flask, stage: Stage) -> None:
    with closed.app_context():
        case = queries.case(ids_of(stage)["case_id"])
        assert case is not None
        with transaction():
            promise(case, ObligationKind.ANSWER, band=Band.AMBER, now=NOON)
        climb(NOON.replace(year=2030))
        overdue = {one.target for one in db.session.query(AuditEvent).filter_by(kind="overdue")}
        assert {f"case:{case.id}", f"escalation:{stage.escalation.split('/')[-1]}"} <= overdue


def test_no_job_waits_for_it(closed: Flask, stage: Stage) -> None:
    with closed.app_context():
        now = utcnow()
        case = queries.case(ids_of(stage)["case_id"])
        assert case is not None
        assert case.owner_id is not None
        oren = add_staff_row(Role.PROFESSIONAL, "oren")
        with transaction():
            ignored = Handover(case_id=case.id, from_id=case.owner_id, offered_at=now, due_at=now)
            ignored.state = HandoverState.OFFERED
            db.session.add(ignored)
            absence = Absence(staff_id=case.owner_id, cover_id=oren.id, set_by="staff", set_at=now)
            absence.begins_at, absence.ends_at = now - timedelta(days=1), now + timedelta(days=1)
            db.session.add(absence)
        later = now + timedelta(seconds=11)
        for job in worker._jobs():
            job.next_at = later
        worker.run_once(now=later)
        worker.tell_trouble(settings_of(closed).data_dir)
        asked_anew = handing_queries.open_handover(case.id)
        assert worker.broken_jobs(settings_of(closed).data_dir) == []
        assert asked_anew is not None
        assert asked_anew.due_at > later


def test_with_the_file_back_everything_is_there_without_a_restart(
    closed: Flask, stage: Stage, tokens: dict[str, dict[str, str]]
) -> None:
    # Given a student who tried to write while it was closed
    anna = moved(stage.anna, closed)
    anna.post(f"{stage.conversation}/messages", data=tokens["anna"] | {"body": TYPED})

    # When the file is put back
    settings = settings_of(closed)
    shutil.move(settings.data_dir / "away", settings.keys_dir / CASE)

    # Then the letters are there, and hers can be sent
    assert LETTER in anna.get(stage.conversation).text
    sent = anna.post(f"{stage.conversation}/messages", data=tokens["anna"] | {"body": TYPED})
    assert sent.status_code == 303
    assert TYPED in moved(stage.nora, closed).get(stage.case).text


def test_a_letter_that_nobody_could_open_counts_as_unread(closed: Flask, stage: Stage) -> None:
    moved(stage.anna, closed).get(stage.conversation)
    with closed.app_context():
        assert queries.has_unread(ids_of(stage)["case_id"], AuthorKind.PROFESSIONAL)

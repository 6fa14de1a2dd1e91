"""Loading the demo: into a demo alone, whole, and only once."""

import json
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from core.audit import verify_log, write_anchor
from core.db import db, transaction
from core.settings import Mode
from counselling.models import Case, CaseState
from demo.loader import STAFF_FILE, DemoRefused, load_demo
from forum.lifecycle import PostAct, move_post
from forum.models import Post, PostStatus
from moderation.bands import Band
from moderation.models import Escalation, EscalationState, QueueItem
from tests.cast import NOON, begin_thread, new_student
from tests.conftest import MakeApp, settings_for


@pytest.fixture
def demo(make_app: MakeApp) -> Flask:
    """A demo that was just loaded."""
    app = make_app(STOA_MODE="demo")
    with app.app_context():
        load_demo(app.config["STOA"], now=NOON)
        db.session.remove()
    return app


def directory(app: Flask) -> Path:
    return Path(app.config["STOA"].data_dir)


def test_every_state_is_there(demo: Flask) -> None:
    with demo.app_context():
        statuses = {status for (status,) in db.session.query(Post.status)}
        assert {PostStatus.HELD, PostStatus.PUBLISHED, PostStatus.HIDDEN, PostStatus.RETURNED} <= statuses
        assert {state for (state,) in db.session.query(Case.state)} == {
            CaseState.IN_CONTACT,
            CaseState.CLOSED,
        }
        assert {state for (state,) in db.session.query(Escalation.state)} == {
            EscalationState.WAITING,
            EscalationState.ACCEPTED,
            EscalationState.RESOLVED,
        }
        waiting = {item.band for item in db.session.query(QueueItem).filter_by(is_open=True)}
        assert {Band.RED, Band.AMBER, Band.GREEN} <= waiting


def test_the_staffs_passwords_are_random_and_readable_by_the_owner_alone(demo: Flask) -> None:
    path = directory(demo) / STAFF_FILE
    staff = json.loads(path.read_text())

    assert path.stat().st_mode & 0o777 == 0o600
    assert {one["role"] for one in staff} == {"moderator", "professional", "coordinator", "researcher"}
    assert len({one["password"] for one in staff}) == len(staff)
    assert min(len(one["password"]) for one in staff) >= 12


def test_what_the_demo_did_stands_in_an_audit_log_that_is_whole(demo: Flask) -> None:
    with demo.app_context():
        write_anchor(directory(demo))

        assert verify_log(directory(demo)) == []


def test_loading_again_adds_nothing(demo: Flask) -> None:
    with demo.app_context():
        before = db.session.query(Post).count()
        db.session.remove()
        load_demo(demo.config["STOA"], now=NOON)

        assert db.session.query(Post).count() == before


def test_a_load_that_broke_off_before_its_last_step_is_finished_by_the_next(demo: Flask) -> None:
    (directory(demo) / STAFF_FILE).unlink()
    with demo.app_context():
        load_demo(demo.config["STOA"], now=NOON)

    assert (directory(demo) / STAFF_FILE).exists()


def test_the_demo_is_not_mixed_with_what_is_real(make_app: MakeApp) -> None:
    app = make_app(STOA_MODE="demo")
    with app.app_context():
        begin_thread(new_student())
        with transaction():
            move_post(db.session.query(Post).one(), PostAct.PUBLISH, now=NOON)
        with pytest.raises(DemoRefused):
            load_demo(app.config["STOA"], now=NOON)


def test_a_live_installation_refuses_to_load_it(make_app: MakeApp) -> None:
    app = make_app(STOA_MODE="live")
    with app.app_context(), pytest.raises(DemoRefused):
        load_demo(app.config["STOA"], now=NOON)


def test_a_live_installation_refuses_to_serve_it(demo: Flask) -> None:
    settings = settings_for(directory(demo), STOA_MODE=Mode.LIVE)

    with pytest.raises(DemoRefused, match="of its own"):
        create_app(settings)


def test_every_page_says_that_it_is_a_demo(demo: Flask) -> None:
    browser = demo.test_client()

    for path in ("/", "/help", "/join", "/staff/login", "/t/0000000000000"):
        assert "This is a demo" in browser.get(path).text

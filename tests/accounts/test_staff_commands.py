"""`flask staff …`: the commands that need no coordinator yet."""

import json

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient

from accounts import queries
from accounts.models import Step
from accounts.training import training_step
from core.clock import utcnow
from core.db import db
from tests.conftest import MakeApp
from tests.people import Credentials, sign_in_as


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["staff", *words])


def test_an_account_made_as_json_can_sign_in(app: Flask, client: FlaskClient) -> None:
    done = run(app, "add", "Maya", "--role", "moderator", "--keep-password", "--json")
    facts = json.loads(done.stdout)
    assert set(facts) == {"username", "password", "otp_secret"}
    who = Credentials(facts["username"], facts["password"], facts["otp_secret"], "")
    assert sign_in_as(client, who).headers["Location"] == "/moderation/queue"


def test_an_account_made_for_people_shows_what_they_need(app: Flask) -> None:
    done = run(app, "add", "maya", "--role", "professional")
    assert done.exit_code == 0
    assert "Password:" in done.stdout
    assert "/staff/login" in done.stdout


def test_the_password_is_changed_at_the_first_sign_in(app: Flask, client: FlaskClient) -> None:
    facts = json.loads(run(app, "add", "maya", "--role", "coordinator", "--json").stdout)
    sign_in_as(client, Credentials(facts["username"], facts["password"], facts["otp_secret"], ""))
    assert client.get("/admin/staff").headers["Location"] == "/staff/password"


@pytest.mark.parametrize("step", list(Step))
def test_a_step_can_be_said(app: Flask, step: Step) -> None:
    run(app, "add", "maya", "--role", "moderator", "--step", step.value)
    with app.app_context():
        staff = queries.staff_by_username("maya")
        assert staff is not None
        assert training_step(staff, now=utcnow()) is step
        db.session.remove()


def test_a_name_that_is_taken_is_told(app: Flask) -> None:
    run(app, "add", "maya", "--role", "moderator")
    done = run(app, "add", "MAYA", "--role", "moderator", "--json")
    assert done.exit_code == 1
    assert "already" in done.output
    assert "password" not in done.output


@pytest.mark.parametrize("role", ["student", "visitor", "boss"])
def test_a_role_that_is_none_of_the_staffs_is_refused(app: Flask, role: str) -> None:
    assert run(app, "add", "maya", "--role", role).exit_code == 2


def test_a_new_second_factor_works_and_the_old_one_does_not(app: Flask, client: FlaskClient) -> None:
    first = json.loads(run(app, "add", "maya", "--role", "moderator", "--keep-password", "--json").stdout)
    second = json.loads(run(app, "reset-otp", "maya", "--json").stdout)
    assert second["username"] == "maya"
    assert second["otp_secret"] != first["otp_secret"]
    who = Credentials("maya", first["password"], second["otp_secret"], "")
    assert sign_in_as(client, who).status_code == 303


@pytest.mark.parametrize("command", ["reset-otp", "code"])
def test_an_unknown_name_is_told(make_app: MakeApp, command: str) -> None:
    done = run(make_app(STOA_MODE="demo"), command, "nobody")
    assert done.exit_code == 1
    assert "nobody" in done.output


def test_codes_are_printed_in_the_demo(make_app: MakeApp) -> None:
    app = make_app(STOA_MODE="demo")
    run(app, "add", "maya", "--role", "moderator")
    assert run(app, "code", "maya").stdout.strip().isdigit()


def test_codes_are_printed_nowhere_else(make_app: MakeApp) -> None:
    app = make_app(STOA_MODE="live")
    run(app, "add", "maya", "--role", "moderator")
    done = run(app, "code", "maya")
    assert (done.exit_code, done.output) == (1, "One-time codes are printed in the demo only.\n")

"""Signing in as staff: name, password and a code; guessing is braked and locks nobody out."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from accounts.access import staff_for_admin
from accounts.permissions import Role
from accounts.staffing import (
    add_staff,
    close_staff,
    reset_otp,
)
from core.clock import utcnow
from core.db import db, transaction
from tests.people import Credentials, add_staff_person, code_of, post_form, sign_in_as

QUEUE = "/moderation/queue"


@pytest.fixture
def maya(app: Flask) -> Credentials:
    """A moderator."""
    return add_staff_person(app, Role.MODERATOR, username="maya")


def give_password(client: FlaskClient, who: Credentials, **fields: str) -> TestResponse:
    return post_form(client, "/staff/login", {"username": who.username, "password": who.password} | fields)


def test_name_password_and_code_open_the_queue(maya: Credentials, client: FlaskClient) -> None:
    assert sign_in_as(client, maya).headers["Location"] == QUEUE
    assert client.get(QUEUE).status_code == 200


def test_all_three_may_be_sent_at_once(maya: Credentials, client: FlaskClient) -> None:
    assert give_password(client, maya, otp=code_of(maya)).status_code == 303
    assert client.get(QUEUE).status_code == 200


def test_the_password_alone_opens_nothing(maya: Credentials, client: FlaskClient) -> None:
    give_password(client, maya)
    assert client.get(QUEUE).status_code == 404


def test_a_code_that_opened_one_browser_does_not_open_another(
    app: Flask, maya: Credentials, client: FlaskClient
) -> None:
    sign_in_as(client, maya)
    other = app.test_client()
    give_password(other, maya)
    assert post_form(other, "/staff/login", {"otp": code_of(maya)}).status_code == 422
    assert other.get(QUEUE).status_code == 404


def test_the_half_open_sign_in_tells_nobody_whose_it_is(maya: Credentials, client: FlaskClient) -> None:
    give_password(client, maya)
    cookie = client.get_cookie("stoa-form")
    assert cookie is not None
    assert maya.staff_id not in cookie.decoded_value
    assert "maya" not in cookie.decoded_value


def without_tokens(page: str, *names: str) -> str:
    page = re.sub(r'value="[^"]*"', "", page)
    for name in names:
        page = page.replace(name, "")
    return page


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(
    app: Flask, maya: Credentials, client: FlaskClient
) -> None:
    wrong = {"password": "not this one"}
    known = post_form(client, "/staff/login", wrong | {"username": maya.username})
    unknown = post_form(app.test_client(), "/staff/login", wrong | {"username": "nobody"})
    assert (known.status_code, unknown.status_code) == (422, 422)
    assert without_tokens(known.text) == without_tokens(unknown.text)


def guess(client: FlaskClient, name: str, *, times: int, address: str) -> TestResponse:
    """Send a wrong password again and again from one network."""
    page = client.get("/staff/login").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    fields = {"csrf_token": token.group(1), "username": name, "password": "a guess"}
    for _ in range(times):
        answer = client.post("/staff/login", data=fields, environ_base={"REMOTE_ADDR": address})
    return answer


def test_guessing_is_braked_and_told_when_to_come_back(maya: Credentials, client: FlaskClient) -> None:
    answer = guess(client, maya.username, times=11, address="203.0.113.7")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_guessing_many_names_is_braked_too(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.views.staff.check_password", lambda *_facts: None)
    for number in range(60):
        guess(client, f"name-{number}", times=1, address="203.0.113.7")
    assert guess(client, "one-more", times=1, address="203.0.113.7").status_code == 429


def test_guessing_locks_nobody_out_who_is_somewhere_else(
    app: Flask, maya: Credentials, client: FlaskClient
) -> None:
    guess(app.test_client(), maya.username, times=11, address="203.0.113.7")
    assert sign_in_as(client, maya).status_code == 303


def test_guessing_codes_is_braked(maya: Credentials, client: FlaskClient) -> None:
    give_password(client, maya)
    for number in range(11):
        answer = post_form(client, "/staff/login", {"otp": f"00000{number}"})
    assert answer.status_code == 429


def test_the_first_password_must_be_changed_before_any_room_opens(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        new = add_staff("nikos", role=Role.MODERATOR, actor="command", now=utcnow())
        who = Credentials("nikos", new.password, new.otp_secret, new.staff.id)
        db.session.remove()
    sign_in_as(client, who)
    assert client.get(QUEUE).headers["Location"] == "/staff/password"
    answer = post_form(
        client, "/staff/password", {"password": who.password, "new_password": "a new password of mine"}
    )
    assert answer.status_code == 303
    assert client.get(QUEUE).status_code == 200


def test_a_changed_password_ends_every_other_session(
    app: Flask, maya: Credentials, client: FlaskClient
) -> None:
    other = app.test_client()
    sign_in_as(other, maya)
    sign_in_as(client, maya, steps=1)
    post_form(
        client, "/staff/password", {"password": maya.password, "new_password": "a new password of mine"}
    )
    assert client.get(QUEUE).status_code == 200
    assert other.get(QUEUE).status_code == 303


def test_the_old_password_is_asked_for(maya: Credentials, client: FlaskClient) -> None:
    sign_in_as(client, maya)
    answer = post_form(client, "/staff/password", {"password": "x", "new_password": "a new password of mine"})
    assert answer.status_code == 422


def test_a_closed_account_is_out_at_once(app: Flask, maya: Credentials, client: FlaskClient) -> None:
    sign_in_as(client, maya)
    close(app, maya)
    assert client.get(QUEUE).status_code == 303


def test_a_closed_account_is_out_even_where_its_epoch_was_not_raised(
    app: Flask, maya: Credentials, client: FlaskClient
) -> None:
    sign_in_as(client, maya)
    with app.app_context():
        with transaction():
            staff_for_admin(maya.staff_id).closed_at = utcnow()
        db.session.remove()
    assert client.get(QUEUE).status_code == 303


def test_a_closed_account_cannot_sign_in(app: Flask, maya: Credentials, client: FlaskClient) -> None:
    close(app, maya)
    assert give_password(client, maya).status_code == 422


def test_an_account_that_is_closed_between_password_and_code_stays_out(
    app: Flask, maya: Credentials, client: FlaskClient
) -> None:
    give_password(client, maya)
    close(app, maya)
    assert post_form(client, "/staff/login", {"otp": code_of(maya)}).status_code == 422


def close(app: Flask, who: Credentials) -> None:
    with app.app_context():
        with transaction():
            close_staff(staff_for_admin(who.staff_id), actor="staff:boss", now=utcnow())
        db.session.remove()


def test_a_new_second_factor_ends_the_sessions(app: Flask, maya: Credentials, client: FlaskClient) -> None:
    sign_in_as(client, maya)
    with app.app_context():
        with transaction():
            reset_otp(staff_for_admin(maya.staff_id), actor="staff:boss", now=utcnow())
        db.session.remove()
    assert client.get(QUEUE).status_code == 303


def test_a_password_that_nobody_noted_is_replaced_by_the_coordinator(app: Flask) -> None:
    tomas, maya = app.test_client(), app.test_client()
    sign_in_as(tomas, add_staff_person(app, Role.COORDINATOR, username="tomas"))
    old = add_staff_person(app, Role.MODERATOR, username="maya")

    reset = post_form(
        tomas, f"/admin/staff/{old.staff_id}/otp", {"with_password": "1"}, page="/admin/staff"
    ).text
    password, secret = re.findall(r"<code>([^<]+)</code>", reset)

    refused = post_form(maya, "/staff/login", {"username": "maya", "password": old.password})
    assert refused.status_code == 422
    sign_in_as(maya, Credentials("maya", password, secret, old.staff_id))
    assert maya.get("/moderation/queue").headers["Location"] == "/staff/password"

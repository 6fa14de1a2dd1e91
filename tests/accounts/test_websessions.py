"""Signed-in browsers: how long they stay so, what ends them, and what their row tells a thief."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts import guard
from accounts.models import Account, WebSession
from accounts.permissions import Role
from accounts.staffing import add_staff
from accounts.websessions import (
    LONGEST,
    OWN_DEVICE,
    SignedIn,
    find_session,
    needs_touch,
    sign_in,
    sign_out,
    touch,
)
from core.db import db, transaction
from core.ids import new_public_id
from tests.accounts.conftest import Clock
from tests.people import add_staff_person, join_as_student, post_form, sign_in_as

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def maya(inside: Flask) -> Iterator[Account]:
    """A student, confirmed at noon."""
    assert inside
    with transaction():
        account = Account(
            id=new_public_id(),
            lookup=b"l" * 32,
            is_confirmed=True,
            epoch=1,
            seen_on=NOON.date(),
            data_key=b"k",
        )
        db.session.add(account)
    return account


def signed_in(account: Account, *, is_own_device: bool = False) -> str:
    with transaction():
        return sign_in(account, now=NOON, data_key=b"d" * 32, is_own_device=is_own_device)


def opened(token: str, *, after: timedelta) -> SignedIn | None:
    db.session.rollback()
    return find_session(token, now=NOON + after)


def keep_using(token: str, *, until: timedelta) -> None:
    """Open a page every 20 minutes."""
    at = timedelta(0)
    while at < until:
        session = opened(token, after=at)
        assert session is not None
        with transaction():
            touch(token, session, now=NOON + at)
        at += 20 * MINUTE


@pytest.mark.parametrize(("after", "is_open"), [(30 * MINUTE - SECOND, True), (30 * MINUTE, False)])
def test_half_an_hour_of_nothing_ends_it(maya: Account, after: timedelta, is_open: bool) -> None:
    assert (opened(signed_in(maya), after=after) is not None) is is_open


def test_who_is_there_stays_in(maya: Account) -> None:
    token = signed_in(maya)
    keep_using(token, until=3 * HOUR)
    assert opened(token, after=3 * HOUR) is not None


@pytest.mark.parametrize(("after", "is_open"), [(LONGEST - SECOND, True), (LONGEST, False)])
def test_twelve_hours_end_it_however_busy_one_is(maya: Account, after: timedelta, is_open: bool) -> None:
    token = signed_in(maya)
    keep_using(token, until=LONGEST)
    assert (opened(token, after=after) is not None) is is_open


@pytest.mark.parametrize(("after", "is_open"), [(OWN_DEVICE - SECOND, True), (OWN_DEVICE, False)])
def test_on_a_device_of_ones_own_it_lasts_thirty_days(maya: Account, after: timedelta, is_open: bool) -> None:
    assert (opened(signed_in(maya, is_own_device=True), after=after) is not None) is is_open


@pytest.mark.parametrize(("after", "is_due"), [(5 * MINUTE, False), (5 * MINUTE + SECOND, True)])
def test_the_clock_is_moved_on_at_most_every_five_minutes(
    maya: Account, after: timedelta, is_due: bool
) -> None:
    session = opened(signed_in(maya), after=after)
    assert session is not None
    assert needs_touch(session, now=NOON + after) is is_due


def the_row() -> WebSession:
    db.session.rollback()
    return db.session.query(WebSession).one()


def test_a_page_within_five_minutes_writes_nothing(
    app: Flask, student: FlaskClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise AssertionError("a transaction was opened")

    monkeypatch.setattr(guard, "transaction", refuse)
    clock.move(minutes=4)
    assert student.get("/me").status_code == 200
    assert app.extensions


def test_a_page_after_five_minutes_moves_the_clock_on(app: Flask, student: FlaskClient, clock: Clock) -> None:
    with app.app_context():
        before = the_row().sealed
        clock.move(minutes=6)
        student.get("/me")
        assert the_row().sealed != before
        db.session.remove()


def test_a_student_who_went_away_must_come_back_with_their_words(student: FlaskClient, clock: Clock) -> None:
    clock.move(minutes=31)
    assert student.get("/me").status_code == 303


def test_raising_the_epoch_ends_every_session(app: Flask, client: FlaskClient) -> None:
    words = join_as_student(client)
    phone = app.test_client()
    post_form(phone, "/return", {"passphrase": words})
    assert [client.get("/me").status_code, phone.get("/me").status_code] == [200, 200]
    with app.app_context():
        with transaction():
            db.session.query(Account).one().epoch += 1
        db.session.remove()
    assert [client.get("/me").status_code, phone.get("/me").status_code] == [303, 303]


def test_signing_out_ends_this_browser_only(app: Flask, client: FlaskClient) -> None:
    words = join_as_student(client)
    phone = app.test_client()
    post_form(phone, "/return", {"passphrase": words})
    post_form(client, "/logout", {}, page="/me")
    assert [client.get("/me").status_code, phone.get("/me").status_code] == [303, 200]


def test_after_signing_out_the_token_opens_nothing(app: Flask, student: FlaskClient) -> None:
    cookie = student.get_cookie("stoa")
    assert cookie is not None
    post_form(student, "/logout", {}, page="/me")
    thief = app.test_client()
    thief.set_cookie("stoa", cookie.value)
    assert thief.get("/me").status_code == 303


def test_signing_out_what_is_unknown_does_nothing(maya: Account) -> None:
    token = signed_in(maya)
    with transaction():
        sign_out("nothing of ours")
    assert opened(token, after=MINUTE) is not None


@pytest.mark.parametrize(
    "forged", ["", "x", "AAAA", "ü" * 44, base64.urlsafe_b64encode(b"\0" * 32).decode(), "A" * 5000, "\x00"]
)
def test_a_token_that_is_none_of_ours_opens_nothing(maya: Account, forged: str) -> None:
    signed_in(maya)
    assert opened(forged, after=MINUTE) is None


def test_a_students_token_opens_no_staff_room(app: Flask, student: FlaskClient) -> None:
    cookie = student.get_cookie("stoa")
    assert cookie is not None
    thief = app.test_client()
    thief.set_cookie("stoa-staff", cookie.value)
    assert thief.get("/moderation/queue").status_code in {303, 404}


def test_a_row_tells_a_thief_neither_token_nor_person(maya: Account) -> None:
    token = signed_in(maya)
    row = the_row()
    told = row.token_hash + row.sealed
    assert base64.urlsafe_b64decode(token) not in told
    assert maya.id.encode() not in told


def test_a_row_tells_only_the_full_hour_in_which_it_ends(maya: Account) -> None:
    signed_in(maya)
    ends = the_row().expires_at
    assert (ends.minute, ends.second, ends.microsecond) == (0, 0, 0)
    assert NOON + 30 * MINUTE <= ends <= NOON + 30 * MINUTE + HOUR


def test_all_rows_have_the_same_size_whoever_it_is(maya: Account) -> None:
    words = ("strawberry",) * 6
    staff = add_staff("nikos", role=Role.MODERATOR, actor="command", now=NOON).staff
    with transaction():
        sign_in(maya, now=NOON, data_key=b"d" * 32, is_own_device=True)
        sign_in(maya, now=NOON, data_key=b"d" * 32, words=words, asked=(4, 5))
        sign_in(staff, now=NOON)
    assert len({len(row.sealed) for row in db.session.query(WebSession).all()}) == 1


def test_signing_in_as_staff_ends_the_students_session_in_that_browser(
    app: Flask, student: FlaskClient
) -> None:
    cookie = student.get_cookie("stoa")
    assert cookie is not None
    sign_in_as(student, add_staff_person(app, Role.MODERATOR))
    thief = app.test_client()
    thief.set_cookie("stoa", cookie.value)
    assert student.get_cookie("stoa") is None
    assert thief.get("/me").status_code == 303

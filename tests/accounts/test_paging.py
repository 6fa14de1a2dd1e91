"""Where a member of staff is paged: their own page, a test of it, and nobody else's business."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts import queries
from accounts.permissions import Role
from accounts.staffing import close_staff
from core.clock import utcnow
from core.db import db, transaction
from core.models import AuditEvent
from tests.conftest import MakeApp
from tests.journeys.sinks import MailSink
from tests.journeys.steps import new_staff
from tests.people import post_form

PAGE = "/staff/paging"
ADDRESS = "nora@uni.example"


@pytest.fixture
def mailing(make_app: MakeApp, mail: MailSink) -> Flask:
    """A service that has a mail server."""
    return make_app(**mail.settings())


@pytest.fixture
def nora(mailing: Flask) -> FlaskClient:
    """A professional."""
    return new_staff(mailing, Role.PROFESSIONAL, "nora")


def address_of(app: Flask, name: str = "nora") -> str | None:
    with app.app_context():
        person = queries.staff_by_username(name)
        assert person is not None
        return person.page_address


def keep(browser: FlaskClient, address: str) -> int:
    return post_form(browser, PAGE, {"address": address}).status_code


def test_somebody_of_the_staff_says_where_they_are_paged(mailing: Flask, nora: FlaskClient) -> None:
    assert keep(nora, f"  {ADDRESS} ") == 303
    assert address_of(mailing) == ADDRESS
    assert f'value="{ADDRESS}"' in nora.get(PAGE).text


def test_an_address_can_be_taken_away(mailing: Flask, nora: FlaskClient) -> None:
    keep(nora, ADDRESS)
    assert keep(nora, "") == 303
    assert address_of(mailing) is None
    assert "/staff/paging/test" not in nora.get(PAGE).text


@pytest.mark.parametrize(
    "typed",
    [
        "nora",
        "nora@uni",
        "nora@@uni.example",
        "nora@uni.example, oren@uni.example",
        "Nora <nora@uni.example>",
        "nora@uni.example\r\nBcc: x@uni.example",
        "νόρα@uni.example",
        "n" * 65 + "@uni.example",
        "nora@" + "u" * 250 + ".example",
        "nora@-uni.example",
    ],
)
def test_what_is_no_single_address_comes_back(mailing: Flask, nora: FlaskClient, typed: str) -> None:
    assert keep(nora, typed) == 422
    assert address_of(mailing) is None


def test_a_typed_address_that_is_wrong_stands_in_the_form_again(nora: FlaskClient) -> None:
    answer = post_form(nora, PAGE, {"address": "nora at uni"})
    assert 'value="nora at uni"' in answer.text


def test_the_audit_log_knows_that_and_not_where(mailing: Flask, nora: FlaskClient) -> None:
    keep(nora, ADDRESS)
    keep(nora, ADDRESS)
    keep(nora, "")
    with mailing.app_context():
        events = [event for event in db.session.query(AuditEvent) if event.kind.startswith("page_address")]
        assert sorted(event.kind for event in events) == ["page_address_removed", "page_address_set"]
        assert all("@" not in f"{event.target}{event.detail}" for event in events)


def test_the_address_lies_sealed(mailing: Flask, nora: FlaskClient) -> None:
    keep(nora, ADDRESS)
    with mailing.app_context():
        stored = db.session.connection().exec_driver_sql("SELECT page_address FROM staff").scalars().all()
        assert all(ADDRESS.encode() not in bytes(one) for one in stored if one is not None)
        assert any(one is not None for one in stored)


def test_a_test_page_goes_to_that_address_alone(nora: FlaskClient, mail: MailSink) -> None:
    keep(nora, ADDRESS)
    post_form(nora, f"{PAGE}/test", {}, page=PAGE)
    (letter,) = mail.letters
    assert f"To: {ADDRESS}" in letter
    assert "this is a test page. Nothing waits." in letter
    assert "The mail server took the test page." in nora.get(PAGE).text


def test_a_test_page_that_does_not_get_through_says_so(nora: FlaskClient, mail: MailSink) -> None:
    keep(nora, ADDRESS)
    mail.refuses = True
    post_form(nora, f"{PAGE}/test", {}, page=PAGE)
    assert "The mail server could not be reached" in nora.get(PAGE).text


def test_an_address_that_the_mail_server_refuses_is_named_as_the_fault(
    nora: FlaskClient, mail: MailSink
) -> None:
    keep(nora, ADDRESS)
    mail.refused.add(ADDRESS)
    post_form(nora, f"{PAGE}/test", {}, page=PAGE)
    assert "The mail server does not take mail for this address." in nora.get(PAGE).text


def test_without_a_mail_server_the_page_and_the_test_say_so(app: Flask) -> None:
    nora = new_staff(app, Role.PROFESSIONAL, "nora")
    keep(nora, ADDRESS)
    assert "This service sends no e-mail at the moment." in nora.get(PAGE).text
    post_form(nora, f"{PAGE}/test", {}, page=PAGE)
    assert "Nothing was sent." in nora.get(PAGE).text


def test_a_test_without_an_address_sends_nothing(nora: FlaskClient, mail: MailSink) -> None:
    post_form(nora, f"{PAGE}/test", {}, page=PAGE)
    assert mail.letters == []
    assert "You have entered no address yet." in nora.get(PAGE).text


def test_a_colleague_sees_nothing_of_it(mailing: Flask, nora: FlaskClient) -> None:
    keep(nora, ADDRESS)
    carla = new_staff(mailing, Role.COORDINATOR, "carla")
    for address in (PAGE, "/admin/staff", "/admin/rota", "/insight/"):
        assert ADDRESS not in carla.get(address).text


def test_a_closed_account_is_paged_nowhere(mailing: Flask, nora: FlaskClient) -> None:
    keep(nora, ADDRESS)
    with mailing.app_context(), transaction():
        person = queries.staff_by_username("nora", locked=True)
        assert person is not None
        close_staff(person, actor="command", now=utcnow())
    assert address_of(mailing) is None

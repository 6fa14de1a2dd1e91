"""Printed tickets: who holds one may join, once, and nobody can say who did."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient

from accounts import queries, ticket_queries
from accounts.access import joining_account
from accounts.joining import confirm_words, join
from accounts.ticketcodes import ALPHABET, make_ticket
from accounts.tickets import TicketSpent, find_ticket, print_tickets, store_tickets
from accounts.websessions import find_session
from core.clock import utcnow
from core.db import db, transaction
from core.web import settings_of
from tests.cast import at_once
from tests.conftest import MakeApp
from tests.people import post_form

WORDS = re.compile(r"<li>([a-z]+)</li>")


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["tickets", *words])


@pytest.fixture
def school(make_app: MakeApp) -> Flask:
    """An installation that asks for tickets."""
    return make_app(STOA_JOIN="ticket")


@pytest.fixture
def tickets(school: Flask) -> list[str]:
    """Three tickets, as they are printed."""
    facts = json.loads(run(school, "print", "3", "--json").stdout)
    return [str(ticket) for ticket in facts["tickets"]]


def left(app: Flask) -> int:
    return int(json.loads(run(app, "count", "--json").stdout)["left"])


def spent(app: Flask) -> int:
    return sum(json.loads(run(app, "count", "--json").stdout)["spent"].values())


def confirm(browser: FlaskClient) -> int:
    """Type two of the words back. The status of the answer."""
    page = browser.get("/join/words").text
    shown = re.search(r'<ol[^>]*translate="no"[^>]*>(.*?)</ol>', page, re.S)
    assert shown is not None
    words = WORDS.findall(shown.group(1))
    asked = [int(number) for number in re.findall(r'data-word="(\d)"', page)]
    typed = {"first": words[asked[0] - 1], "second": words[asked[1] - 1]}
    return post_form(browser, "/join/words", typed).status_code


def test_a_ticket_lets_somebody_join(school: Flask, tickets: list[str]) -> None:
    browser = school.test_client()
    assert post_form(browser, "/join", {"code": tickets[0]}).status_code == 303
    assert confirm(browser) == 303
    assert browser.get("/me").status_code == 200


def test_the_page_asks_for_the_ticket(school: Flask, tickets: list[str]) -> None:
    assert tickets
    assert "on your paper slip" in school.test_client().get("/join").text


def test_a_spent_ticket_becomes_a_number(school: Flask, tickets: list[str]) -> None:
    browser = school.test_client()
    post_form(browser, "/join", {"code": tickets[0]})
    confirm(browser)
    assert left(school) == 2
    assert spent(school) == 1


def test_a_ticket_is_not_spent_before_the_words_are_confirmed(school: Flask, tickets: list[str]) -> None:
    post_form(school.test_client(), "/join", {"code": tickets[0]})
    assert left(school) == 3
    again = school.test_client()
    post_form(again, "/join", {"code": tickets[0]})
    assert confirm(again) == 303


def test_a_spent_ticket_opens_nothing(school: Flask, tickets: list[str]) -> None:
    browser = school.test_client()
    post_form(browser, "/join", {"code": tickets[0]})
    confirm(browser)
    refused = post_form(school.test_client(), "/join", {"code": tickets[0]})
    assert refused.status_code == 422
    assert "does not open the door" in refused.text


def test_a_ticket_that_nobody_printed_opens_nothing(school: Flask, tickets: list[str]) -> None:
    assert tickets
    refused = post_form(school.test_client(), "/join", {"code": make_ticket()})
    assert refused.status_code == 422
    assert "does not open the door" in refused.text


def test_a_mistyped_ticket_is_told_apart(school: Flask, tickets: list[str]) -> None:
    first = ALPHABET[(ALPHABET.index(tickets[0][0]) + 1) % 32]
    refused = post_form(school.test_client(), "/join", {"code": first + tickets[0][1:]})
    assert refused.status_code == 422
    assert "mistyped" in refused.text


def test_of_two_who_began_with_one_ticket_the_second_is_told_and_asked_for_another(
    school: Flask, tickets: list[str]
) -> None:
    quick, slow = school.test_client(), school.test_client()
    for browser in (quick, slow):
        post_form(browser, "/join", {"code": tickets[0]})
    confirm(quick)
    assert confirm(slow) == 409
    assert slow.get("/me").status_code == 303


def begun_by(app: Flask, ticket: bytes) -> Callable[[], bool]:
    """Somebody who was shown their words, and what they do next."""
    token = join(now=utcnow(), ticket=ticket)

    def confirm_at_once() -> bool:
        with app.test_request_context(), transaction():
            session = find_session(token, now=utcnow())
            assert session is not None
            account = joining_account(session.person, now=utcnow())
            confirm_words(account, session, [session.words[place] for place in session.asked], now=utcnow())
            return True

    return confirm_at_once


def test_two_people_with_one_ticket_at_once_make_one_account(both_databases: Flask) -> None:
    app = both_databases
    with app.test_request_context():
        for round_ in range(1, 6):
            (code,) = print_tickets(1)
            store_tickets([code], actor="command", now=utcnow())
            acts = [begun_by(app, find_ticket(code)) for _ in range(4)]
            db.session.rollback()

            results = at_once(app, acts)

            assert [one for one in results if one is True] == [True]
            assert all(isinstance(one, TicketSpent) for one in results if one is not True)
            assert queries.count_accounts() == round_
            db.session.rollback()
        assert sum(ticket_queries.spent_tickets().values()) == 5
        assert ticket_queries.count_tickets() == 0
        db.session.remove()


def test_nothing_of_a_printed_ticket_lies_in_the_data_directory(school: Flask, tickets: list[str]) -> None:
    post_form(school.test_client(), "/join", {"code": tickets[0]})
    bodies = [path.read_bytes() for path in settings_of(school).data_dir.rglob("*") if path.is_file()]
    assert len(bodies) > 5
    for ticket in tickets:
        for trace in (ticket, ticket.replace("-", ""), ticket.replace("-", "").lower()):
            assert not [body for body in bodies if trace.encode() in body]


def test_the_rows_stand_in_no_order_of_the_paper(school: Flask, tickets: list[str]) -> None:
    assert tickets
    with school.app_context():
        rows = db.session.execute(db.text("SELECT code_hash FROM tickets ORDER BY rowid")).scalars().all()
        assert rows == sorted(rows)
        db.session.remove()


def test_the_page_for_the_printer_holds_each_ticket_in_three_languages(school: Flask, tmp_path: Path) -> None:
    run(school, "print", "40", "--out", str(tmp_path / "tickets.html"))
    page = (tmp_path / "tickets.html").read_text()
    assert len(set(re.findall(r'<strong translate="no">([0-9A-Z-]{11})</strong>', page))) == 40
    assert [page.count(f'<p lang="{language}">') for language in ("en", "el", "id")] == [40, 40, 40]
    assert "break-inside" in page
    assert "dashed" in page
    assert not re.search(r"https?://|<script|<link|\sstyle=", page)


def test_the_page_is_for_its_owner_alone_and_replaces_nothing(school: Flask, tmp_path: Path) -> None:
    path = tmp_path / "tickets.html"
    run(school, "print", "2", "--out", str(path))
    assert path.stat().st_mode & 0o077 == 0
    before = path.read_text()
    assert run(school, "print", "2", "--out", str(path)).exit_code == 1
    assert path.read_text() == before
    assert left(school) == 2


def test_a_lost_stack_can_be_made_worthless(school: Flask, tickets: list[str]) -> None:
    done = run(school, "void", f"{utcnow():%Y-%m-%d}", "--json")
    assert json.loads(done.stdout) == {"voided": 3}
    assert left(school) == 0
    assert "Nobody can join at the moment" in school.test_client().get("/join").text
    assert tickets


def test_the_audit_log_knows_how_many_were_printed_and_not_which(school: Flask, tickets: list[str]) -> None:
    with school.app_context():
        rows = db.session.execute(db.text("SELECT detail FROM audit_events WHERE kind = 'tickets_printed'"))
        assert [json.loads(row.detail) for row in rows] == [{"count": 3}]
        db.session.remove()
    assert tickets

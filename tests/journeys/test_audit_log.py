"""Whatever the staff did stands in the audit log, and whoever tampers with the log is found out."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app import write_anchor
from core import queries
from core.clock import utcnow
from core.db import db, transaction
from core.models import AuditEvent
from tests.journeys.steps import (
    accept_escalation,
    begin_thread,
    decide,
    decide_next,
    escalate_next,
    take_next,
    write_letter,
)
from tests.people import post_form, run_outbox


def events(app: Flask) -> list[AuditEvent]:
    """The log, from the beginning."""
    with app.app_context():
        found = list(queries.all_audit_events())
        db.session.remove()
    return found


def verify(app: Flask) -> Any:
    """What `flask audit verify` says."""
    return app.test_cli_runner().invoke(args=["audit", "verify"])


@pytest.fixture
def story(app: Flask, anna: FlaskClient, maya: FlaskClient, nora: FlaskClient) -> Flask:
    """A text that was escalated, taken and read about; and another that was published."""
    begin_thread(anna, "Empty", "I feel hopeless and I count the quinces in the bowl.")
    escalate_next(maya)
    case = accept_escalation(nora)
    assert nora.get(case).status_code == 200
    write_letter(nora, case, "I am here, marzipan.")
    begin_thread(anna, "Lost", "I do not know where the library is.")
    decide_next(maya, "publish")
    run_outbox(app)
    with app.app_context():
        write_anchor(utcnow())
        db.session.remove()
    return app


def test_every_act_of_the_staff_is_in_the_log_with_who_did_it(story: Flask) -> None:
    # Then who claimed, decided, escalated, accepted, opened an author and read a case stands there
    logged = events(story)
    kinds = [event.kind for event in logged]
    for kind, times in {
        "staff_signed_in": 2,
        "item_claimed": 2,
        "decided": 2,
        "escalated": 1,
        "escalation_accepted": 1,
        "case_taken": 1,
        "escalation_read": 1,
        "case_read": 1,
    }.items():
        assert kinds.count(kind) == times, kind
    deciders = [event.actor for event in logged if event.kind == "decided"]
    assert all(re.fullmatch(r"staff:[0-9a-z]{13}", actor) for actor in deciders)


def test_each_opening_of_an_author_is_in_the_log_with_its_purpose(story: Flask) -> None:
    # Given the two authors that were opened: to accept an escalation, and to tell of a publication
    opened = [event for event in events(story) if event.kind == "author_ref_opened"]

    # Then each has its purpose, and none names the account
    purposes = {event.detail["purpose"] for event in opened}
    assert "accept an escalation" in purposes
    assert len(purposes) >= 2
    with story.app_context():
        accounts = list(db.session.execute(text("SELECT id FROM accounts")).scalars())
    assert accounts
    for event in opened:
        assert not any(str(account) in f"{event.target}{event.detail}" for account in accounts)


def test_reading_a_case_again_soon_is_the_same_reading(story: Flask, nora: FlaskClient) -> None:
    # When the professional turns to the case again within a quarter of an hour
    case = re.findall(r'href="(/counselling/cases/[0-9a-z]{13})"', nora.get("/counselling/").text)[0]
    for _ in range(3):
        nora.get(case)

    # Then the log has one reading
    assert [event.kind for event in events(story)].count("case_read") == 1


def test_no_line_holds_a_private_word(story: Flask) -> None:
    # Then nothing that anybody wrote stands in the log
    lines = " ".join(f"{event.kind} {event.actor} {event.target} {event.detail}" for event in events(story))
    for word in ("quinces", "hopeless", "marzipan", "nothing will ever", "library", "Empty"):
        assert word not in lines


def test_undoing_and_giving_back_are_in_the_log_too(app: Flask, anna: FlaskClient, maya: FlaskClient) -> None:
    # When a moderator gives an item back, takes it again, decides, and takes the decision back
    begin_thread(anna, "Lost", "I do not know where the library is.")
    item = take_next(maya)
    post_form(maya, f"{item}/release", {}, page=item)
    take_next(maya)
    decide(maya, item, "publish")
    post_form(maya, f"{item}/undo", {}, page=item)

    # Then all of it is there, in order
    kinds = [event.kind for event in events(app) if event.target.startswith("item:")]
    assert kinds == ["item_claimed", "item_released", "item_claimed", "decided", "decision_undone"]


def test_a_log_that_nobody_touched_is_whole(story: Flask) -> None:
    result = verify(story)
    assert result.exit_code == 0
    assert "whole" in result.output


def change(line: int) -> None:
    db.session.execute(text("UPDATE audit_events SET actor = 'staff:x' WHERE sequence = :n"), {"n": line})


def delete(line: int) -> None:
    db.session.execute(text("DELETE FROM audit_events WHERE sequence = :n"), {"n": line})


def swap(line: int) -> None:
    for old, new in ((line, -1), (line + 1, line), (-1, line + 1)):
        db.session.execute(
            text("UPDATE audit_events SET sequence = :new WHERE sequence = :old"), {"old": old, "new": new}
        )


def cut(line: int) -> None:
    db.session.execute(text("DELETE FROM audit_events WHERE sequence > :n"), {"n": line})


def cut_with_its_head(line: int) -> None:
    """As somebody who knows the tables: the chain that is left is whole."""
    cut(line)
    last = "(SELECT mac FROM audit_events WHERE sequence = :n)"
    db.session.execute(text(f"UPDATE audit_heads SET sequence = :n, mac = {last}"), {"n": line})


@pytest.mark.parametrize("tamper", [change, delete, swap, cut, cut_with_its_head])
def test_whoever_tampers_with_the_log_is_found_out(story: Flask, tamper: Callable[[int], None]) -> None:
    # When somebody with the database in their hands tampers with the middle of the log
    with story.app_context():
        with transaction():
            tamper(len(list(queries.all_audit_events())) // 2)
        db.session.remove()

    # Then the check fails, and says where
    result = verify(story)
    assert result.exit_code == 1
    assert "line" in result.output

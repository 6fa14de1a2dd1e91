"""One damaged row of a case, or of an item, breaks nothing for anybody else, and staff see it."""

import json
import os
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from accounts.models import Account, Staff
from core import worker
from core.clock import utcnow
from core.db import db, transaction
from core.queries import latest_audit_event
from core.unreadable import damaged_places
from core.web import settings_of
from counselling import queries
from counselling.cases import close_case
from counselling.clocks import climb
from counselling.exporting import export_conversations
from counselling.messages import hear_student, write_letter
from counselling.models import AuthorKind, ObligationState
from counselling.retention import KEPT_FOR, WARNED_BEFORE, destroy_old_cases, warn_of_destruction
from counselling.taking import accept_escalation
from moderation.bands import Band
from tests.counselling.people import NOON, add_student, escalate_post, make_case, write_post
from tests.faults.stage import Stage, build_stage
from tests.journeys.steps import begin_thread, waiting_items
from tests.journeys.steps import write_letter as send_letter
from tests.people import hidden_fields, post_form, run_outbox

SENTENCE = "This part cannot be read: it was damaged. The team has been told."
LATER = NOON + timedelta(days=30)
CELLS = ("wrapped_key", "pseudonym", "student_ref", "links")


def damage(table: str, column: str, where: str = "") -> None:
    """Change the bytes of one cell, as a disk does."""
    db.session.rollback()
    with transaction():
        statement = f"UPDATE {table} SET {column} = :noise WHERE {column} IS NOT NULL {where}"
        done = db.session.execute(text(statement), {"noise": os.urandom(300)})
        assert done.rowcount == 1  # type: ignore[attr-defined]
    db.session.expire_all()


@pytest.fixture
def stage(app: Flask) -> Stage:
    """Anna's case with Nora has a letter from each side."""
    built = build_stage(app)
    send_letter(built.nora, built.case, "A letter that was there before.")
    talk = built.conversation
    sent = post_form(built.anna, f"{talk}/messages", {"body": "Thank you for it."}, page=talk)
    assert sent.status_code == 303
    return built


@pytest.mark.parametrize("cell", CELLS)
def test_the_worklist_shows_the_others(app: Flask, stage: Stage, cell: str) -> None:
    with app.app_context():
        damage("cases", cell)
        db.session.remove()
    page = stage.nora.get("/counselling/")
    assert page.status_code == 200
    assert stage.escalation in page.text
    assert stage.case in page.text


def test_a_damaged_letter_has_a_sentence_in_its_place_and_the_others_stand(app: Flask, stage: Stage) -> None:
    with app.app_context():
        damage("case_messages", "sealed", "AND number = 1")
        db.session.remove()
    for browser, address in ((stage.anna, stage.conversation), (stage.nora, stage.case)):
        page = browser.get(address)
        assert page.status_code == 200
        assert SENTENCE in page.text
        assert "Thank you for it." in page.text
    assert SENTENCE in json.dumps(stage.anna.get("/me/export").get_json()["conversations"])


def test_a_case_of_which_nothing_opens_says_so_to_both_sides_and_gives_back_what_was_typed(
    app: Flask, stage: Stage
) -> None:
    # Given a letter that lies open half written
    talk = stage.conversation
    with app.app_context():
        db.session.remove()
    before = stage.anna.get(talk).text
    with app.app_context():
        damage("cases", "wrapped_key")
        db.session.remove()

    # Then both sides are told
    for browser, address in ((stage.anna, talk), (stage.nora, stage.case)):
        page = browser.get(address)
        assert page.status_code == 503
        assert "This cannot be opened" in page.text
        assert 'href="/help"' in page.text
    sent = stage.anna.post(
        f"{talk}/messages", data=hidden_fields(before, action=f"{talk}/messages") | {"body": "Half a word"}
    )
    assert sent.status_code == 503
    assert "Half a word" in sent.text


def test_a_student_whose_case_is_damaged_can_ask_anew(app: Flask, stage: Stage) -> None:
    with app.app_context():
        damage("cases", "wrapped_key")
        db.session.remove()
    asked = post_form(stage.anna, "/counsel/request", {"body": "May I begin again?"})
    assert asked.status_code == 303
    assert "May I begin again?" in stage.anna.get(asked.headers["Location"]).text


def test_staff_see_that_there_is_something_and_the_log_says_where(app: Flask, stage: Stage) -> None:
    with app.app_context():
        damage("cases", "wrapped_key")
        db.session.remove()
    stage.nora.get(stage.case)
    case = f"case:{stage.case.split('/')[-1]}"
    assert damaged_places(settings_of(app).data_dir) == [case]
    assert "Something that lies sealed cannot be opened." in stage.nora.get("/counselling/").text
    with app.app_context():
        worker.run_once(now=utcnow())
        event = latest_audit_event(kind="unreadable", actor="system", target=case)
        assert event is not None
        assert event.detail == {}


def test_a_letter_in_a_case_of_which_nothing_opens_stays_unread(app: Flask, stage: Stage) -> None:
    with app.app_context():
        damage("cases", "wrapped_key")
        db.session.remove()
    stage.nora.get(stage.case)
    with app.app_context():
        assert queries.has_unread(stage.case.split("/")[-1], AuthorKind.STUDENT)


# Items


@pytest.mark.parametrize(
    ("table", "column"),
    [("queue_items", "handle"), ("queue_items", "excluded"), ("queue_items", "hold_reason")],
)
def test_a_damaged_item_stays_in_the_queue_and_hides_nobody_else_s(
    app: Flask, stage: Stage, table: str, column: str
) -> None:
    begin_thread(stage.anna, "One more", "Where is the canteen?")
    before = waiting_items(stage.maya)
    assert len(before) >= 1
    with app.app_context():
        db.session.rollback()
        with transaction():
            db.session.execute(text(f"UPDATE {table} SET {column} = :noise"), {"noise": os.urandom(300)})
        db.session.remove()
    assert waiting_items(stage.maya) == before
    assert stage.maya.get(stage.item).status_code == 200


def test_a_held_text_that_is_damaged_stays_in_the_queue_with_a_sentence(app: Flask, stage: Stage) -> None:
    with app.app_context():
        db.session.rollback()
        with transaction():
            db.session.execute(
                text("UPDATE post_revisions SET sealed = :noise WHERE sealed IS NOT NULL"),
                {"noise": os.urandom(300)},
            )
        db.session.remove()
    assert stage.maya.get("/moderation/queue").status_code == 200
    page = stage.maya.get(stage.item)
    assert page.status_code == 200
    assert SENTENCE in page.text


# Sweeps and clocks


@pytest.mark.parametrize("column", ["prompted_by", "already_said"])
def test_the_clock_of_a_damaged_escalation_climbs_and_so_do_the_others(inside: Flask, column: str) -> None:
    assert inside
    first, second = (escalate_post(write_post(add_student()), Band.RED) for _ in range(2))
    with transaction():
        db.session.execute(text(f"UPDATE escalations SET {column} = :noise"), {"noise": os.urandom(300)})
    climb(LATER)
    db.session.expire_all()
    assert first.climbed > 0
    assert second.climbed > 0


@pytest.mark.parametrize("cell", CELLS)
def test_the_clock_of_a_damaged_case_climbs_and_so_do_the_others(inside: Flask, cell: str) -> None:
    assert inside
    damaged, sound = make_case(add_student(), None), make_case(add_student(), None)
    with transaction():
        setattr(damaged, cell, os.urandom(300))
    climb(LATER)
    db.session.expire_all()
    assert damaged.climbed > 0
    assert sound.climbed > 0


def test_the_clock_of_a_promise_with_a_damaged_reason_runs_out(inside: Flask, maya: Staff) -> None:
    assert inside
    student = add_student()
    case = make_case(student, maya)
    with transaction():
        hear_student(case, "Please answer me.", now=NOON)
        for one in queries.unsettled_obligations(case.id):
            one.reason = os.urandom(300)
    climb(LATER)
    db.session.expire_all()
    assert {one.state for one in queries.obligations(case.id)} == {ObligationState.MISSED}


@pytest.mark.parametrize("cell", CELLS)
def test_retention_passes_over_no_case_for_a_damaged_one(inside: Flask, maya: Staff, cell: str) -> None:
    assert inside
    closed = []
    for number in range(3):
        case = make_case(add_student(), maya)
        with transaction():
            close_case(case, summary="It is well.", actor=maya, now=NOON + timedelta(minutes=number))
        closed.append(case)
    with transaction():
        setattr(closed[0], cell, os.urandom(300))
    warn_of_destruction(NOON + KEPT_FOR - WARNED_BEFORE + timedelta(hours=1))
    destroy_old_cases(NOON + KEPT_FOR + timedelta(days=1))
    db.session.expire_all()
    assert [case.wrapped_key for case in closed[1:]] == [None, None]


@pytest.mark.parametrize("cell", CELLS)
def test_a_notice_about_a_damaged_case_holds_up_no_other(
    inside: Flask, maya: Staff, student: Account, cell: str
) -> None:
    damaged, other = make_case(add_student(), maya), make_case(student, maya)
    with transaction():
        write_letter(damaged, "One.", author=maya, now=NOON)
        write_letter(other, "Two.", author=maya, now=NOON)
        setattr(damaged, cell, os.urandom(300))
    run_outbox(inside)
    db.session.expire_all()
    assert student.unread > 0


def test_an_escalation_of_a_student_whose_case_is_damaged_opens_a_new_one(
    inside: Flask, maya: Staff, student: Account
) -> None:
    assert inside
    case = make_case(student, maya)
    with transaction():
        case.wrapped_key = os.urandom(93)
    escalation = escalate_post(write_post(student))
    with transaction():
        taken = accept_escalation(escalation, actor=maya, now=NOON)
    assert taken.case.id != case.id
    assert taken.is_mine


def test_damaged_links_begin_anew(inside: Flask, maya: Staff, student: Account) -> None:
    assert inside
    case = make_case(student, maya)
    with transaction():
        case.links = os.urandom(300)
    escalation = escalate_post(write_post(student))
    with transaction():
        assert accept_escalation(escalation, actor=maya, now=NOON).case.id == case.id


def test_what_is_left_of_a_damaged_case_is_exported(inside: Flask, maya: Staff, student: Account) -> None:
    case = make_case(student, maya)
    with transaction():
        write_letter(case, "One.", author=maya, now=NOON)
        write_letter(case, "Two.", author=maya, now=NOON)
        queries.messages(case.id)[0].sealed = os.urandom(300)
    with inside.test_request_context():
        (exported,) = export_conversations(student)
    assert [one["body"] for one in exported["letters"]] == [SENTENCE, "Two."]

"""Reaching out: a note between the author of a text and the team, which nobody else can open."""

import json
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.models import Step
from accounts.permissions import Role
from core import outbox
from core.db import db, transaction
from core.models import OutboxRow
from core.refusals import Missing
from forum.leaving import OwnPosts, leave_forum
from moderation import note_queries, queries
from moderation.access import locked_item
from moderation.bands import Band
from moderation.decisions import NoteMissing, decide, undo
from moderation.escalations import Briefing
from moderation.judging import NotTrained
from moderation.models import Conduct, ItemState, ReasonKind, Risk
from moderation.notes import (
    NobodyToWriteTo,
    TooLateToTakeBack,
    forget_old_notes,
    hear_author,
    lines_for_author,
    lines_of,
    take_back_line,
    write_from_team,
)
from moderation.queue import reopen
from tests.cast import (
    MINUTE,
    NOON,
    begin_thread,
    choice,
    claimed,
    decided,
    item,
    item_id_of,
    new_moderator,
    new_student,
    post,
    staff,
    student,
)
from tests.journeys import steps
from tests.people import post_form, run_outbox

LINE = "Thank you for telling us. How are you tonight?"


def reached_out(author: str, maya: str, conduct: Conduct = Conduct.PUBLISH, **more: object) -> str:
    """A text whose author was written to. Gives the post's id."""
    post_id = begin_thread(author)
    decided(post_id, conduct, Risk.REACH_OUT, by=maya, **({"note": LINE} | more))
    return post_id


def deliver() -> None:
    """The ten seconds are over, and the notice has left."""
    with transaction():
        db.session.query(OutboxRow).filter_by(kind="notice").delete()


def answer(post_id: str, body: str = "A little better.") -> None:
    with transaction():
        hear_author(post(post_id), body, now=NOON + MINUTE)


def bodies(post_id: str) -> list[str]:
    return [line.body for line in lines_for_author(post(post_id))]


@pytest.mark.parametrize("conduct", [Conduct.PUBLISH, Conduct.KEEP_HELD, Conduct.ASK_CHANGE])
def test_the_author_reads_the_note_once_the_decision_has_left(app: Flask, conduct: Conduct) -> None:
    with app.app_context():
        post_id = reached_out(new_student(), new_moderator(), conduct, reason="other")
        assert bodies(post_id) == []
        deliver()
        assert bodies(post_id) == [LINE]


def test_a_note_that_is_taken_back_in_time_was_never_there(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        post_id = reached_out(new_student(), maya, Conduct.KEEP_HELD)
        with transaction():
            undo(item(item_id_of(post_id)), actor=staff(maya), now=NOON)
        assert lines_of(item_id_of(post_id)) == []
        assert item(item_id_of(post_id)).state is ItemState.WAITING
        assert db.session.query(OutboxRow).filter_by(kind="notice").count() == 0


def test_taking_back_a_note_leaves_a_published_text_in_its_place(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        post_id = begin_thread(new_student())
        held = decided(post_id, by=maya)
        place, sequence = post(post_id).position, post(post_id).sequence
        deliver()
        with transaction():
            reopen(item(held.id), now=NOON)
        again = claimed(post_id, by=maya)
        with transaction():
            what = choice(again, Conduct.DISMISS, Risk.REACH_OUT)
            decide(item(again.id), what, actor=staff(maya), now=NOON + MINUTE)
        with transaction():
            undo(item(held.id), actor=staff(maya), now=NOON + MINUTE)
        assert (post(post_id).position, post(post_id).sequence) == (place, sequence)


def second_line(maya: str) -> str:
    """A note to which maya wrote a second line a moment ago. Gives the post's id."""
    post_id = reached_out(new_student(), maya)
    deliver()
    with transaction():
        write_from_team(item(item_id_of(post_id)), "We think of you.", actor=staff(maya), now=NOON)
    return post_id


def take_back(post_id: str, by: str) -> str:
    with transaction():
        return take_back_line(item(item_id_of(post_id)), actor=staff(by), now=NOON)


def test_a_further_line_is_read_once_it_cannot_be_taken_back(app: Flask) -> None:
    with app.app_context():
        post_id = second_line(new_moderator())
        for seconds in (9, 11):
            assert bodies(post_id) == [LINE]
            while outbox.drain(now=NOON + timedelta(seconds=seconds)):
                pass
        assert bodies(post_id) == [LINE, "We think of you."]


def test_a_further_line_that_is_taken_back_was_never_there(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        post_id = second_line(maya)

        assert take_back(post_id, maya) == "We think of you."
        assert [line.body for line in lines_of(item_id_of(post_id))] == [LINE]
        assert db.session.query(OutboxRow).filter_by(kind="notice").count() == 0


def test_what_the_author_was_told_of_is_not_taken_back(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        post_id = second_line(maya)
        deliver()
        with pytest.raises(TooLateToTakeBack):
            take_back(post_id, maya)


def test_a_line_that_is_on_its_way_is_not_taken_back(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        post_id = second_line(maya)
        with transaction():
            db.session.query(OutboxRow).filter_by(kind="notice").one().taken_until = NOON + MINUTE
        with pytest.raises(TooLateToTakeBack):
            take_back(post_id, maya)


def test_nobody_takes_back_what_a_colleague_wrote(app: Flask) -> None:
    with app.app_context():
        post_id = second_line(new_moderator())
        with pytest.raises(TooLateToTakeBack):
            take_back(post_id, new_moderator("noor"))


def test_taking_a_line_back_twice_takes_one(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        post_id = second_line(maya)
        take_back(post_id, maya)
        with pytest.raises(TooLateToTakeBack):
            take_back(post_id, maya)
        assert [line.body for line in lines_of(item_id_of(post_id))] == [LINE]


def test_a_line_that_was_taken_back_stands_in_the_form_again(app: Flask) -> None:
    ana, maya = steps.new_student(app), steps.new_staff(app, Role.MODERATOR, "maya")
    steps.begin_thread(ana, "Evenings", "The evenings are hard.")
    found = steps.decide_next(maya, "publish", "reach_out", note=LINE)
    run_outbox(app)
    post_form(maya, f"{found}/note", {"body": "We think of you."}, page=found)

    undone = post_form(maya, f"{found}/note/take-back", {}, page=found)
    assert (undone.status_code, undone.location) == (303, f"{found}/note")
    again = maya.get(f"{found}/note").text
    assert re.search(r"<textarea[^>]*>\s*We think of you.</textarea>", again)

    assert post_form(maya, f"{found}/note", {"body": "We are here."}).status_code == 303
    assert "We think of you." not in maya.get(f"{found}/note").text


def test_to_reach_out_is_to_write(app: Flask) -> None:
    with app.app_context(), pytest.raises(NoteMissing):
        reached_out(new_student(), new_moderator(), note="")


def test_nobody_is_written_to_where_no_author_can_be_reached(app: Flask) -> None:
    with app.app_context():
        ana, maya = new_student(), new_moderator()
        held = claimed(begin_thread(ana), by=maya)
        with transaction():
            post(held.post_id).author_ref = None
        what = choice(item(held.id), Conduct.PUBLISH, Risk.REACH_OUT)
        with pytest.raises(NobodyToWriteTo), transaction():
            decide(item(held.id), what, actor=staff(maya), now=NOON)


@pytest.mark.parametrize(
    ("body", "band"), [("A little better.", Band.GREEN), ("I am going to kill myself tonight.", Band.CRISIS)]
)
def test_an_answer_brings_the_text_back_as_urgent_as_it_sounds(app: Flask, body: str, band: Band) -> None:
    with app.app_context():
        post_id = reached_out(new_student(), new_moderator())
        deliver()
        answer(post_id, body)

        waiting = item(item_id_of(post_id))
        assert (waiting.state, waiting.band) == (ItemState.WAITING, band)
        assert [reason.kind for reason in queries.open_reasons(waiting.id)] == [ReasonKind.NOTE]


def test_an_answer_hastens_an_escalation_that_waits(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        post_id = reached_out(new_student(), maya)
        deliver()
        answer(post_id)
        held = claimed(post_id, by=maya)
        briefing = Briefing(Band.AMBER, "the note", "that we read it")
        with transaction():
            what = choice(held, Conduct.DISMISS, Risk.ESCALATE, briefing=briefing)
            decide(item(held.id), what, actor=staff(maya), now=NOON)
        answer(post_id, "I am going to kill myself tonight.")

        (escalation,) = queries.escalations_of_item(held.id)
        assert escalation.band is Band.CRISIS


def test_an_answer_ends_a_hold(app: Flask) -> None:
    with app.app_context():
        post_id = reached_out(new_student(), new_moderator(), Conduct.KEEP_HELD)
        deliver()
        assert item(item_id_of(post_id)).state is ItemState.ON_HOLD
        answer(post_id)
        assert item(item_id_of(post_id)).state is ItemState.WAITING


def test_nobody_answers_where_no_note_is_open(app: Flask) -> None:
    with app.app_context():
        post_id = begin_thread(new_student())
        with pytest.raises(Missing):
            answer(post_id)
        maya = new_moderator()
        with pytest.raises(Missing), transaction():
            write_from_team(item(item_id_of(post_id)), LINE, actor=staff(maya), now=NOON)


def test_an_observer_does_not_write_for_the_team(app: Flask) -> None:
    with app.app_context():
        post_id = reached_out(new_student(), new_moderator())
        tom = new_moderator("tom", step=Step.OBSERVER)
        with pytest.raises(NotTrained), transaction():
            write_from_team(locked_item(item_id_of(post_id)), LINE, actor=staff(tom), now=NOON)


def test_a_line_keeps_its_order_and_no_minute(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        post_id = reached_out(new_student(), maya)
        deliver()
        for number in range(3):
            answer(post_id, f"Line {number}.")
        lines = lines_of(item_id_of(post_id))
        assert [line.body for line in lines] == [LINE, "Line 0.", "Line 1.", "Line 2."]
        assert {(line.written_at.minute, line.written_at.second) for line in lines} == {(0, 0)}


def test_the_words_lie_sealed(app: Flask) -> None:
    with app.app_context():
        reached_out(new_student(), new_moderator())
        rows = db.session.connection().exec_driver_sql("SELECT body FROM team_notes").all()
        assert rows
        assert all(b"Thank you" not in bytes(row[0]) for row in rows)


def test_the_note_goes_with_the_account(app: Flask) -> None:
    with app.app_context():
        ana = new_student()
        post_id = reached_out(ana, new_moderator())
        item_id = item_id_of(post_id)
        with transaction():
            leave_forum(student(ana), posts=OwnPosts.KEEP, reacted=(), now=NOON)
        assert lines_of(item_id) == []


def test_the_note_stays_while_somebody_may_be_in_danger_and_goes_then(app: Flask) -> None:
    with app.app_context():
        ana, maya = new_student(), new_moderator()
        post_id = reached_out(ana, maya)
        deliver()
        answer(post_id, "I am going to kill myself tonight.")
        with transaction():
            leave_forum(student(ana), posts=OwnPosts.KEEP, reacted=(), now=NOON)
        assert len(lines_of(item_id_of(post_id))) == 2
        assert forget_old_notes(NOON) == 0

        decided(post_id, Conduct.DISMISS, by=maya)
        assert forget_old_notes(NOON) == 2


def test_a_note_that_nobody_writes_to_is_forgotten_after_a_year(app: Flask) -> None:
    with app.app_context():
        post_id = reached_out(new_student(), new_moderator())
        assert forget_old_notes(NOON + timedelta(days=364)) == 0
        assert forget_old_notes(NOON + timedelta(days=367)) == 1
        assert note_queries.notes_on_post(post_id) == []


def test_student_and_team_write_to_each_other(app: Flask, client: FlaskClient) -> None:
    # Given a student whose text worried a moderator, who reaches out
    ana, ben = steps.new_student(app), steps.new_student(app)
    maya = steps.new_staff(app, Role.MODERATOR, "maya")
    nora = steps.new_staff(app, Role.PROFESSIONAL, "nora")
    steps.begin_thread(ana, "Evenings", "The evenings are hard.")
    found = steps.decide_next(maya, "publish", "reach_out", note=LINE)
    run_outbox(app)

    # Then the student finds it on their own page, with crisis help and a counsellor beside it
    mine = ana.get("/me").text
    assert "The team has written to you." in mine
    address = mine.split('/note"')[0].rsplit('href="', 1)[1] + "/note"
    page = ana.get(address).text
    assert LINE in page
    assert "Say it to a counsellor instead" in page
    assert 'href="/help"' in page
    assert "Maya" not in page + mine

    # And nobody else does
    assert ben.get(address).status_code == 404
    assert maya.get(address).status_code in {403, 404}
    assert client.get(address).status_code in {302, 303, 401, 404}

    # When they answer, twice by a double click
    fields = {"body": "Thank you. It was a bad day."}
    for _ in range(2):
        sent = post_form(ana, address, fields | {"submission_id": "one-click"})
        assert sent.status_code == 303

    # Then the text waits again, with the answer once, and the team answers from there
    assert steps.waiting_items(maya) == [found]
    assert maya.get(found).text.count("It was a bad day.") == 1
    steps.take(maya, found)
    assert post_form(maya, f"{found}/note", {"body": "We are glad."}, page=found).status_code == 303
    run_outbox(app)
    assert "We are glad." in ana.get(address).text

    # And a professional who takes over reads it along
    steps.decide(maya, found, "dismiss", "escalate", **steps.BRIEFING)
    (escalation,) = steps.waiting_escalations(nora)
    assert "It was a bad day." in nora.get(escalation).text

    # And the student takes it along
    notes = json.loads(ana.get("/me/export").text)["team_notes"]
    assert [(one["from"], one["body"]) for one in notes] == [
        ("team", LINE),
        ("you", "Thank you. It was a bad day."),
        ("team", "We are glad."),
    ]


def test_unkind_words_are_pointed_out_and_a_person_decides(app: Flask) -> None:
    ana, maya = steps.new_student(app), steps.new_staff(app, Role.MODERATOR, "maya")
    steps.begin_thread(ana, "Evenings", "The evenings are hard.")
    found = steps.take_next(maya)
    note = "You should have called somebody."

    warned = steps.decide(maya, found, "publish", "reach_out", note=note)
    assert warned.status_code == 422
    assert "You should have" in warned.text
    assert note in warned.text
    assert 'name="kind" value="anyway"' in warned.text

    sent = steps.decide(maya, found, "publish", "reach_out", note=note, kind="anyway")
    assert sent.status_code == 303


def test_what_was_asked_stays_beside_the_editor_while_the_note_is_answered(app: Flask) -> None:
    ana, maya = steps.new_student(app), steps.new_staff(app, Role.MODERATOR, "maya")
    steps.begin_thread(ana, "Evenings", "The evenings are hard.")
    found = steps.decide_next(maya, "ask_change", "reach_out", reason="unclear", note=LINE)
    run_outbox(app)
    post_id = steps.post_ids(ana.get("/me").text)[0]
    edit, address = f"/p/{post_id}/edit", f"/p/{post_id}/note"

    assert post_form(ana, address, {"body": "Thank you."}).status_code == 303
    assert "What the team asks of you" in ana.get(edit).text

    steps.take(maya, found)
    assert steps.decide(maya, found, "dismiss").status_code == 303
    assert "What the team asks of you" in ana.get(edit).text

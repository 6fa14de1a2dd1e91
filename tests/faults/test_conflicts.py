"""Two people, or one person too late: who comes second is told, decides nothing, and keeps their words."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from core import worker
from core.clock import utcnow
from core.db import db, transaction
from moderation.models import QueueItem
from tests.journeys.steps import (
    begin_thread,
    decide,
    new_staff,
    new_student,
    post_ids,
    take_next,
    waiting_escalations,
)
from tests.journeys.steps import escalate_next as escalate
from tests.people import hidden_fields, post_form

WORDS = "Thank you for trusting us with this."


@pytest.fixture
def anna(app: Flask) -> FlaskClient:
    return new_student(app)


@pytest.fixture
def maya(app: Flask) -> FlaskClient:
    return new_staff(app, Role.MODERATOR, "maya")


@pytest.fixture
def kosta(app: Flask) -> FlaskClient:
    return new_staff(app, Role.MODERATOR, "kosta")


@pytest.fixture
def thread(anna: FlaskClient) -> str:
    return begin_thread(anna, "Lost", "Where is the old library?")


def opened(moderator: FlaskClient, item: str) -> dict[str, str]:
    """The decision as it was filled when the page was opened."""
    fields = hidden_fields(moderator.get(item).text, action=f"{item}/decision")
    return fields | {"conduct": "publish", "risk": "none", "message": WORDS}


def let_claim_lapse(app: Flask, item: str) -> None:
    """As if more than ten minutes had passed, and the worker had been by."""
    with app.app_context():
        with transaction():
            row = db.session.get_one(QueueItem, item.rsplit("/")[-1])
            row.claim_ends_at = utcnow() - timedelta(minutes=1)
        worker.run_once(now=utcnow())
        db.session.remove()


def test_a_text_that_changed_since_it_was_read_is_not_decided_and_both_wordings_are_shown(
    anna: FlaskClient, maya: FlaskClient, thread: str
) -> None:
    # Given a moderator who reads a text while its author writes it anew
    item = take_next(maya)
    fields = opened(maya, item)
    (post,) = post_ids(anna.get(thread).text)
    post_form(anna, f"/p/{post}/edit", {"title": "Lost", "body": "Where is the new museum?"})

    # When they decide about what they read
    answer = maya.post(f"{item}/decision", data=fields)

    # Then nothing is decided, both wordings are there, and their words too
    assert answer.status_code == 409
    assert "Where is the old library?" in answer.text
    assert "Where is the new museum?" in answer.text
    assert WORDS in answer.text
    assert 'data-status="held"' in anna.get(thread).text


def test_something_that_came_in_meanwhile_is_shown_before_a_decision(
    app: Flask, anna: FlaskClient, maya: FlaskClient, thread: str
) -> None:
    # Given a published text that is before a moderator again
    decide(maya, take_next(maya), "publish")
    (post,) = post_ids(anna.get(thread).text)
    post_form(app.test_client(), f"/p/{post}/report", {"reason": "spam"})
    item = take_next(maya)
    fields = opened(maya, item) | {"conduct": "dismiss"}

    # When a second report comes in while they write
    post_form(app.test_client(), f"/p/{post}/report", {"reason": "attacks_me"})
    answer = maya.post(f"{item}/decision", data=fields)

    # Then it is not decided over
    assert answer.status_code == 409
    assert "Something new came in" in answer.text
    assert WORDS in answer.text


def test_a_lapsed_claim_still_decides_when_nobody_took_the_text(
    app: Flask, maya: FlaskClient, thread: str
) -> None:
    # Given a moderator who wrote for longer than their claim holds
    item = take_next(maya)
    fields = opened(maya, item)
    let_claim_lapse(app, item)

    # When they decide
    answer = maya.post(f"{item}/decision", data=fields)

    # Then their work is not lost
    assert answer.status_code == 303
    assert app.test_client().get(thread).status_code == 200


def test_a_lapsed_claim_decides_nothing_when_a_colleague_took_the_text(
    app: Flask, maya: FlaskClient, kosta: FlaskClient, thread: str
) -> None:
    # Given a claim that lapsed, and a colleague who took the text
    item = take_next(maya)
    fields = opened(maya, item)
    let_claim_lapse(app, item)
    assert take_next(kosta) == item

    # When the first decides
    answer = maya.post(f"{item}/decision", data=fields)

    # Then they are told, keep their words, and the colleague decides
    assert answer.status_code == 409
    assert "A colleague is reading this text at the moment." in answer.text
    assert WORDS in answer.text
    assert app.test_client().get(thread).status_code == 404
    assert decide(kosta, item, "publish").status_code == 303


def test_a_text_that_a_colleague_has_decided_is_not_decided_again(
    app: Flask, maya: FlaskClient, kosta: FlaskClient, thread: str
) -> None:
    # Given a colleague who took a lapsed text and decided
    item = take_next(maya)
    fields = opened(maya, item)
    let_claim_lapse(app, item)
    take_next(kosta)
    decide(kosta, item, "not_here", reason="advert")

    # When the first decides otherwise
    answer = maya.post(f"{item}/decision", data=fields)

    # Then they are told what was decided, and it stands
    assert answer.status_code == 409
    assert "The decision was: not here" in answer.text
    assert WORDS in answer.text
    assert app.test_client().get(thread).status_code == 404


def test_an_item_in_somebodys_hands_is_neither_taken_nor_given_back_by_another(
    maya: FlaskClient, kosta: FlaskClient, thread: str
) -> None:
    assert thread
    item = take_next(maya)
    token = hidden_fields(kosta.get("/moderation/unanswered").text)
    assert kosta.post(f"{item}/claim", data=token).status_code == 409
    assert kosta.post(f"{item}/release", data=token).status_code == 409
    assert "Yours until" in maya.get(item).text


def test_a_moderator_has_one_text_in_hand(anna: FlaskClient, maya: FlaskClient, thread: str) -> None:
    assert thread
    begin_thread(anna, "Second", "And where is the canteen?")
    first = take_next(maya)
    second = next(address for address in items(maya) if address != first)
    answer = post_form(maya, f"{second}/claim", {}, page=second)
    assert answer.status_code == 409
    assert "You already have a text in hand." in answer.text
    assert take_next(maya) == first


def items(moderator: FlaskClient) -> list[str]:
    page = moderator.get("/moderation/queue").text
    return re.findall(r'href="(/moderation/items/[0-9a-z]{13})"', page)


def test_an_escalation_that_a_colleague_answered_is_not_answered_again(
    app: Flask, anna: FlaskClient, maya: FlaskClient
) -> None:
    # Given two professionals who have the same escalation open
    begin_thread(anna, "Empty", "I feel hopeless.")
    escalate(maya)
    nora, other = (new_staff(app, Role.PROFESSIONAL, name) for name in ("nora", "other"))
    (escalation,) = waiting_escalations(nora)
    pages = {browser: browser.get(escalation).text for browser in (nora, other)}

    # When both answer it
    def answer(browser: FlaskClient, act: str, **typed: str) -> tuple[int, str]:
        fields = hidden_fields(pages[browser], action=f"{escalation}/{act}")
        sent = browser.post(f"{escalation}/{act}", data=fields | typed)
        return sent.status_code, sent.text

    assert answer(nora, "accept")[0] == 303
    for act in ("accept", "decline"):
        status, page = answer(other, act, reason="I know this student.")

        # Then the second is told, and nothing is changed
        assert status == 409, act
        assert "A colleague has already answered this escalation." in page
    assert "I know this student." in page
    assert other.get(escalation).status_code == 404


def test_a_text_that_was_withdrawn_while_it_was_read_is_not_published(
    app: Flask, anna: FlaskClient, maya: FlaskClient, thread: str
) -> None:
    # Given a moderator who reads a text that its author takes back
    item = take_next(maya)
    fields = opened(maya, item)
    (post,) = post_ids(anna.get(thread).text)
    assert post_form(anna, f"/p/{post}/withdraw", {}, page="/me").status_code == 303

    # When they publish it
    answer = maya.post(f"{item}/decision", data=fields)

    # Then it stays withdrawn
    assert answer.status_code == 409
    assert WORDS in answer.text
    assert app.test_client().get(thread).status_code == 404


def test_an_author_who_withdraws_twice_or_edits_what_is_gone_is_told(anna: FlaskClient, thread: str) -> None:
    # Given an editor that is open while the text is taken back in another window
    (post,) = post_ids(anna.get(thread).text)
    fields = hidden_fields(anna.get(f"/p/{post}/edit").text, action=f"/p/{post}/edit")
    for _ in range(2):
        assert post_form(anna, f"/p/{post}/withdraw", {}, page="/me").status_code == 303

    # When the edit is sent
    answer = anna.post(f"/p/{post}/edit", data=fields | {"title": "Lost", "body": "Do not lose me."})

    # Then it is refused, with the text given back
    assert answer.status_code == 409
    assert "Do not lose me." in answer.text


def test_a_moderator_whose_training_ran_out_reads_and_does_not_decide(
    app: Flask, maya: FlaskClient, thread: str
) -> None:
    # Given a moderator with a text in hand, whose record becomes that of an observer
    item = take_next(maya)
    fields = opened(maya, item)
    carla = new_staff(app, Role.COORDINATOR, "carla")
    training = re.search(r'href="(/admin/staff/[0-9a-z]{13}/training)"', carla.get("/admin/training").text)
    assert training is not None
    sent = post_form(carla, training.group(1), {"step": "observer", "reason": "Begins again."})
    assert sent.status_code == 303

    # When they decide
    answer = maya.post(f"{item}/decision", data=fields)

    # Then they are told what is missing, and keep their words
    assert answer.status_code == 403
    assert "you need a training record" in answer.text
    assert WORDS in answer.text
    assert "You can read, but not decide yet" in maya.get("/moderation/queue").text
    assert app.test_client().get(thread).status_code == 404

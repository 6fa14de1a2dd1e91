"""A reader reports a post, follows it with a code, and the author hears what was decided."""

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.journeys.steps import (
    decide,
    decide_next,
    post_ids,
    publish_thread,
    take,
    waiting_items,
    write_reply,
)
from tests.people import hidden_fields, post_form, run_outbox

CALM, CRUEL = "I know nobody here.", "Nobody will ever like you."


@pytest.fixture
def thread(anna: FlaskClient, ben: FlaskClient, maya: FlaskClient) -> str:
    """A public thread with a cruel answer."""
    address = publish_thread(anna, maya, "Lonely", CALM)
    write_reply(ben, address, CRUEL)
    decide_next(maya, "publish")
    return address


def report(browser: FlaskClient, post: str, **typed: str) -> str:
    """Report a post. Gives the code that is shown once."""
    sent = post_form(browser, f"/p/{post}/report", {"reason": "attacks_someone"} | typed)
    assert sent.status_code == 200, sent.text
    return code_of(sent)


def code_of(answer: TestResponse) -> str:
    found = re.search(r'id="report-code"[^>]*><strong>([0-9a-z-]+)<', answer.text)
    assert found is not None, "no code is shown"
    return found.group(1)


def state_of(browser: FlaskClient, code: str) -> str:
    """What the code shows."""
    shown = post_form(browser, "/report/status", {"code": code})
    found = re.search(r'data-state="(\w+)"', shown.text)
    assert found is not None, shown.text
    return found.group(1)


def test_a_visitors_report_comes_to_the_queue_is_decided_and_the_code_tells_how_far(
    ben: FlaskClient, maya: FlaskClient, reader: FlaskClient, thread: str
) -> None:
    # Given a reader who is not signed in and reports a post
    _, cruel = post_ids(reader.get(thread).text)
    code = report(reader, cruel, note="This hurts.")

    # Then the code says that it was received
    assert state_of(reader, code) == "received"

    # When a moderator takes the item, which has the reader's words and not who said them
    (item,) = waiting_items(maya)
    page = take(maya, item)
    assert "This hurts." in page
    assert "A reader reported it" in page

    # Then the code says that it is looked at
    assert state_of(reader, code) == "looked_at"

    # When they hide the post
    assert decide(maya, item, "hide", reason="hurts_someone", message="Please be kind.").status_code == 303

    # Then the code says that it is done, however it is typed, and nothing of what was done
    assert state_of(reader, code) == "done"
    assert state_of(reader, code.upper().replace("-", " ")) == "done"
    shown = post_form(reader, "/report/status", {"code": code}).text
    assert "hidden" not in shown.split("report-state")[1].split("</p>")[0]

    # And readers no longer see the post
    assert CRUEL not in reader.get(thread).text
    assert reader.get(f"/p/{cruel}").status_code == 404

    # And its author is told why, and who reported it to nobody
    run_outbox(ben.application)
    mine = ben.get("/me").text
    assert "Your text is hidden for now." in mine
    assert "Some words could hurt another person here." in mine
    assert "Please be kind." in mine
    assert "This hurts." not in mine


def test_a_students_report_tells_nobody_who_they_are(
    anna: FlaskClient, maya: FlaskClient, reader: FlaskClient, thread: str
) -> None:
    # When a student who is signed in reports a post
    _, cruel = post_ids(reader.get(thread).text)
    code = report(anna, cruel)

    # Then the code works for whoever has it, signed in or not
    assert state_of(reader, code) == "received"

    # And the item names nobody
    name = re.findall(r"<h2>([A-Z]\w+ \w+)</h2>", reader.get(thread).text)[0]
    why = take(maya, waiting_items(maya)[0]).split('id="why"')[1].split("</section>")[0]
    assert name not in why


def test_a_post_that_is_left_as_it_is_stays_and_the_code_says_done(
    maya: FlaskClient, reader: FlaskClient, thread: str
) -> None:
    # When a moderator finds nothing wrong with a reported post
    _, cruel = post_ids(reader.get(thread).text)
    code = report(reader, cruel, reason="spam")
    decide_next(maya, "dismiss")

    # Then it stays, and the reader learns that somebody decided
    assert CRUEL in reader.get(thread).text
    assert state_of(reader, code) == "done"


def test_reports_of_one_post_are_one_item_with_a_code_each(
    anna: FlaskClient, maya: FlaskClient, reader: FlaskClient, thread: str
) -> None:
    # Given two readers who report the same post
    _, cruel = post_ids(reader.get(thread).text)
    codes = [report(reader, cruel), report(anna, cruel, note="Please look.")]
    assert codes[0] != codes[1]

    # Then moderators have one item, whose decision answers both
    assert len(waiting_items(maya)) == 1
    decide_next(maya, "remove", reason="hurts_someone")
    assert [state_of(reader, code) for code in codes] == ["done", "done"]


def test_a_report_sent_twice_is_one_report_with_the_same_code(
    maya: FlaskClient, reader: FlaskClient, thread: str
) -> None:
    # When a reader presses the button twice
    _, cruel = post_ids(reader.get(thread).text)
    address = f"/p/{cruel}/report"
    typed = hidden_fields(reader.get(address).text) | {"reason": "spam", "note": "Once only."}
    first, second = reader.post(address, data=typed), reader.post(address, data=typed)

    # Then both answers show the same code, and moderators have one reason
    assert code_of(first) == code_of(second)
    assert maya.get(waiting_items(maya)[0]).text.count("Once only.") == 1


def test_a_code_that_nobody_was_given_shows_nothing(reader: FlaskClient) -> None:
    # When somebody tries a code
    tried = post_form(reader, "/report/status", {"code": "0000-0000-0000-0000"})

    # Then they are told that we know of none, and have it to correct
    assert tried.status_code == 422
    assert "0000-0000-0000-0000" in tried.text

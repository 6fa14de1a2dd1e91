"""Before a text is sent, its writer sees what in it may show who they are, and chooses.

Nobody in danger is asked.
"""

import html

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from moderation.screening import word_phases
from tests.journeys.steps import (
    begin_thread,
    decide_next,
    post_ids,
    publish_thread,
    take_next,
    waiting_items,
)
from tests.people import hidden_fields, post_form

NEW = "/c/family-relationships/new"
TELLING = "Call me on +44 7700 900123, I am up all night."
IN_DANGER = "I want to end it all tonight, call me on +44 7700 900123."


def send(student: FlaskClient, body: str, *, address: str = NEW, **more: str) -> TestResponse:
    title = {"title": "Sleepless"} if address.endswith("/new") else {}
    return post_form(student, address, title | {"body": body} | more)


def open_topic(carla: FlaskClient) -> str:
    """A topic where texts appear at once. Gives the address of its form."""
    typed = {"slug": "at-once", "name_en": "At once", "place": "9"}
    modes = {"opening_mode": "read_after", "reply_mode": "read_after"}
    assert post_form(carla, "/admin/categories/new", typed | modes).status_code == 303
    return "/c/at-once/new"


def test_the_words_are_shown_with_two_ways_on_and_nothing_is_sent(anna: FlaskClient) -> None:
    # When a student sends a text with their number in it
    answer = send(anna, TELLING)

    # Then they see the number marked, why it matters, and two buttons; their text stands in the form
    assert answer.status_code == 422
    assert "<mark>+44 7700 900123</mark>" in answer.text
    assert "Others may know you by it" in answer.text
    assert 'name="personal" value="take_out"' in answer.text
    assert 'name="personal" value="leave"' in answer.text
    assert f"{TELLING}</textarea>" in answer.text
    assert 'id="errors"' not in answer.text

    # And nothing was sent
    assert "You have not written anything yet." in anna.get("/me").text


def test_taken_out_the_text_comes_back_without_them_before_it_is_sent(anna: FlaskClient) -> None:
    # When they take the words out
    answer = send(anna, TELLING, title="I am anna@mail.example", personal="take_out")

    # Then the text stands in the form without them, not yet sent
    assert answer.status_code == 200
    assert "Call me on […], I am up all night.</textarea>" in answer.text
    assert 'value="I am […]"' in answer.text
    assert "You have not written anything yet." in anna.get("/me").text

    # When they send what they see
    sent = send(anna, "Call me on […], I am up all night.")

    # Then nobody asks again
    assert sent.status_code == 303


def test_left_to_a_moderator_the_text_is_held_whatever_the_mode(
    anna: FlaskClient, carla: FlaskClient
) -> None:
    # Given a topic where texts appear at once
    new = open_topic(carla)
    harmless = send(anna, "I am up all night.", address=new)
    assert 'data-status="published"' in anna.get(harmless.location).text

    # When a student leaves their number in a text
    sent = send(anna, TELLING, address=new, personal="leave")

    # Then it is taken, and waits
    assert sent.status_code == 303
    assert 'data-status="held"' in anna.get(sent.location).text


def test_the_moderator_sees_why_and_the_words_marked(anna: FlaskClient, maya: FlaskClient) -> None:
    send(anna, TELLING, personal="leave")
    page = maya.get(take_next(maya)).text
    assert "Words that may show who somebody is" in page
    assert "<mark>+44 7700 900123</mark>" in page


@pytest.mark.parametrize("more", [{}, {"personal": "leave"}], ids=["first press", "left"])
def test_somebody_in_danger_gets_through_at_the_first_press(
    anna: FlaskClient, maya: FlaskClient, more: dict[str, str]
) -> None:
    # When somebody writes that they want to die and leaves their number
    sent = send(anna, IN_DANGER, **more)

    # Then the text is taken, they are shown help, and it waits as what it is
    assert sent.status_code == 303
    assert "You do not have to wait for us." in anna.get(sent.location).text
    assert len(waiting_items(maya)) == 1
    page = maya.get(waiting_items(maya)[0]).text
    assert 'data-band="crisis"' in page or 'data-band="red"' in page


def test_a_text_that_could_not_be_screened_gets_through(
    anna: FlaskClient, maya: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_phases, "judge", lambda _readings: 1 / 0)
    assert send(anna, TELLING).status_code == 303
    assert len(waiting_items(maya)) == 1


def test_an_answer_asks_as_well(anna: FlaskClient, ben: FlaskClient, maya: FlaskClient) -> None:
    thread = publish_thread(anna, maya, "Lonely", "I know nobody here.")
    asked = send(ben, "My insta is ben_99", address=f"{thread}/reply")
    assert asked.status_code == 422
    assert "<mark>ben_99</mark>" in asked.text
    assert send(ben, "My insta is ben_99", address=f"{thread}/reply", personal="leave").status_code == 303


def test_another_wording_asks_as_well(anna: FlaskClient, maya: FlaskClient) -> None:
    # Given a published text
    thread = publish_thread(anna, maya, "Lonely", "I know nobody here.")
    (post,) = post_ids(anna.get(thread).text)
    address = f"/p/{post}/edit"

    # When its author adds a name
    asked = post_form(anna, address, {"title": "Lonely", "body": "My name is Anna."})

    # Then they are asked, and readers see the old wording
    assert asked.status_code == 422
    assert "<mark>Anna</mark>" in asked.text
    assert "I know nobody here." in maya.get(thread).text

    # When they leave it to a moderator
    sent = post_form(anna, address, {"title": "Lonely", "body": "My name is Anna.", "personal": "leave"})

    # Then it waits
    assert sent.status_code == 303
    assert "My name is Anna." not in maya.get(thread).text
    decide_next(maya, "publish")
    assert "My name is Anna." in maya.get(thread).text


def test_a_preview_shows_them_and_asks_nothing(anna: FlaskClient) -> None:
    shown = send(anna, TELLING, preview="1")
    assert shown.status_code == 200
    assert "<mark>+44 7700 900123</mark>" in shown.text
    assert 'name="personal"' not in shown.text


def test_a_visitor_is_asked_once_they_have_joined(reader: FlaskClient) -> None:
    assert send(reader, TELLING).location == f"/join?next={NEW}"


def test_staff_may_name_a_number(anna: FlaskClient, maya: FlaskClient) -> None:
    thread = publish_thread(anna, maya, "Lonely", "I know nobody here.")
    answered = post_form(maya, f"{thread}/reply", {"body": "The centre has +30 210 000 0123."})
    assert answered.status_code == 303


def test_a_program_that_sends_the_plain_fields_needs_no_choice_for_a_harmless_text(anna: FlaskClient) -> None:
    fields = hidden_fields(anna.get(NEW).text, action=NEW)
    plain = {name: fields[name] for name in ("csrf_token", "submission_id")}
    typed = {"title": "Sleepless", "body": "Since 2024, at 3:30, for 10-12 hours.", "warnings": ["loss"]}
    assert anna.post(NEW, data=plain | typed).status_code == 303


def test_what_is_shown_marked_is_no_part_of_the_page(anna: FlaskClient) -> None:
    answer = send(anna, "<b>x</b> me@mail.example <script>alert(1)</script>")
    assert "<script>alert" not in answer.text
    assert "<b>x</b>" not in answer.text
    assert html.escape("<b>x</b>") in answer.text


def test_a_question_is_no_second_thread(anna: FlaskClient) -> None:
    # Given a student who was asked
    fields = hidden_fields(anna.get(NEW).text, action=NEW) | {"title": "Sleepless", "body": TELLING}
    asked = anna.post(NEW, data=fields)

    # When they press "leave it" twice on the page that asked
    again = hidden_fields(asked.text, action=NEW) | {
        "title": "Sleepless",
        "body": TELLING,
        "personal": "leave",
    }
    first, second = (anna.post(NEW, data=again) for _ in range(2))

    # Then there is one thread
    assert first.location == second.location
    assert begin_thread(anna, "Another", "Another text.") != first.location.split("#")[0]

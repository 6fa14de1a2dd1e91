"""The ways by which a sentence gets into a case, in one list: `test_residue_of_cases.py` goes each of them
and looks for the sentence everywhere. A new kind of sealed text adds its way here; forms that stand on a page
are filled in without that.
"""

from collections.abc import Callable

from flask.testing import FlaskClient

from tests.journeys import ways_of_rooms as rooms
from tests.journeys.filling import Wanderer
from tests.journeys.scene import Scene
from tests.journeys.steps import write_letter
from tests.journeys.ways_of_contact import sealed_contact
from tests.journeys.ways_of_trusted import bringing_somebody
from tests.people import hidden_fields, post_form

Way = Callable[[Scene, str], None]


def letter_of_the_professional(scene: Scene, sentence: str) -> None:
    write_letter(scene.stage.nora, scene.stage.case, sentence)


def letter_of_the_student(scene: Scene, sentence: str) -> None:
    talk = scene.stage.conversation
    sent = post_form(scene.stage.anna, f"{talk}/messages", {"body": sentence}, page=talk)
    assert sent.status_code == 303


def what_was_agreed(scene: Scene, sentence: str) -> None:
    case = scene.stage.case
    sent = post_form(scene.stage.nora, f"{case}/encounters", {"agreed": sentence}, page=f"{case}/record")
    assert sent.status_code == 303


def what_is_given_back_because_it_is_too_long(scene: Scene, sentence: str) -> None:
    talk, words = scene.stage.conversation, sentence * (9000 // len(sentence))
    answer = post_form(scene.stage.anna, f"{talk}/messages", {"body": words}, page=talk)
    assert answer.status_code == 422
    assert sentence in answer.text


def what_is_sent_after_signing_out(scene: Scene, sentence: str) -> None:
    """The form lay open in a browser whose session has gone; it is kept for when they come back."""
    talk, browser = scene.stage.conversation, scene.app.test_client()
    fields = hidden_fields(scene.stage.anna.get(talk).text, action=f"{talk}/messages")
    cookie = scene.stage.anna.get_cookie("stoa-form")
    assert cookie is not None
    browser.set_cookie("stoa-form", cookie.value)
    browser.set_cookie("stoa", "no-session-any-more")
    answer = browser.post(f"{talk}/messages", data=fields | {"body": sentence})
    assert answer.status_code in {303, 403, 404}


def every_form_of_the_student(scene: Scene, sentence: str) -> None:
    wander(scene, scene.stage.anna, "/counsel", sentence)


def every_form_of_the_professional(scene: Scene, sentence: str) -> None:
    wander(scene, scene.stage.nora, scene.stage.case, sentence)
    wander(scene, scene.stage.nora, "/counselling/", sentence)


def every_form_that_ends_something(scene: Scene, sentence: str) -> None:
    wander(scene, scene.stage.anna, "/counsel", sentence, ends_too=True)
    wander(scene, scene.stage.nora, scene.stage.case, sentence, ends_too=True)


def wander(scene: Scene, browser: FlaskClient, start: str, sentence: str, *, ends_too: bool = False) -> None:
    wanderer = Wanderer(browser, start, sentence)
    wanderer.wander(ends_too=ends_too)
    scene.sent |= wanderer.sent


def summary_of_the_closing(scene: Scene, sentence: str) -> None:
    """Near the end, because it ends the case."""
    case = scene.stage.case
    ended = {"agreed": sentence, "outcome": "resolved"}
    assert post_form(scene.stage.nora, f"{case}/encounters", ended, page=f"{case}/record").status_code == 303
    sent = post_form(scene.stage.nora, f"{case}/close", {"summary": sentence}, page=f"{case}/closing")
    assert sent.status_code == 303, sent.text


WAYS: dict[str, Way] = {
    "a letter of the professional": letter_of_the_professional,
    "a letter of the student": letter_of_the_student,
    "what was agreed": what_was_agreed,
    "what is given back because it is too long": what_is_given_back_because_it_is_too_long,
    "what is sent after signing out": what_is_sent_after_signing_out,
    "what is told at the beginning": rooms.what_is_told_at_the_beginning,
    "how to reach somebody": rooms.how_to_reach_somebody,
    "forms of every kind": rooms.forms_of_every_kind,
    "notes of every lane": rooms.notes_of_every_lane,
    "prepared words and a line of one's own": rooms.words_prepared_and_a_line_of_ones_own,
    "whether it was understood": rooms.whether_it_was_understood,
    "how a letter feels": rooms.how_a_letter_feels,
    "what was promised": rooms.what_was_promised,
    "talking live": rooms.talking_live,
    "somebody whom the student brings": bringing_somebody,
    "drafts on both sides": rooms.drafts_on_both_sides,
    "what colleagues are asked": rooms.what_colleagues_are_asked,
    "an appointment": rooms.an_appointment,
    "sealed contact": sealed_contact,
    "days away": rooms.days_away,
    "an escalation that is declined": rooms.an_escalation_that_is_declined,
    "every form of the student": every_form_of_the_student,
    "every form of the professional": every_form_of_the_professional,
    "the summary of the closing": summary_of_the_closing,
    "every form that ends something": every_form_that_ends_something,
}

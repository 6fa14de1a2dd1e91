"""From an escalation to a case: letters, encounters, an outcome, a closing that cuts nobody off."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from tests.journeys.steps import (
    accept_escalation,
    answer_letter,
    begin_thread,
    decide_next,
    escalate_next,
    new_staff,
    publish_thread,
    read_case,
    take_next,
    waiting_escalations,
    write_letter,
)
from tests.people import post_form, run_outbox

TITLE, BODY = "Empty", "I feel hopeless and I count the quinces in the bowl."
FIRST = "I have read what you wrote. I am here, and I would like to hear more."
ANSWER = "Nobody has asked me that before. It is the marzipan."
SUMMARY = "Sleeps again and has told her sister about the nougat."
STAGES = {
    "stage_introduction": "done",
    "stage_exploration": "done",
    "stage_interpretation": "begun",
    "stage_guidance": "begun",
    "stage_assessment": "none",
}


@pytest.fixture
def item(anna: FlaskClient, maya: FlaskClient) -> str:
    """Anna's text, kept held and escalated by Maya."""
    begin_thread(anna, TITLE, BODY)
    return escalate_next(maya)


@pytest.fixture
def case(item: str, nora: FlaskClient) -> str:
    """The case that Nora opened by accepting it."""
    assert item
    return accept_escalation(nora)


def close(professional: FlaskClient, case: str, outcome: str = "resolved") -> None:
    """Record an encounter with its outcome, and close."""
    encounter = STAGES | {"outcome": outcome, "agreed": "To write when the nights get long."}
    assert post_form(professional, f"{case}/encounters", encounter, page=case).status_code == 303
    assert post_form(professional, f"{case}/close", {"summary": SUMMARY}, page=case).status_code == 303


def test_a_text_that_was_declined_waits_again_and_can_be_escalated_anew(
    maya: FlaskClient, nora: FlaskClient, item: str
) -> None:
    # Given an escalation that a professional has declined
    (escalation,) = waiting_escalations(nora)
    post_form(nora, f"{escalation}/decline", {"reason": "Please say more."}, page=escalation)

    # When the moderator hands it over again
    assert escalate_next(maya, prompted_by="Has written three times this week.") == item

    # Then it waits before professionals anew, and can be taken
    (again,) = waiting_escalations(nora)
    assert again != escalation
    assert accept_escalation(nora).startswith("/counselling/cases/")


def test_accepting_opens_a_case_with_the_text_and_tells_the_moderator_only_that(
    maya: FlaskClient, nora: FlaskClient, item: str, case: str
) -> None:
    # Then the professional has the text, the briefing, and a promise with a clock
    page = read_case(nora, case)
    assert "count the quinces" in page
    assert "Says that nothing will ever get better." in page
    assert re.search(r"First letter to the student, due \d+ \w+, \d\d:\d\d", page)

    # And the moderator sees that somebody looks after it, and no way to the case
    theirs = maya.get(item).text
    assert "A professional is looking after this." in theirs
    assert case.rsplit("/")[-1] not in theirs
    assert "Nora" not in theirs


def test_a_student_hears_that_a_counsellor_has_written_and_answers_under_the_name_of_the_thread(
    anna: FlaskClient, nora: FlaskClient, case: str
) -> None:
    # Given a first letter
    write_letter(nora, case, FIRST)
    run_outbox(anna.application)

    # Then any page of the student says that something is new, and theirs says what, without its words
    assert "1 new" in anna.get("/").text
    mine = anna.get("/me").text
    assert "A counsellor has written to you." in mine
    assert FIRST not in mine

    # When they open it
    page = anna.get("/counsel").text

    # Then they read the letter and who wrote it, and learn by what name they are known
    assert FIRST in page
    assert "Nora" in page
    name = re.search(r"Here you are ([A-Z]\w+ \w+)\.", page)
    assert name is not None

    # When they answer
    answer_letter(anna, ANSWER)

    # Then the professional reads it under that name, and owes an answer
    theirs = nora.get(case).text
    assert ANSWER in theirs
    assert f"<strong>{name.group(1)}</strong>" in theirs
    assert "Answer to the student, due" in theirs


def test_a_letter_is_nobody_elses_to_read(
    anna: FlaskClient, ben: FlaskClient, maya: FlaskClient, nora: FlaskClient, carla: FlaskClient, case: str
) -> None:
    # Given a conversation
    write_letter(nora, case, FIRST)
    answer_letter(anna, ANSWER)
    conversation = f"/counsel/{case.rsplit('/')[-1]}"
    other = new_staff(anna.application, Role.PROFESSIONAL, "other")

    # Then another student, a moderator, a coordinator and a colleague find nothing there
    for browser in (ben, maya, carla, other):
        for address in (case, conversation):
            assert browser.get(address).status_code in {403, 404}

    # And a colleague's list of cases does not show it
    assert case not in other.get("/counselling/").text


def test_a_case_closes_with_its_outcome_and_the_moderator_reads_resolved_and_nothing_more(
    anna: FlaskClient, maya: FlaskClient, nora: FlaskClient, item: str, case: str
) -> None:
    # Given a conversation
    write_letter(nora, case, FIRST)
    answer_letter(anna, ANSWER)
    write_letter(nora, case, "Marzipan it is.")

    # When the professional wants to close while an encounter has no outcome
    post_form(nora, f"{case}/encounters", STAGES, page=case)
    early = post_form(nora, f"{case}/close", {"summary": SUMMARY}, page=case)

    # Then the outcome comes first, and the summary is given back
    assert early.status_code == 409
    assert SUMMARY in early.text

    # When they record the outcome and close with a summary
    assert post_form(nora, f"{case}/close", {"summary": ""}, page=case).status_code == 422
    close(nora, case)

    # Then the case is closed, with both
    page = read_case(nora, case)
    assert "resolved: daily living works again" in page
    assert SUMMARY in page
    assert "To write when the nights get long." in page

    # And the moderator reads "resolved", and not a word of the rest
    theirs = maya.get(item).text
    assert "Resolved." in theirs
    for secret in ("nougat", "marzipan", "Marzipan", "nights", "Nora", "daily living", case.rsplit("/")[-1]):
        assert secret not in theirs

    # And the student is told that it is closed and that they can always write, with the words for them
    run_outbox(anna.application)
    assert "Your counsellor has closed your conversation." in anna.get("/me").text
    conversation = anna.get("/counsel").text
    assert "You can write at any time." in conversation
    assert SUMMARY in conversation


@pytest.mark.parametrize("outcome", ["resolved", "face_to_face", "next_session", "referred"])
def test_each_outcome_is_the_outcome_of_the_case(nora: FlaskClient, case: str, outcome: str) -> None:
    # When a case closes after an encounter with this outcome
    close(nora, case, outcome)

    # Then it is the case's
    words = {
        "resolved": "resolved: daily living works again",
        "face_to_face": "to meet face to face",
        "next_session": "next session agreed",
        "referred": "referred to another service",
    }
    assert f"<span>{words[outcome]}</span>" in nora.get(case).text


def test_a_student_who_writes_again_opens_the_case_again(
    anna: FlaskClient, maya: FlaskClient, nora: FlaskClient, item: str, case: str
) -> None:
    # Given a closed case
    write_letter(nora, case, FIRST)
    close(nora, case)
    assert "Resolved." in maya.get(item).text

    # When the student writes
    answer_letter(anna, "The nights got long.")

    # Then it goes on, with a promise to answer
    page = read_case(nora, case)
    assert "The nights got long." in page
    assert "<span>in contact</span>" in page
    assert "Answer to the student, due" in page
    assert case in nora.get("/counselling/").text.split('id="closed"')[0]

    # And the moderator sees that somebody looks after it again
    assert "A professional is looking after this." in maya.get(item).text


def test_a_further_text_of_a_student_in_contact_goes_to_their_counsellor(
    app: Flask, anna: FlaskClient, maya: FlaskClient, nora: FlaskClient, case: str
) -> None:
    # Given a student who has a counsellor, and writes something else that is escalated
    begin_thread(anna, "Again", "I feel hopeless, and the persimmons are gone.", topic="health-and-self")
    escalate_next(maya)

    # When another professional accepts it
    other = new_staff(app, Role.PROFESSIONAL, "other")
    (escalation,) = waiting_escalations(other)
    accepted = post_form(other, f"{escalation}/accept", {}, page=escalation)

    # Then it is given to the one who has the case, and they owe an answer to it
    assert accepted.headers["Location"] == "/counselling/"
    page = read_case(nora, case)
    assert "persimmons" in page
    assert "Answer to a new text, due" in page
    run_outbox(app)
    assert "We gave something that you wrote to your counsellor" in anna.get("/me").text


def test_a_student_asks_for_a_counsellor_of_their_own_accord(
    anna: FlaskClient, maya: FlaskClient, nora: FlaskClient
) -> None:
    # Given a student with two threads
    shown = publish_thread(anna, maya, "The loud one", "My neighbour drums.")
    publish_thread(anna, maya, "The silent one", "My sister does not speak to me.")

    # When they ask for a counsellor, with one of them
    sent = post_form(
        anna,
        "/counsel/request",
        {"body": "I cannot sleep.", "hope": "To sleep.", "threads": [shown.removeprefix("/t/")]},
    )
    assert sent.status_code == 303

    # Then it waits for a professional, with its clock told
    assert "A counsellor takes it up by" in anna.get("/counsel").text
    work = nora.get("/counselling/").text
    take = re.search(r'action="(/counselling/cases/[0-9a-z]{13}/take)"', work)
    assert take is not None

    # When one takes it
    taken = post_form(nora, take.group(1), {}, page="/counselling/")
    page = read_case(nora, taken.headers["Location"])

    # Then they have the letter and the thread that was sent along, and not the other
    assert "I cannot sleep." in page
    assert "To sleep." in page
    assert "My neighbour drums." in page
    assert "silent one" not in page


def test_a_published_and_escalated_text_goes_both_ways(
    anna: FlaskClient, maya: FlaskClient, nora: FlaskClient, reader: FlaskClient
) -> None:
    # When a moderator publishes a text and escalates it at once
    thread = begin_thread(anna, TITLE, BODY)
    item = take_next(maya)
    assert item != "/moderation/queue"
    decide_next(maya, "publish", "escalate", prompted_by="Sounds tired.", esc_band="amber")

    # Then readers can answer, and a professional has it
    assert reader.get(thread).status_code == 200
    assert "Sounds tired." in nora.get(waiting_escalations(nora)[0]).text

"""A peer moderator signs in, works through the queue in its order, and decides in every way there is."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from tests.journeys.steps import (
    begin_thread,
    decide,
    decide_next,
    path_of,
    post_ids,
    publish_thread,
    take,
    take_next,
    waiting_items,
    write_reply,
)
from tests.people import add_staff_person, code_of, hidden_fields, post_form, run_outbox, sign_in_as

GREEN = ("Lost", "I do not know where the library is.")
AMBER = ("A bad month", "I feel worthless, and I think of it often.")
RED = ("Tired", "I want to die and I do not know whom to tell.")
CRISIS = ("Goodbye", "I am going to kill myself tonight.")


def test_a_moderator_needs_name_password_and_a_code_that_works_once(app: Flask) -> None:
    # Given a moderator who signed in with a code
    maya = add_staff_person(app, Role.MODERATOR, username="maya")
    at_desk, elsewhere = app.test_client(), app.test_client()
    code = code_of(maya)
    post_form(at_desk, "/staff/login", {"username": "maya", "password": maya.password})
    assert post_form(at_desk, "/staff/login", {"otp": code}).headers["Location"] == "/moderation/queue"

    # When somebody who looked over their shoulder uses name, password and the same code
    post_form(elsewhere, "/staff/login", {"username": "maya", "password": maya.password})
    again = post_form(elsewhere, "/staff/login", {"otp": code})

    # Then they are not in, and the rooms of the staff do not exist for them
    assert again.status_code == 422
    assert elsewhere.get("/moderation/queue").status_code == 404

    # And the moderator is still in, and can sign in elsewhere with the next code
    assert at_desk.get("/moderation/queue").status_code == 200
    assert post_form(elsewhere, "/staff/login", {"otp": code_of(maya, steps=1)}).status_code == 303


def test_guessing_is_braked_and_locks_nobody_out(app: Flask) -> None:
    # Given somebody who guesses a moderator's password from one network
    maya = add_staff_person(app, Role.MODERATOR, username="maya")
    stranger = app.test_client()
    stranger.environ_base["REMOTE_ADDR"] = "198.51.100.9"
    statuses = [
        post_form(stranger, "/staff/login", {"username": "maya", "password": f"guess {number}"}).status_code
        for number in range(12)
    ]

    # Then they are soon told to wait
    assert statuses[0] == 422
    assert statuses[-1] == 429

    # And the moderator signs in from elsewhere as ever
    assert sign_in_as(app.test_client(), maya).status_code == 303


def test_the_queue_is_ordered_by_band_and_then_by_age(anna: FlaskClient, maya: FlaskClient) -> None:
    # Given texts that came in the wrong order
    for title, body in (GREEN, AMBER, GREEN, RED, CRISIS, AMBER):
        begin_thread(anna, title, body)

    # When a moderator opens the queue
    page = maya.get("/moderation/queue").text

    # Then the most urgent is first
    bands = re.findall(r'data-band="(\w+)"', page)
    assert bands == ["crisis", "red", "amber", "amber", "green", "green"]

    # And within a band the oldest
    times = re.findall(r'data-label="Waits for"><time datetime="([^"]+)"', page)
    assert times[2] < times[3]
    assert times[4] < times[5]

    # When they take the next
    page = maya.get(take_next(maya)).text

    # Then it is the first of the list, with the words marked that raised its band
    assert "I am going to kill myself tonight." in re.sub(r"</?mark>", "", page)
    assert "<mark>" in page


def test_one_item_is_in_one_persons_hands(app: Flask, anna: FlaskClient, maya: FlaskClient) -> None:
    # Given a text that one moderator has taken
    begin_thread(anna, *GREEN)
    item = take_next(maya)

    # When a colleague opens it, or wants the next
    kosta = app.test_client()
    sign_in_as(kosta, add_staff_person(app, Role.MODERATOR, username="kosta"))
    page = kosta.get(item).text

    # Then they see whose it is, and get nothing to decide
    assert "Maya is reading this until" in page
    assert "conduct" not in page
    assert take_next(kosta) == "/moderation/queue"

    # When it is given back
    post_form(maya, f"{item}/release", {}, page=item)

    # Then the colleague may take it
    assert take_next(kosta) == item


def test_a_published_text_is_there_for_readers(
    anna: FlaskClient, maya: FlaskClient, reader: FlaskClient
) -> None:
    # When a moderator publishes
    thread = publish_thread(anna, maya, *GREEN)

    # Then readers have it, and its author is told
    assert 'data-status="published"' in reader.get(thread).text
    run_outbox(anna.application)
    assert "can now be read by everybody" in anna.get("/me").text


def test_a_text_published_with_warnings_opens_only_when_the_reader_is_ready(
    anna: FlaskClient, maya: FlaskClient, reader: FlaskClient
) -> None:
    # When a moderator publishes with warnings
    thread = begin_thread(anna, *AMBER)
    decide_next(maya, "publish_with_warnings", warnings=["loss"])

    # Then the text lies closed behind words that say what it speaks of
    page = reader.get(thread).text
    veil = r"<details[^>]*>.*?death and loss.*?</summary>.*?think of it often.*?</details>"
    closed = re.search(veil, page, re.S)
    assert closed is not None
    assert "Speaks of: death and loss" in reader.get("/").text


def test_warnings_must_be_chosen_to_publish_with_them(anna: FlaskClient, maya: FlaskClient) -> None:
    # When a moderator publishes with warnings and chooses none
    begin_thread(anna, *AMBER)
    item = take_next(maya)
    decided = decide(maya, item, "publish_with_warnings", message="Thank you for this.")

    # Then nothing is decided, and their words stand in the form
    assert decided.status_code == 422
    assert "Please choose the warnings." in decided.text
    assert "Thank you for this." in decided.text


def test_a_text_goes_back_for_a_change_and_comes_again_to_the_same_item(
    anna: FlaskClient, maya: FlaskClient, reader: FlaskClient
) -> None:
    # Given a text that names somebody, which its author left to a moderator
    body = "My flatmate Xanthippe Quill never sleeps."
    thread = begin_thread(anna, "My flatmate", body, personal="leave")
    item = take_next(maya)

    # When a moderator asks for a change, with a reason and words of their own
    words = "Thank you for telling us. Could you leave the name out?"
    assert decide(maya, item, "ask_change").status_code == 422
    assert decide(maya, item, "ask_change", reason="names_someone", message=words).status_code == 303
    run_outbox(anna.application)

    # Then the author is told why, under the team's name and nobody's
    mine = anna.get("/me").text
    assert words in mine
    assert "somebody who could be recognised" in mine
    assert "The team of moderators" in mine
    assert "Maya" not in mine

    # And has the text in the editor, with the words beside it
    (post,) = post_ids(anna.get(thread).text)
    editor = anna.get(f"/p/{post}/edit").text
    assert f'class="button" href="/p/{post}/edit"' in anna.get("/me").text
    assert f'class="button" href="/p/{post}/edit"' not in editor  # it is this page
    assert "My flatmate Xanthippe Quill never sleeps." in editor
    assert words in editor

    # When they change it and send it again
    changed = post_form(
        anna, f"/p/{post}/edit", {"title": "My flatmate", "body": "My flatmate never sleeps."}
    )
    assert changed.status_code == 303

    # Then it is the same item that waits, with the new wording, and nobody can read it yet
    assert waiting_items(maya) == [item]
    assert "Xanthippe" not in take(maya, item)
    assert reader.get(thread).status_code == 404

    # When it is published
    decide(maya, item, "publish")

    # Then readers see the new wording alone
    page = reader.get(thread).text
    assert "My flatmate never sleeps." in page
    assert "Xanthippe" not in page


def test_a_text_that_is_not_for_here_stays_with_its_author(
    anna: FlaskClient, maya: FlaskClient, reader: FlaskClient
) -> None:
    # When a moderator decides that a text does not belong here
    thread = begin_thread(anna, "Cheap essays", "Buy one, get one.")
    decide_next(maya, "not_here", reason="advert")
    run_outbox(anna.application)

    # Then its author keeps it, is told why, and nobody reads it
    mine = anna.get("/me").text
    assert "Buy one, get one." in mine
    assert "It advertises something." in mine
    assert 'data-status="removed"' in mine
    assert reader.get(thread).status_code == 404


def test_a_text_that_is_kept_held_waits_on(anna: FlaskClient, maya: FlaskClient) -> None:
    # When a moderator keeps a text held
    thread = begin_thread(anna, *GREEN)
    item = decide_next(maya, "keep_held")

    # Then it is on hold in the queue, and its author is told nothing but that it waits
    assert waiting_items(maya) == [item]
    assert "On hold until" in maya.get("/moderation/queue").text
    run_outbox(anna.application)
    assert "News for you" not in anna.get("/me").text
    assert 'data-status="held"' in anna.get(thread).text


def test_a_decision_is_taken_back_before_its_author_hears_of_it(
    anna: FlaskClient, maya: FlaskClient, reader: FlaskClient
) -> None:
    # Given a text that was published by mistake a moment ago
    thread = begin_thread(anna, *GREEN)
    item = decide_next(maya, "publish")
    assert reader.get(thread).status_code == 200

    # When the moderator takes it back
    undone = post_form(maya, f"{item}/undo", {}, page=item)

    # Then it waits again, nobody reads it, and its author never hears of it
    assert undone.status_code == 303
    assert reader.get(thread).status_code == 404
    assert waiting_items(maya) == [item]
    run_outbox(anna.application)
    assert "News for you" not in anna.get("/me").text

    # When it is published after all, and its author was told
    take(maya, item)
    decide(maya, item, "publish")
    run_outbox(anna.application)

    # Then it can no longer be taken back
    page = maya.get("/moderation/queue").text
    late = maya.post(f"{item}/undo", data=hidden_fields(page))
    assert late.status_code == 409
    assert reader.get(thread).status_code == 200


@pytest.mark.parametrize(("title", "body"), [RED, CRISIS], ids=["red", "crisis"])
def test_one_person_alone_does_not_lower_what_is_urgent(
    anna: FlaskClient, maya: FlaskClient, title: str, body: str
) -> None:
    # When a moderator judges an urgent text as green, alone
    begin_thread(anna, title, body)
    item = take_next(maya)
    lowered = decide(maya, item, "publish", band="green", message="This reads like a song.")

    # Then nothing is decided, and their words are given back
    assert lowered.status_code == 422
    assert "This reads like a song." in lowered.text
    assert waiting_items(maya) == [item]


def test_a_hidden_text_does_not_come_back_by_its_authors_own_hand(
    anna: FlaskClient, ben: FlaskClient, maya: FlaskClient, reader: FlaskClient
) -> None:
    # Given a student with many published posts, one of which a moderator has hidden
    thread = publish_thread(ben, maya, *GREEN)
    for number in range(6):
        write_reply(anna, thread, f"Answer number {number}.")
    while take_next(maya) != "/moderation/queue":
        decide_next(maya, "publish")
    *_, last = post_ids(reader.get(thread).text)
    code_page = post_form(reader, f"/p/{last}/report", {"reason": "attacks_someone"})
    assert code_page.status_code == 200
    decide_next(maya, "hide", reason="hurts_someone")

    # When they write it anew
    edited = post_form(anna, f"/p/{last}/edit", {"body": "The same again."})

    # Then it waits for a moderator, hidden as it was
    assert edited.status_code == 303
    assert "The same again." not in reader.get(thread).text
    assert len(waiting_items(maya)) == 1


def test_a_returned_text_waits_for_a_moderator_also_when_its_author_is_known(
    anna: FlaskClient, ben: FlaskClient, maya: FlaskClient, reader: FlaskClient
) -> None:
    # Given a student with many published posts, who was asked to change a held reply
    thread = publish_thread(ben, maya, *GREEN)
    for number in range(5):
        write_reply(anna, thread, f"Answer number {number}.")
    while take_next(maya) != "/moderation/queue":
        decide_next(maya, "publish")
    write_reply(anna, thread, AMBER[1])
    decide_next(maya, "ask_change", reason="too_much_detail")
    (returned,) = re.findall(r'id="p-(\w+)" data-status="returned"', anna.get(thread).text)

    # When they send it again in milder words
    sent = post_form(anna, f"/p/{returned}/edit", {"body": "Last year was hard, and I think of it often."})

    # Then the moderator who asked sees it before readers do
    assert path_of(sent) == thread
    assert "Last year was hard" not in reader.get(thread).text
    assert len(waiting_items(maya)) == 1

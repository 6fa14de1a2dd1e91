"""Peers answer: a moderator under alias and badge, students under a name that holds for one thread only."""

import re
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from core.db import db, transaction
from forum.models import Thread
from tests.journeys.steps import decide_next, names_on, new_student, publish_thread, write_reply
from tests.people import post_form

TWO_WORDS = re.compile(r"[A-Z][a-z]+ [A-Z]?[a-z]+")


def published_reply(author: FlaskClient, moderator: FlaskClient, thread: str, body: str) -> None:
    """A reply of a student that a moderator let through."""
    write_reply(author, thread, body)
    decide_next(moderator, "publish")


def let_hours_pass(app: Flask, thread: str, hours: int) -> None:
    """As if a thread had been published that long ago."""
    with app.app_context(), transaction():
        row = db.session.get_one(Thread, thread.removeprefix("/t/"))
        assert row.published_at is not None
        row.published_at -= timedelta(hours=hours)


def test_a_peer_moderator_answers_at_once_under_a_badge_that_explains_itself(
    anna: FlaskClient, maya: FlaskClient, reader: FlaskClient
) -> None:
    # Given a thread that waits for its first reply
    thread = publish_thread(anna, maya, "Lonely", "I know nobody here.")
    assert f'href="{thread}"' in maya.get("/moderation/unanswered").text

    # When a peer moderator answers
    write_reply(maya, thread, "Thank you for writing. Many of us felt like that in the first weeks.")

    # Then readers see it at once, under the alias, with a badge that says what it means
    page = reader.get(thread).text
    assert "Many of us felt like that" in page
    assert names_on(page)[1] == "Maya"
    badge = re.search(r'<details class="badge" data-kind="peer">.*?</details>', page, re.S)
    assert badge is not None
    assert "Trained peer supporter" in badge.group()
    assert "trained to listen" in badge.group()

    # And the thread no longer waits
    assert thread not in maya.get("/moderation/unanswered").text


def test_a_counsellor_answers_in_public_under_another_badge(
    anna: FlaskClient, maya: FlaskClient, nora: FlaskClient, reader: FlaskClient
) -> None:
    # When a professional answers in a published thread
    thread = publish_thread(anna, maya, "Lonely", "I know nobody here.")
    write_reply(nora, thread, "Our door is open on Mondays.")

    # Then the badge is a counsellor's
    page = reader.get(thread).text
    assert 'data-kind="professional"' in page
    assert "Our door is open on Mondays." in page


def test_the_longest_waiting_thread_comes_first_among_the_unanswered(
    anna: FlaskClient, maya: FlaskClient
) -> None:
    # Given three threads, the second of which only its own author has gone on with
    threads = [publish_thread(anna, maya, f"Thread {word}", "I am alone.") for word in ("a", "b", "c")]
    published_reply(anna, maya, threads[1], "Nobody?")
    for thread, hours in zip(threads, (2, 30, 5), strict=True):
        let_hours_pass(anna.application, thread, hours)

    # When a moderator looks who waits for a first reply
    page = maya.get("/moderation/unanswered").text

    # Then all three wait, the one that waits longest first
    assert re.findall(r'href="(/t/[0-9a-z]{13})"', page) == [threads[1], threads[2], threads[0]]


def test_a_student_has_one_name_in_a_thread_and_another_in_the_next(
    app: Flask, anna: FlaskClient, ben: FlaskClient, maya: FlaskClient, reader: FlaskClient
) -> None:
    # Given two threads by the same student, in which another student answers, and the author thanks
    threads = [publish_thread(anna, maya, f"Thread {word}", "Does it get better?") for word in ("one", "two")]
    for thread in threads:
        published_reply(ben, maya, thread, "It did for me.")
        published_reply(anna, maya, thread, "Thank you.")
    first, second = (names_on(reader.get(thread).text) for thread in threads)

    # Then in each thread every name has two words, the author has one name, and the other student another
    for names in (first, second):
        assert all(TWO_WORDS.fullmatch(name) for name in names)
        assert names[0] == names[2]
        assert names[0] != names[1]

    # And between the threads no name recurs
    assert not set(first) & set(second)

    # And no id of a student's page tells that they belong together
    ids = [re.findall(r"[0-9a-z]{13}", reader.get(thread).text) for thread in threads]
    shared = set(ids[0]) & set(ids[1])
    assert not shared, "something is the same in both threads"

    # And a third student gets a third name
    third = new_student(app)
    published_reply(third, maya, threads[0], "For me too.")
    assert len(set(names_on(reader.get(threads[0]).text))) == 3


def test_a_student_sees_which_texts_are_theirs_and_no_other_reader_does(
    anna: FlaskClient, ben: FlaskClient, maya: FlaskClient
) -> None:
    # Given a public thread
    thread = publish_thread(anna, maya, "Lonely", "I know nobody here.")

    # Then its author can change it there, and another student can report it
    assert '<span class="tag">you</span>' in anna.get(thread).text
    assert '<span class="tag">you</span>' not in ben.get(thread).text
    assert "/report" in ben.get(thread).text
    assert '/edit"' not in ben.get(thread).text


def test_a_known_students_reply_appears_at_once_unless_it_sounds_urgent(
    anna: FlaskClient, ben: FlaskClient, maya: FlaskClient, reader: FlaskClient
) -> None:
    # Given a student whose first five replies were held and published
    thread = publish_thread(ben, maya, "Lonely", "I know nobody here.")
    for number in range(5):
        write_reply(anna, thread, f"Answer number {number}.")
        assert f"Answer number {number}." not in reader.get(thread).text
        decide_next(maya, "publish")

    # When they write a sixth
    write_reply(anna, thread, "Come to the choir.")

    # Then readers have it at once
    assert "Come to the choir." in reader.get(thread).text

    # When they write one that sounds like danger
    write_reply(anna, thread, "I feel hopeless, too.")

    # Then it is held in any mode, and they are shown help
    assert "hopeless" not in reader.get(thread).text
    assert "You do not have to wait for us." in anna.get(thread).text


def test_a_preview_of_a_reply_sends_nothing(anna: FlaskClient, ben: FlaskClient, maya: FlaskClient) -> None:
    # When a student asks how their reply will look
    thread = publish_thread(anna, maya, "Lonely", "I know nobody here.")
    shown = post_form(ben, f"{thread}/reply", {"body": "**Hello**", "preview": "1"}, page=thread)

    # Then they see it, and nobody else does
    assert "<strong>Hello</strong>" in shown.text
    assert "Hello" not in anna.get(thread).text

"""A held text: its author sees it and knows what happens to it; nobody else meets it anywhere."""

import html
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.journeys.steps import (
    begin_thread,
    decide_next,
    names_on,
    post_ids,
    publish_thread,
    take_next,
    write_reply,
)
from tests.people import hidden_fields, post_form, run_outbox

NEW = "/c/academic-difficulties/new"
TITLE, BODY = "The wombat on the roof", "Every night I hear a quokka, and I *cannot* tell my flatmates."
MARKS = ("wombat", "quokka")
NOT_FOLLOWED = ("/leave", "/language/", "/theme/", "/static/")


def pages_within_reach(browser: FlaskClient) -> Iterator[tuple[str, str]]:
    """Every page that a person comes to by following links from the first one, and by a few searches."""
    waiting = ["/", "/search?q=wombat", "/search?q=quokka", "/me", "/me/export"]
    seen = set(waiting)
    while waiting:
        address = waiting.pop()
        answer = browser.get(address, follow_redirects=True)
        assert answer.status_code in {200, 503}, f"{address} answered {answer.status_code}"
        if answer.mimetype.startswith("image/"):
            continue
        yield address, answer.text
        for link in map(html.unescape, re.findall(r'href="(/[^"#]*)', answer.text)):
            if link not in seen and not link.startswith(NOT_FOLLOWED):
                seen.add(link)
                waiting.append(link)


def assert_unknown(browser: FlaskClient, marks: list[str], *, public: str) -> None:
    """Nothing of a held text is in anything that this person can reach."""
    pages = dict(pages_within_reach(browser))
    assert public in pages, "the walk did not even come to the public thread"
    for address, page in pages.items():
        asked = address.partition("/search?q=")[2]  # a search gives its own word back, and that tells nothing
        found = [mark for mark in marks if mark in page and mark != asked]
        assert not found, f"{found} at {address}"
        assert not asked or 'class="row"' not in page, f"a result at {address}"


@pytest.fixture
def public(ben: FlaskClient, maya: FlaskClient) -> str:
    """A thread that everybody can read."""
    return publish_thread(ben, maya, "Night owls", "Who else is awake at night?")


def test_a_preview_shows_the_text_and_a_sent_one_waits(anna: FlaskClient) -> None:
    # Given a student who writes with Markdown and asks for a preview first
    draft = {"title": TITLE, "body": BODY, "preview": "1"}
    previewed = post_form(anna, NEW, draft)

    # Then they see how it will look, with the text still in the form, and nothing was sent
    assert "<em>cannot</em>" in previewed.text
    assert "*cannot*" in previewed.text
    assert "data-status" not in anna.get("/me").text

    # When they send that page
    sent = anna.post(NEW, data=hidden_fields(previewed.text, action=NEW) | {"title": TITLE, "body": BODY})
    page = anna.get(sent.headers["Location"]).text

    # Then the page says that it waits, who sees it, by when somebody will have looked, and where help is
    assert 'data-status="held"' in page
    assert "Nobody but you and our moderators can see it." in page
    assert re.search(r"Somebody will have looked at it by \d+ \w+, \d\d:\d\d \w+ at the latest", page)
    assert "people you can call or write to now" in page
    assert "<em>cannot</em>" in page

    # And it stands on the student's own page
    assert TITLE in anna.get("/me").text


def test_a_held_thread_is_nowhere_for_anybody_else(
    anna: FlaskClient, ben: FlaskClient, reader: FlaskClient, public: str
) -> None:
    # Given a thread that waits, and a worker that has done all its work
    thread = begin_thread(anna, TITLE, BODY)
    (post,) = post_ids(anna.get(thread).text)
    run_outbox(anna.application)

    # Then neither a visitor nor another student meets its words or its ids on any page
    for browser in (reader, ben):
        assert_unknown(browser, [*MARKS, post, thread.removeprefix("/t/")], public=public)

    # And whoever knows the ids learns nothing either
    for address in (thread, f"/p/{post}", f"/p/{post}/report", f"{thread}/reply"):
        assert reader.get(address).status_code == 404, address
        assert ben.get(address).status_code == 404, address
    assert ben.get(f"/p/{post}/edit").status_code == 404


def test_a_held_reply_is_nowhere_for_anybody_else(
    anna: FlaskClient, ben: FlaskClient, reader: FlaskClient, public: str
) -> None:
    # Given a reply that waits in a public thread
    write_reply(anna, public, f"{TITLE}. {BODY}")
    run_outbox(anna.application)
    _, held = post_ids(anna.get(public).text)

    # Then its author sees it there, and nobody else a word, an id or a count of it
    for browser in (reader, ben):
        assert_unknown(browser, [*MARKS, held], public=public)
        assert len(names_on(browser.get(public).text)) == 1


def test_a_new_wording_of_a_public_text_is_nowhere_until_it_has_passed(
    anna: FlaskClient, ben: FlaskClient, maya: FlaskClient, reader: FlaskClient, public: str
) -> None:
    # Given a public thread whose author, a new student, writes it anew
    thread = publish_thread(anna, maya, "Awake", "I am awake at night.")
    (post,) = post_ids(anna.get(thread).text)
    post_form(anna, f"/p/{post}/edit", {"title": TITLE, "body": BODY})
    run_outbox(anna.application)

    # Then readers keep the old wording
    for browser in (reader, ben):
        assert_unknown(browser, list(MARKS), public=public)
        assert "I am awake at night." in browser.get(thread).text

    # When a moderator publishes the new one
    decide_next(maya, "publish")

    # Then readers have it
    assert "quokka" in reader.get(thread).text


def test_words_that_sound_like_danger_show_help_at_once_and_reject_nothing(anna: FlaskClient) -> None:
    # When a student writes that they want to die
    thread = begin_thread(anna, "I cannot go on", "I want to die and I do not know whom to tell.")

    # Then they are shown help at once, and their text is there
    page = anna.get(thread).text
    assert "You do not have to wait for us." in page
    assert 'data-status="held"' in page
    assert "I want to die" in page


def test_an_idiom_is_no_sign_of_danger(anna: FlaskClient) -> None:
    # When a student is killed by an exam, laughing
    thread = begin_thread(anna, "Statistics", "This exam is killing me lol")

    # Then nobody alarms them
    assert "You do not have to wait for us." not in anna.get(thread).text


def test_a_text_that_could_mean_danger_stays_before_moderators_when_it_is_withdrawn(
    anna: FlaskClient, maya: FlaskClient
) -> None:
    # Given a text that sounds like danger
    thread = begin_thread(anna, "I cannot go on", "I want to die and I do not know whom to tell.")
    (post,) = post_ids(anna.get(thread).text)

    # When its author takes it back
    assert post_form(anna, f"/p/{post}/withdraw", {}, page="/me").status_code == 303

    # Then it still waits before moderators, marked, with its words
    page = maya.get(take_next(maya)).text
    assert "Withdrawn by the author" in page
    assert "<mark>" in page
    assert "I want to die" in page


def test_five_posts_that_wait_do_not_make_a_student_known(app: Flask, anna: FlaskClient, public: str) -> None:
    # Given a new student whose first five replies all wait
    for number in range(5):
        write_reply(anna, public, f"Answer number {number}.")
    held = post_ids(anna.get(public).text)[1:]

    # When they write one of them anew
    post_form(anna, f"/p/{held[0]}/edit", {"body": "Nobody has read this yet."})

    # Then it waits still: no person has looked at any of them
    assert "Nobody has read this yet." not in app.test_client().get(public).text

"""A student writes first and joins at sending, keeps six words, and comes back with them."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.people import hidden_fields, join_as_student, post_form

NEW = "/c/family-relationships/new"
TITLE, BODY = "My parents do not speak", "They have not spoken since June, and I carry their messages."


def shown_words(page: str) -> list[str]:
    return re.findall(r"<li>([a-z]+)</li>", page)


def asked_words(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'data-word="(\d)"', page)]


def test_a_visitor_writes_first_and_joins_at_sending_with_the_text_kept(reader: FlaskClient) -> None:
    # Given a visitor who fills the form of a new thread
    sent = post_form(reader, NEW, {"title": TITLE, "body": BODY, "warnings": ["loss"]})

    # Then sending leads to joining, which says before anything else that nobody can recover the words
    assert sent.headers["Location"] == f"/join?next={NEW}"
    door = reader.get(sent.headers["Location"]).text
    assert "nobody can" in door.lower()
    assert "e-mail" not in "".join(re.findall(r"<input[^>]*>", door))

    # When they join
    joined = post_form(reader, sent.headers["Location"], {})
    page = reader.get(joined.headers["Location"]).text

    # Then six words are shown, to be printed or copied, and two of them are asked back
    words, asked = shown_words(page), asked_words(page)
    assert len(words) == 6
    assert len(set(asked)) == 2
    assert "data-copies" in page
    assert "data-prints" in page

    # And whoever cannot type them back is not in yet, and keeps the words
    wrong = post_form(reader, "/join/words", {"first": "wrong", "second": "wrong"})
    assert wrong.status_code == 422
    assert shown_words(wrong.text) == words
    assert reader.get("/me").status_code == 303

    # When they type the two words
    typed = {"first": words[asked[0] - 1], "second": words[asked[1] - 1]}
    confirmed = post_form(reader, "/join/words", typed)

    # Then they are in, and their text stands in the form again
    assert confirmed.headers["Location"] == NEW
    form = reader.get(NEW).text
    assert TITLE in form
    assert BODY in form
    assert re.search(r'value="loss" checked', form)

    # When they send it
    posted = reader.post(NEW, data=hidden_fields(form, action=NEW) | {"title": TITLE, "body": BODY})

    # Then it is there, for them
    assert BODY in reader.get(posted.headers["Location"]).text


@pytest.mark.parametrize(
    "spelling",
    [
        str,
        str.upper,
        str.title,
        lambda words: words.replace(" ", "-"),
        lambda words: words.replace(" ", ""),
        lambda words: f"  {words.replace(' ', '   ')}\n",
        lambda words: ", ".join(words.split()),
        lambda words: "".join(chr(ord(letter) + 0xFEE0) if letter != " " else letter for letter in words),
    ],
    ids=["as shown", "capitals", "titles", "hyphens", "no spaces", "many spaces", "commas", "full width"],
)
def test_a_student_signs_out_and_comes_back_with_their_words_however_typed(
    app: Flask, spelling: Callable[[str], str]
) -> None:
    # Given a student who has written something and signed out
    student = app.test_client()
    words = join_as_student(student)
    post_form(student, NEW, {"title": TITLE, "body": BODY})
    post_form(student, "/logout", {}, page="/me")
    assert student.get("/me").headers["Location"] == "/return?next=/me"

    # When they come back at another device
    elsewhere = app.test_client()
    back = post_form(elsewhere, "/return", {"passphrase": spelling(words)})

    # Then it is them
    assert back.status_code == 303
    assert TITLE in elsewhere.get("/me").text


def test_words_that_nobody_has_lead_nowhere_and_can_be_corrected(reader: FlaskClient) -> None:
    # When somebody comes back with a mistyped word
    tried = post_form(reader, "/return", {"passphrase": "one two three four five six"})

    # Then they are told, have their words to correct, in a page that no browser keeps
    assert tried.status_code == 422
    assert "one two three four five six" in tried.text
    assert tried.headers["Cache-Control"] == "no-store"
    assert reader.get("/me").status_code == 303

"""Prepared words begin a letter or a line of a talk, and never are one."""

import re

import pytest
from flask import Flask

from accounts.models import Staff
from core.db import transaction
from core.refusals import Missing
from counselling.record.canned import (
    OnlyCanned,
    add_canned_text,
    canned_text,
    canned_texts_for,
    require_own_words,
    retire_canned_text,
)
from counselling.record.models import CannedText
from tests.counselling.people import NOON
from tests.counselling.recording import Pair, begin_case, colleague
from tests.counselling.talking import Talk
from tests.people import hidden_fields, post_form

WORDS = "Thank you for writing.\n\nI have read all of it."
QUIET = "Take your time. I am here."
SENTENCE = "Please add some words of your own: this line holds nothing but prepared words."


def add(actor: Staff, *, is_team_s: bool = False, words: str = WORDS) -> CannedText:
    with transaction():
        return add_canned_text(
            title="First", words=words, language="en", is_team_s=is_team_s, actor=actor, now=NOON
        )


@pytest.mark.parametrize(
    "body",
    [
        WORDS,
        f"  {WORDS}\n",
        "Thank you for writing. I have read all of it.",
        f"{WORDS} … !",
        f"{WORDS}\n\nMaya",
    ],
)
def test_a_letter_of_nothing_but_prepared_words_is_refused(maya: Staff, body: str) -> None:
    with pytest.raises(OnlyCanned):
        require_own_words(body, [add(maya)])


def test_two_prepared_texts_are_no_line_of_one_s_own(maya: Staff) -> None:
    texts = [add(maya), add(maya, words="Write when you like.")]
    with pytest.raises(OnlyCanned):
        require_own_words(f"{WORDS}\n\nWrite when you like.", texts)


@pytest.mark.parametrize("body", [f"{WORDS}\n\nHow was your exam?", "Yes.", "How are you?"])
def test_a_line_of_one_s_own_is_enough(maya: Staff, body: str) -> None:
    require_own_words(body, [add(maya)])


def test_one_s_own_and_the_team_s_are_offered(maya: Staff, oren: Staff) -> None:
    own, team = add(maya), add(maya, is_team_s=True)
    assert set(canned_texts_for(maya)) == {own, team}
    assert list(canned_texts_for(oren)) == [team]
    with pytest.raises(Missing):
        canned_text(own.id, person=oren)


def test_a_retired_text_is_not_offered(maya: Staff) -> None:
    text = add(maya)
    with transaction():
        retire_canned_text(text, now=NOON)
    assert list(canned_texts_for(maya)) == []


@pytest.fixture
def pair(app: Flask) -> Pair:
    """A student and Maya, who has prepared words."""
    pair = begin_case(app)
    post_form(pair.maya, "/counselling/canned", {"title": "First", "words": WORDS, "whose": "own"})
    return pair


def chosen(pair: Pair) -> str:
    """The page of the case on which the prepared words were chosen."""
    found = re.search(r"\?words=([0-9a-z]{13})", pair.maya.get(pair.case).text)
    assert found is not None
    return f"{pair.case}?words={found.group(1)}"


def test_choosing_puts_the_words_into_the_letter(pair: Pair) -> None:
    assert "I have read all of it.</textarea>" in pair.maya.get(chosen(pair)).text


def test_a_letter_of_prepared_words_comes_back_with_a_sentence(pair: Pair) -> None:
    answer = post_form(pair.maya, f"{pair.case}/messages", {"body": WORDS}, page=chosen(pair))
    assert answer.status_code == 422
    assert "Please add a line of your own" in answer.text
    assert "I have read all of it." in answer.text
    own = {"body": f"{WORDS}\n\nHow was your exam?"}
    assert post_form(pair.maya, f"{pair.case}/messages", own, page=pair.case).status_code == 303


@pytest.fixture
def prepared_talk(open_talk: Talk) -> Talk:
    """They talk, and Maya has prepared words, one of them what is offered when it has gone quiet."""
    for words in (WORDS, QUIET):
        post_form(open_talk.maya, "/counselling/canned", {"title": "First", "words": words, "whose": "own"})
    return open_talk


def test_a_line_of_prepared_words_alone_is_not_said(prepared_talk: Talk) -> None:
    answer = prepared_talk.say(prepared_talk.maya, WORDS, "one")
    assert answer.status_code == 422
    assert answer.json == {"sentence": SENTENCE}
    assert "I have read all of it." not in prepared_talk.student.get(prepared_talk.own).text


def test_without_script_the_line_of_prepared_words_comes_back_with_a_sentence(prepared_talk: Talk) -> None:
    answer = prepared_talk.say(prepared_talk.maya, WORDS, "one", headers={})
    assert answer.status_code == 422
    assert SENTENCE in answer.text
    assert "I have read all of it.</textarea>" in answer.text


@pytest.mark.parametrize("line", [f"{WORDS} How was your exam?", "How are you?", QUIET])
def test_a_line_with_own_words_is_said_and_so_is_what_is_offered_when_it_is_quiet(
    prepared_talk: Talk, line: str
) -> None:
    assert prepared_talk.say(prepared_talk.maya, line, "one").status_code == 201
    assert line.rsplit("\n", 1)[-1] in prepared_talk.student.get(prepared_talk.own).text


def test_a_line_that_was_said_is_not_refused_when_it_is_sent_again(open_talk: Talk) -> None:
    assert open_talk.say(open_talk.maya, WORDS, "one").status_code == 201
    post_form(open_talk.maya, "/counselling/canned", {"title": "First", "words": WORDS, "whose": "own"})
    assert open_talk.say(open_talk.maya, WORDS, "one").status_code == 201


def test_the_words_of_a_colleague_are_missing(pair: Pair) -> None:
    place = chosen(pair).split("=")[1]
    oren = colleague(pair.app)
    token = hidden_fields(oren.get("/counselling/canned").text)
    assert oren.post(f"/counselling/canned/{place}/retire", data=token).status_code == 404


def test_whoever_has_none_finds_where_to_write_the_first(app: Flask) -> None:
    new = begin_case(app)
    assert 'href="/counselling/canned"' in new.maya.get(new.case).text


def test_prepared_words_without_a_title_come_back(pair: Pair) -> None:
    answer = post_form(pair.maya, "/counselling/canned", {"words": "Some words.", "whose": "team"})
    assert answer.status_code == 422
    assert "Some words." in answer.text

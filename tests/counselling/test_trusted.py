"""Bringing somebody into a live talk: asking, yes or no, the link that works once, and what whoever comes in
sees and does not see.
"""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.clock import utcnow
from core.db import db, transaction
from counselling.live import queries as live_queries
from counselling.live.presence import AWAY_AFTER
from tests.counselling.bringing import (
    JOINED,
    Bringing,
    approved_link,
    ask_for,
    asked_by_page,
    bring,
    come_in,
    decide,
    link_for,
)
from tests.counselling.talking import Talk
from tests.people import join_as_student, post_form


@pytest.fixture
def brought(app: Flask, open_talk: Talk) -> Bringing:
    """They talk, and the student's sister is in."""
    return bring(app, open_talk)


def student_is_away(app: Flask, talk: Talk) -> None:
    """The student's page was last in sight a while ago."""
    with app.app_context():
        with transaction():
            session = live_queries.current_session(talk.case_id, locked=True)
            assert session is not None
            session.student_seen_at = utcnow() - AWAY_AFTER - timedelta(seconds=1)
        db.session.remove()


def test_the_professional_sees_whom_the_student_asks_for(open_talk: Talk) -> None:
    ask_for(open_talk, "my sister")
    page = open_talk.maya.get(open_talk.room).text
    assert "The student would like to bring somebody" in page
    assert "my sister" in page


def test_there_is_no_link_before_the_professional_says_yes(open_talk: Talk) -> None:
    ask_for(open_talk)
    assert "/counsel/join/" not in open_talk.student.get(f"{open_talk.own}/people").text


def test_a_refused_student_reads_why(open_talk: Talk) -> None:
    person_id = ask_for(open_talk)
    assert decide(open_talk, person_id, "refuse", reason="Let us talk alone today.").status_code == 303
    page = open_talk.student.get(f"{open_talk.own}/people").text
    assert "Let us talk alone today." in page
    assert "/counsel/join/" not in page


def test_a_fourth_is_told_to_wait(open_talk: Talk) -> None:
    for name in ("my sister", "my brother", "a friend"):
        ask_for(open_talk, name)
    people = f"{open_talk.own}/people"
    fields = {"name": "one more", "csrf_token": csrf_of(open_talk.student, people)}
    answer = open_talk.student.post(people, data=fields)
    assert answer.status_code == 409
    assert "You can bring three people" in answer.text
    assert "one more" in answer.text


def test_whom_the_student_takes_back_leaves_room_for_another(open_talk: Talk) -> None:
    ids = [ask_for(open_talk, name) for name in ("my sister", "my brother", "a friend")]
    people = f"{open_talk.own}/people"
    assert post_form(open_talk.student, f"{people}/{ids[0]}/end", {}, page=people).status_code == 303
    ask_for(open_talk, "one more")
    assert "one more" in open_talk.student.get(people).text


def state_of(browser: FlaskClient, place: str) -> Any:
    return browser.get(f"{place}/state").json


def csrf_of(browser: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(path).text)
    assert found is not None
    return found.group(1)


def test_nobody_is_asked_for_without_a_talk(talk: Talk) -> None:
    fields = {"name": "my sister", "csrf_token": csrf_of(talk.student, talk.own)}
    assert talk.student.post(f"{talk.own}/people", data=fields).status_code == 409


def test_the_same_form_sent_twice_asks_once(open_talk: Talk) -> None:
    people = f"{open_talk.own}/people"
    fields = {"name": "my sister", "submission_id": "same", "csrf_token": csrf_of(open_talk.student, people)}
    for _ in range(2):
        assert open_talk.student.post(people, data=fields).status_code == 303
    assert open_talk.student.get(people).text.count('id="person-') == 1


def test_opening_the_link_spends_nothing(app: Flask, open_talk: Talk) -> None:
    _, link = approved_link(open_talk)
    for _preview in range(3):
        assert app.test_client().get(link).status_code == 200
    assert come_in(app.test_client(), link).status_code == 303


def test_a_link_says_nothing_of_whose_talk_it_is(app: Flask, open_talk: Talk) -> None:
    _, link = approved_link(open_talk)
    page = app.test_client().get(link).text
    for word in ("my sister", "Quiet Heron", "Maya of the centre", open_talk.case_id):
        assert word not in page


def test_a_used_link_opens_nothing_for_the_next(app: Flask, brought: Bringing) -> None:
    assert app.test_client().get(brought.link).status_code == 404


def test_unknown_used_and_ended_links_answer_alike(app: Flask, brought: Bringing) -> None:
    talk = brought.talk
    ended_id, ended = approved_link(talk, "a friend")
    assert decide(talk, ended_id, "end").status_code == 303
    unknown = "/counsel/join/" + "0" * 28
    pages = set()
    for link in (unknown, brought.link, brought.link[:-9], ended):
        answer = app.test_client().get(link)
        assert answer.status_code == 404
        pages.add(answer.text)
    assert len(pages) == 1


def test_the_same_form_sent_twice_lets_the_same_browser_in(app: Flask, open_talk: Talk) -> None:
    _, link = approved_link(open_talk)
    browser = app.test_client()
    fields = {"submission_id": "same", "csrf_token": csrf_of(browser, link)}
    for _ in range(2):
        assert browser.post(link, data=fields).status_code == 303
    assert browser.get(JOINED).status_code == 200


def test_another_form_does_not(app: Flask, open_talk: Talk) -> None:
    _, link = approved_link(open_talk)
    first, second = app.test_client(), app.test_client()
    forms = [
        {"submission_id": f"id-{n}", "csrf_token": csrf_of(who, link)}
        for n, who in enumerate((first, second))
    ]
    assert first.post(link, data=forms[0]).status_code == 303
    assert second.post(link, data=forms[1]).status_code == 404


def test_a_student_keeps_their_own_session_beside_it(app: Flask, open_talk: Talk) -> None:
    other = app.test_client()
    join_as_student(other)
    _, link = approved_link(open_talk)
    assert come_in(other, link).status_code == 303
    assert other.get("/me").status_code == 200
    assert other.get(JOINED).status_code == 200


def test_leaving_quickly_ends_it(brought: Bringing) -> None:
    cookie = brought.sister.get_cookie("stoa-trusted")
    assert cookie is not None
    brought.sister.get("/leave")
    assert brought.sister.get_cookie("stoa-trusted") is None
    brought.sister.set_cookie("stoa-trusted", cookie.value)  # whoever copied it
    assert brought.sister.get(JOINED).status_code == 404


def test_they_hear_each_other(brought: Bringing) -> None:
    talk = brought.talk
    talk.say(talk.student, "This is my sister.", "a")
    assert brought.say("Hello to both of you.", "b").status_code == 201
    talk.say(talk.maya, "Good that you came.", "c")
    for who, place in ((talk.student, talk.own), (talk.maya, talk.room), (brought.sister, JOINED)):
        page = who.get(place).text
        for words in ("This is my sister.", "Hello to both of you.", "Good that you came."):
            assert words in page, place


def test_they_see_only_what_was_said_since_they_came(app: Flask, open_talk: Talk) -> None:
    open_talk.say(open_talk.student, "Before she came.", "a")
    brought = bring(app, open_talk)
    open_talk.say(open_talk.student, "Since she came.", "b")
    assert "Before she came." not in brought.sister.get(JOINED).text
    found = asked_by_page(brought.sister, "messages?after=0")
    assert "Before she came." not in found["html"]
    assert "Since she came." in found["html"]


def test_they_learn_no_name_but_those_that_the_student_gave(app: Flask, brought: Bringing) -> None:
    talk = brought.talk
    bring(app, talk, "a friend from home")
    talk.say(talk.student, "Hello.", "a")
    talk.say(talk.maya, "Hello to you.", "b")
    page = brought.sister.get(JOINED).text
    assert "a friend from home" in page
    for name in ("Quiet Heron", "Maya of the centre", talk.case_id):
        assert name not in page
        assert name not in brought.sister.get(f"{JOINED}/messages").text
        assert name not in brought.sister.get(f"{JOINED}/state").text


def test_who_is_only_invited_is_not_told_to_the_others(brought: Bringing) -> None:
    ask_for(brought.talk, "my brother")
    assert "my brother" not in brought.sister.get(JOINED).text


def test_a_line_sent_twice_is_stored_once(brought: Bringing) -> None:
    answers = [brought.say("Once.", "same") for _ in range(2)]
    assert answers[0].json == answers[1].json


def test_while_the_student_is_away_nothing_is_said_or_shown(app: Flask, brought: Bringing) -> None:
    talk = brought.talk
    brought.say("While you are here.", "a")
    student_is_away(app, talk)
    talk.say(talk.maya, "To the student alone.", "b")
    answer = brought.say("To you alone.", "c")
    assert answer.status_code == 423
    assert "student is away" in answer.json["sentence"]  # type: ignore[index]
    assert asked_by_page(brought.sister, "messages")["lines"] == []
    page = brought.sister.get(JOINED).text
    assert "The talk waits for them" in page
    assert "To the student alone." not in page
    assert asked_by_page(brought.sister, "state")["last"] == 0


def test_without_script_a_line_to_nobody_comes_back(app: Flask, brought: Bringing) -> None:
    fields = {"body": "To you alone.", "csrf_token": csrf_of(brought.sister, JOINED)}
    student_is_away(app, brought.talk)
    answer = brought.sister.post(f"{JOINED}/lines", data=fields)
    assert answer.status_code == 423
    assert "To you alone." in answer.text


def test_the_professional_is_told_that_they_wait(app: Flask, brought: Bringing) -> None:
    student_is_away(app, brought.talk)
    assert state_of(brought.talk.maya, brought.talk.room)["people"][-1] == "paused"
    assert "whom they brought reads and writes nothing" in brought.talk.maya.get(brought.talk.room).text


@pytest.mark.parametrize("who", ["student", "professional"])
def test_with_the_end_of_the_talk_they_are_out(brought: Bringing, who: str) -> None:
    talk = brought.talk
    browser, place = (talk.student, talk.own) if who == "student" else (talk.maya, talk.room)
    assert post_form(browser, f"{place}/end", {}, page=place).status_code == 303
    assert asked_by_page(brought.sister, "messages")["lines"] == []
    assert asked_by_page(brought.sister, "state")["state"] == "none"
    answer = brought.sister.get(JOINED)
    assert answer.headers["Location"] == f"{JOINED}/over"
    assert brought.sister.get_cookie("stoa-trusted") is None
    assert "Do you need somebody now?" in brought.sister.get(answer.headers["Location"]).text


@pytest.mark.parametrize("who", ["student", "professional"])
def test_one_of_them_can_be_sent_out_alone(brought: Bringing, who: str) -> None:
    talk = brought.talk
    browser, place = (talk.student, talk.own) if who == "student" else (talk.maya, talk.room)
    people = f"{place}/people"
    assert post_form(browser, f"{people}/{brought.person_id}/end", {}, page=people).status_code == 303
    assert brought.sister.get(JOINED).status_code == 303
    assert 'data-state="open"' in talk.student.get(talk.own).text


def test_what_they_typed_into_a_talk_that_is_over_is_given_back(brought: Bringing) -> None:
    fields = {"body": "One last word.", "csrf_token": csrf_of(brought.sister, JOINED)}
    post_form(brought.talk.student, f"{brought.talk.own}/end", {}, page=brought.talk.own)
    answer = brought.sister.post(f"{JOINED}/lines", data=fields)
    assert answer.status_code == 409
    assert "One last word." in answer.text


def test_whoever_leaves_does_not_come_back(brought: Bringing) -> None:
    answer = post_form(brought.sister, f"{JOINED}/leave", {}, page=JOINED)
    assert answer.headers["Location"] == f"{JOINED}/over"
    assert brought.sister.get(JOINED).status_code == 404
    assert brought.sister.get(brought.link).status_code == 404


def test_they_stand_in_the_conversation_with_their_name(brought: Bringing) -> None:
    talk = brought.talk
    brought.say("I am worried about her.", "a")
    for who, place in (
        (talk.student, f"/counsel/{talk.case_id}"),
        (talk.maya, f"/counselling/cases/{talk.case_id}"),
    ):
        page = who.get(place).text
        assert "I am worried about her." in page
        assert "my sister" in page


def test_a_stream_tells_who_is_there_by_ids(brought: Bringing) -> None:
    told = asked_by_page(brought.sister, "state")["people"]
    assert told == ["student:here", "counsellor:here", f"{brought.person_id}:joined:here"]
    for who, place in ((brought.talk.student, brought.talk.own), (brought.talk.maya, brought.talk.room)):
        assert state_of(who, place)["people"] == [f"{brought.person_id}:joined:here"]


def test_the_address_of_a_link_reaches_no_log(
    app: Flask, open_talk: Talk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, link = approved_link(open_talk)
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def fail(_token: str) -> None:
        raise RuntimeError("something broke")

    monkeypatch.setattr("counselling.views.trusted_talk.invited_with", fail)
    assert app.test_client().get(link).status_code == 500
    assert "something broke" in caplog.text
    assert link.rsplit("/", 1)[-1] not in caplog.text


def test_the_link_is_in_the_database_only_sealed_or_hashed(app: Flask, open_talk: Talk) -> None:
    _, link = approved_link(open_talk)
    token = link.rsplit("/", 1)[-1]
    data = app.config["STOA"].data_dir
    for path in data.rglob("*"):
        if path.is_file():
            assert token.encode() not in path.read_bytes(), path


def test_a_link_that_the_student_opens_says_whose_it_is(open_talk: Talk) -> None:
    person_id = ask_for(open_talk)
    decide(open_talk, person_id, "approve")
    assert "link that you pass on" in open_talk.student.get(link_for(open_talk, person_id)).text

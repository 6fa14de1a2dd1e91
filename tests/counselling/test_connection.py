"""Trying the line before a talk, on both sides, with and without script."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core import live
from counselling.live import checking
from counselling.live.checking import numbered_events
from tests.counselling.talking import SCRIPT, Talk
from tests.people import join_as_student

STAFF = "/counselling/connection"


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The three events come without a rest between them."""
    monkeypatch.setattr(checking, "APART", 0.0)


def own_check(talk: Talk) -> str:
    return f"/counsel/{talk.case_id}/connection"


@pytest.fixture(params=["student", "professional"])
def side(talk: Talk, request: pytest.FixtureRequest) -> tuple[FlaskClient, str]:
    """One side of a talk, with the address of its check."""
    return (talk.student, own_check(talk)) if request.param == "student" else (talk.maya, STAFF)


def said(answer: TestResponse) -> str:
    text = b"".join(answer.response).decode()  # type: ignore[arg-type]
    answer.close()
    return text


def test_a_stream_tells_three_numbers_with_a_rest_after_each() -> None:
    rests: list[float] = []
    events = list(numbered_events(rest=rests.append))
    assert [one for one in events if "data" in one] == [f"id: {n}\ndata: {n}\n\n" for n in (1, 2, 3)]
    assert len(rests) == 3


def test_the_stream_ends_by_itself_and_gives_its_place_back(side: tuple[FlaskClient, str]) -> None:
    who, place = side
    for _ in range(live.MOST_STREAMS + 1):
        assert "data: 3" in said(who.get(f"{place}/events"))


def test_while_all_places_are_taken_the_page_is_told_so(side: tuple[FlaskClient, str]) -> None:
    who, place = side
    taken = [live.Place() for _ in range(live.MOST_STREAMS)]
    try:
        assert who.get(f"{place}/events").status_code == 204
    finally:
        for one in taken:
            one.give_back()


def test_who_has_heard_all_three_is_told_to_stay_away(side: tuple[FlaskClient, str]) -> None:
    who, place = side
    assert who.get(f"{place}/events", headers={"Last-Event-ID": "3"}).status_code == 204


def test_asking_and_sending_are_answered(side: tuple[FlaskClient, str]) -> None:
    who, place = side
    token = re.search(r'data-token="([^"]+)"', who.get(place).text)
    assert token is not None
    asked = who.get(f"{place}/try", headers=SCRIPT)
    sent = who.post(f"{place}/try", data={"csrf_token": token[1]}, headers=SCRIPT)
    assert [one.json for one in (asked, sent)] == [{"heard": True}] * 2


def test_sending_without_a_token_is_refused(side: tuple[FlaskClient, str]) -> None:
    who, place = side
    assert who.post(f"{place}/try", headers=SCRIPT).status_code == 400


def test_without_script_the_server_tells_its_time_when_asked(side: tuple[FlaskClient, str]) -> None:
    who, place = side
    assert "The server answered at" not in who.get(place).text
    assert re.search(r"The server answered at \d\d:\d\d:\d\d", who.get(f"{place}?time=now").text)


def test_a_student_gets_no_figures(talk: Talk) -> None:
    assert "milliseconds" not in talk.student.get(own_check(talk)).text
    assert "milliseconds" in talk.maya.get(STAFF).text


@pytest.mark.parametrize("tail", ["", "/events", "/try"])
def test_another_student_finds_nothing(talk: Talk, app: Flask, tail: str) -> None:
    other = app.test_client()
    join_as_student(other)
    missing = other.get(f"/counsel/0000000000000/connection{tail}")
    assert other.get(own_check(talk) + tail).status_code == missing.status_code == 404

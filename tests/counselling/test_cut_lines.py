"""Two hundred lines of a live talk over a connection that drops again and again, in both directions and by
both ways of hearing: none is lost, none stands twice, and all stand in order.

Each side does what its page does (`static/js/talk.js` and its parts): it sends one line after the other under
an id of its own until it was taken, hears that there is a new number, and fetches what is behind the last one
that it has.
"""

import http.client
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core import live
from counselling import queries as case_queries
from counselling.sealing import open_letter
from tests.counselling.cutting import CuttingProxy, Fate, dropping_line_to
from tests.counselling.talking import Talk
from tests.people import hidden_fields

LINES = 200
TRIES = 20
BROKEN = (OSError, http.client.HTTPException)


class Side:
    """One page of a talk, at the end of a line that drops."""

    def __init__(self, browser: FlaskClient, place: str, port: int, name: str, cookie: str) -> None:
        self.place, self.port, self.name = place, port, name
        self.token = hidden_fields(browser.get(place).text)["csrf_token"]
        sent = [browser.get_cookie(one) for one in (cookie, "stoa-form")]
        self.cookies = "; ".join(f"{one.key}={one.value}" for one in sent if one is not None)
        self.heard: list[tuple[int, str]] = []
        self.known = ""

    @property
    def after(self) -> int:
        return self.heard[-1][0] if self.heard else 0

    def ask(self, path: str, fields: dict[str, str] | None = None) -> tuple[int, bytes]:
        """One request over a connection of its own. Raises what a broken line raises."""
        line = self.connect()
        try:
            self.send(line, path, fields)
            answer = line.getresponse()
            return answer.status, answer.read()
        finally:
            line.close()

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def send(self, line: http.client.HTTPConnection, path: str, fields: dict[str, str] | None = None) -> None:
        headers = {
            "Cookie": self.cookies,
            "Stoa-Script": "1",
            "Last-Event-ID": self.known,
            "Connection": "close",
        }
        if fields is None:
            line.request("GET", self.place + path, headers=headers)
        else:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            line.request("POST", self.place + path, body=urlencode(fields), headers=headers)

    def until_done(self, act: Callable[[], bool], what: str) -> None:
        """Try again whenever the line broke; a line that never holds is a failure and not a wait."""
        for _ in range(TRIES):
            try:
                if act():
                    return
            except BROKEN:
                continue
        raise AssertionError(f"{self.name}: {what} never came about")

    def say(self, text: str, sent_id: str) -> None:
        fields = {"csrf_token": self.token, "body": text, "submission_id": sent_id}

        def said() -> bool:
            status, answer = self.ask("/lines", fields)
            assert status == 201, answer
            return True

        self.until_done(said, text)

    def fetch(self) -> bool:
        """What is behind the last line that this page has."""
        status, answer = self.ask(f"/messages?after={self.after}")
        assert status == 200, answer
        found = json.loads(answer)
        words = re.findall(r'<div class="words" dir="auto"><p>(.*?)</p>', found["html"])
        self.heard += zip(found["lines"], words, strict=True)
        return True

    def listen(self, number: int) -> None:
        """Hear by a stream that there is a line of this number, then fetch what there is."""
        self.until_done(lambda: self.hear_event(number), f"event {number}")
        self.until_done(self.fetch, f"line {number}")

    def hear_event(self, number: int) -> bool:
        line = self.connect()
        try:
            self.send(line, "/events")
            answer = line.getresponse()
            assert answer.status == 200
            event: dict[str, str] = {}
            while (piece := answer.readline()).endswith(b"\n"):
                name, _, value = piece.decode().strip().partition(": ")
                event[name] = value
                if name == "data":
                    self.known = event["id"]
                    if json.loads(value)["last"] >= number:
                        return True
            return False
        finally:
            line.close()

    def poll(self, number: int) -> None:
        """Ask again and again whether there is a line of this number, then fetch what there is."""

        def told() -> bool:
            status, answer = self.ask("/state")
            assert status == 200, answer
            state: dict[str, Any] = json.loads(answer)
            return bool(state["last"] >= number)

        self.until_done(told, f"state {number}")
        self.until_done(self.fetch, f"line {number}")


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams look at once, and give up soon when a test fails."""
    monkeypatch.setattr(live, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(live, "LONGEST", 20.0)


def sides_of(talk: Talk, proxy: CuttingProxy) -> tuple[Side, Side]:
    return (
        Side(talk.student, talk.own, proxy.port, "student", "stoa"),
        Side(talk.maya, talk.room, proxy.port, "professional", "stoa-staff"),
    )


def stored(app: Flask, case_id: str) -> list[str]:
    """What the database has, in order."""
    with app.app_context():
        case = case_queries.case(case_id)
        assert case is not None
        return [open_letter(case, one) for one in case_queries.messages(case_id)]


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("way", ["listen", "poll"])
def test_two_hundred_lines_arrive_once_and_in_order_over_a_line_that_drops(
    app: Flask, open_talk: Talk, way: str
) -> None:
    said = [f"Line {number}" for number in range(1, LINES + 1)]
    with dropping_line_to(app) as proxy:
        student, maya = sides_of(open_talk, proxy)
        for number, text in enumerate(said, start=1):
            speaker, hearer = (student, maya) if number % 3 else (maya, student)
            speaker.say(text, f"id-{number}")
            if number % 4 == 0 or number == LINES:  # the other side reads on only now and then
                getattr(hearer, way)(number)
        getattr(speaker, way)(LINES)
        cuts = {fate: count for fate, count in proxy.counts.items() if fate is not Fate.WHOLE}
    assert stored(app, open_talk.case_id) == said
    for side in (student, maya):
        assert side.heard == list(enumerate(said, start=1))
    assert min(cuts.values()) > LINES // 10  # and the line did drop

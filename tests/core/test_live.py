"""A stream of what has changed: everything once, then only what is new, and never longer than it may last."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from core import live


class Clock:
    """Time that passes when somebody rests."""

    def __init__(self) -> None:
        self.now = 0.0

    def rest(self, seconds: float) -> None:
        self.now += seconds


def listen(states: list[dict[str, Any]], *, known: str = "", welcome: bool = True) -> Iterator[str]:
    """A stream over these states, the last of which stays."""
    clock, left = Clock(), list(states)
    return live.events(
        lambda: left.pop(0) if len(left) > 1 else left[0],
        lambda: welcome,
        known=known,
        clock=lambda: clock.now,
        rest=clock.rest,
    )


def told(stream: Iterator[str]) -> list[Any]:
    """The states that were told."""
    lines = [line for event in stream for line in event.splitlines()]
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]


def test_the_whole_state_comes_first_and_then_only_what_changed() -> None:
    assert told(listen([{"a": 1}, {"a": 1}, {"a": 2}, {"a": 2}])) == [{"a": 1}, {"a": 2}]


def test_who_comes_again_with_the_same_state_hears_nothing() -> None:
    assert told(listen([{"a": 1}], known=live.digest_of({"a": 1}))) == []


def test_who_comes_again_after_a_change_hears_all_of_it() -> None:
    assert told(listen([{"a": 2}], known=live.digest_of({"a": 1}))) == [{"a": 2}]


def test_the_id_of_an_event_is_the_digest_that_a_poll_gives() -> None:
    event = next(event for event in listen([{"a": 1}]) if "data" in event)
    assert event.startswith(f"id: {live.state_once({'a': 1})['id']}\n")


def test_a_stream_ends_after_its_time() -> None:
    looks = sum(1 for event in listen([{"a": 1}]) if event != live.COME_BACK_AFTER)
    assert looks == live.LONGEST / live.LOOK_EVERY


def test_a_stream_ends_when_its_reader_is_no_longer_welcome() -> None:
    looks = sum(1 for event in listen([{"a": 1}], welcome=False) if event != live.COME_BACK_AFTER)
    assert looks == live.CHECK_EVERY / live.LOOK_EVERY


def test_a_database_that_is_away_ends_a_stream_without_a_traceback() -> None:
    def look() -> dict[str, Any]:
        raise OperationalError("select", {}, Exception("away"))

    assert list(live.events(look, lambda: True)) == [live.COME_BACK_AFTER]


@pytest.fixture
def places() -> Iterator[list[live.Place]]:
    """Every place that there is."""
    taken = [live.Place() for _ in range(live.MOST_STREAMS)]
    yield taken
    for place in taken:
        place.give_back()


def test_there_is_no_fifth_place(places: list[live.Place]) -> None:
    assert [place.is_taken for place in [*places, live.Place()]] == [True] * 4 + [False]


def test_the_fifth_stream_is_answered_with_nothing() -> None:
    with Flask("a page").test_request_context("/"):
        answers = [live.stream(dict, lambda: True) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [204]
    for answer in answers:
        answer.close()


def test_a_place_that_is_given_back_twice_makes_one(places: list[live.Place]) -> None:
    places[0].give_back()
    places[0].give_back()
    again = [live.Place(), live.Place()]
    assert [place.is_taken for place in again] == [True, False]
    again[0].give_back()

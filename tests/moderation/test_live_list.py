"""The list of the queue, live: ids and states and nothing else, to few at once, without a transaction, and to
nobody whose web session has ended.
"""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from accounts import queries as account_queries
from accounts.permissions import Role
from core import live
from core.db import db, transaction
from moderation.live_list import ListWatch
from tests import cast
from tests.cast import MINUTE, NOON, begin_thread, claimed, item_id_of, new_moderator, new_student
from tests.people import add_staff_person, sign_in_as

EVENTS, STATE = "/moderation/queue/events", "/moderation/queue/state"


@pytest.fixture
def held(app: Flask) -> str:
    """The item of a text that waits."""
    with app.app_context():
        return item_id_of(begin_thread(new_student(), "A word that nobody else writes: quince."))


@pytest.fixture
def maya(app: Flask) -> FlaskClient:
    """A moderator's browser."""
    browser = app.test_client()
    sign_in_as(browser, add_staff_person(app, Role.MODERATOR, username="maya"))
    return browser


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody rests between two looks."""
    monkeypatch.setattr(live, "LOOK_EVERY", 0.0)


def first_event(answer: TestResponse) -> tuple[str, Any]:
    """The id and the state of the first event of a stream, and its end."""
    said = ""
    for piece in answer.response:
        said += piece.decode() if isinstance(piece, bytes) else piece
        if "data: " in said:
            break
    answer.close()
    (digest,) = [line for line in said.splitlines() if line.startswith("id: ")]
    (state,) = [line for line in said.splitlines() if line.startswith("data: ")]
    return digest.removeprefix("id: "), json.loads(state.removeprefix("data: "))


def test_a_stream_tells_ids_bands_and_states_and_nothing_else(maya: FlaskClient, held: str) -> None:
    _, state = first_event(maya.get(EVENTS))
    assert state == {"items": [{"id": held, "band": "green", "state": "waiting"}], "goes_on": False}


@pytest.mark.usefixtures("held")
def test_a_poll_tells_the_same_under_the_same_id(maya: FlaskClient) -> None:
    digest, state = first_event(maya.get(EVENTS))
    assert maya.get(STATE).json == {"id": digest, **state}


def test_the_fifth_reader_is_told_to_ask_again_instead(maya: FlaskClient) -> None:
    streams = [maya.get(EVENTS) for _ in range(live.MOST_STREAMS + 1)]
    assert [answer.status_code for answer in streams] == [200] * live.MOST_STREAMS + [204]
    for answer in streams:
        answer.close()


def test_a_stream_that_was_closed_leaves_its_place(maya: FlaskClient) -> None:
    for _ in range(live.MOST_STREAMS + 1):
        answer = maya.get(EVENTS)
        assert answer.status_code == 200
        answer.close()


def test_asking_for_the_head_of_a_stream_takes_no_place(maya: FlaskClient) -> None:
    for _ in range(live.MOST_STREAMS + 1):
        maya.head(EVENTS)
    with maya.get(EVENTS) as answer:
        assert answer.status_code == 200


@pytest.mark.usefixtures("held", "unhurried")
def test_a_stream_ends_with_the_web_session(
    app: Flask, maya: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "CHECK_EVERY", 0.0)
    stream = maya.get(EVENTS)
    pieces = iter(stream.response)
    next(pieces)
    with app.app_context(), transaction():
        person = account_queries.staff_by_username("maya")
        assert person is not None
        person.epoch += 1  # signed out everywhere
    assert list(pieces) == []
    stream.close()


@pytest.mark.usefixtures("held", "unhurried")
def test_a_stream_holds_no_connection_between_two_looks(app: Flask, maya: FlaskClient) -> None:
    stream = maya.get(EVENTS)
    pieces = iter(stream.response)
    with app.app_context():
        pool = db.engine.pool
    looks = 0
    for _ in range(3):
        next(pieces)
        looks += 1
        assert pool.checkedout() == 0  # type: ignore[attr-defined]
    stream.close()
    assert looks == 3


def test_an_open_page_keeps_no_web_session_open(maya: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.guard.needs_touch", lambda *_, **__: True)
    touched: list[str] = []
    monkeypatch.setattr("accounts.guard.touch", lambda *_, **__: touched.append("touched"))
    maya.get(STATE)
    assert touched == []
    maya.get("/moderation/queue")
    assert touched == ["touched"]


def test_a_text_in_ones_own_hands_is_told_apart_from_a_colleagues(app: Flask) -> None:
    with app.app_context():
        maya, bo = new_moderator(), new_moderator("bo")
        item = claimed(begin_thread(new_student()), by=maya)
        seen = [ListWatch(reader, None).look(now=NOON)["items"][0]["state"] for reader in (maya, bo)]
        assert (item.state, seen) == ("claimed", ["mine", "claimed"])


def test_a_claim_that_has_lapsed_holds_nothing(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        claimed(begin_thread(new_student()), by=maya)
        later = ListWatch(maya, None).look(now=NOON + 11 * MINUTE)
        assert later["items"][0]["state"] == "waiting"


def test_a_list_that_goes_on_begins_where_its_page_begins(app: Flask) -> None:
    with app.app_context():
        first = begin_thread(new_student())
        second = begin_thread(new_student(), now=NOON + MINUTE)
        item = cast.item(item_id_of(first))
        seen = ListWatch(new_moderator(), (item.rank, item.stands_at, item.id)).look(now=NOON)
        assert [one["id"] for one in seen["items"]] == [item_id_of(second)]


def test_what_somebody_must_not_judge_does_not_exist_in_their_list(app: Flask) -> None:
    with app.app_context():
        maya, bo = new_moderator(), new_moderator("bo")
        item_id = item_id_of(begin_thread(new_student()))
        watch = ListWatch(maya, None)
        watch.look(now=NOON)
        with transaction():
            cast.item(item_id).excluded = [maya]
        assert watch.look(now=NOON + MINUTE)["items"] == []
        assert [one["id"] for one in ListWatch(bo, None).look(now=NOON)["items"]] == [item_id]

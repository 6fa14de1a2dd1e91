"""Five hundred accounts made at once cannot push a text about somebody's life past its clock."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from accounts.models import Account
from core.crypto import new_key
from core.db import db, transaction
from core.ids import new_public_id
from core.models import OutboxRow
from forum import pacing, posting
from forum import queries as forum_queries
from forum.lifecycle import PostAct, move_post
from moderation import queries
from moderation.bands import Band
from moderation.claims import claim_next
from moderation.models import QueueItem
from moderation.team.hours import first_look_due
from tests.cast import MINUTE, NOON, item_id_of, new_moderator, new_student, post, staff, student
from tests.conftest import MakeApp

FLOOD = 500
HOSTILE, CAMPUS = "203.0.113.9", "198.51.100.7"
CALM, RED, CRISIS = "I miss home.", "I want to die and I cannot go on.", "I am going to kill myself tonight."
MINUTES_A_TEXT = 3
TOGETHER = 20  # of a flood, in one transaction: a test need not wait for the disk 500 times


Send = Callable[..., str]


def send_one(app: Flask, author: str, body: str, *, address: str, tickets: bool, after: int) -> str:
    """A student sends a text from an address, inside a transaction. Returns the post's id."""
    now = NOON + after * MINUTE
    draft = posting.write_draft(body, language="en", title="First weeks")
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        account = student(author)
        turn = pacing.take_turn(account, proof="", joined_by_ticket=tickets)
        draft = pacing.put_in_line(draft, turn, author=account, now=now)
        category = forum_queries.category_by_slug("adjustment-difficulties")
        assert category is not None
        return posting.begin_thread(category, draft, author=account, now=now).id


@pytest.fixture
def send(app: Flask) -> Send:
    """A function that lets a student send a text."""

    def send_text(
        author: str, body: str, *, address: str = HOSTILE, tickets: bool = False, after: int = 0
    ) -> str:
        with transaction():
            return send_one(app, author, body, address=address, tickets=tickets, after=after)

    return send_text


def flood(app: Flask, body: str, *, accounts: int = FLOOD) -> None:
    """Each account is new, and each sends one text, all at once."""
    for _ in range(accounts // TOGETHER):
        with transaction():
            for _ in range(TOGETHER):
                send_one(app, new_account(), body, address=HOSTILE, tickets=False, after=0)
        db.session.expunge_all()


def new_account() -> str:
    """A confirmed student, inside a transaction. Returns the account's id."""
    account = Account(
        id=new_public_id(), lookup=new_key(), is_confirmed=True, epoch=1, seen_on=NOON.date(), data_key=b"x"
    )
    db.session.add(account)
    db.session.flush()
    return account.id


def before(post_id: str) -> int:
    """How many open texts are offered before this one."""
    order = [item.id for item in queries.open_items(after=None, limit=FLOOD + 100)]
    return order.index(item_id_of(post_id))


def item_of(post_id: str) -> QueueItem:
    found = queries.item_of_post(post_id)
    assert found is not None
    return found


def test_a_flood_of_calm_texts_stands_behind_one_person(app: Flask, send: Send) -> None:
    with app.app_context():
        flood(app, CALM)
        one = send(new_student(), RED, address=CAMPUS, after=1)
        assert item_of(one).due_at == first_look_due(Band.RED, since=NOON + MINUTE)
        maya = new_moderator()
        with transaction():
            taken = claim_next(staff(maya), now=NOON + MINUTE)
            assert taken is not None
            assert taken.post_id == one


@pytest.mark.parametrize("body", [RED, CRISIS], ids=["red", "crisis"])
def test_a_flood_of_texts_that_sound_urgent_lets_one_person_be_reached_in_time(
    app: Flask, send: Send, body: str
) -> None:
    with app.app_context():
        flood(app, body)
        for hour in (0, 1, 3, 8, 20):
            since = hour * 60 + 1
            one = send(new_student(), RED, address=f"198.51.{hour}.7", after=since)
            # Nobody has read anything since the flood began: all that came due stands before this text.
            in_hand = before(one) - sum(hour > earlier for earlier in (0, 1, 3, 8, 20))
            assert in_hand <= 6 + 10 * (hour + 1)
            item = item_of(one)
            assert item.due_at == first_look_due(Band.RED, since=NOON + since * MINUTE)
        first = 6 + 10
        assert timedelta(minutes=first * MINUTES_A_TEXT) <= timedelta(hours=1)


def test_a_student_whose_texts_readers_know_keeps_their_place_behind_the_same_network(
    app: Flask, send: Send
) -> None:
    with app.app_context():
        known = new_student()
        seen = send(known, CALM, address=CAMPUS)
        with transaction():
            move_post(post(seen), PostAct.PUBLISH, now=NOON)
        flood(app, CRISIS, accounts=40)
        assert before(send(known, RED, after=1)) <= 6 + 1


def test_a_text_that_stands_behind_keeps_its_band_its_clock_and_its_page(make_app: MakeApp) -> None:
    app = make_app(STOA_PAGE_WEBHOOK_URL="http://127.0.0.1:9/", STOA_PAGE_WEBHOOK_SECRET="x" * 16)
    with app.app_context():
        flood(app, CRISIS, accounts=20)
        last = queries.open_items(after=None, limit=FLOOD)[-1]
        assert last.stands_at > NOON
        assert last.band is Band.CRISIS
        assert last.due_at == first_look_due(Band.CRISIS, since=NOON)
        pages = [row.payload["target"] for row in db.session.query(OutboxRow) if row.kind == "page"]
        assert pages.count(last.id) == 1
        db.session.remove()


def test_no_text_of_a_flood_is_out_of_sight(app: Flask) -> None:
    with app.app_context():
        flood(app, RED, accounts=300)
        shown = queries.open_items(after=None, limit=FLOOD)
        assert len(shown) == 300
        assert max(item.stands_at for item in shown) <= NOON + pacing.AT_MOST


def test_where_everybody_came_by_a_ticket_nobody_stands_behind(app: Flask, send: Send) -> None:
    with app.app_context():
        for _ in range(12):
            last = send(new_student(), RED, tickets=True)
        assert item_of(last).stands_at <= NOON


def test_one_person_who_writes_many_stands_behind_others(app: Flask, send: Send) -> None:
    with app.app_context():
        one = new_student()
        for _ in range(9):
            last = send(one, RED, address=CAMPUS, tickets=True)
        assert item_of(last).stands_at > NOON

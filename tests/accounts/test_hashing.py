"""Slow hashes: one at a time, a few may wait, and the rest are told to come back."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from argon2.low_level import Type, hash_secret_raw
from flask import Flask

from accounts import hashing
from accounts.hashing import (
    WAITING_AT_MOST,
    TooManySignIns,
    hash_password,
    password_fits,
    stretch_passphrase,
)
from core.db import db
from core.keys import keyring
from tests.conftest import MakeApp
from tests.people import hidden_fields

WAIT = 20.0


class SlowHash:
    """A hash that ends when it is told to, and knows how many run at once."""

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.began = threading.Semaphore(0)
        self.running = self.most = 0
        self.count = threading.Lock()

    def __call__(self, *_args: object, **_options: object) -> bytes:
        with self.count:
            self.running += 1
            self.most = max(self.most, self.running)
        self.began.release()
        assert self.may_end.wait(WAIT)
        with self.count:
            self.running -= 1
        return b"s" * 32


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> SlowHash:
    slow = SlowHash()
    monkeypatch.setattr(hashing, "hash_secret_raw", slow)
    return slow


@pytest.fixture
def crowd(app: Flask, slow: SlowHash) -> Iterator[list[Future[bytes]]]:
    """One who hashes and as many as may wait."""

    def come() -> bytes:
        with app.test_request_context():
            try:
                return stretch_passphrase("words")
            finally:
                db.session.remove()

    with ThreadPoolExecutor(max_workers=1 + WAITING_AT_MOST) as pool:
        people = [pool.submit(come)]
        assert slow.began.acquire(timeout=WAIT)
        people += [pool.submit(come) for _ in range(WAITING_AT_MOST)]
        for _ in range(int(WAIT / 0.01)):
            if hashing._places._value == 0:
                break
            threading.Event().wait(0.01)
        yield people
        slow.may_end.set()


def test_everybody_who_waits_is_served_one_at_a_time(crowd: list[Future[bytes]], slow: SlowHash) -> None:
    slow.may_end.set()
    assert {one.result(timeout=WAIT) for one in crowd} == {b"s" * 32}
    assert slow.most == 1


def test_one_more_is_told_to_come_back(app: Flask, crowd: list[Future[bytes]]) -> None:
    assert len(crowd) == 1 + WAITING_AT_MOST
    with app.test_request_context(), pytest.raises(TooManySignIns):
        stretch_passphrase("words")


def test_one_more_at_the_door_gets_a_page_that_says_when(app: Flask, crowd: list[Future[bytes]]) -> None:
    assert len(crowd) == 1 + WAITING_AT_MOST
    client = app.test_client()
    fields = hidden_fields(client.get("/return").text)
    answer = client.post("/return", data=fields | {"passphrase": "six words of mine"})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "/help" in answer.text


def test_afterwards_there_is_room_again(app: Flask, crowd: list[Future[bytes]], slow: SlowHash) -> None:
    slow.may_end.set()
    for one in crowd:
        one.result(timeout=WAIT)
    with app.test_request_context():
        assert stretch_passphrase("words") == b"s" * 32


def test_a_hash_that_fails_frees_its_place(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_options: object) -> bytes:
        raise MemoryError

    monkeypatch.setattr(hashing, "hash_secret_raw", fail)
    with app.test_request_context():
        for _ in range(2 * (1 + WAITING_AT_MOST)):
            with pytest.raises(MemoryError):
                stretch_passphrase("words")


def test_the_same_words_become_the_same_here(inside: Flask) -> None:
    assert inside
    assert stretch_passphrase("words") == stretch_passphrase("words")


def test_elsewhere_they_become_something_else(make_app: MakeApp) -> None:
    here, elsewhere = make_app(), make_app()
    keys = elsewhere.extensions["stoa_keys"]
    elsewhere.extensions["stoa_keys"] = type(keys)(
        server=keys.server, pepper=keys.pepper, salt=bytes(32), audit=keys.audit, case=keys.case
    )
    with here.app_context():
        at_home = stretch_passphrase("words")
    with elsewhere.app_context():
        assert stretch_passphrase("words") != at_home


def test_a_password_fits_its_hash_and_no_other(inside: Flask) -> None:
    assert inside
    encoded = hash_password("a password of mine")
    assert password_fits(encoded, "a password of mine")
    assert not password_fits(encoded, "another password")


@pytest.mark.parametrize("encoded", ["", "x", "$argon2id$v=19$m=32768,t=2,p=1$"])
def test_a_damaged_hash_fits_nothing(inside: Flask, encoded: str) -> None:
    assert inside
    assert not password_fits(encoded, "a password")


@pytest.mark.usefixtures("inside", "real_hashes")
def test_a_password_costs_what_was_decided() -> None:
    assert hash_password("a password").startswith("$argon2id$v=19$m=32768,t=2,p=1$")


@pytest.mark.usefixtures("inside", "real_hashes")
def test_a_passphrase_costs_what_was_decided() -> None:
    salt = keyring().salt
    assert stretch_passphrase("words") == hash_secret_raw(b"words", salt, 2, 32 * 1024, 1, 32, Type.ID)

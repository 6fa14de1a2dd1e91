"""Rate limits without addresses: the key is a hash of the address prefix under a secret that lives in memory
for a day.

A whole IPv4 /24 or IPv6 /56 shares a bucket, so that the hash cannot be walked back to one device; the limits
are wide enough for a campus.

Some limits refuse (`limiter.limit` at a view). A `Pace` refuses nothing: it tells that somebody, or a whole
network, goes faster than usual, and the caller says what follows. Its counts lie where the others lie, and a
person is in it as a hash under the same secret of the day.
"""

import importlib
import ipaddress
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Flask, current_app, request
from flask_limiter import Limiter
from limits import RateLimitItem, RateLimitItemPerDay, parse_many

from core.crypto import tag
from core.settings import Settings


def address_key() -> str:
    """A keyed hash of the client's address prefix, different every day and after every start."""
    return _key_of_day(address_prefix(request.remote_addr or ""))


def _key_of_day(whose: str) -> str:
    return tag(current_app.extensions["stoa_day_secret"].today(), whose).hex()[:24]


def address_prefix(address: str) -> str:
    """The /24 or /56 that an address belongs to, or "unknown"."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    # A server that listens on IPv6 sees IPv4 clients as ::ffff:a.b.c.d, all of them in one /56.
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    length = 24 if parsed.version == 4 else 56
    return str(ipaddress.ip_network((parsed, length), strict=False))


class DaySecret:
    """32 bytes that are forgotten every day: in this process's memory, or in Redis where several processes
    share them.
    """

    def __init__(self, shared: Any = None) -> None:
        self._shared = shared
        self._held: tuple[date, bytes] = (date.min, b"")

    def today(self) -> bytes:
        day = datetime.now(UTC).date()
        if self._held[0] != day:
            self._held = (
                day,
                self._shared_secret(day) if self._shared is not None else secrets.token_bytes(32),
            )
        return self._held[1]

    def _shared_secret(self, day: date) -> bytes:
        name = f"stoa:address-key:{day.isoformat()}"
        self._shared.set(name, secrets.token_bytes(32), nx=True, ex=86_400)
        return bytes(self._shared.get(name))


limiter = Limiter(key_func=address_key, headers_enabled=False)


@dataclass(frozen=True)
class Pace:
    """How often something is done at most, as usual: by one network together, and by one person."""

    what: str
    network: str = ""
    person: str = ""


def count_turn(pace: Pace, *, person: str = "") -> bool:
    """Count one turn. Whether the network, and the person if one is given, are still within this pace."""
    hits = [limiter.limiter.hit(limit, pace.what, whose) for limit, whose in _buckets(pace, person)]
    return all(hits)  # each is counted, whatever the first one says


def has_turn(pace: Pace, *, person: str = "") -> bool:
    """Whether one more turn would be within this pace. Counts nothing."""
    return all(limiter.limiter.test(limit, pace.what, whose) for limit, whose in _buckets(pace, person))


def _buckets(pace: Pace, person: str) -> Iterator[tuple[RateLimitItem, str]]:
    if pace.network:
        yield from ((limit, address_key()) for limit in parse_many(pace.network))
    if pace.person and person:
        yield from ((limit, _key_of_day(f"person:{person}")) for limit in parse_many(pace.person))


def number_in_line(what: str) -> int:
    """The how-manieth of this day this one is from its network."""
    day = RateLimitItemPerDay(1)
    expiry = int(timedelta(days=1).total_seconds())
    number: int = limiter.storage.incr(day.key_for(what, address_key()), expiry)
    return number


def init_limits(app: Flask, settings: Settings) -> None:
    """Bind the limits; they live in Redis when several processes share them, else in memory."""
    app.config["RATELIMIT_STORAGE_URI"] = settings.redis_url or "memory://"
    limiter.init_app(app)
    shared = None
    if settings.redis_url:
        shared = importlib.import_module("redis").Redis.from_url(settings.redis_url)
    app.extensions["stoa_day_secret"] = DaySecret(shared)

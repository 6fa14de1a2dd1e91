"""Load with a bound: so many requests or so many seconds, whichever ends first. Connections stay open.

Each connection speaks from a loopback network of its own (127.0.1.1, 127.0.2.1, …), as readers of several
networks would: rate limits stay on and are part of the cost, and no single one is used up.
"""

import http.client
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import unescape
from statistics import quantiles
from typing import TypeVar
from urllib.parse import urlencode

WAITS_AT_MOST = 30.0
HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
ATTRIBUTE = re.compile(r'(name|value)="([^"]*)"')
T = TypeVar("T")


class WrongAnswer(RuntimeError):
    """The server answered something else than what was to be measured."""


@dataclass
class Taken:
    """What a load took: the seconds of each answered request, and of all of them together."""

    seconds: float = 0.0
    each: list[float] = field(default_factory=list)

    def rate(self) -> float:
        return len(self.each) / self.seconds if self.seconds else 0.0

    def percentile(self, which: int) -> float:
        """Milliseconds within which so many of a hundred were answered."""
        cuts = quantiles(self.each, n=100, method="inclusive") if len(self.each) > 1 else self.each * 99
        return 1_000 * cuts[which - 1]


class Browser:
    """One connection with its cookies. It follows nothing by itself."""

    def __init__(self, port: int, *, network: int, cookies: dict[str, str] | None = None) -> None:
        source = (f"127.0.{network}.1", 0)
        self._connection = http.client.HTTPConnection(
            "127.0.0.1", port, timeout=WAITS_AT_MOST, source_address=source
        )
        self._cookies = dict(cookies or {})

    def get(self, path: str, *, status: int = 200) -> bytes:
        return self._ask("GET", path, None, status)[0]

    def post(self, path: str, fields: dict[str, str]) -> str:
        """Send a form. Returns where the redirect leads."""
        return self._ask("POST", path, urlencode(fields), 303)[1]

    def close(self) -> None:
        self._connection.close()

    def _ask(self, method: str, path: str, body: str | None, status: int) -> tuple[bytes, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if not self._cookies:
            headers = {}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != status:
            raise WrongAnswer(f"{method} {path} answered {answer.status}")
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return content, answer.headers.get("Location", "")


def read_pages(port: int, path: str, *, connections: int, count: int, seconds: float) -> Taken:
    """Ask for one page again and again, as a visitor."""

    def visit(number: int, turn: "Turns") -> list[float]:
        browser = Browser(port, network=number + 1)
        times = []
        while turn.take():
            began = time.perf_counter()
            browser.get(path)
            times.append(time.perf_counter() - began)
        browser.close()
        return times

    return _side_by_side(visit, connections, Turns(count, seconds))


def write_replies(
    port: int,
    threads: Sequence[str],
    students: Sequence[dict[str, str]],
    *,
    body: str,
    count: int,
    seconds: float,
) -> Taken:
    """Answer in threads, each student over an own connection; only the way from POST to redirect counts."""

    def answer(number: int, turn: "Turns") -> list[float]:
        browser = Browser(port, network=100 + number, cookies=students[number])
        times = []
        while (place := turn.take()) > 0:
            thread = threads[place % len(threads)]
            form = hidden_fields(browser.get(thread).decode(), action=f"{thread}/reply")
            began = time.perf_counter()
            browser.post(f"{thread}/reply", form | {"body": f"{body} {number} {place}"})
            times.append(time.perf_counter() - began)
        browser.close()
        return times

    return _side_by_side(answer, len(students), Turns(count, seconds))


def hidden_fields(page: str, *, action: str) -> dict[str, str]:
    """The hidden fields of the form that is sent to this address."""
    forms = [
        form for form in re.findall(r"<form[^>]*>.*?</form>", page, re.S) if f'action="{action}"' in form
    ]
    if not forms:
        raise WrongAnswer(f"the page holds no form for {action}")
    tags = (dict(ATTRIBUTE.findall(tag)) for tag in HIDDEN.findall(forms[0]))
    return {fields["name"]: unescape(fields.get("value", "")) for fields in tags}


class Turns:
    """The bound that all connections of a load share."""

    def __init__(self, count: int, seconds: float) -> None:
        self._lock = threading.Lock()
        self._taken, self._count = 0, count
        self._ends_at = time.monotonic() + seconds

    def take(self) -> int:
        """The number of this turn, from 1, or 0 when the load is over."""
        with self._lock:
            if self._taken >= self._count or time.monotonic() >= self._ends_at:
                return 0
            self._taken += 1
            return self._taken


def _side_by_side(act: Callable[[int, Turns], list[float]], people: int, turns: Turns) -> Taken:
    """Run one act for each person at the same time. A failure in any of them is the failure of the load."""
    taken, failures, lock = Taken(), list[Exception](), threading.Lock()

    def run(number: int) -> None:
        try:
            times = act(number, turns)
        except Exception as error:
            failures.append(error)
            return
        with lock:
            taken.each.extend(times)

    running = [threading.Thread(target=run, args=(number,)) for number in range(people)]
    began = time.perf_counter()
    for one in running:
        one.start()
    for one in running:
        one.join()
    taken.seconds = time.perf_counter() - began
    if failures:
        raise failures[0]
    return taken

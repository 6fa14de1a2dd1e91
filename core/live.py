"""Live lists: a page that shows what has changed without being loaded anew.

A stream of server-sent events carries the whole state of what a page shows: when it begins, and whenever
that has changed, under an id that is a digest of the state. So nothing is missed, however often the line
drops; who comes again with the last id hears nothing that is known. A state holds ids and states, never a
text.

A stream occupies one of the server's threads. So there are few, each ends after five minutes, and none holds
a transaction: each look has an application context of its own, and its end gives the connection back. Who
gets no stream asks for the same state every ten seconds.
"""

import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from threading import BoundedSemaphore
from typing import Any, TypeVar

from flask import Flask, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError

MOST_STREAMS = 4
LOOK_EVERY, CHECK_EVERY, LONGEST = 2.0, 30.0, 300.0  # seconds
COME_BACK_AFTER = "retry: 3000\n\n"
STILL_HERE = ":\n\n"  # says nothing, and finds out whether anybody still listens

State = Mapping[str, Any]
View = TypeVar("View", bound=Callable[..., Any])
T = TypeVar("T")

log = logging.getLogger("stoa")
_free = BoundedSemaphore(MOST_STREAMS)


def asked_by_pages(view: View) -> View:
    """Mark a view that pages ask by themselves: being asked does not mean that somebody is at work, and
    keeps no web session open.
    """
    view.is_asked_by_pages = True  # type: ignore[attr-defined]
    return view


def is_asked_by_a_page() -> bool:
    """Whether this request was sent by an open page, and by nobody's hand."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "is_asked_by_pages", False)


class Place:
    """One of the few streams that there may be; given back once, however often it is said."""

    def __init__(self) -> None:
        self.is_taken = _free.acquire(blocking=False)

    def give_back(self) -> None:
        """Let somebody else have it."""
        if self.is_taken:
            self.is_taken = False
            _free.release()


def stream(look: Callable[[], State], is_welcome: Callable[[], bool]) -> Response:
    """Answer with a stream of what `look` sees.

    Both questions are asked outside of this request, each in an application context of its own.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    known = request.headers.get("Last-Event-ID", "")
    return in_a_place(events(partial(_apart, app, look), partial(_apart, app, is_welcome), known=known))


def in_a_place(told: Iterator[str]) -> Response:
    """Answer with a stream that says this, in one of the few places; 204, after which a browser asks no more
    for it, when all are taken.
    """
    if request.method == "HEAD":  # is answered without a body, which nobody would close
        return Response(mimetype="text/event-stream")
    place = Place()
    if not place.is_taken:
        return Response(status=204)
    answer = Response(told, mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})
    answer.call_on_close(place.give_back)
    return answer


def state_once(state: State) -> dict[str, Any]:
    """The same for who asks again and again: the state and its digest."""
    return {"id": digest_of(state), **state}


def events(
    look: Callable[[], State],
    is_welcome: Callable[[], bool],
    *,
    known: str = "",
    clock: Callable[[], float] = time.monotonic,
    rest: Callable[[float], None] = time.sleep,
) -> Iterator[str]:
    """What a stream says, until its time is over, its web session has ended, or the database is away."""
    began = checked = clock()
    yield COME_BACK_AFTER
    while clock() - began < LONGEST:
        try:
            if clock() - checked >= CHECK_EVERY:
                if not is_welcome():
                    return
                checked = clock()
            state = look()
        except SQLAlchemyError as error:
            log.warning("a live list ended early: %s", type(error).__name__)
            return
        digest = digest_of(state)
        yield STILL_HERE if digest == known else f"id: {digest}\ndata: {_written(state)}\n\n"
        known = digest
        rest(LOOK_EVERY)


def digest_of(state: State) -> str:
    """A short word that is another one for another state."""
    return hashlib.sha256(_written(state).encode()).hexdigest()[:16]


def _written(state: State) -> str:
    return json.dumps(state, separators=(",", ":"), sort_keys=True)


def _apart(app: Flask, ask: Callable[[], T]) -> T:
    with app.app_context():
        return ask()

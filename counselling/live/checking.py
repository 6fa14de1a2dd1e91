"""Trying a line before a talk: a short stream of three numbered events, as a talk has one that lasts.

It takes one of the few places for streams and gives it back after a second and a half. Nothing of a check is
written anywhere: how good somebody's line is stays in their page.
"""

import time
from collections.abc import Callable, Iterator

EVENTS = 3
APART = 0.5  # seconds
DONE = str(EVENTS)
ONCE = "retry: 60000\n\n"  # the page closes the stream with the last event; nobody need come again


def numbered_events(*, rest: Callable[[float], None] = time.sleep) -> Iterator[str]:
    """Three events, one after the other. A page to which they come all at once has somebody in between who
    holds back what is new.
    """
    yield ONCE
    for number in range(1, EVENTS + 1):
        yield f"id: {number}\ndata: {number}\n\n"
        rest(APART)

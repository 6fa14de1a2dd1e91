"""Keyset pages: "what comes after this one", never a count and never an offset, so that page 100 costs what
page 1 costs.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


class MalformedCursor(ValueError):
    """The text after `?after=` is none of ours."""


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows, and the cursor of the next page or None."""

    rows: Sequence[T]
    after: str | None


def encode_cursor(*values: str | int) -> str:
    """An opaque cursor holding the sort key of the last row shown."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def decode_cursor(text: str | None, *kinds: type) -> tuple[str | int, ...] | None:
    """The sort key in a cursor, or None without one.

    Raises MalformedCursor unless it has exactly these kinds of values.
    """
    if not text:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise MalformedCursor from error
    if not isinstance(values, list) or [type(value) for value in values] != list(kinds):
        raise MalformedCursor
    if any(isinstance(value, int) and not -(2**63) <= value < 2**63 for value in values):
        raise MalformedCursor
    return tuple(values)


def cut_page(rows: Sequence[T], *, size: int, key: Callable[[T], str]) -> Page[T]:
    """Turn `size + 1` fetched rows into a page; the extra row only tells that there is more."""
    shown = rows[:size]
    return Page(rows=shown, after=key(shown[-1]) if len(rows) > size else None)

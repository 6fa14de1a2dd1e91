"""How a reader wants to meet a hard topic: closed until they open it, out of sight, or open at once.

The choice is a reader's own and lives in a cookie of their browser, one letter for each warning in their
order: an address or a list of words would say at a glance what somebody cannot bear to read.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from forum.models import Warning

LETTERS = "cxo"


class Sight(StrEnum):
    """How a text that speaks of a hard topic is shown."""

    CLOSED = "closed"
    OUT = "out"
    OPEN = "open"


Choices = Mapping[str, Sight]


def read_choices(text: str | None) -> dict[str, Sight]:
    """The choices in a cookie. What cannot be read, or is not there yet, is closed."""
    sights = dict(zip(LETTERS, Sight, strict=True))
    return {
        warning.value: sights[letter]
        for warning, letter in zip(Warning, text or "", strict=False)
        if letter in sights and letter != LETTERS[0]
    }


def write_choices(choices: Choices) -> str:
    """The choices as a cookie holds them, or "" when all is as it is for everybody."""
    letters = dict(zip(Sight, LETTERS, strict=True))
    text = "".join(letters[choices.get(warning.value, Sight.CLOSED)] for warning in Warning)
    return text if text.strip(LETTERS[0]) else ""


def sight_of(warnings: Iterable[str], choices: Choices) -> Sight:
    """How a text with these warnings is shown: out of sight if one of them is, open only if all are."""
    sights = {choices.get(warning, Sight.CLOSED) for warning in warnings}
    if Sight.OUT in sights:
        return Sight.OUT
    return Sight.CLOSED if Sight.CLOSED in sights else Sight.OPEN

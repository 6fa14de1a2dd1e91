"""Two-word names such as "Quiet Heron", one for each author in each thread.

A name must say nothing about the person who bears it: the words are colours, seasons, materials, birds,
trees, weather and things. None speaks of a body, a mood, a mind, an origin or a worth ("Calm" would mock
someone who is not), and given names of people are left out, because they would be taken for one.
"""

from collections.abc import Collection
from functools import cache
from math import gcd
from pathlib import Path

WORDS = Path(__file__).parent / "words"
SHORTEST_TAG = 16


class NoNameLeft(Exception):
    """Every two-word name is taken in this thread."""


def name_for(tag: bytes, *, taken: Collection[str]) -> str:
    """The two-word name of a tag: the same tag and the same taken names always give the same name.

    205 adjectives and 414 nouns give 84,870 names. The tag picks a first one and a stride; while a name is
    taken, the next along the stride is tried, and the stride meets every name before it comes round.
    Raises NoNameLeft.
    """
    if len(tag) < SHORTEST_TAG:
        raise ValueError(f"a tag of {len(tag)} bytes is too short to spread names evenly")
    names = len(_words("adjectives")) * len(_words("nouns"))
    first = int.from_bytes(tag[:8], "big") % names
    stride = _stride(int.from_bytes(tag[8:16], "big"), names)
    for step in range(names):
        name = _name((first + step * stride) % names)
        if name not in taken:
            return name
    raise NoNameLeft


def _stride(seed: int, names: int) -> int:
    """A stride that shares no factor with the number of names, so that it visits each of them."""
    stride = seed % names
    while gcd(stride, names) != 1:
        stride += 1
    return stride


def _name(number: int) -> str:
    adjective, noun = divmod(number, len(_words("nouns")))
    return f"{_words('adjectives')[adjective]} {_words('nouns')[noun]}"


@cache
def _words(kind: str) -> tuple[str, ...]:
    return tuple((WORDS / f"{kind}.txt").read_text(encoding="ascii").split())

"""The words that passphrases are made of.

Six words of at least 7,000 are what keeps an account shut, so a list that has lost words, or holds one
twice, is refused. Where the words come from, and what was left out, is in `accounts/words/README.md`.
"""

from functools import cache
from pathlib import Path

from core.refusals import StartRefused

LIST = Path(__file__).parent / "words" / "passphrase.txt"
FEWEST = 7_000


class BrokenWordList(StartRefused):
    """The list of words is too short or repeats itself: passphrases made of it would be easier to guess."""


@cache
def passphrase_words() -> tuple[str, ...]:
    """Every word that a passphrase may hold, in order. Read once. Raises BrokenWordList."""
    words = tuple(LIST.read_text(encoding="ascii").split())
    if len(words) < FEWEST:
        raise BrokenWordList(f"{LIST.name} holds {len(words)} words; passphrases need at least {FEWEST}.")
    if len(set(words)) < len(words):
        raise BrokenWordList(f"{LIST.name} holds {len(words) - len(set(words))} words more than once.")
    return words

"""Which words of a new text call for a person, and how soon.

Pure functions over phrase lists: no web, no database, no decision. A verdict only says how soon a person
looks; it never rejects a text. In doubt the lists raise: a missed crisis is far worse than a false page.

A text is read once for each language (`spelling.py`), and what is read is searched for that language's
phrases (`marking.py`), which stand in lists (`phraselists.py`). This is one phase of the screening of a new
post; all of them stand in `phases.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

from moderation.bands import Band, higher_of
from moderation.screening.marking import Mark, keep_widest, mark_risks
from moderation.screening.phraselists import PhraseList, load_lists
from moderation.screening.spelling import Reading, read, split_words


@dataclass(frozen=True)
class Verdict:
    """How soon a person must look, because of which words, by which version of each list."""

    band: Band
    marks: tuple[Mark, ...]
    lists: dict[str, str]


def screen_text(text: str) -> Verdict:
    """Read a text in every language, since students mix them, and say how soon a person must look."""
    return judge(read_text(text))


def read_text(text: str) -> Mapping[str, Reading]:
    """The text as each language reads it."""
    words = split_words(text)
    return {language: read(words, phrases.spelling) for language, phrases in load_lists().items()}


def judge(readings: Mapping[str, Reading]) -> Verdict:
    """How soon a person must look at a text that was read."""
    lists = load_lists()
    marks = marks_of(readings, lists)
    versions = {language: phrases.version for language, phrases in lists.items()}
    return Verdict(higher_of(*(mark.band for mark in marks)), marks, versions)


def marks_of(readings: Mapping[str, Reading], lists: Mapping[str, PhraseList]) -> tuple[Mark, ...]:
    """The phrases of these lists that stand in a text, in their order."""
    found = (mark_risks(readings[language], phrases) for language, phrases in lists.items())
    lowerings = frozenset(chain(*(phrases.lowerings for phrases in lists.values())))
    return keep_widest(chain(*found), lowerings)

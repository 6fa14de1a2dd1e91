"""Reading over what the team is about to say to a student: words of blame, and how hard the text is to read.

Pure. It only ever remarks: a person decides whether the words go as they are. It must not know who is written
to, or why.

The grade is that of Flesch and Kincaid, the years of school that a text asks for; syllables are counted by
the groups of vowels, which is close enough for a warning. It says something about English only.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from moderation.wording.kindness_words import BLAME, DENIALS, ENGLISH

HARDEST = 8.0
FEWEST_WORDS = 10  # of a text whose grade says something
ENGLISH_SHARE = 0.3
DENIED_WITHIN = 5  # words

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?:;]+(?:\s|$)|\n+")
_VOWELS = re.compile(r"[aeiouy]+")
_QUOTED = re.compile(r"^\s*>.*$", re.MULTILINE)


class Remark(StrEnum):
    """What may be hard on the person who reads it."""

    BLAME = "blame"
    LEVEL = "level"


@dataclass(frozen=True)
class Finding:
    """Words to look at once more, as they were typed; for `LEVEL` the hardest sentence."""

    remark: Remark
    words: str


def look_over(text: str) -> list[Finding]:
    """What somebody should look at again before these words leave. What is quoted (`>`) is not theirs."""
    own = _QUOTED.sub("", text)
    return [*(Finding(Remark.BLAME, words) for words in blaming_words(own)), *_level(own)]


def blaming_words(text: str) -> list[str]:
    """The words of blame in a text, in any of the languages, each once, in their order."""
    words = list(_words(text))
    found: dict[int, str] = {}
    plain = [word for word, _, _ in words]
    for phrase in _phrases():
        for at in range(len(plain) - len(phrase) + 1):
            if not _stands(phrase, plain[at : at + len(phrase)]):
                continue
            start, end = words[at][1], words[at + len(phrase) - 1][2]
            if not _is_denied(text, words[max(0, at - DENIED_WITHIN) : at], start):
                found[at] = max(found.get(at, ""), text[start:end], key=len)
    return list(dict.fromkeys(found[at] for at in sorted(found)))


def grade_of(text: str) -> float:
    """The grade of an English text; 0 for a text without words."""
    sentences = [words for piece in _SENTENCE_END.split(text) if (words := _WORD.findall(_plain(piece)))]
    words = [word for sentence in sentences for word in sentence]
    if not words:
        return 0.0
    syllables = sum(map(syllables_of, words))
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


def syllables_of(word: str) -> int:
    """About how many syllables an English word has."""
    letters = re.sub(r"[^a-z]", "", word.removesuffix("'s"))
    groups = len(_VOWELS.findall(letters))
    is_silent = re.search(r"[^aeiouyl]e$|[^aeiouylsxzcgh]es$|[^aeiouytd]ed$", letters) is not None
    return max(1, groups - is_silent)


def is_english(text: str) -> bool:
    """Whether enough of the commonest English words stand in it."""
    words = _WORD.findall(_plain(text))
    return bool(words) and sum(word in ENGLISH for word in words) >= ENGLISH_SHARE * len(words)


def _level(text: str) -> Iterator[Finding]:
    if len(_WORD.findall(text)) >= FEWEST_WORDS and is_english(text) and grade_of(text) > HARDEST:
        pieces = [piece.strip() for piece in re.split(r"(?<=[.!?:;])\s+|\n+", text) if piece.strip()]
        yield Finding(Remark.LEVEL, max(pieces, key=grade_of))


def _is_denied(text: str, before: list[tuple[str, int, int]], start: int) -> bool:
    return any(word in DENIALS and _SENTENCE_END.search(text, end, start) is None for word, _, end in before)


def _words(text: str) -> Iterator[tuple[str, int, int]]:
    """Each word, plain, with where it stands in the text."""
    straight = text.replace("\u2019", "'")
    for match in _WORD.finditer(straight):
        yield _plain(match.group()), match.start(), match.end()


def _plain(text: str) -> str:
    """Small letters without accents."""
    parted = unicodedata.normalize("NFD", text.replace("\u2019", "'").casefold())
    return "".join(letter for letter in parted if not unicodedata.combining(letter))


def _stands(phrase: tuple[str, ...], words: list[str]) -> bool:
    return all(
        word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted
        for wanted, word in zip(phrase, words, strict=True)
    )


@cache
def _phrases() -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(_plain(line).replace("-", " ").split()) for lines in BLAME.values() for line in lines)

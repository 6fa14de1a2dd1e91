"""Risks: from a text as one language reads it to the marked words that call for a person.

A phrase must begin where a word begins and end where one ends. An idiom hides what lies inside it; what is
denied or past is lowered; some phrases mean something only beside another.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from moderation.bands import Band
from moderation.screening.phraselists import PhraseList, Role, Rule
from moderation.screening.spelling import LANGUAGES, Reading, Word

NEAR = 10  # words that may lie between an intention and the time, plan or farewell that makes it a crisis


@dataclass(frozen=True)
class Mark:
    """Words of the original text, `text[start:end]`, that call for a person. Marks may overlap."""

    start: int
    end: int
    key: str
    band: Band
    language: str


@dataclass(frozen=True)
class Hit:
    """A phrase found, by its first and last word in a reading."""

    first: int
    last: int
    rule: Rule


def mark_risks(reading: Reading, phrases: PhraseList) -> Iterator[Mark]:
    """The risk phrases of one language, less the idioms, with what is denied or past lowered to amber."""
    hits = list(find_phrases(reading, phrases))
    if not hits:
        return
    idioms = idioms_by_word(hits, reading)
    beside = lowerings_by_word(hits, reading)
    reach: dict[str, int] = {}
    paired: list[Hit] = []
    companions: dict[str, list[Hit]] = defaultdict(list)
    # The widest first: what is known of a phrase holds for the phrases inside it.
    for hit in sorted(hits, key=lambda hit: (hit.first, -hit.last)):
        rule = hit.rule
        if rule.role not in (Role.RISK, Role.COMPANION) or hit.last <= idioms[hit.first]:
            continue
        within = {key for key, last in reach.items() if hit.last <= last}
        lowered = rule.lowered_by & (beside[Role.BEFORE, hit.first] | beside[Role.AFTER, hit.last] | within)
        if lowered:
            reach |= {key: max(hit.last, reach.get(key, 0)) for key in lowered}
            if rule.role is Role.RISK and rule.band is not Band.AMBER and not rule.paired:
                yield mark_between(hit, hit, reading, phrases, min(lowered))
        elif rule.role is Role.COMPANION:
            companions[rule.key].append(hit)
        elif rule.paired:
            paired.append(hit)
        else:
            yield mark_between(hit, hit, reading, phrases, rule.key)
    for hit in paired:
        for other in near(hit, companions[hit.rule.key]):
            yield mark_between(hit, other, reading, phrases, hit.rule.key)


def idioms_by_word(hits: Iterable[Hit], reading: Reading) -> list[int]:
    """For each word the furthest last word of an idiom that began there or before it; else -1."""
    ends = [-1] * len(reading.words)
    for hit in hits:
        if hit.rule.role is Role.IDIOM and reading.one_clause(hit.first, hit.last):
            ends[hit.first] = max(hit.last, ends[hit.first])
    return list(accumulate(ends, max))


def find_phrases(reading: Reading, phrases: PhraseList) -> Iterator[Hit]:
    """Every phrase of the list that stands in the reading."""
    edges: list[int] = []
    for first, end, rule in phrases.found_in(reading.starts, reading.letters):
        last = reading.ends.get(end - 1)
        if last is None and rule.open_ended:
            edges = edges or list(reading.ends)
            last = reading.ends[edges[bisect_left(edges, end - 1)]]
        if last is not None and (rule.latin_too or not is_latin(reading.words[first : last + 1])):
            yield Hit(first, last, rule)


def is_latin(words: Iterable[Word]) -> bool:
    return all(word.letters.isascii() for word in words)


def lowerings_by_word(hits: Iterable[Hit], reading: Reading) -> dict[tuple[Role, int], set[str]]:
    """For each word what lowers a risk that begins (`BEFORE`) or ends (`AFTER`) there, in the same clause."""
    lowerings: dict[tuple[Role, int], set[str]] = defaultdict(set)
    for hit in hits:
        if hit.rule.role is Role.BEFORE and reading.one_clause(hit.first, hit.last + 1):
            lowerings[Role.BEFORE, hit.last + 1].add(hit.rule.key)
        if hit.rule.role is Role.AFTER and reading.one_clause(hit.first - 1, hit.last):
            lowerings[Role.AFTER, hit.first - 1].add(hit.rule.key)
    return lowerings


def near(hit: Hit, others: list[Hit]) -> Iterator[Hit]:
    """The last of these before a phrase and the first after it, where they are close enough."""
    place = bisect_right(others, hit.first, key=lambda other: other.first)
    for other in others[max(0, place - 1) : place + 1]:
        if max(other.first - hit.last, hit.first - other.last) <= NEAR + 1:
            yield other


def mark_between(one: Hit, other: Hit, reading: Reading, phrases: PhraseList, key: str) -> Mark:
    start = reading.words[min(one.first, other.first)].start
    end = reading.words[max(one.last, other.last)].end
    return Mark(start, end, key, phrases.bands[key], phrases.spelling.language)


def keep_widest(marks: Iterable[Mark], lowerings: frozenset[str]) -> tuple[Mark, ...]:
    """The marks in the order of the text, without those inside one that is at least as urgent.

    What one language reads as denied or past stays so where another knows the bare words only ("self-harm").
    """
    kept: list[Mark] = []
    reach = dict.fromkeys(Band, -1)
    lowered = dict.fromkeys(LANGUAGES, -1)
    for mark in sorted(
        marks, key=lambda mark: (mark.start, -mark.end, mark.key not in lowerings, mark.band.rank, mark.key)
    ):
        if mark.key in lowerings:
            lowered[mark.language] = max(mark.end, lowered[mark.language])
        elif any(mark.end <= end for language, end in lowered.items() if language != mark.language):
            continue
        if all(mark.end > reach[band] for band in Band if band.rank <= mark.band.rank):
            kept.append(mark)
            reach[mark.band] = mark.end
    return tuple(kept)

"""Which words of a new text call for a person, and how soon.

Pure functions over phrase lists: no web, no database, no decision. A verdict only says how soon a person
looks; it never rejects a text. In doubt the lists raise: a missed crisis is far worse than a false page.

A text is read once for each language. Reading drops what people vary without meaning it (case, accents,
signs, doubled letters, small words such as "really") and joins the rest into one string of letters, so that
"k i l l my-self" and "#killmyself" are the phrase "kill myself". A phrase must begin where a word begins and
end where one ends. At each word only the few lengths of phrases with the same first letters are looked up:
the work grows with the number of words and with nothing else.
"""

import re
import tomllib
import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from itertools import accumulate, chain
from pathlib import Path
from types import MappingProxyType
from typing import Any

from core.refusals import StartRefused
from moderation.bands import Band, higher_of

LANGUAGES = ("en", "el", "id")
PHRASES = Path(__file__).parent / "phrases"
HEADS = (5, 3)  # phrases are looked up by their first five letters, the few shorter ones by three
SHORTEST_RISK = 4  # letters of a phrase that may raise a text by itself; others may be as short as a head
NEAR = 10  # words that may lie between an intention and the time, plan or farewell that makes it a crisis
SURE_IN_LATIN = 7  # letters from which an urgent Greek phrase is believed when it is written in Latin letters
LONG_IN_LATIN = 10  # and any Greek phrase
MOST_WORDINGS = 60_000  # of one list; a slip in a phrase could otherwise ask for millions


class BrokenPhraseList(StartRefused):
    """A phrase list is missing or wrong. Raised at the start, so that no post meets half a screening."""


@dataclass(frozen=True)
class Mark:
    """Words of the original text, `text[start:end]`, that call for a person. Marks may overlap."""

    start: int
    end: int
    key: str
    band: Band
    language: str


@dataclass(frozen=True)
class Verdict:
    """How soon a person must look, because of which words, by which version of each list."""

    band: Band
    marks: tuple[Mark, ...]
    lists: dict[str, str]


class Role(StrEnum):
    """What finding a phrase means."""

    RISK = "risk"
    COMPANION = "companion"  # means something only near a risk phrase of its group
    IDIOM = "idiom"  # hides the risk phrases that lie wholly inside it
    BEFORE = "before"  # lowers the risk phrase that follows it at once: I "don't" want to die
    AFTER = "after"  # lowers the risk phrase that it follows at once: I hurt myself "years ago"


@dataclass(frozen=True)
class Rule:
    """What a phrase stands for. `lowered_by` names the lowerings that its group admits."""

    role: Role
    key: str = ""
    band: Band = Band.GREEN
    lowered_by: frozenset[str] = frozenset()
    paired: bool = False
    open_ended: bool = False
    latin_too: bool = True


@dataclass(frozen=True)
class Spelling:
    """How one language reads a word: which are dropped and which are written out."""

    language: str
    small_words: frozenset[str]
    rewrites: Mapping[str, tuple[str, ...]]

    def parts_of(self, word: str) -> tuple[str, ...]:
        letters = spell(word, self.language)
        if len(word) == 1:  # it may belong to a word that is spelled out: "k i l l"
            return (letters,)
        return () if letters in self.small_words else self.rewrites.get(letters, (letters,))


@dataclass(frozen=True)
class PhraseList:
    """One language, ready for use. `rules` goes by the letters that `read` makes, `lengths` by their head."""

    version: str
    spelling: Spelling
    explanations: Mapping[str, str]
    bands: Mapping[str, Band]
    lowerings: frozenset[str]
    rules: Mapping[str, frozenset[Rule]]
    lengths: Mapping[str, list[int]]

    def beginning_at(self, start: int, letters: str) -> Iterator[tuple[int, Rule]]:
        """The phrases that these letters hold from a place on: where each ends, and its rule."""
        for head in HEADS:
            for length in self.lengths.get(letters[start : start + head], ()):
                for rule in self.rules.get(letters[start : start + length], ()):
                    yield start + length, rule


@dataclass(frozen=True)
class Word:
    """One word, folded, and where it stands in the original text."""

    letters: str
    start: int
    end: int
    opens_clause: bool


@dataclass
class Reading:
    """A text as one language reads it: all letters joined, and at which of them each word begins and ends."""

    letters: str = ""
    words: list[Word] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: dict[int, int] = field(default_factory=dict)
    clauses: list[int] = field(default_factory=list)

    def one_clause(self, first: int, last: int) -> bool:
        return first >= 0 and last < len(self.words) and self.clauses[first] == self.clauses[last]


@dataclass(frozen=True)
class Hit:
    """A phrase found, by its first and last word in a reading."""

    first: int
    last: int
    rule: Rule


def screen_text(text: str) -> Verdict:
    """Read a text in every language, since students mix them, and say how soon a person must look."""
    lists = load_lists()
    words = split_words(text)
    found = (mark_risks(read(words, phrases.spelling), phrases) for phrases in lists.values())
    lowerings = frozenset(chain(*(phrases.lowerings for phrases in lists.values())))
    marks = keep_widest(chain(*found), lowerings)
    versions = {language: phrases.version for language, phrases in lists.items()}
    return Verdict(higher_of(*(mark.band for mark in marks)), marks, versions)


def explain(key: str, language: str) -> str:
    """What a mark's key means: one sentence for the moderator, in the moderator's language."""
    return load_lists()[language].explanations[key]


# Words: from a text to the letters in which phrases are looked up.

_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff"
    "\uffa0\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
    "\U000e0000-\U000e01ef"
)
_UNSEEN = re.compile(f"[{_INVISIBLE}]+")
# An apostrophe joins Latin letters only ("don't"): in Greek it stands between two words ("ν'αυτοκτονήσω").
# "He'll" must not become "hell".
_WORD = re.compile(
    rf"(?:[^\W_]|[{_INVISIBLE}\u24b6-\u24e9]"
    r"|(?<=[A-Za-z])['\u2019\u02bc\u2018`\u00b4\u2032](?![lL]{2})(?=[A-Za-z])|(?<=[^\W_])[@$](?=[^\W_]))+"
)
_CLAUSE_END = re.compile(r"[.,!?;:\n\r()…·—\u2013\u037e\u2028\u2029]")
_SIGNS_AS_LETTERS = str.maketrans("@$", "as")
_DIGITS_AS_LETTERS = str.maketrans("013457", "oieast")
_LOOKALIKES = str.maketrans(
    "\u03b1\u03b2\u03b5\u03b6\u03b7\u03b9\u03ba\u03bc\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7"  # Greek capitals
    "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456\u0458\u0455\u0501",  # Cyrillic
    "abezhikmnoptyxaceopxyijsd",
)
_DOUBLED = re.compile(r"(.)\1+")


def split_words(text: str) -> list[Word]:
    """The words of a text, folded, each with its place and whether a clause begins with it."""
    words: list[Word] = []
    gap, opens_clause = 0, False
    for found in _WORD.finditer(text):
        opens_clause = opens_clause or _CLAUSE_END.search(text, gap, found.start()) is not None
        gap = found.end()
        if letters := fold(found.group()):
            words.append(Word(letters, found.start(), found.end(), opens_clause))
            opens_clause = False
    return words


def fold(word: str) -> str:
    """A word without case, accents and signs."""
    if word.isascii() and word.isalnum():
        return word.lower()
    # Marks go first: putting a long run of them in order would take quadratic time.
    plain = unicodedata.normalize("NFKC", _UNSEEN.sub("", word)).casefold()
    plain = unicodedata.normalize("NFKD", plain).translate(_SIGNS_AS_LETTERS)
    return "".join(filter(str.isalnum, plain))


def spell_latin(word: str) -> str:
    """Undo light disguises: a digit for a letter, a Greek or Cyrillic letter inside a Latin word."""
    if word.isdigit():
        return "#"
    if not word.isalpha():
        word = word.rstrip("2").replace("11", "ll").translate(_DIGITS_AS_LETTERS)
    return word if word.isascii() or not re.search("[a-z]", word) else word.translate(_LOOKALIKES)


# Greek goes by sound: students write it in Latin letters by ear or by look, and mix up η, ι, υ and ο, ω.
_SOUND_OF = {
    spelling: sound
    for sound, spellings in {
        "a": "α", "g": "γ γκ γγ gk gg", "d": "δ ντ nt", "e": "ε αι ai", "z": "ζ", "q": "θ th 8 9", "k": "κ",
        "i": "η ι υ ει οι υι h y u ei oi", "l": "λ", "m": "μ", "n": "ν", "x": "χ ξ ch kh ks 3 j",
        "o": "ο ω w 0", "p": "π", "r": "ρ", "s": "σ", "t": "τ", "u": "ου ou", "v": "φ β μπ b f ph mp",
        "c": "ψ ps 4", "av": "αυ au ay", "ev": "ευ eu ey",
    }.items()
    for spelling in spellings.split()
}  # fmt: skip
_SOUNDS = re.compile("|".join(sorted(_SOUND_OF, key=len, reverse=True)))


def spell_greek(word: str) -> str:
    """How a word sounds in Greek, whichever letters it is written in."""
    return "#" if word.isdigit() else _SOUNDS.sub(lambda found: _SOUND_OF[found.group()], word)


SPELLERS: Mapping[str, Callable[[str], str]] = {"en": spell_latin, "el": spell_greek, "id": spell_latin}


def spell(word: str, language: str) -> str:
    """A folded word as this language compares it, without doubled letters: "sooo" is "so"."""
    return _DOUBLED.sub(r"\1", SPELLERS[language](word))


def read(words: Iterable[Word], spelling: Spelling) -> Reading:
    """Join the words of a text into the letters in which this language's phrases are looked up."""
    reading = Reading()
    pieces: list[str] = []
    known: dict[str, tuple[str, ...]] = {}
    size, last, clause = 0, "", 0
    for word in words:
        clause += word.opens_clause
        parts = known.get(word.letters)
        if parts is None:
            parts = known[word.letters] = spelling.parts_of(word.letters)
        for part in parts:
            shared = part[0] == last  # a letter doubled across the gap counts once, too: "want to", "wan to"
            pieces.append(part[shared:])
            reading.starts.append(size - shared)
            size, last = size + len(part) - shared, part[-1]
            reading.ends.setdefault(size - 1, len(reading.words))
            reading.words.append(word)
            reading.clauses.append(clause)
    reading.letters = "".join(pieces)
    return reading


# Risks: from a reading to marks.


def mark_risks(reading: Reading, phrases: PhraseList) -> Iterator[Mark]:
    """The risk phrases of one language, less the idioms, with what is denied or past lowered to amber."""
    hits = list(find_phrases(reading, phrases))
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
    edges = list(reading.ends)
    for first, start in enumerate(reading.starts):
        for end, rule in phrases.beginning_at(start, reading.letters):
            last = reading.ends.get(end - 1)
            if last is None and rule.open_ended:
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
        marks, key=lambda mark: (mark.start, -mark.end, mark.key not in lowerings, mark.band.rank)
    ):
        if mark.key in lowerings:
            lowered[mark.language] = max(mark.end, lowered[mark.language])
        elif any(mark.end <= end for language, end in lowered.items() if language != mark.language):
            continue
        if all(mark.end > reach[band] for band in Band if band.rank <= mark.band.rank):
            kept.append(mark)
            reach[mark.band] = mark.end
    return tuple(kept)


# Lists: from a file to phrases ready for use.

_CHOICE = re.compile(r"\(([^()]*)\)|\{(\w+)\}")


@cache
def load_lists(folder: Path = PHRASES) -> Mapping[str, PhraseList]:
    """Read the list of every language, or say in a sentence which one is broken and why."""
    lists = {language: load_list(folder / f"{language}.toml", language) for language in LANGUAGES}
    model, *others = LANGUAGES
    for language in others:
        odd = lists[language].bands.items() ^ lists[model].bands.items()
        if odd:
            raise BrokenPhraseList(f"{language}.toml and {model}.toml differ in keys or bands: {sorted(odd)}")
    return MappingProxyType(lists)


def load_list(path: Path, language: str) -> PhraseList:
    try:
        return build_list(tomllib.loads(path.read_text(encoding="utf-8")), language)
    except OSError as error:
        raise BrokenPhraseList(f"{path} cannot be read: {error.strerror}") from error
    except KeyError as error:
        raise BrokenPhraseList(f"{path} lacks {error}") from error
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        raise BrokenPhraseList(f"{path} is wrong: {error}") from error


def build_list(data: dict[str, Any], language: str) -> PhraseList:
    """Turn a parsed list into one ready for use, with its phrases spelled the way texts are read."""
    if data["language"] != language or not data["version"] or not data["source"]:
        raise ValueError(f"it must name its language {language}, a version and its sources")
    spelling = build_spelling(data, language)
    rules: dict[str, set[Rule]] = defaultdict(set)
    for letters, rule in wordings_of(data, spelling):
        rules[letters].add(rule)
    lengths: dict[str, set[int]] = defaultdict(set)
    for letters in rules:
        lengths[letters[: next(head for head in HEADS if head <= len(letters))]].add(len(letters))
    entries = data["groups"] + data["lowerings"]
    shared: dict[frozenset[Rule], frozenset[Rule]] = {}  # thousands of wordings have the same few rules
    return PhraseList(
        data["version"],
        spelling,
        explanations={entry["key"]: entry["explanation"] for entry in entries},
        bands={entry["key"]: Band(entry.get("band", Band.AMBER)) for entry in entries},
        lowerings=frozenset(entry["key"] for entry in data["lowerings"]),
        rules={
            letters: shared.setdefault(frozenset(found), frozenset(found)) for letters, found in rules.items()
        },
        lengths={head: sorted(found) for head, found in lengths.items()},
    )


def wordings_of(data: dict[str, Any], spelling: Spelling) -> Iterator[tuple[str, Rule]]:
    """Every string of letters that stands for something, with what it stands for."""
    letters_of = cache(lambda piece: "".join(chain(*map(spelling.parts_of, map(fold, _WORD.findall(piece))))))
    count = 0
    for phrase, rule in phrases_of(data):
        for wording in expand(phrase, data["words"]):
            pieces = [letters_of(piece) for piece in wording.split()]
            letters = _DOUBLED.sub(r"\1", "".join(pieces))
            count += 1
            if not all(pieces):
                raise ValueError(f"the phrase {phrase!r} holds a small word: it would say less than it seems")
            if len(letters) < (SHORTEST_RISK if rule.role is Role.RISK else HEADS[-1]):
                raise ValueError(f"the phrase {phrase!r} is too short to be told from other words")
            if count > MOST_WORDINGS:
                raise ValueError(f"the phrase {phrase!r} takes it over {MOST_WORDINGS} wordings")
            yield letters, rule if is_sure(letters, rule, spelling) else replace(rule, latin_too=False)


def is_sure(letters: str, rule: Rule, spelling: Spelling) -> bool:
    """Short Greek is not believed in Latin letters, where it may be a word of another language."""
    least = LONG_IN_LATIN if rule.band is Band.AMBER else SURE_IN_LATIN
    return spelling.language != "el" or rule.role is not Role.RISK or len(letters) >= least


def build_spelling(data: dict[str, Any], language: str) -> Spelling:
    def words_of(text: str) -> tuple[str, ...]:
        return tuple(spell(word.letters, language) for word in split_words(text))

    rewrites: dict[str, tuple[str, ...]] = {}
    for short, full in data["rewrites"].items():
        if len(split_words(short)) != 1 or len(short) == 1:
            raise ValueError(f"a rewrite starts from one word of two letters or more, not {short!r}")
        rewrites[words_of(short)[0]] = words_of(full)
    return Spelling(language, frozenset(chain(*map(words_of, data["small_words"]))), rewrites)


def phrases_of(data: dict[str, Any]) -> Iterator[tuple[str, Rule]]:
    """Every phrase as it stands in the file, with what it means."""
    lowerings = {lowering["key"] for lowering in data["lowerings"]}
    keys = [entry["key"] for entry in data["groups"] + data["lowerings"]]
    if len(set(keys)) < len(keys):
        raise ValueError("a key occurs twice")
    yield from ((phrase, Rule(Role.IDIOM)) for phrase in data["idioms"])
    for lowering in data["lowerings"]:
        for role in (Role.BEFORE, Role.AFTER):
            yield from ((phrase, Rule(role, lowering["key"])) for phrase in lowering.get(role, ()))
    for group in data["groups"]:
        band, lowered_by = Band(group["band"]), frozenset(group["lowered_by"])
        if band is Band.GREEN or not group["phrases"] or not lowered_by <= lowerings:
            raise ValueError(f"group {group['key']} is green, has no phrases or names an unknown lowering")
        rule = Rule(Role.RISK, group["key"], band, lowered_by, paired="near" in group)
        for phrase in group["phrases"]:
            yield phrase, replace(rule, open_ended=phrase.endswith("*"))
        yield from ((phrase, replace(rule, role=Role.COMPANION)) for phrase in group.get("near", ()))


def expand(phrase: str, classes: Mapping[str, list[str]]) -> Iterator[str]:
    """Write out the choices of a phrase: `(one|other|)` on the spot, `{name}` from the word classes."""
    choice = _CHOICE.search(phrase)
    if choice is None:
        yield phrase
        # Greek χ is written h as often as x in Latin letters, and h is the usual letter for η.
        if "χ" in phrase:
            yield phrase.replace("χ", "η")
        return
    for option in classes[choice[2]] if choice[2] else choice[1].split("|"):
        yield from expand(f"{phrase[: choice.start()]}{option}{phrase[choice.end() :]}", classes)

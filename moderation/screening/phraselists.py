"""The phrase lists: from a file to phrases ready for use.

One list for each language, all with the same keys and bands, checked when the application starts. At each
word of a text only the few lengths of phrases with the same first letters are looked up, so that the work of
the screening grows with the number of words and with nothing else.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any

from core.refusals import StartRefused
from moderation.bands import Band
from moderation.screening.spelling import DOUBLED, LANGUAGES, WORD, Spelling, fold, spell, split_words

PHRASES = Path(__file__).parent / "phrases"
CONDUCT = PHRASES / "conduct"
HEADS = (5, 3)  # phrases are looked up by their first five letters, the few shorter ones by three
SHORTEST_RISK = 4  # letters of a phrase that may raise a text by itself; others may be as short as a head
SURE_IN_LATIN = 7  # letters from which an urgent Greek phrase is believed when it is written in Latin letters
LONG_IN_LATIN = 10  # and any Greek phrase
MOST_WORDINGS = 60_000  # of one list; a slip in a phrase could otherwise ask for millions

_CHOICE = re.compile(r"\(([^()]*)\)|\{(\w+)\}")


class BrokenPhraseList(StartRefused):
    """A phrase list is missing or wrong. Raised at the start, so that no post meets half a screening."""


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
class PhraseList:
    """One language, ready for use. `rules` goes by the letters that `read` makes, `lengths` by their head."""

    version: str
    spelling: Spelling
    explanations: Mapping[str, str]
    bands: Mapping[str, Band]
    lowerings: frozenset[str]
    rules: Mapping[str, frozenset[Rule]]
    lengths: Mapping[str, list[int]]

    def found_in(self, starts: Iterable[int], letters: str) -> Iterator[tuple[int, int, Rule]]:
        """The phrases that these letters hold from some places on: which place, where each ends, its rule.

        One loop for a whole text, because nearly every place holds nothing.
        """
        lengths_of, rules_of, size = self.lengths.get, self.rules.get, len(letters)
        for place, start in enumerate(starts):
            for head in HEADS:
                lengths = lengths_of(letters[start : start + head])
                if lengths is None:
                    continue
                for length in lengths:
                    if start + length > size:  # what is left may be a shorter phrase, found already
                        break
                    for rule in rules_of(letters[start : start + length], ()):
                        yield place, start + length, rule


def load_lists(folder: Path = PHRASES, spelled_as: Path | None = None) -> Mapping[str, PhraseList]:
    """Read the list of every language, or say in a sentence which one is broken and why. Read once: it takes
    most of a second.

    Lists that are `spelled_as` others are looked up in the same readings of a text, and name neither small
    words nor rewrites of their own.
    """
    return _lists_of(folder, spelled_as)


@cache  # asked by place, so that a list named by its default is not read again
def _lists_of(folder: Path, spelled_as: Path | None) -> Mapping[str, PhraseList]:
    kin = load_lists(spelled_as) if spelled_as is not None else {}
    lists = {
        language: load_list(folder / f"{language}.toml", language, kin.get(language))
        for language in LANGUAGES
    }
    model, *others = LANGUAGES
    for language in others:
        odd = lists[language].bands.items() ^ lists[model].bands.items()
        if odd:
            raise BrokenPhraseList(f"{language}.toml and {model}.toml differ in keys or bands: {sorted(odd)}")
    return MappingProxyType(lists)


def load_list(path: Path, language: str, kin: PhraseList | None = None) -> PhraseList:
    try:
        return build_list(tomllib.loads(path.read_text(encoding="utf-8")), language, kin)
    except OSError as error:
        raise BrokenPhraseList(f"{path} cannot be read: {error.strerror}") from error
    except KeyError as error:
        raise BrokenPhraseList(f"{path} lacks {error}") from error
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        raise BrokenPhraseList(f"{path} is wrong: {error}") from error


def build_list(data: dict[str, Any], language: str, kin: PhraseList | None = None) -> PhraseList:
    """Turn a parsed list into one ready for use, with its phrases spelled the way texts are read."""
    if data["language"] != language or not data["version"] or not data["source"]:
        raise ValueError(f"it must name its language {language}, a version and its sources")
    spelling = kin.spelling if kin is not None else build_spelling(data, language)
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
    letters_of = cache(lambda piece: "".join(chain(*map(spelling.parts_of, map(fold, WORD.findall(piece))))))
    count = 0
    for phrase, rule in phrases_of(data):
        for wording in expand(phrase, data["words"]):
            pieces = [letters_of(piece) for piece in wording.split()]
            letters = DOUBLED.sub(r"\1", "".join(pieces))
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

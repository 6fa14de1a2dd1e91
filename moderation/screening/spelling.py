"""A text as one language reads it: from words to the letters in which phrases are looked up.

Reading drops what people vary without meaning it (case, accents, signs, doubled letters, small words such as
"really") and joins the rest into one string of letters, so that "k i l l my-self" and "#killmyself" are the
phrase "kill myself". Texts and the phrases of the lists go through the same rules, and so they meet.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

LANGUAGES = ("en", "el", "id")

_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff"
    "\uffa0\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
    "\U000e0000-\U000e01ef"
)
_UNSEEN = re.compile(f"[{_INVISIBLE}]+")
# An apostrophe joins Latin letters only ("don't"): in Greek it stands between two words ("ν'αυτοκτονήσω").
# "He'll" must not become "hell".
WORD = re.compile(
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
DOUBLED = re.compile(r"(.)\1+")


@dataclass(slots=True)  # thousands are made of a long text, and a frozen one takes three times as long
class Word:
    """One word, folded, and where it stands in the original text."""

    letters: str
    start: int
    end: int
    opens_clause: bool


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


def split_words(text: str) -> list[Word]:
    """The words of a text, folded, each with its place and whether a clause begins with it."""
    words: list[Word] = []
    folded: dict[str, str] = {}
    gap, opens_clause = 0, False
    for found in WORD.finditer(text):
        start, end = found.span()
        if not opens_clause and text[gap:start] != " ":
            opens_clause = _CLAUSE_END.search(text, gap, start) is not None
        gap = end
        word = found[0]
        letters = folded.get(word)
        if letters is None:
            letters = folded[word] = fold(word)
        if letters:
            words.append(Word(letters, start, end, opens_clause))
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
# Two letters of one sound are set aside until single letters were read: "ου" is "u", and "u" alone is "i".
_PAIRS = {pair: chr(0xE000 + place) for place, pair in enumerate(_SOUND_OF) if len(pair) == 2}
_PAIR = re.compile("|".join(_PAIRS))
_SINGLE_SOUNDS = str.maketrans(
    {letter: sound for letter, sound in _SOUND_OF.items() if len(letter) == 1}
    | {sign: _SOUND_OF[pair] for pair, sign in _PAIRS.items()}
)


def spell_greek(word: str) -> str:
    """How a word sounds in Greek, whichever letters it is written in."""
    if word.isdigit():
        return "#"
    return _PAIR.sub(lambda found: _PAIRS[found[0]], word).translate(_SINGLE_SOUNDS)


SPELLERS: Mapping[str, Callable[[str], str]] = {"en": spell_latin, "el": spell_greek, "id": spell_latin}


def spell(word: str, language: str) -> str:
    """A folded word as this language compares it, without doubled letters: "sooo" is "so"."""
    return DOUBLED.sub(r"\1", SPELLERS[language](word))


def read(words: Iterable[Word], spelling: Spelling) -> Reading:
    """Join the words of a text into the letters in which this language's phrases are looked up."""
    read_words: list[Word] = []
    starts: list[int] = []
    ends: dict[int, int] = {}
    clauses: list[int] = []
    pieces: list[str] = []
    known: dict[str, tuple[str, ...]] = {}
    size, last, clause = 0, "", 0
    for word in words:
        clause += word.opens_clause
        letters = word.letters
        parts = known.get(letters)
        if parts is None:
            parts = known[letters] = spelling.parts_of(letters)
        for part in parts:
            shared = part[0] == last  # a letter doubled across the gap counts once, too: "want to", "wan to"
            pieces.append(part[1:] if shared else part)
            starts.append(size - shared)
            size, last = size + len(part) - shared, part[-1]
            if size - 1 not in ends:
                ends[size - 1] = len(read_words)
            read_words.append(word)
            clauses.append(clause)
    return Reading("".join(pieces), read_words, starts, ends, clauses)

"""How a text becomes search terms, for documents and for queries alike.

Whoosh has no stemmer for Greek or Indonesian and does not fold Greek accents, so the whole analysis is here
and Whoosh is handed finished terms. It must know no index.

A word gives one term or two. Nobody tells us the language of a post, and students mix languages, so a word in
Latin letters is indexed under its English and its Indonesian stem at one position, and a query asks for
either. They differ for few words (77 of 2,614 common English ones), so this costs little and confuses less.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

from snowballstemmer.english_stemmer import EnglishStemmer
from snowballstemmer.greek_stemmer import GreekStemmer
from snowballstemmer.indonesian_stemmer import IndonesianStemmer

QUERY_CHARACTERS = 200
QUERY_WORDS = 12
# Nobody searches for more letters than this, and one endless word must not fill the dictionary of terms.
WORD_CHARACTERS = 40
# One-letter words ("a", "I", "η") are in every post. They keep their place, so that phrases keep distances.
SHORTEST_WORD = 2
# Between a title and a body, so that no phrase runs from one into the other.
TEXT_BREAK = "\x1f"
BREAK_WIDTH = 100

_COMBINING_MARKS = re.compile("[\u0300-\u036f]")
_APOSTROPHES = str.maketrans(dict.fromkeys("\u2019\u2018\u02bc\u00b4`\u1fbd\u1fbf", "'"))
_WORD = re.compile(rf"[^\W_]+(?:'[^\W_]+)*|{TEXT_BREAK}")
_GREEK = re.compile("[\u0370-\u03ff]")
_GREEK_VOWELS = "αεηιουω"
_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb", '"'))

# Left out of a query (never of the index) when other words remain: "the exam of my friend" must not ask for
# "of". Negations are not here. All are in folded form.
_ENGLISH = """
an and are as at be been but by for from had has have he her his if in is it its me my of on or our she so
that the their them there they this to was we were with you your
"""
_GREEK_WORDS = """
αν απο για δε ειναι εχω θα και κι με μασ μια μου να οι ολα οπως οταν οτι που πωσ σασ σε σου
στα στη στην στησ στισ στο στον στουσ τα τη την τησ τι τισ το τον του τουσ των ωσ
"""
_INDONESIAN = """
ada adalah agar aku akan dalam dan dari dengan di dia itu ini jadi juga kalau kami kamu
karena ke kita lalu mereka oleh pada para saya sebagai seperti tapi tetapi untuk yang
"""
STOP_WORDS = frozenset(word for words in (_ENGLISH, _GREEK_WORDS, _INDONESIAN) for word in words.split())

# The stemmers keep the word they work on in themselves, so two threads must not use one at the same time.
_stemmer_lock = Lock()
_english, _greek, _indonesian = EnglishStemmer(), GreekStemmer(), IndonesianStemmer()


@dataclass(frozen=True)
class QueryWord:
    """One word of a query: its distance from the start of its phrase, and the terms of which any will do."""

    offset: int
    terms: tuple[str, ...]


# One word, or several that must follow each other.
Phrase = tuple[QueryWord, ...]


def fold(text: str) -> str:
    """Take case, accents, dialytika, width and the final sigma away: Άγχος, ΑΓΧΟΣ and αγχος are one word."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    # Once more, because some letters decompose into capitals. It turns a final sigma into the plain one too.
    return _COMBINING_MARKS.sub("", decomposed).casefold().translate(_APOSTROPHES)


def terms_of(text: str) -> dict[str, list[int]]:
    """Give every term of a text with the positions at which it stands."""
    found: dict[str, list[int]] = {}
    for position, word in _words(fold(text)):
        for term in _stems(word):
            found.setdefault(term, []).append(position)
    return found


def parse_query(text: str) -> list[Phrase]:
    """Read what a person typed: every word must be there, and words "between quotes" must follow each other.

    There are no operators and there is nothing to get wrong: any text gives a list, perhaps an empty one.
    """
    pieces = text[:QUERY_CHARACTERS].translate(_QUOTES).split('"')
    phrases: dict[Phrase, bool] = {}
    for number, piece in enumerate(pieces):
        is_quoted = number % 2 == 1 and number < len(pieces) - 1
        words = [(position, word) for position, word in _words(fold(piece)) if len(word) >= SHORTEST_WORD]
        if is_quoted and words:
            start = words[0][0]
            phrases[tuple(QueryWord(position - start, _stems(word)) for position, word in words)] = True
        elif not is_quoted:
            for _, word in words:
                phrases.setdefault((QueryWord(0, _stems(word)),), word not in STOP_WORDS)
    wanted = [phrase for phrase, is_telling in phrases.items() if is_telling] or list(phrases)
    return _first_words(wanted)


def _first_words(phrases: list[Phrase]) -> list[Phrase]:
    kept: list[Phrase] = []
    left = QUERY_WORDS
    for phrase in phrases:
        if left > 0:
            kept.append(phrase[:left])
            left -= len(phrase)
    return kept


def _words(folded: str) -> Iterator[tuple[int, str]]:
    position = 0
    for match in _WORD.finditer(folded):
        text = match.group()
        if text == TEXT_BREAK:
            position += BREAK_WIDTH
            continue
        for word in _parts(text):
            yield position, word[:WORD_CHARACTERS]
            position += 1


def _parts(word: str) -> list[str]:
    """Cut at apostrophes. Greek elides ("απ' όλα": two words), English contracts ("don't" or "dont": one)."""
    if "'" not in word:
        return [word]
    if _GREEK.search(word):
        return word.split("'")
    return [word.removesuffix("'s").replace("'", "")]


@lru_cache(maxsize=32_768)
def _stems(word: str) -> tuple[str, ...]:
    """Give the terms of one folded word. Kept, because stemming is most of the cost of indexing."""
    if len(word) < SHORTEST_WORD:
        return ()
    with _stemmer_lock:
        if _GREEK.search(word):
            return (_greek_stem(word),)
        if word.isascii() and word.isalpha():
            return tuple(dict.fromkeys((_english.stemWord(word), _indonesian.stemWord(word))))
    return (word,)


def _greek_stem(word: str) -> str:
    """Stem until nothing changes: one pass gives "μοναξ" for μοναξιά and "μοναξι" for μοναξιάς.

    The Greek algorithm takes too much off a few short words (παιδιά, "children", becomes "πα", παιδί stays
    "παιδ"); those lose their final vowels only.
    """
    stem: str = word
    while True:
        shorter: str = _greek.stemWord(stem)
        if shorter == stem or (stem != word and len(shorter) < SHORTEST_WORD + 1):
            return stem
        if len(shorter) <= SHORTEST_WORD and len(stem) - len(shorter) > SHORTEST_WORD:
            return stem.rstrip("σ").rstrip(_GREEK_VOWELS) or stem
        stem = shorter

"""Phases of the screening that look at a text as a thing: its form, its links, whether it came before.

Distress has many forms. Capitals, one long line, no full stops: none of that is looked at here.
"""

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

from moderation.bands import Band
from moderation.models import ReasonKind
from moderation.screening.findings import Finding, NewText, whole
from moderation.screening.marking import Mark
from moderation.screening.spelling import split_words

SAME_LINE_AT_MOST = 4  # times that one line may stand in a text: a refrain, a list
LETTERS_OF_A_REPEAT = 40  # a shorter text may well be the same twice: "Thank you, that helps me a lot."
HIDDEN_AT_MOST = 5  # signs that nobody sees, or words of mixed alphabets, that a slip may leave

_HIDDEN = re.compile("[\u00ad\u200b\u2060-\u2064\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
_WORD = re.compile(r"[^\W\d_]{3,40}")
_LATIN, _GREEK_OR_CYRILLIC = re.compile(r"[a-zA-Z]"), re.compile(r"[\u0370-\u03ff\u0400-\u04ff]")
_LINK = re.compile(
    r"(?<![\w@.])(?:(?:https?|hxxps?|ftp)://|www\.)[^\s<>()\[\]]{3,300}"
    r"|(?<![\w@./-])(?:[a-z0-9-]{1,40}\.){1,3}(?:com|net|org|info|io|me|ly|gg|gr|app|xyz|site|online|shop|club|store|link|live"
    r"|(?:co|ac|or|com|web|my)\.(?:id|uk|gr)|(?:id|be|eu|uk|tv|to|cc|co|ru|de|cn)(?=/))"
    r"(?:/[^\s<>()\[\]]{0,300})?(?![\w-])",
    re.IGNORECASE,
)
_MAY_LEAD = re.compile(r"\.\w|://")
_SHOWN_AS_ANOTHER = re.compile(
    r"\[(?P<shown>(?:https?://)?(?:[\w-]{1,60}\.){1,3}[a-z]{2,10})[^\]\n]{0,80}\]"
    r"\((?:https?://)?(?P<led>[^\s)/]{3,100})",
    re.IGNORECASE,
)
SHORTENERS = frozenset(
    {
        "bit.ly",
        "t.co",
        "tinyurl.com",
        "goo.gl",
        "is.gd",
        "ow.ly",
        "rb.gy",
        "cutt.ly",
        "s.id",
        "t.ly",
        "tiny.cc",
    }
)


def look_at_form(text: NewText) -> Finding | None:
    """A text without words, one that says one line over and over, one written so that it reads otherwise."""
    key = next(_odd_forms(text.text), None)
    return Finding(ReasonKind.FORM_SIGNAL, whole(key)) if key is not None else None


def _odd_forms(text: str) -> Iterator[str]:
    if not any(letter.isalpha() for letter in text):
        yield "no_words"
    lines = Counter(line.strip().casefold() for line in text.splitlines() if line.strip())
    if lines and max(lines.values()) > SAME_LINE_AT_MOST:
        yield "repeats_itself"
    if not text.isascii() and len(_HIDDEN.findall(text)) + _mixed_words(text) > HIDDEN_AT_MOST:
        yield "disguised"


def _mixed_words(text: str) -> int:
    """How many words are of two alphabets. A text in one alphabet need not be taken apart for it."""
    if not (_LATIN.search(text) and _GREEK_OR_CYRILLIC.search(text)):
        return 0
    return sum(1 for word in _WORD.findall(text) if _LATIN.search(word) and _GREEK_OR_CYRILLIC.search(word))


def look_for_links(text: NewText) -> Finding | None:
    """Addresses that lead away from here. Readers should not be the first who follow them."""
    marks = [mark for mark in _links(text.text) if _host_of(text.text, mark) not in text.own_hosts]
    return Finding(ReasonKind.FORM_SIGNAL, tuple(marks)) if marks else None


def _links(text: str) -> Iterator[Mark]:
    if _MAY_LEAD.search(text) is None:
        return
    misleading = [
        match.span()
        for match in _SHOWN_AS_ANOTHER.finditer(text)
        if _bare(match["shown"]) != _bare(match["led"])
    ]
    for match in _LINK.finditer(text):
        start, end = match.start(), match.start() + len(match[0].rstrip(".,!?;:·'\""))
        hides = any(first <= start < last for first, last in misleading)
        key = "hidden_link" if hides or _bare(match[0]) in SHORTENERS else "link"
        yield Mark(start, end, key, Band.GREEN, "")


def _host_of(text: str, mark: Mark) -> str:
    return _bare(text[mark.start : mark.end])


def _bare(address: str) -> str:
    """The host of an address, as it may be compared; empty for one that is none."""
    try:
        host = urlsplit(address if "://" in address else f"//{address}").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


def look_for_repeats(text: NewText) -> Finding | None:
    """The same words once more, from the same author: held and never refused, for they may have meant to."""
    if not text.is_new or not text.earlier_texts:
        return None
    words = bare_words(text.text)
    earlier = (one for one in map(bare_words, text.earlier_texts) if len(one) >= LETTERS_OF_A_REPEAT)
    is_repeat = any(words.endswith(one) for one in earlier)  # its title may be another
    return Finding(ReasonKind.FORM_SIGNAL, whole("repeated_text")) if is_repeat else None


def bare_words(text: str) -> str:
    """The words of a text without case, accents, signs and spaces."""
    return "".join(word.letters for word in split_words(text))

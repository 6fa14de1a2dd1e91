"""What people write: made clean when it comes in, and turned into safe HTML once, when it is stored.

Both are needed. Cleaning takes away what nobody can see, because a moderator must see the text that a reader
will and a phrase must not be hidden from the screening by a character of no width. Rendering trusts nothing
all the same.

Markdown here is the part of CommonMark that a letter needs: paragraphs, emphasis, strikethrough, lists,
quotes, code, rules, links and headings, the last demoted because the page owns the first two levels. A single
line break stays one. There is no raw HTML, no image, no table, no indented code (people indent by
accident) and no entity (`&#8238;` would bring back what cleaning took away).

A link must say http, https or mailto and nothing relative. Such an address becomes a link also where it
merely stands in the text: most people who share a helpline paste it. A bare domain or e-mail address does
not.
"""

import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

import bleach
import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

# Raise it when the same text would give other HTML: what is stored is then rendered again.
RENDERER_VERSION = 1

TITLE_LIMIT = 140
BODY_LIMIT = 8_000

# More marks than any language puts on one letter. Python also takes seconds to normalise 50,000 of them.
MARKS_ON_A_LETTER = 8
# Quotes in lists in quotes: past this the text is shown as it was typed. bleach is quadratic in the depth.
DEEPEST_NESTING = 16

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# Controls, format characters (bidi controls and marks, soft hyphens, tags), fillers of no width, half
# surrogates and code points that are no characters. Kept are the joiners, see below, and the few format
# characters that are visible (Arabic number signs and their like).
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufdd0-\ufdef"
    "\ufe00-\ufe0d\ufeff\ufff0-\ufffb\ufffe\uffff\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "\ud800-\udfff]"
)
# Zero-width joiner and non-joiner shape letters in Arabic, Persian and the Indic scripts, and the joiner
# makes one emoji of several. Anywhere else they are invisible and go.
_SHAPING = "\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u1800-\u18af\ufb50-\ufdff\ufe70-\ufefc"
_EMOJI = "\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_JOINER_RUN = re.compile("([\u200c\u200d])[\u200c\u200d]+")
_JOINER_IN_PLACE = re.compile(
    f"(?<=[{_SHAPING}])[\u200c\u200d](?=[{_SHAPING}])|(?<=[{_EMOJI}\ufe0e\ufe0f])\u200d(?=[{_EMOJI}])"
)
_JOINER = re.compile("[\u200c\u200d]")
# Letters and symbols whose picture is empty.
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")

_HEADINGS = {"h3", "h4", "h5", "h6"}
_BLOCKS = {"p", "pre", "blockquote", "ul", "ol", "li", "hr"}
TAGS = frozenset({"a", "br", "strong", "em", "s", "code"} | _BLOCKS | _HEADINGS)
SCHEMES = frozenset({"http", "https", "mailto"})
LINK_REL = "nofollow noopener noreferrer ugc"
# The whole address, so that nothing can stand before the scheme, and no name before the host. The parser has
# put hosts of other alphabets into ASCII.
_SAFE_URL = re.compile(
    r"https?://[a-z0-9][a-z0-9._-]*(?::[0-9]+)?(?:[/?#][!-~]*)?|mailto:[!-~]+@[a-z0-9][a-z0-9._-]*(?:\?[!-~]*)?",
    re.IGNORECASE | re.ASCII,
)

# What stands where words are covered, and the two characters that hold its place while a text is rendered:
# of private use, so they mean nothing anywhere, and a text that brings them loses them first.
BLOCK = "▒▒▒"
_PLACE = re.compile("\ue000([0-9]+)\ue001")
_PLACE_ENDS = str.maketrans("\ue000\ue001", "  ")

_BLOCK_RULES = ["paragraph", "blockquote", "list", "fence", "hr", "heading"]
_INLINE_RULES = ["text", "newline", "escape", "backticks", "strikethrough", "emphasis", "link", "autolink"]


class Cover(NamedTuple):
    """A stretch of a text that is not to be seen, and the word that says what lies there."""

    start: int
    length: int
    word: str


class BadText(ValueError):
    """The text cannot be taken as it is."""


class TextEmpty(BadText):
    """There is nothing in it that anybody could see."""


class TextTooLong(BadText):
    """It has `length` characters, counted after cleaning as the page counts them; `limit` are allowed."""

    def __init__(self, limit: int, length: int) -> None:
        super().__init__(f"{length} characters, at most {limit} are allowed")
        self.limit = limit
        self.length = length


def clean_line(text: str, *, limit: int) -> str:
    """Give the text as one line of at most `limit` characters. Raises TextEmpty or TextTooLong."""
    return _within(" ".join(_clean(text).split()), limit)


def clean_body(text: str, *, limit: int) -> str:
    """Give the text with its lines, of at most `limit` characters. Raises TextEmpty or TextTooLong."""
    return _within(_clean(text).strip(), limit)


def render_markdown(body: str) -> str:
    """Give the text as HTML that is safe in any page of ours. Any text has one, and always the same."""
    body = _clean(body)
    tokens = _tokens(body)
    html = _as_typed(body) if tokens is None else _parser().renderer.render(tokens, _parser().options, {})
    return sanitize_html(html).strip()


def sanitize_html(html: str) -> str:
    """Keep the few harmless elements and attributes. Any HTML may come in."""
    # The parser shows an address with its percent signs resolved, and then anything may be in it.
    seen = _UNSEEN.sub("", html)
    bleached = bleach.clean(
        seen, tags=TAGS, attributes={"a": ["href"], "ol": ["start"]}, protocols=SCHEMES, strip=True
    )
    return nh3.clean(
        bleached,
        tags=set(TAGS),
        attributes={"a": {"href"}, "ol": {"start"}},
        attribute_filter=_checked_attribute,
        url_schemes=set(SCHEMES),
        link_rel=LINK_REL,
    )


def cover_text(body: str, covers: Sequence[Cover]) -> str:
    """Give the text with a block and its word where words are covered. The covers do not overlap."""
    return _with_places(body, [f"{BLOCK} [{cover.word}]" for cover in covers], covers)


def render_covered(body: str, covers: Sequence[Cover]) -> str:
    """Give the text as safe HTML, as `render_markdown` does, without the covered words.

    The block is for the eye alone; who listens hears what is covered.
    """
    places = [f"\ue000{number}\ue001" for number in range(len(covers))]
    html = render_markdown(_with_places(body.translate(_PLACE_ENDS), places, covers))
    return _PLACE.sub(lambda match: _block(covers[int(match.group(1))]), html)


def _with_places(body: str, places: Sequence[str], covers: Sequence[Cover]) -> str:
    for cover, place in sorted(zip(covers, places, strict=True), reverse=True):
        body = body[: cover.start] + place + body[cover.start + cover.length :]
    return body


def _block(cover: Cover) -> str:
    return f'<span aria-hidden="true">{BLOCK}</span> [{escape(cover.word)}]'


def plain_text(body: str) -> str:
    """Give the words without the Markdown: what is searched, and what a preview shows."""
    body = _clean(body)
    tokens = _tokens(body)
    if tokens is None:
        return body
    blocks = (_words_of(token) for token in tokens if token.type in ("inline", "fence"))
    return _UNSEEN.sub("", "\n".join(block for block in blocks if block))


def snippet(body: str, limit: int) -> str:
    """Give the beginning of the words as one line of at most `limit` characters, cut between words."""
    line = " ".join(plain_text(body).split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    whole_words = cut.rpartition(" ")[0] if line[limit - 1] != " " else cut
    return (whole_words or _without_half_a_letter(cut, line[limit - 1])).rstrip() + "…"


def is_safe_url(url: str) -> bool:
    """Say whether a link may lead there: http, https or mailto, with a host and no false name before it."""
    return _SAFE_URL.fullmatch(url) is not None


def _clean(text: str) -> str:
    text = _UNSEEN.sub("", _LINE_ENDS.sub("\n", text))
    text = _JOINER_RUN.sub(r"\1", text)
    in_place = {match.start() for match in _JOINER_IN_PLACE.finditer(text)}
    text = _JOINER.sub(lambda match: match.group() if match.start() in in_place else "", text)
    return unicodedata.normalize("NFC", _with_few_marks(text))


def _with_few_marks(text: str) -> str:
    if not any(map(unicodedata.combining, text)):
        return text
    kept: list[str] = []
    marks = 0
    for letter in text:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= MARKS_ON_A_LETTER:
            kept.append(letter)
    return "".join(kept)


def _within(text: str, limit: int) -> str:
    if not any(map(_is_visible, text)):
        raise TextEmpty
    if len(text) > limit:
        raise TextTooLong(limit, len(text))
    return text


def _is_visible(letter: str) -> bool:
    category = unicodedata.category(letter)
    return category[0] != "Z" and category not in ("Cc", "Cf", "Mn", "Me") and letter not in _BLANKS


class _Parsers(threading.local):
    """A parser for each thread: linkify-it keeps the text it works on in itself."""

    def __init__(self) -> None:
        parser = MarkdownIt("zero", {"linkify": True, "breaks": True, "maxNesting": DEEPEST_NESTING + 1})
        parser.enable(["block", "inline", "linkify", "text_join", *_BLOCK_RULES, *_INLINE_RULES])
        linkify = parser.linkify
        assert linkify is not None
        linkify.set({"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
        parser.validateLink = is_safe_url  # type: ignore[method-assign]
        self.parser = parser


_parsers = _Parsers()


def _parser() -> MarkdownIt:
    return _parsers.parser


def _tokens(body: str) -> list[Token] | None:
    """Parse a text. None means that it nests too deep, or is too long, and is to be shown as it was typed."""
    if len(body) > BODY_LIMIT:
        # Not from a form, and here the parser's quadratic corners begin to take seconds.
        return None
    tokens = _parser().parse(body)
    if max(_depths(tokens), default=0) >= DEEPEST_NESTING:
        return None
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
        if token.type == "fence" and token.info.strip():
            # What stands behind the opening fence would be shown nowhere.
            token.content, token.info = f"{token.info.strip()}\n{token.content}", ""
    return tokens


def _depths(tokens: Sequence[Token]) -> Iterator[int]:
    # Past its own limit the parser leaves text out, which must never be shown. It counts inline levels
    # wrongly after pairing emphasis, so they are counted here.
    depth = 0
    for token in tokens:
        depth += token.nesting
        yield max(depth, token.level)
        if token.children:
            yield max((depth + inner for inner in _depths(token.children)), default=0)


def _words_of(token: Token) -> str:
    if token.type == "fence":
        return token.content.strip()
    parts = (
        "\n" if child.type in ("softbreak", "hardbreak") else child.content for child in token.children or []
    )
    return "".join(parts).strip()


def _as_typed(body: str) -> str:
    paragraphs = (escape(part.strip("\n")) for part in re.split(r"\n\s*\n", body) if part.strip())
    return "\n".join("<p>" + part.replace("\n", "<br>\n") + "</p>" for part in paragraphs)


def _checked_attribute(tag: str, attribute: str, value: str) -> str | None:
    if tag == "a" and attribute == "href":
        # bleach lets "javascript:123" through, taking it for a host and a port.
        return value if is_safe_url(value) else None
    if tag == "a" and attribute == "rel":
        return LINK_REL
    return value if tag == "ol" and value.isascii() and value.isdigit() else None


def _without_half_a_letter(cut: str, following: str) -> str:
    """Do not part a letter from its marks, or one emoji into two, at the end of a cut."""
    while cut and (unicodedata.combining(following) or following in "\u200d\ufe0f" or cut[-1] == "\u200d"):
        following, cut = cut[-1], cut[:-1]
    return cut

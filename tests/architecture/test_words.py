"""Pages for students speak as one speaks to somebody who has not slept: no word of an office, nobody shouts.

The words that stand on no such page are listed in `docs/design.md`.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
Finder = Callable[[str], list[str]]
DESIGN = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
SENTENCE = re.compile(
    r"_\(\s*\"((?:[^\"\\]|\\.)*)\"|gettext\(\s*\"((?:[^\"\\]|\\.)*)\",\s*\"((?:[^\"\\]|\\.)*)\""
)
# Parts that only staff rooms take in.
FOR_STAFF = (
    "demo/",
    "insight/",
    "moderation/_words.html",
    "moderation/_start_card.html",
    "counselling/_words.html",
    "counselling/_worklist.html",
    "counselling/_front_card.html",
    "counselling/_promising.html",
    "_macros/timeline.html",
)


def forbidden_words() -> list[str]:
    block = re.search(r"^```forbidden\n(.*?)^```", DESIGN, re.M | re.S)
    assert block is not None
    return [" ".join(word.split()) for word in block[1].split(",")]


def for_students() -> list[Path]:
    """Templates of pages that students see: all that do not stand in a staff room."""
    return [
        path
        for path in sorted(TEMPLATES.rglob("*.html"))
        if "_layout/staff.html" not in path.read_text(encoding="utf-8")
        and not str(path.relative_to(TEMPLATES)).startswith(FOR_STAFF)
        and path.name != "staff.html"
    ]


def said_in(source: str) -> list[str]:
    return [sentence for groups in SENTENCE.findall(source) for sentence in groups if sentence]


def cold_words(source: str) -> list[str]:
    """Sentences with a word that a student should not meet."""
    words = re.compile(rf"\b(?:{'|'.join(map(re.escape, forbidden_words()))})\b", re.I)
    return [sentence for sentence in said_in(source) if words.search(sentence)]


def loud_sentences(source: str) -> list[str]:
    """Sentences that shout, or breathe by dashes."""
    return [sentence for sentence in said_in(source) if re.search(r"!|\N{EM DASH}|\b[A-Z]{4,}\b", sentence)]


@pytest.mark.parametrize("finder", [cold_words, loud_sentences], ids=lambda finder: finder.__name__)
def test_pages_for_students_are_warm_and_quiet(finder: Finder) -> None:
    assert [
        f"{path.relative_to(ROOT)}: {sentence}"
        for path in for_students()
        for sentence in finder(path.read_text(encoding="utf-8"))
    ] == []


@pytest.mark.parametrize(
    ("finder", "planted"),
    [
        (cold_words, '{{ _("Your submission is in the queue.") }}'),
        (cold_words, '{{ ngettext("%(num)s item", "%(num)s items", n) }}'),
        (loud_sentences, '{{ _("Thank you!") }}'),
        (loud_sentences, '{{ _("Do this NEVER") }}'),
    ],
)
def test_a_planted_word_is_found(finder: Finder, planted: str) -> None:
    assert finder(planted)


def test_warm_words_are_left_alone() -> None:
    assert cold_words('{{ _("Thank you for writing.") }}') == []


def test_pages_of_students_were_looked_at() -> None:
    seen = {str(path.relative_to(TEMPLATES)) for path in for_students()}
    assert {"forum/show_home.html", "forum/_parts.html", "_macros/forms.html", "_layout/page.html"} <= seen

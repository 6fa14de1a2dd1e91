"""Covering words: nobody rewrites what somebody wrote, but a name or a number may have to be out of sight.

A masked stretch is hidden from readers and comes back when the mask is taken off. A redacted one is gone: its
place, its length and its kind stay, the words are nowhere. Both hold for every wording of a text, so that no
older or newer one shows what this one hides.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from core import outbox
from core.kept import forget_forms_left_at
from core.refusals import Refusal
from core.text import BLOCK, TITLE_LIMIT, Cover, cover_text, render_covered, render_markdown
from forum import cover_queries
from forum.drafting import editor_of, forget_drafts_of
from forum.gate import gate
from forum.lifecycle import original_of
from forum.models import Post, PostRevision, PostStatus

PARTS = ("title", "body")
GONE = BLOCK[0]  # stands in the original for each letter that was taken out
FACTS = ("kind", "is_final", "at")


class CoverKind(StrEnum):
    """What lies under a cover."""

    NAME = "name"
    PHONE = "phone"
    PLACE = "place"
    METHOD = "method"
    OTHER = "other"


# What a reader is told, in the language of the text.
COVER_WORDS = {
    CoverKind.NAME: _l("covered by the team: a name"),
    CoverKind.PHONE: _l("covered by the team: a way to reach somebody"),
    CoverKind.PLACE: _l("covered by the team: a place"),
    CoverKind.METHOD: _l("covered by the team: something that could put people in danger"),
    CoverKind.OTHER: _l("covered by the team: something personal"),
}


class WordsNotFound(Refusal):
    """The words do not stand in the text."""

    status = 422

    @property
    def sentence(self) -> str:
        return str(
            _l(
                "These words do not stand in the text. Copy them from where it stands as it was typed. "
                "Nothing was changed, and what you typed is below."
            )
        )


class Stretch(NamedTuple):
    """Where words stand in one wording of a text."""

    revision: int
    part: str
    start: int
    length: int


def find_words(post: Post, words: str) -> list[Stretch]:
    """Where these words stand in all wordings of a text, whatever case they are in and wherever lines break.

    Raises WordsNotFound.
    """
    pattern = pattern_of(words)
    found = [
        Stretch(revision.number, part, match.start(), match.end() - match.start())
        for revision in cover_queries.revisions_of(post.id)
        for part, text in _original(post, revision).items()
        for match in (pattern.finditer(text) if words.strip() else ())
    ]
    if not found:
        raise WordsNotFound
    return found


def pattern_of(words: str) -> re.Pattern[str]:
    """Finds these words, as words of their own, whatever case they are in and wherever lines break."""
    return re.compile(
        (r"(?<!\w)" if re.match(r"\w", words) else "")
        + r"\s+".join(re.escape(word) for word in words.split())
        + (r"(?!\w)" if re.search(r"\w$", words) else ""),
        re.IGNORECASE,
    )


def words_at(post: Post, stretches: Iterable[Stretch]) -> list[str]:
    """The words that stand there now, each wording of them once: blocks where they are gone already."""
    texts = {revision.number: _original(post, revision) for revision in cover_queries.revisions_of(post.id)}
    found = (
        texts.get(one.revision, {}).get(one.part, "")[one.start : one.start + one.length] for one in stretches
    )
    return [words for words in dict.fromkeys(found) if words]


def mask(post: Post, stretches: Sequence[Stretch], kind: CoverKind, *, now: datetime) -> None:
    """Hide these words from readers until the mask is taken off. The thread's row is locked by the caller."""
    _cover(post, stretches, {"kind": kind.value, "is_final": False}, now=now)


def redact(post: Post, stretches: Sequence[Stretch], kind: CoverKind, *, now: datetime) -> None:
    """Destroy these words in every wording, wherever else they were repeated, and in what older backups bring
    back. Doing it twice changes nothing. The author and the thread's row are locked by the caller.
    """
    redact_again(post, stretches, kind, at=now, now=now)
    places = [list(one) for one in stretches]
    payload = {"post": post.id, "kind": kind.value, "stretches": places, "at": now.isoformat()}
    outbox.enqueue("tombstone", payload, now=now)


def redact_again(
    post: Post, stretches: Sequence[Stretch], kind: CoverKind, *, at: datetime, now: datetime
) -> None:
    """The same for a text that a backup brought back: what is noted for later restores stays as it is.

    What its author typed into the editor and has not sent cannot be looked into, and goes whole.
    """
    words = words_left_at(post, stretches)
    forget_drafts_of(post.id)
    forget_forms_left_at(editor_of(post.id))
    _cover(post, stretches, {"kind": kind.value, "is_final": True, "at": at.isoformat()}, now=now)
    if words:
        gate().words_taken_out(post, words, stretches, now=now)


def words_left_at(post: Post, stretches: Iterable[Stretch]) -> list[str]:
    """The words that stand there and are not gone yet."""
    return [words for words in words_at(post, stretches) if words.strip(GONE)]


def is_redacted(covers: Sequence[dict[str, Any]], stretch: Stretch) -> bool:
    """Whether every letter of a stretch lies under final covers of its wording."""
    final = {
        place
        for cover in covers
        if cover["is_final"] and cover["part"] == stretch.part
        for place in range(cover["start"], cover["start"] + cover["length"])
    }
    return final.issuperset(range(stretch.start, stretch.start + stretch.length))


def unmask(post: Post, stretch: Stretch, *, now: datetime) -> int:
    """Take the mask off these words, and off the same words in all wordings. Returns off how many stretches.

    What was redacted stays so.
    """
    same = {words.casefold() for words in words_at(post, [stretch])}
    count = 0
    for revision in cover_queries.revisions_of(post.id):
        text = _original(post, revision)
        left = [cover for cover in revision.covers if not _is_mask_on(cover, text, same)]
        count += len(revision.covers) - len(left)
        if len(left) < len(revision.covers):
            _write(post, revision, left)
    if count:
        _changed(post, now=now)
    return count


def masks_of(post: Post, number: int) -> list[tuple[Stretch, str]]:
    """The masks on one wording, each with its kind."""
    covers = (
        cover
        for revision in cover_queries.revisions_of(post.id)
        if revision.number == number
        for cover in revision.covers
        if not cover["is_final"]
    )
    return [(Stretch(number, one["part"], one["start"], one["length"]), one["kind"]) for one in covers]


def _is_mask_on(cover: dict[str, Any], text: dict[str, str], words: set[str]) -> bool:
    part = text[cover["part"]]
    return (
        not cover["is_final"] and part[cover["start"] : cover["start"] + cover["length"]].casefold() in words
    )


def _cover(post: Post, stretches: Sequence[Stretch], fact: dict[str, Any], *, now: datetime) -> None:
    for revision in cover_queries.revisions_of(post.id):
        own = [one for one in stretches if one.revision == revision.number]
        if own:
            _write(post, revision, _painted(revision.covers, own, fact))
    _changed(post, now=now)


def _painted(
    covers: Sequence[dict[str, Any]], stretches: Sequence[Stretch], fact: dict[str, Any]
) -> list[dict[str, Any]]:
    """The covers of a wording with more stretches covered: what is final stays, everything else gives way."""
    paint: dict[tuple[str, int], dict[str, Any]] = {}
    for old in covers:
        facts = {key: value for key, value in old.items() if key in FACTS}
        for place in range(old["start"], old["start"] + old["length"]):
            paint[old["part"], place] = facts
    for one in stretches:
        for place in range(one.start, one.start + one.length):
            if not paint.get((one.part, place), {}).get("is_final"):
                paint[one.part, place] = fact
    painted: list[dict[str, Any]] = []
    for (part, place), facts in sorted(paint.items(), key=lambda entry: entry[0]):
        last = painted[-1] if painted else None
        if last is not None and last == facts | {
            "part": part,
            "start": last["start"],
            "length": place - last["start"],
        }:
            last["length"] += 1
        else:
            painted.append({"part": part, "start": place, "length": 1} | facts)
    return painted


def _original(post: Post, revision: PostRevision) -> dict[str, str]:
    """Title and body of a wording with what is masked; the title of the one that readers see lies on its
    thread, unless it is covered.
    """
    text = original_of(revision)
    title = text["title"]
    if not title and _gives_title(post, revision):
        title = post.thread.title
    return {"title": title, "body": text["body"]}


def _gives_title(post: Post, revision: PostRevision) -> bool:
    return (
        post.is_opening and post.status is PostStatus.PUBLISHED and revision.number == post.visible_revision
    )


def _write(post: Post, revision: PostRevision, covers: list[dict[str, Any]]) -> None:
    """Store a wording with these covers: the original without what is final, and what readers may see."""
    is_open = revision.body is not None
    if revision.sealed is None and not is_open:  # the words were forgotten
        revision.covers = covers
        return
    texts = _original(post, revision)
    for cover in covers:
        if cover["is_final"]:
            text, start, end = texts[cover["part"]], cover["start"], cover["start"] + cover["length"]
            texts[cover["part"]] = text[:start] + GONE * len(text[start:end]) + text[end:]
    gone = _named(post, [cover for cover in covers if cover["is_final"]])
    original = {
        "title": texts["title"],
        "body": texts["body"],
        "html": render_covered(texts["body"], gone["body"])
        if gone["body"]
        else render_markdown(texts["body"]),
    }
    hidden = _named(post, covers)
    shown = {
        "title": _covered_title(texts["title"], hidden["title"]),
        "body": cover_text(texts["body"], hidden["body"]),
        "html": render_covered(texts["body"], hidden["body"]),
    }
    revision.covers = covers
    revision.sealed = original | {"covered": shown} if covers else (None if is_open else original)
    if is_open:
        revision.body, revision.html = shown["body"], shown["html"]
        if _gives_title(post, revision):
            post.thread.title = shown["title"]


def _named(post: Post, covers: Sequence[dict[str, Any]]) -> dict[str, list[Cover]]:
    """The covers of each part, with what a reader is told in the language of the text."""
    named: dict[str, list[Cover]] = {part: [] for part in PARTS}
    with force_locale(post.language):
        for one in covers:
            word = str(COVER_WORDS[CoverKind(one["kind"])])
            named[one["part"]].append(Cover(one["start"], one["length"], word))
    return named


def _covered_title(title: str, covers: Sequence[Cover]) -> str:
    """A title has little room: where the words do not fit, the blocks stand alone."""
    covered = cover_text(title, covers)
    if len(covered) > TITLE_LIMIT:
        for cover in sorted(covers, reverse=True):
            title = title[: cover.start] + BLOCK[: cover.length] + title[cover.start + cover.length :]
        return title
    return covered


def _changed(post: Post, *, now: datetime) -> None:
    if post.status is PostStatus.PUBLISHED:
        outbox.enqueue("index", {"post": post.id}, now=now)

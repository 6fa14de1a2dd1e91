"""Threads from a JSON Lines file: each line a thread with its answers, taken in whole or not at all.

The file says nothing of who wrote and when, so names and days are made up: a random mark for each text, whose
author nobody can reach, and days that run up to today in the order of the file. What is imported was chosen
by whoever runs the command, so it is published at once, past no queue.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from core.clock import hour_of
from core.db import db, transaction
from core.ids import MalformedId, decode_id, new_public_id
from core.queries import next_number
from core.text import BODY_LIMIT, RENDERER_VERSION, TITLE_LIMIT, BadText, TextTooLong, clean_body, clean_line
from forum import export_queries, queries
from forum.authorship import new_thread_key, pseudonym_of
from forum.models import Badge, Post, PostRevision, PostStatus, Thread
from forum.posting import Draft, write_draft

LONGEST_LINE = 1_000_000
LINES_AT_ONCE = 25
SPREAD = timedelta(days=365)
OTHER = "other"
OTHER_TO = "health-and-self"
BAD_LINES_KEPT = 1_000
KEY = re.compile(r"[!-~]{1,80}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,4})?")


class BadLine(ValueError):
    """A line that is no thread; the message says why."""


class StoppedAtBadLine(RuntimeError):
    """With `strict`, the first bad line ended the import; what came before it stays."""

    def __init__(self, number: int, reason: str, result: "ImportResult") -> None:
        super().__init__(f"line {number}: {reason}")
        self.result = result


@dataclass
class ImportResult:
    """What an import did."""

    added: int = 0
    answers: int = 0
    skipped: int = 0
    bad: int = 0
    bad_lines: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Incoming:
    """A thread from a line, checked and rendered."""

    line: int
    key: str
    category_id: str
    opening: Draft
    answers: Sequence[Draft]


@dataclass(frozen=True)
class Watch:
    """Whom an import tells how it goes."""

    bad_line: Callable[[int, str], None] = lambda _number, _reason: None
    progress: Callable[[int], None] = lambda _bytes: None


def import_threads(
    path: Path, *, other_to: str = OTHER_TO, strict: bool = False, now: datetime, watch: Watch | None = None
) -> ImportResult:
    """Take in all threads of a file that are not here yet.

    Opens its own transactions, many threads in each. Raises StoppedAtBadLine, OSError, BadLine when
    `other_to` is no category.
    """
    watch = watch or Watch()
    categories = _categories(other_to)
    total = _count_lines(path)
    result, waiting = ImportResult(), list[Incoming]()
    with path.open("rb") as file:
        for number, raw in _lines(file):
            watch.progress(file.tell())
            try:
                incoming = _read_line(raw, number, categories)
            except BadLine as error:
                _note_bad(result, number, str(error), watch)
                if strict:
                    _store(waiting, result, total=total, now=now, watch=watch)
                    raise StoppedAtBadLine(number, str(error), result) from error
                continue
            if incoming is not None:
                waiting.append(incoming)
            if len(waiting) >= LINES_AT_ONCE:
                _store(waiting, result, total=total, now=now, watch=watch)
                waiting.clear()
    _store(waiting, result, total=total, now=now, watch=watch)
    return result


def _categories(other_to: str) -> dict[str, str]:
    """Which name in a file means which category: the slugs, the six names of the data, and "other"."""
    found = {category.slug: category.id for category in queries.all_categories()}
    db.session.rollback()
    if other_to not in found:
        raise BadLine(f"there is no category {other_to}; the categories are: {', '.join(sorted(found))}")
    return (
        found
        | {slug.replace("-", " "): category_id for slug, category_id in found.items()}
        | {OTHER: found[other_to]}
    )


def _note_bad(result: ImportResult, number: int, reason: str, watch: Watch) -> None:
    result.bad += 1
    if len(result.bad_lines) < BAD_LINES_KEPT:
        result.bad_lines.append((number, reason))
    watch.bad_line(number, reason)


def _count_lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b"")) + 1


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """The lines with their numbers, one in memory at a time; None for one that is too long, of which no more
    than the limit is ever held.
    """
    number = 0
    while line := file.readline(LONGEST_LINE + 2):
        number += 1
        if len(line.rstrip(b"\r\n")) <= LONGEST_LINE:
            yield number, line
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(LONGEST_LINE)
        yield number, None


def _read_line(raw: bytes | None, number: int, categories: dict[str, str]) -> Incoming | None:
    """The thread of a line, or None for an empty one. Raises BadLine."""
    if raw is None:
        raise BadLine("longer than 1 MB")
    try:
        text = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
    except UnicodeDecodeError as error:
        raise BadLine(f"not UTF-8 at byte {error.start}") from error
    if not text:
        return None
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadLine("not JSON") from error
    if not isinstance(fields, dict):
        raise BadLine("not a JSON object")
    return _read_fields(fields, number, categories)


def _read_fields(fields: dict[str, Any], number: int, categories: dict[str, str]) -> Incoming:
    key = _text(fields, "id")
    if not KEY.fullmatch(key):
        raise BadLine("id: 1 to 80 visible ASCII characters")
    language = _text(fields, "lang")
    if not LANGUAGE.fullmatch(language):
        raise BadLine("lang: not a language code")
    name = _text(fields, "category")
    if name not in categories:
        raise BadLine(f"category: there is no {name[:60]!r}")
    answers = fields.get("answers")
    if not isinstance(answers, list) or not all(isinstance(answer, dict) for answer in answers):
        raise BadLine("answers: not a list of objects")
    title = _cleaned(_text(fields, "title"), "title", clean_line, TITLE_LIMIT)
    body = _cleaned(_text(fields, "body"), "body", clean_body, BODY_LIMIT)
    return Incoming(
        line=number,
        key=key,
        category_id=categories[name],
        opening=write_draft(body, language=language, title=title),
        answers=[_read_answer(answer, place, language) for place, answer in enumerate(answers, start=1)],
    )


def _read_answer(fields: dict[str, Any], place: int, language: str) -> Draft:
    """An answer: its text. Role and votes are not taken over; nobody here vouches for who wrote it."""
    where = f"answers[{place}].body"
    if not isinstance(fields.get("body"), str):
        raise BadLine(f"{where}: missing or not a text")
    return write_draft(_cleaned(fields["body"], where, clean_body, BODY_LIMIT), language=language)


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise BadLine(f"{name}: missing or not a text")
    return value


def _cleaned(text: str, name: str, clean: Callable[..., str], limit: int) -> str:
    try:
        return clean(text, limit=limit)
    except TextTooLong as error:
        raise BadLine(f"{name}: {error.length} characters, and there is room for {limit}") from error
    except BadText as error:
        raise BadLine(f"{name}: empty") from error


def _store(
    waiting: Sequence[Incoming], result: ImportResult, *, total: int, now: datetime, watch: Watch
) -> None:
    """Store threads together; if one will not go in, each for itself, so that it takes no other down."""
    if not waiting:
        return
    try:
        _store_together(waiting, result, total=total, now=now)
    except SQLAlchemyError:
        current_app.logger.exception("a batch could not be stored; its threads are tried one by one")
        for incoming in waiting:
            try:
                _store_together([incoming], result, total=total, now=now)
            except SQLAlchemyError as error:
                _note_bad(result, incoming.line, f"the database refused it: {type(error).__name__}", watch)


def _store_together(waiting: Sequence[Incoming], result: ImportResult, *, total: int, now: datetime) -> None:
    added = answers = 0
    with transaction():
        known = export_queries.imported_keys([one.key for one in waiting]) | _own_ids(
            [one.key for one in waiting]
        )
        for one in waiting:
            if one.key not in known:
                _publish(one, at=_made_up_time(one, total, now))
                known.add(one.key)
                added, answers = added + 1, answers + len(one.answers)
    result.added += added
    result.answers += answers
    result.skipped += len(waiting) - added


def _own_ids(keys: Sequence[str]) -> set[str]:
    """Of these keys, those that are threads of this very forum: an export of it that comes back."""
    return {thread.id for thread in queries.threads_by_ids([key for key in keys if _is_public_id(key)])}


def _is_public_id(key: str) -> bool:
    try:
        decode_id(key)
    except MalformedId:
        return False
    return True


def _made_up_time(incoming: Incoming, total: int, now: datetime) -> datetime:
    """The last line was written yesterday, the first a year before, at an hour that its key gives."""
    day = now - timedelta(days=1) - SPREAD * (1 - incoming.line / total)
    hour = hashlib.sha256(incoming.key.encode()).digest()[0] % 24
    return hour_of(day.replace(hour=hour))


def _publish(incoming: Incoming, *, at: datetime) -> None:
    """A public thread with its posts: positions without gaps, sequences in the order of the file, counters to
    match.

    What `lifecycle` does step by step, at once.
    """
    thread = Thread(
        id=new_public_id(),
        category_id=incoming.category_id,
        title=incoming.opening.title,
        language=incoming.opening.language,
        key=new_thread_key(),
        is_public=True,
        is_answered=bool(incoming.answers),
        published_at=at,
        last_on=at.date(),
        last_position=1 + len(incoming.answers),
        reply_count=len(incoming.answers),
        warnings=[],
    )
    db.session.add(thread)
    db.session.flush()
    for position, draft in enumerate([incoming.opening, *incoming.answers], start=1):
        thread.last_sequence = next_number("publications")
        post = _post(thread, draft, position=position, at=at)
        post.import_key = incoming.key if position == 1 else None
    db.session.flush()


def _post(thread: Thread, draft: Draft, *, position: int, at: datetime) -> Post:
    mark = secrets.token_bytes(32)
    post = Post(
        id=new_public_id(),
        thread_id=thread.id,
        is_opening=position == 1,
        status=PostStatus.PUBLISHED,
        position=position,
        sequence=thread.last_sequence,
        published_on=at.date(),
        submitted_at=at,
        byline=pseudonym_of(thread, mark),
        badge=Badge.NONE,
        author_tag=mark,
        language=draft.language,
        warnings=[],
        visible_revision=1,
        latest_revision=1,
    )
    db.session.add(post)
    db.session.add(_revision(post, draft, at=at))
    return post


def _revision(post: Post, draft: Draft, *, at: datetime) -> PostRevision:
    return PostRevision(
        post_id=post.id, number=1, body=draft.body, html=draft.html, renderer=RENDERER_VERSION, written_at=at
    )

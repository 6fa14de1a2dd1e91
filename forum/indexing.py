"""The search index follows the database. What is published and public is in it; whatever else was ever told
to it goes out, with its bytes.

The index is only a copy. When it is missing or of another version, the next change makes it anew.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import Row

from core.db import db
from core.outbox import Payload
from core.search import SearchDocument, SearchDrift, SearchIndex
from forum import index_queries

ROWS_AT_ONCE = 500


def search_index() -> SearchIndex:
    """The index of the running application."""
    index: SearchIndex = current_app.extensions["stoa_search"]
    return index


def index_posts(payloads: Sequence[Payload], now: datetime) -> None:  # noqa: ARG001 (the outbox gives every handler the time)
    """An outbox handler: bring these posts in the index to where they stand now.

    Safe to run twice. Raises SearchUnavailable.
    """
    index = search_index()
    if not index.is_ready():
        rebuild_index()
        return
    named = list(dict.fromkeys(str(payload["post"]) for payload in payloads))
    for chunk in _chunks(_with_their_threads(named)):
        visible = [_document(row) for row in index_queries.searchable_among(chunk)]
        shown = {document.id for document in visible}
        db.session.rollback()
        if visible:
            index.add_many(visible, purge=True)
        gone = [post_id for post_id in chunk if post_id not in shown]
        if gone:
            index.remove_many(gone, purge=True)


def _with_their_threads(post_ids: list[str]) -> list[str]:
    """These posts; and where one opens a thread, which it opens or closes to readers, the thread's other
    posts.
    """
    found = [
        post_id for chunk in _chunks(post_ids) for post_id in index_queries.published_beside_openings(chunk)
    ]
    return list(dict.fromkeys([*post_ids, *found]))


def add_published_after(sequence: int) -> int:
    """Put everything that was published behind a sequence into the index: what an import does at its end.

    Returns how many posts. Raises SearchUnavailable.
    """
    index = search_index()
    if not index.is_ready():
        return rebuild_index()
    count = 0
    for chunk in _segments_of(_documents(after=sequence)):
        index.add_many(chunk)
        count += len(chunk)
    return count


def rebuild_index(progress: Callable[[int], None] | None = None) -> int:
    """Make the index anew from what is published.

    Returns how many posts it holds. Raises SearchUnavailable.
    """
    return search_index().rebuild(_documents(after=0), progress)


def check_index() -> SearchDrift:
    """Compare the index with what is published. Raises SearchUnavailable."""
    return search_index().check(document.id for document in _documents(after=0))


def _documents(*, after: int) -> Iterator[SearchDocument]:
    """What belongs into the index, a few hundred rows in memory at a time, and no snapshot held while they
    are indexed.
    """
    while posts := index_queries.published_sequences(after=after, limit=ROWS_AT_ONCE):
        after = posts[-1].sequence
        rows = index_queries.searchable_among([post.id for post in posts])
        documents = sorted((_document(row) for row in rows), key=lambda document: document.sequence)
        db.session.rollback()
        yield from documents


def _document(row: Row[Any]) -> SearchDocument:
    return SearchDocument(
        id=row.id,
        group=row.thread_id,
        scope=row.slug,
        title=row.title if row.is_opening else "",
        body=row.body or "",
        sequence=row.sequence,
    )


def _chunks(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), ROWS_AT_ONCE):
        yield ids[start : start + ROWS_AT_ONCE]


def _segments_of(documents: Iterable[SearchDocument]) -> Iterator[list[SearchDocument]]:
    """Two thousand documents at a time: one segment of the index each."""
    chunk: list[SearchDocument] = []
    for document in documents:
        chunk.append(document)
        if len(chunk) == 2_000:
            yield chunk
            chunk = []
    if chunk:
        yield chunk

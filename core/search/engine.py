"""The search index of one directory: add, remove, rebuild, search, check.

The directory holds one or, during a rebuild, two Whoosh indexes, and the file `current` with the name of the
one that counts. A rebuild fills a fresh index that nobody reads and then replaces `current`, so readers have
the old index or the new one and never half of either. Whoosh is not crash-safe and its index is only a copy
of what the database says: when it is missing or broken, everything here raises SearchUnavailable, and a
rebuild is the cure.
"""

import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from whoosh.util.filelock import FileLock, try_for

from core.search.analysis import parse_query
from core.search.files import IndexFolder
from core.search.form import FORMAT, SearchDocument, SearchDrift
from core.search.lookup import OpenSegment, SearchHits, find_newest
from core.search.refusals import SearchBusy, SearchUnavailable
from core.search.segments import (
    batches,
    delete_documents,
    merge_small_segments,
    purge_deleted,
    replace_documents,
    write_segment,
)

INDEX_NAME = re.compile(rf"index-{FORMAT}-[0-9a-f]{{8}}")
ANY_INDEX_NAME = "index-*"
# The most that one search may do: 15 to 30 ms, at any size of the forum. A page of common words takes 50.
STEPS = 4_000
# How long a writer waits for another one. A rebuild takes longer; who meets one is told that it is busy.
WAIT_SECONDS = 10.0
# A commit deletes the old table of contents after writing the new one, and a reader may have chosen the old.
READ_ATTEMPTS = 5
READ_PAUSE_SECONDS = 0.02

Progress = Callable[[int], None]


class SearchIndex:
    """An index in a directory. One object may be shared by all threads of a process."""

    def __init__(self, directory: Path, *, steps: int = STEPS) -> None:
        self._directory = directory
        self._steps = steps
        self._pointer = directory / "current"
        # One open reader for all threads, used by one at a time: Whoosh's readers share a file position, and
        # searching is computation in Python, which threads could not do side by side anyway.
        self._reading = Lock()
        self._open: _OpenIndex | None = None

    def is_ready(self) -> bool:
        """Say whether there is an index that this version can read."""
        try:
            with self._current():
                return True
        except SearchUnavailable:
            return False

    def add_many(
        self, documents: Iterable[SearchDocument], *, purge: bool = False, wait: float = WAIT_SECONDS
    ) -> None:
        """Add documents, replacing those of the same id. Safe to run twice.

        With `purge`, nothing of what was replaced stays in any file.
        """
        with self._writing(wait), self._current() as folder:
            for batch in batches(documents):
                with _unavailable_when_broken():
                    replace_documents(folder, batch)
                    merge_small_segments(folder)
            if purge:
                with _unavailable_when_broken():
                    purge_deleted(folder)

    def remove_many(self, ids: Iterable[str], *, purge: bool = False, wait: float = WAIT_SECONDS) -> None:
        """Take documents out; unknown ids are fine. With `purge`, nothing ever removed stays in any file."""
        gone = list(ids)
        with self._writing(wait), self._current() as folder, _unavailable_when_broken():
            if gone:
                delete_documents(folder, gone)
            if purge:
                purge_deleted(folder)

    def rebuild(
        self,
        documents: Iterable[SearchDocument],
        progress: Progress | None = None,
        *,
        wait: float = WAIT_SECONDS,
    ) -> int:
        """Make a new index of exactly these documents, each id once, and swap it in. Gives their number.

        Give them in the order of their sequence, either way: any order is right, that one searches fastest.
        """
        with self._writing(wait):
            self._remove_leftovers()
            fresh = self._directory / f"index-{FORMAT}-{secrets.token_hex(4)}"
            try:
                count = _fill(fresh, documents, progress)
                with _unavailable_when_broken():
                    self._point_at(fresh.name)
            except BaseException:
                shutil.rmtree(fresh, ignore_errors=True)
                raise
            self._remove_leftovers()
        return count

    def search(
        self,
        query: str,
        *,
        limit: int,
        before: int | None = None,
        scope: str | None = None,
        group: str | None = None,
    ) -> SearchHits:
        """Find the newest documents that have every word of the query, within a scope or a group if given.

        `before` is the `next_before` of the page before. Any text may be asked for; one without words finds
        nothing.
        """
        phrases = parse_query(query)
        if not phrases or limit < 1:
            return SearchHits([])
        filters = {field: value for field, value in (("scope", scope), ("group", group)) if value is not None}
        for _ in range(READ_ATTEMPTS):
            try:
                with self._reading:
                    segments = self._current_segments()
                    return find_newest(
                        segments, phrases, limit=limit, before=before, filters=filters, steps=self._steps
                    )
            except SearchUnavailable:
                raise
            except Exception as error:  # whatever a half-written file can raise, the page must not see it
                failure = error
                self.close()
            time.sleep(READ_PAUSE_SECONDS)
        raise SearchUnavailable("The search index cannot be read.") from failure

    def check(self, ids: Iterable[str]) -> SearchDrift:
        """Compare the index with the ids that should be in it."""
        with self._current() as folder, _unavailable_when_broken():
            segments = _OpenIndex(folder).segments
            extra = {document_id for segment in segments for document_id in segment.live_ids()}
        missing = []
        for wanted in ids:
            if wanted in extra:
                extra.discard(wanted)
            else:
                missing.append(wanted)
        return SearchDrift(missing=missing, extra=sorted(extra))

    def close(self) -> None:
        """Let go of the files. The next search opens them again."""
        with self._reading:
            self._close_segments()

    def _current_name(self) -> str:
        try:
            name = self._pointer.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SearchUnavailable("There is no search index yet.") from error
        if not INDEX_NAME.fullmatch(name):
            raise SearchUnavailable("The search index was made by another version.")
        return name

    @contextmanager
    def _current(self) -> Iterator[IndexFolder]:
        path = self._directory / self._current_name()
        with _unavailable_when_broken():
            folder = IndexFolder(path)
        with folder:
            yield folder

    def _current_segments(self) -> list[OpenSegment]:
        """Give the open segments, opened again when there was a commit or a rebuild since the last search."""
        name = self._current_name()
        if self._open is None or not self._open.is_current(name):
            self._close_segments()
            folder = IndexFolder(self._directory / name)
            try:
                self._open = _OpenIndex(folder)
            finally:
                if self._open is None:
                    folder.close()
        return self._open.segments

    def _close_segments(self) -> None:
        if self._open is not None:
            self._open.folder.close()
            self._open = None

    @contextmanager
    def _writing(self, wait: float) -> Iterator[None]:
        """Hold the directory: one writer, be it this worker, another process or a rebuild on the command
        line."""
        with _unavailable_when_broken():
            self._directory.mkdir(parents=True, exist_ok=True)
            lock = FileLock(str(self._directory / "writer.lock"))
            if not try_for(lock.acquire, timeout=wait, delay=0.05):
                raise SearchBusy("The search index is being written by somebody else.")
        try:
            yield
        finally:
            lock.release()

    def _point_at(self, name: str) -> None:
        draft = self._directory / "current.new"
        with draft.open("w", encoding="ascii") as file:
            file.write(name + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._pointer)

    def _remove_leftovers(self) -> None:
        """Remove indexes that nobody points at: the one just replaced, or that of a rebuild that was
        killed."""
        try:
            kept = self._pointer.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            kept = ""
        for folder in self._directory.glob(ANY_INDEX_NAME):
            if folder.name != kept:
                shutil.rmtree(folder, ignore_errors=True)


class _OpenIndex:
    """A folder with all its segments open, as they were after one commit."""

    def __init__(self, folder: IndexFolder) -> None:
        self.folder = folder
        self._generation = folder.generation()
        readers = [folder.reader(segment) for segment in folder.segments()]
        self.segments = [OpenSegment(reader) for reader in readers]

    def is_current(self, name: str) -> bool:
        return self.folder.name == name and self.folder.generation() == self._generation


def _fill(path: Path, documents: Iterable[SearchDocument], progress: Progress | None) -> int:
    with _unavailable_when_broken():
        folder = IndexFolder.create(path)
    count = 0
    with folder:
        for batch in batches(documents):
            with _unavailable_when_broken():
                write_segment(folder, batch)
            count += len(batch)
            if progress is not None:
                progress(count)
    return count


@contextmanager
def _unavailable_when_broken() -> Iterator[None]:
    """Turn whatever Whoosh or the disk raises into the one refusal that callers know."""
    try:
        yield
    except SearchUnavailable:
        raise
    except Exception as error:
        raise SearchUnavailable("The search index is broken, or its disk refuses.") from error

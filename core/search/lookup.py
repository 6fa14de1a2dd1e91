"""How a query is answered: the newest documents that have every word, found in a bounded number of steps.

Whoosh's own searcher collects every match before it gives the newest twenty. Here the posting lists of the
words are walked beside each other, newest document first, and the walk ends with the page. A step is one move
in one posting list; a search that has used up its steps gives what it has and says from where to go on, so
that no visitor's query costs more than any other's, whatever the size of the forum.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Any

from whoosh.reading import SegmentReader, TermNotFound

from core.search.analysis import Phrase


@dataclass(frozen=True)
class SearchHits:
    """One page of ids, newest first. With `more`, ask again with `before=next_before` for the next page.

    A page may be short, or empty, and still have more: then the steps were spent before it was full.
    """

    ids: list[str]
    more: bool = False
    next_before: int | None = None


class StepsSpentError(Exception):
    """The walk has come as far as the document `doc` and may not go on."""

    def __init__(self, doc: int) -> None:
        super().__init__(doc)
        self.doc = doc


class Steps:
    """What one search may still do."""

    def __init__(self, left: int) -> None:
        self._left = left

    def spend(self, doc: int) -> None:
        if self._left <= 0:
            raise StepsSpentError(doc)
        self._left -= 1


class OpenSegment:
    """One segment, open for reading, with its two columns at hand."""

    def __init__(self, reader: SegmentReader) -> None:
        self.reader = reader
        self.size: int = reader.doc_count_all()
        self._sequences = reader.column_reader("sequence")
        self._ids = reader.column_reader("id")

    def sequence(self, doc: int) -> int:
        value: int = self._sequences[doc]
        return value

    def document_id(self, doc: int) -> str:
        value: str = self._ids[doc]
        return value

    def live_ids(self) -> Iterator[str]:
        return (self.document_id(doc) for doc in self.reader.all_doc_ids())

    def first_doc_before(self, before: int | None) -> int:
        if before is None:
            return 0
        return bisect_right(range(self.size), -before, key=lambda doc: -self.sequence(doc))


class PostingList:
    """Where one word stands, under any of its terms."""

    def __init__(self, segment: OpenSegment, field: str, terms: Sequence[str]) -> None:
        self._matchers: list[Any] = []
        for term in terms:
            with suppress(TermNotFound):
                self._matchers.append(segment.reader.postings(field, term))
        self.is_empty = not self._matchers

    def seek(self, doc: int) -> int | None:
        """Move to the first document at or after `doc`."""
        found: int | None = None
        for matcher in self._matchers:
            if matcher.is_active():
                matcher.skip_to(doc)
            if matcher.is_active() and (found is None or matcher.id() < found):
                found = matcher.id()
        return found

    def positions(self, doc: int) -> set[int]:
        return {
            position
            for matcher in self._matchers
            if matcher.is_active() and matcher.id() == doc
            for position in matcher.value_as("positions")
        }


class Walk:
    """The matches of one segment, one at a time. `doc` is a match, or while not `is_match` where to look."""

    def __init__(
        self, segment: OpenSegment, phrases: Sequence[Phrase], filters: dict[str, str], start: int
    ) -> None:
        self.segment = segment
        self.doc = start
        self.is_match = False
        self.is_spent = False
        self._phrases = phrases
        self._filters = filters
        # One for each word of each phrase in turn, then one for each filter.
        self._lists: list[PostingList] = []

    def advance(self, steps: Steps) -> bool:
        """Go to the next match, or as far as the steps allow (`is_spent`). False means that there is none."""
        try:
            found = self._next_match(self.doc + 1 if self.is_match else self.doc, steps)
        except StepsSpentError as spent:
            self.doc, self.is_match, self.is_spent = spent.doc, False, True
            return True
        if found is None:
            return False
        self.doc, self.is_match = found, True
        return True

    def _next_match(self, doc: int, steps: Steps) -> int | None:
        if not self._lists and not self._open_lists(doc, steps):
            return None
        while True:
            candidate = _agree(self._lists, doc, steps)
            if candidate is None or self._has_phrases(candidate, steps):
                return candidate
            doc = candidate + 1

    def _open_lists(self, doc: int, steps: Steps) -> bool:
        """Open the list of each word and filter. False as soon as one is empty: then nothing can match."""
        words = [("text", word.terms) for phrase in self._phrases for word in phrase]
        opened: list[PostingList] = []
        for field, terms in [*words, *((field, (value,)) for field, value in self._filters.items())]:
            steps.spend(doc)
            opened.append(PostingList(self.segment, field, terms))
            if opened[-1].is_empty:
                return False
        self._lists = opened
        return True

    def _has_phrases(self, doc: int, steps: Steps) -> bool:
        start = 0
        for phrase in self._phrases:
            lists = self._lists[start : start + len(phrase)]
            start += len(phrase)
            if len(phrase) > 1:
                steps.spend(doc)
                if not _follow_each_other(phrase, lists, doc):
                    return False
        return True


def find_newest(
    segments: Sequence[OpenSegment],
    phrases: Sequence[Phrase],
    *,
    limit: int,
    before: int | None = None,
    filters: dict[str, str],
    steps: int,
) -> SearchHits:
    """Merge the walks of all segments, always going on in the one that may hold the newest document."""
    budget = Steps(steps)
    walks = [Walk(segment, phrases, filters, segment.first_doc_before(before)) for segment in segments]
    heap = [
        (-walk.segment.sequence(walk.doc), number)
        for number, walk in enumerate(walks)
        if walk.doc < walk.segment.size
    ]
    heapify(heap)
    ids: list[str] = []
    last: int | None = None
    while heap:
        newest, number = heappop(heap)
        walk = walks[number]
        if walk.is_spent:
            return SearchHits(ids, more=True, next_before=-newest + 1)
        if walk.is_match:
            if len(ids) == limit:
                return SearchHits(ids, more=True, next_before=last)
            ids.append(walk.segment.document_id(walk.doc))
            last = -newest
        if walk.advance(budget):
            heappush(heap, (-walk.segment.sequence(walk.doc), number))
    return SearchHits(ids)


def _agree(lists: Sequence[PostingList], doc: int, steps: Steps) -> int | None:
    """Find the first document at or after `doc` that is in all lists."""
    agreed = turn = 0
    while agreed < len(lists):
        steps.spend(doc)
        found = lists[turn % len(lists)].seek(doc)
        if found is None:
            return None
        agreed = agreed + 1 if found == doc else 1
        doc = found
        turn += 1
    return doc


def _follow_each_other(phrase: Phrase, lists: Sequence[PostingList], doc: int) -> bool:
    starts = lists[0].positions(doc)
    for word, postings in zip(phrase[1:], lists[1:], strict=True):
        starts &= {position - word.offset for position in postings.positions(doc)}
    return bool(starts)

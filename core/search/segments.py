"""What is written: segments whose documents stand newest first.

A segment is one immutable file of Whoosh's. Every segment written here has its documents in falling order of
their sequence. That order is what makes a search cheap: a reader walks a posting list from its start and
stops after one page, instead of collecting and sorting every document that has a common word.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import accumulate
from typing import Any

from whoosh.reading import MultiReader
from whoosh.writing import NO_MERGE, SegmentWriter

from core.search.analysis import TEXT_BREAK
from core.search.files import IndexFolder
from core.search.form import SearchDocument, UnscoredCodec

# A segment of this many documents is left alone. That bounds what one merge or one purge has to write again,
# and with the limit on characters, how much of an import is in memory at once, however long that is.
FULL_SEGMENT = 2_000
BATCH_CHARACTERS = 2_000_000
# Room for one batch, by Whoosh's own count; with less it sorts on the disk, which takes twice as long.
POSTINGS_MEGABYTES = 64
# Each segment costs every search a look into its dictionary, each merge costs a rewrite.
SMALL_SEGMENTS = 12
MERGE_WIDTH = 8

MergePolicy = Callable[[SegmentWriter, list[Any]], list[Any]]


class NewestFirst(MultiReader):
    """Several segments read as one, in the order in which their merge must be written."""

    def has_deletions(self) -> bool:
        # A writer numbers the documents in the order of iter_docs only when it believes that some are gone.
        return True

    def column_reader(self, *names: Any, **options: Any) -> Any:
        # A merge copies values as they were written, which Whoosh forgets to ask for when it reads several.
        return super().column_reader(*names, **{**options, "translate": False})

    def iter_docs(self) -> Iterator[tuple[int, dict[str, Any]]]:
        found: list[tuple[int, int]] = []
        for reader, offset in zip(self.readers, self.doc_offsets, strict=True):
            sequences = reader.column_reader("sequence")
            found += ((sequences[doc], offset + doc) for doc in reader.all_doc_ids())
        for _, doc in sorted(found, reverse=True):
            yield doc, {}


def batches(documents: Iterable[SearchDocument]) -> Iterator[list[SearchDocument]]:
    """Cut a stream of documents into segments' worth, so that its length does not matter to memory."""
    batch: list[SearchDocument] = []
    size = 0
    for document in documents:
        batch.append(document)
        size += len(document.title) + len(document.body)
        if len(batch) >= FULL_SEGMENT or size >= BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def write_segment(folder: IndexFolder, documents: Iterable[SearchDocument]) -> None:
    """Add documents that the index does not have, as one new segment in one commit."""
    with writing(folder) as writer:
        add_newest_first(writer, documents)


def replace_documents(folder: IndexFolder, documents: Iterable[SearchDocument]) -> None:
    """Add documents in place of those with the same ids, in one commit. Of one id the last one counts."""
    wanted = {document.id: document for document in documents}
    with writing(folder) as writer:
        delete_ids(writer, wanted)
        add_newest_first(writer, wanted.values())


def delete_documents(folder: IndexFolder, ids: Iterable[str]) -> None:
    """Take documents out, in one commit. Their terms stay in the file until it is merged or purged."""
    with writing(folder) as writer:
        delete_ids(writer, ids)


def merge_small_segments(folder: IndexFolder) -> None:
    """Merge the smallest segments while there are too many: each commit adds one."""
    while True:
        small = sorted((one for one in folder.segments() if _live(one) < FULL_SEGMENT), key=_live)
        if len(small) <= SMALL_SEGMENTS:
            return
        sizes = accumulate(_live(segment) for segment in small[:MERGE_WIDTH])
        width = max(2, sum(size <= 2 * FULL_SEGMENT for size in sizes))
        _write_again(folder, {segment.segment_id() for segment in small[:width]})


def purge_deleted(folder: IndexFolder) -> None:
    """Write every segment that holds a deleted document again, without it. A deletion alone only marks it."""
    for segment in folder.segments():
        if segment.has_deletions():
            _write_again(folder, {segment.segment_id()})


def add_newest_first(writer: SegmentWriter, documents: Iterable[SearchDocument]) -> None:
    for document in sorted(documents, key=lambda document: -document.sequence):
        writer.add_document(
            id=document.id,
            group=document.group,
            scope=document.scope,
            text=f"{document.title}{TEXT_BREAK}{document.body}",
            sequence=document.sequence,
        )


def delete_ids(writer: SegmentWriter, ids: Iterable[str]) -> None:
    """Mark the documents with these ids. Readers are opened once, not once for each id as Whoosh would."""
    with closing(writer.reader()) as reader:
        for document_id in set(ids):
            if ("id", document_id) in reader:
                for doc in list(reader.postings("id", document_id).all_ids()):
                    writer.delete_document(doc)


@contextmanager
def writing(folder: IndexFolder, *, merge: MergePolicy = NO_MERGE) -> Iterator[SegmentWriter]:
    """One commit, or none of it."""
    writer = folder.index.writer(limitmb=POSTINGS_MEGABYTES, codec=UnscoredCodec())
    try:
        yield writer
        writer.commit(mergetype=merge)
    except BaseException:
        # A disk that refused the commit may refuse this too. The first error is the one to tell of.
        with suppress(Exception):
            writer.cancel()
        raise


def _write_again(folder: IndexFolder, segment_ids: set[str]) -> None:
    def merge(writer: SegmentWriter, segments: list[Any]) -> list[Any]:
        chosen = [segment for segment in segments if segment.segment_id() in segment_ids]
        reader = NewestFirst([folder.reader(segment) for segment in chosen])
        if reader.doc_count():
            writer.add_reader(reader)
        reader.close()
        return [segment for segment in segments if segment not in chosen]

    with writing(folder, merge=merge):
        pass


def _live(segment: Any) -> int:
    live: int = segment.doc_count_all() - segment.deleted_count()
    return live

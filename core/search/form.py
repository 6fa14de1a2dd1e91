"""What a document is and in which form Whoosh writes it down."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from whoosh.codec.whoosh3 import W3Codec, W3Segment
from whoosh.columns import NumericColumn
from whoosh.fields import COLUMN, ID, FieldType, Schema
from whoosh.formats import Positions

from core.search.analysis import terms_of

# Raise it when the schema or the analysis changes: an index of another number is refused and built anew.
FORMAT = 1


@dataclass(frozen=True)
class SearchDocument:
    """One text to be found. `body` is plain text; `sequence` is unique, and the highest is the newest."""

    id: str
    group: str
    scope: str
    title: str
    body: str
    sequence: int


@dataclass(frozen=True)
class SearchDrift:
    """How the index differs from what should be in it."""

    missing: list[str]
    extra: list[str]

    @property
    def is_clean(self) -> bool:
        return not self.missing and not self.extra


class TermPositions(Positions):
    """Whoosh's posting format for phrases, with our analysis and without weights: nothing here is ranked."""

    def word_values(
        self, value: str, _analyzer: object, **_options: object
    ) -> Iterator[tuple[str, int, float, bytes]]:
        for term, positions in terms_of(value).items():
            yield term, len(positions), 1.0, self.encode(positions)


class UnscoredCodec(W3Codec):
    """Whoosh's file format without the lengths of documents, which only a ranking needs.

    Left on, Whoosh asks the disk for the missing file of lengths once for every posting that it writes.
    """

    length_stats = False

    def new_segment(self, _storage: object, indexname: str) -> W3Segment:
        # Whoosh draws names from the generator that anybody may have seeded, so that two could be the same.
        return W3Segment(self, indexname, segid=secrets.token_hex(8))


SCHEMA = Schema(
    id=ID(sortable=True),
    group=ID(),
    scope=ID(),
    text=FieldType(format=TermPositions(), analyzer=None),
    sequence=COLUMN(NumericColumn("q")),
)

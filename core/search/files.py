"""One folder with one Whoosh index in it, and every file that Whoosh opens there.

Whoosh drops open files when something fails on the way, which is just when an index is broken or being
replaced. Here each is remembered and closed.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, FileIndex
from whoosh.reading import SegmentReader

from core.search.form import SCHEMA


class IndexFolder:
    """An open index. Use it in a `with` block, or close it."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._storage = _RememberedFiles(path)
        try:
            # Told our own schema, Whoosh does not unpickle the one in the file.
            self.index = FileIndex(self._storage, schema=SCHEMA)
        except BaseException:
            self.close()
            raise

    @classmethod
    def create(cls, path: Path) -> Self:
        path.mkdir()
        FileIndex.create(FileStorage(str(path)), SCHEMA)
        return cls(path)

    def generation(self) -> int:
        """Count the commits."""
        generation: int = self.index.latest_generation()
        return generation

    def segments(self) -> list[Any]:
        segments: list[Any] = TOC.read(self._storage, self.index.indexname, schema=SCHEMA).segments
        return segments

    def reader(self, segment: Any) -> SegmentReader:
        return SegmentReader(self._storage, SCHEMA, segment)

    def close(self) -> None:
        self._storage.close_files()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


class _RememberedFiles(FileStorage):
    def __init__(self, path: Path) -> None:
        # Told to map files, Whoosh copies every mapped part into memory: the whole index, in each process.
        super().__init__(str(path), supports_mmap=False)
        self._files: list[Any] = []

    def open_file(self, name: str, **options: Any) -> Any:
        return self._remember(super().open_file(name, **options))

    def create_file(self, name: str, **options: Any) -> Any:
        return self._remember(super().create_file(name, **options))

    def close_files(self) -> None:
        while self._files:
            file = self._files.pop()
            if not file.is_closed:
                # A full disk refuses what is still to be written. The handle is let go all the same.
                with suppress(OSError):
                    file.close()

    def _remember(self, file: Any) -> Any:
        self._files.append(file)
        return file

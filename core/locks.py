"""File locks: freed by the system when the process ends, however it ends.

The only module that knows one system from another.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def try_lock(handle: IO[str]) -> bool:
        """Take the file's lock without waiting. It is freed when the process ends, however it ends."""
        try:
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    @contextmanager
    def wait_for_lock(path: Path) -> Iterator[None]:
        """Hold the file's lock, waiting for it."""
        with path.open("a") as handle:
            msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK, 1)
            yield

else:
    import fcntl

    def try_lock(handle: IO[str]) -> bool:
        """Take the file's lock without waiting. It is freed when the process ends, however it ends."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    @contextmanager
    def wait_for_lock(path: Path) -> Iterator[None]:
        """Hold the file's lock, waiting for it."""
        with path.open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

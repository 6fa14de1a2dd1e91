"""Files beside the database: those that pages are served from while it is away, each there whole or as it was
before, and those to which lines are only ever added.
"""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in its place in one step, readable by its owner alone.

    Two processes that write at once do not mix: each has a draft of its own, and the later one stays.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(draft).unlink()
        raise


def append_line(path: Path, line: str) -> None:
    """Add a line to a file that its owner alone reads, and have it written to the disk.

    A line that a power cut left unfinished is ended first, so that it spoils no other.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "rb+", buffering=0) as file:
        end = file.seek(0, os.SEEK_END)
        is_torn = end > 0 and os.pread(handle, 1, end - 1) != b"\n"
        file.write(("\n" if is_torn else "").encode() + line.encode() + b"\n")
        os.fsync(handle)


def sync(path: Path) -> None:
    """Have a file, or what a directory lists, written to the disk."""
    if os.name == "nt" and path.is_dir():  # where a directory cannot be opened
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def move(origin: Path, goal: Path) -> None:
    """Rename, in one step; where the goal is on another disk, copy beside it first."""
    try:
        origin.replace(goal)
    except OSError:
        if origin.stat().st_dev == goal.parent.stat().st_dev:
            raise
        draft = goal.with_name(f".{goal.name}.new")
        shutil.move(origin, draft)
        draft.replace(goal)


def keep_also(origin: Path, goal: Path) -> None:
    """Leave a file where it is and have it at another place too."""
    try:
        os.link(origin, goal)
    except OSError:
        shutil.copy2(origin, goal)

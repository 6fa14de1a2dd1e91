"""How long an import takes, and how much memory: each measured in a process of its own.

`python -m bench.importing FILE DIRECTORY index` is that process: it imports into a fresh data directory and
prints what it took. Its peak is read twice, before and after indexing, because the goal leaves the index out.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.make_data import close_database, open_app
from core.clock import utcnow
from forum.importing import import_threads
from forum.indexing import rebuild_index

ROOT = Path(__file__).resolve().parent.parent
LARGE = 50_000_000
ENDS_WITHIN = 1_800


@dataclass(frozen=True)
class ImportTaken:
    """What one import took. Peaks are bytes of resident memory of the whole process."""

    threads: int
    answers: int
    bad: int
    size: int
    seconds: float
    index_seconds: float
    peak: int
    peak_with_index: int


def measure_import(file: Path, *, with_index: bool = True) -> ImportTaken:
    """Import a file in a process of its own, into a directory that is gone afterwards."""
    dropped = ("STOA_", "FLASK_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    with tempfile.TemporaryDirectory(prefix="stoa-bench-") as scratch:
        arguments = [str(file.resolve()), str(Path(scratch) / "data"), "index" if with_index else "no-index"]
        done = subprocess.run(
            [sys.executable, "-m", "bench.importing", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            timeout=ENDS_WITHIN,
            check=True,
        )
    return ImportTaken(**json.loads(done.stdout))


def measure_large_import(file: Path, *, size: int = LARGE) -> ImportTaken:
    """The same for a large file: this one again and again, each thread with an own id. Not indexed."""
    with tempfile.TemporaryDirectory(prefix="stoa-bench-") as scratch:
        large = Path(scratch) / "large.jsonl"
        repeat_until(file, large, size=size)
        return measure_import(large, with_index=False)


def repeat_until(file: Path, large: Path, *, size: int) -> None:
    """Write the lines of a file again and again until there are so many bytes."""
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    if not lines:
        raise ValueError(f"{file} holds no thread")
    written, turn = 0, 0
    with large.open("wb") as out:
        while written < size:
            turn += 1
            for fields in lines:
                again = (
                    json.dumps(fields | {"id": f"{fields['id']}-{turn}"}, ensure_ascii=False).encode() + b"\n"
                )
                written += out.write(again)
                if written >= size:
                    return


def import_here(file: Path, directory: Path, *, with_index: bool) -> ImportTaken:
    """Import in this process."""
    app = open_app(directory)
    with app.app_context():
        began = time.perf_counter()
        result = import_threads(file, now=utcnow())
        imported = time.perf_counter()
        peak = peak_memory()
        if with_index:
            rebuild_index()
        ended = time.perf_counter()
        close_database()
    return ImportTaken(
        threads=result.added,
        answers=result.answers,
        bad=result.bad,
        size=file.stat().st_size,
        seconds=imported - began,
        index_seconds=ended - imported,
        peak=peak,
        peak_with_index=peak_memory(),
    )


def peak_memory() -> int:
    """The most memory that this process ever had. `getrusage` would count its parent's as well."""
    line = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")
    )
    return int(line.split()[1]) * 1024


def main() -> None:
    file, directory, index = sys.argv[1:]
    taken = import_here(Path(file), Path(directory), with_index=index == "index")
    print(json.dumps(asdict(taken)))


if __name__ == "__main__":
    main()

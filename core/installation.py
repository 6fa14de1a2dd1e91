"""The data directory of one installation: made once, with its keys, and never paired with keys that do not
fit.
"""

from collections.abc import Callable

from flask import Flask
from sqlalchemy import inspect
from sqlalchemy.exc import DatabaseError

from core import queries
from core.audit import write_anchor
from core.db import db, transaction
from core.keys import Keyring, KeysMissing, KeysUnfit, holds_keys, load_keys, make_keys
from core.models import Installation
from core.refusals import StartRefused
from core.settings import Settings

OTHER_CASE_KEY = (
    "the key of cases was changed between this database and the key file `case`: its cases could not be "
    "opened, and nothing was changed. Put the file `case` that belongs to this database beside the other as "
    "`case.old`, start, and run `flask keys rotate`; or put all the keys of that time back."
)


class DataDirectoryUnusable(StartRefused):
    """The data directory cannot be made or written; the message says which and why."""


def prepare_data_directory(settings: Settings) -> None:
    """Make the data directory, and keys when the database has no tables yet either.

    Raises DataDirectoryUnusable.
    """
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = settings.data_dir / ".writable"
        probe.write_text("")
        probe.unlink()
        if not holds_keys(settings.keys_dir) and not inspect(db.engine).has_table(Installation.__tablename__):
            make_keys(settings.keys_dir)
    except OSError as error:
        raise DataDirectoryUnusable(
            f"the data directory {settings.data_dir} cannot be written: {error.strerror}"
        ) from error


def keys_or_none(settings: Settings) -> Keyring | None:
    """The keys, or None when their files are away: then the forum can be read and everything private is
    closed.
    """
    try:
        return load_keys(settings.keys_dir)
    except KeysMissing:
        return None


def check_keys_fit(app: Flask) -> None:
    """Compare the keys with what the database remembers of them.

    Raises KeysUnfit; a database without tables yet fits any keys.
    """
    keys: Keyring | None = app.extensions.get("stoa_keys")
    if keys is None or not app.config["STOA"].data_dir.exists():
        return
    with app.app_context():
        remembered, lasting = _remembered(queries.keys_fingerprint), _remembered(queries.lasting_fingerprint)
    if remembered is None or remembered in keys.fingerprints:
        return
    if lasting != keys.lasting_fingerprint:
        if keys.case is None and lasting is None:
            return
        raise KeysUnfit(
            "the key files belong to another database: nothing private could be opened, and nothing was "
            "changed. "
            "Put back the keys that were made with this database, or set STOA_KEYS_DIR."
        )
    if keys.case is not None:
        raise KeysUnfit(OTHER_CASE_KEY)


def _remembered(ask: Callable[[], str | None]) -> str | None:
    """What the database answers, or None when it is away or from before there was such a thing."""
    try:
        return ask()
    except DatabaseError:
        return None
    finally:
        db.session.rollback()


def remember_keys(app: Flask) -> None:
    """After the tables were upgraded: load keys that were just made, and write their fingerprints into a
    database that has none.
    """
    keys = keys_or_none(app.config["STOA"])
    app.extensions["stoa_keys"] = keys
    settings: Settings = app.config["STOA"]
    with transaction():
        row = queries.installation(locked=True)
        if keys is None or keys.case is None:
            return
        if row is not None:
            if row.keys_fingerprint in keys.fingerprints:
                row.lasting_fingerprint = keys.lasting_fingerprint
            return
        db.session.add(
            Installation(
                id=1, keys_fingerprint=keys.fingerprint, lasting_fingerprint=keys.lasting_fingerprint
            )
        )
    write_anchor(settings.data_dir)

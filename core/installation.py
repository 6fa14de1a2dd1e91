"""The data directory of one installation: made once, with its keys, and never paired with keys that do not
fit.
"""

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
    """Compare the keys with the database's fingerprint.

    Raises KeysUnfit; a database without tables yet fits any keys.
    """
    keys: Keyring | None = app.extensions.get("stoa_keys")
    if keys is None or not app.config["STOA"].data_dir.exists():
        return
    with app.app_context():
        try:
            row = queries.installation()
            fingerprint = row.keys_fingerprint if row is not None else None
        except DatabaseError:
            fingerprint = None
        finally:
            db.session.rollback()
    if fingerprint not in {None, keys.fingerprint}:
        raise KeysUnfit(
            "the key files belong to another database: nothing private could be opened, and nothing was "
            "changed. "
            "Put back the keys that were made with this database, or set STOA_KEYS_DIR."
        )


def remember_keys(app: Flask) -> None:
    """After the tables were upgraded: load keys that were just made, and write their fingerprint into a
    database that has none.
    """
    keys = keys_or_none(app.config["STOA"])
    app.extensions["stoa_keys"] = keys
    settings: Settings = app.config["STOA"]
    with transaction():
        if keys is None or queries.installation() is not None:
            return
        db.session.add(Installation(id=1, keys_fingerprint=keys.fingerprint))
    write_anchor(settings.data_dir)

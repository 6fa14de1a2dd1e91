"""The institution's own face: its name, its accent, its logo, and whether search engines may list threads.

A page needs the face whatever else is broken, so it is also written, whole or not at all, to
`<data>/look/look.json`. Pages read that file, which costs one look at its date and no statement; the tables
are asked only when somebody changes something, and after a restore.
"""

import base64
import hashlib
import json
import logging
import os
import threading
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g
from sqlalchemy.exc import DatabaseError

from core import queries
from core.audit import record_event
from core.db import db
from core.files import write_whole
from core.logos import Logo
from core.models import SiteSetting
from core.settings import Settings

FOLDER, FILE = "look", "look.json"
SHORT_NAME = "Notes"

log = logging.getLogger("stoa")
_writing = threading.Lock()

Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class Look:
    """What a coordinator sets in words. "" is the default."""

    name: str = ""
    short_name: str = ""  # below the icon on a telephone's first screen: neutral
    accent: str = ""
    accent_dark: str = ""  # for the night; "" is derived from `accent`
    lists_threads: bool = False  # whether search engines may list threads
    has_neutral_tabs: bool = False  # whether a browser's tab says the short name


@dataclass(frozen=True)
class Site:
    """The face as pages show it."""

    name: str
    short_name: str
    tab_name: str
    look: Look = Look()
    logo: Logo | None = None

    @property
    def logo_file(self) -> str:
        return f"logo.{self.logo.ending}" if self.logo else ""


def site() -> Site:
    """The face of this installation, looked for once in each request."""
    known: Site | None = g.get("site")
    if known is None:
        known = g.site = site_of(current_app.config["STOA"])
    return known


def site_of(settings: Settings) -> Site:
    """The face of the installation that has these settings."""
    path = settings.data_dir / FOLDER / FILE
    try:
        facts = os.stat(path)
    except OSError:
        return _site(settings.site_name, Look(), None)
    stamp = (facts.st_mtime_ns, facts.st_ino, facts.st_size)
    return _read_site(path, stamp, settings.site_name)


@lru_cache(maxsize=8)
def _read_site(path: Path, _stamp: Stamp, default_name: str) -> Site:
    """Remembered until the file is another one. A file that cannot be read is none: pages go on without."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        words = {entry.name: kept[entry.name] for entry in fields(Look) if entry.name in kept}
        return _site(default_name, Look(**words), _unpack(kept.get("logo")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.error("the file of the look cannot be read: %s", type(error).__name__)
        return _site(default_name, Look(), None)


def _site(default_name: str, look: Look, logo: Logo | None) -> Site:
    name, short_name = look.name or default_name, look.short_name or SHORT_NAME
    return Site(name, short_name, short_name if look.has_neutral_tabs else name, look, logo)


def _pack(logo: Logo | None) -> dict[str, Any] | None:
    return asdict(logo) | {"body": base64.b64encode(logo.body).decode()} if logo else None


def _unpack(kept: dict[str, Any] | None) -> Logo | None:
    return Logo(**kept | {"body": base64.b64decode(kept["body"])}) if kept else None


def stored_look() -> Look:
    """The words of the face as the tables have them."""
    kept = {row.name: row.value for row in queries.site_settings()}
    return replace(Look(), **{entry.name: kept[entry.name] for entry in fields(Look) if entry.name in kept})


def save_look(look: Look, *, actor: str, now: datetime) -> None:
    """Keep the words of the face; a line in the audit log for each that changed.

    After the commit, `write_look_file` shows them.
    """
    before = asdict(stored_look())
    for name, value in asdict(look).items():
        if value != before[name]:
            _set(name, value, told={"from": before[name], "to": value}, actor=actor, now=now)


def save_logo(logo: Logo | None, *, actor: str, now: datetime) -> None:
    """Keep a logo, or none. After the commit, `write_look_file` shows it."""
    told = {"kind": logo.ending, "sha256": hashlib.sha256(logo.body).hexdigest()} if logo else {"kind": ""}
    _set("logo", _pack(logo), told=told, actor=actor, now=now)


def _set(name: str, value: Any, *, told: dict[str, Any], actor: str, now: datetime) -> None:
    row = queries.site_setting(name, locked=True)
    if row is None:
        db.session.add(SiteSetting(name=name, value=value, set_at=now))
    else:
        row.value, row.set_at = value, now
    record_event("look_changed", actor=actor, target=f"site_setting:{name}", detail=told, now=now)


def write_look_file(data_dir: Path) -> None:
    """Write what the tables have to the file that pages read. After a commit, a restore, and at the start."""
    path = data_dir / FOLDER / FILE
    with _writing:  # of two who save at once, the later one reads what both have set
        kept = {row.name: row.value for row in queries.site_settings()}
        content = json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True).encode()
        if (kept or path.exists()) and _bytes_of(path) != content:
            write_whole(path, content)


def _bytes_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def bring_look_in_step(app: Flask) -> None:
    """At the start: the file as the tables have it. Without tables, or without room, what is there stays."""
    settings: Settings = app.config["STOA"]
    if not settings.data_dir.exists():
        return
    with app.app_context():
        try:
            write_look_file(settings.data_dir)
        except (DatabaseError, OSError) as error:
            log.warning("the file of the look was left as it is: %s", type(error).__name__)
        finally:
            db.session.rollback()

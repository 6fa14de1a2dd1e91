"""What lies sealed and cannot be opened: bytes that a disk changed, a row that somebody moved.

One such value must not close a list, a sweep or a clock for all others. Where it is met, something takes its
place that says so, and its place is noted in `sealed.damage` in the data directory, one a line: the name of a
column or the id of a case, and never a word of what stood there. Staff see that there is something, the audit
log has each place once, and whoever runs the service finds it in the log.
"""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from flask import current_app, has_request_context
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup, escape

from core.crypto import CannotUnseal
from core.files import append_line

FILE = "sealed.damage"
MOST = 1000  # places: a disk that dies must not fill itself with that

log = logging.getLogger("stoa.sealed")


class Unreadable(str):
    """Stands for a text that cannot be opened. On a page it is a sentence.

    What it is made of cannot be guessed: it may stand for a word that lets somebody in.
    """

    __slots__ = ()

    def __html__(self) -> Markup:
        return escape(unreadable_words())


class UnreadableFacts:
    """Stands for facts that cannot be opened. It is as empty as none at all, and whoever asks for what is in
    it is told.
    """

    def __bool__(self) -> bool:
        return False

    def __len__(self) -> NoReturn:
        raise CannotUnseal("these facts cannot be opened")

    def __iter__(self) -> Iterator[Any]:
        raise CannotUnseal("these facts cannot be opened")

    def __getitem__(self, _name: object) -> NoReturn:
        raise CannotUnseal("these facts cannot be opened")

    def __contains__(self, _name: object) -> bool:
        raise CannotUnseal("these facts cannot be opened")

    def get(self, _name: object, _other: object = None) -> NoReturn:
        raise CannotUnseal("these facts cannot be opened")

    def items(self) -> NoReturn:
        raise CannotUnseal("these facts cannot be opened")


def unreadable_text() -> Unreadable:
    """What takes the place of a text."""
    return Unreadable(f"[unreadable {secrets.token_hex(16)}]")


def unreadable_words() -> str:
    """The sentence that stands where a text stood."""
    with in_some_language():
        return _("This part cannot be read: it was damaged. The team has been told.")


def unreadable_name() -> str:
    """What stands where a name stood."""
    with in_some_language():
        return _("A name that cannot be read")


@contextmanager
def in_some_language() -> Iterator[None]:
    """The reader's; the worker has none, and speaks the installation's."""
    if has_request_context():
        yield
        return
    with force_locale(current_app.config["STOA"].default_language):
        yield


def note_damage(place: str) -> None:
    """Note that what lies sealed at a place cannot be opened. Never fails."""
    log.error("what lies sealed at %s cannot be opened", place)
    directory = data_directory()
    with suppress(OSError):
        known = damaged_places(directory)
        if place not in known and len(known) < MOST:
            append_line(directory / FILE, place)


def damaged_places(directory: Path) -> list[str]:
    """What was noted, oldest first."""
    try:
        return (directory / FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def data_directory() -> Path:
    """Where the notes lie."""
    directory: Path = current_app.config["STOA"].data_dir
    return directory

"""The key files: made once, read at the start, never written to the database.

`<data>/keys` (0700) holds one file of 64 hex digits for each root key. Everything else is derived from them
with a label. A database remembers a fingerprint of the keys that it was made with, so that a wrong directory
is told in words and not by garbage. Without the files the forum can still be read; whatever must seal or open
says `KeysMissing`, and nothing is written in the clear.

Only the key of cases ever changes (`core/keychange.py`). While that goes on there are two: `case` is the one
to come, `case.old` the one before. The fingerprint in the database says which of them new cases are wrapped
with. Without `case` alone everything but the cases is open.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path

from flask import current_app
from sqlalchemy.exc import DontWrapMixin

from core.crypto import KEY_BYTES, derive_key, new_key, tag
from core.refusals import StartRefused

CASE, EARLIER_CASE = "case", "case.old"
LASTING = ("server", "pepper", "salt", "audit")
ROOTS = (*LASTING, CASE)


class KeysMissing(DontWrapMixin, StartRefused):
    """A key is needed and its file is not there.

    SQLAlchemy passes it on as it is when a sealed column meets it.
    """


class KeysUnfit(StartRefused):
    """The key files are damaged, or belong to another database."""


@dataclass(frozen=True)
class Keyring:
    """The root keys of one installation, 32 bytes each.

    `case` is None when its file is away. `earlier` are the keys of cases before it, as long as anything may
    lie under them.
    """

    server: bytes = field(repr=False)
    pepper: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    audit: bytes = field(repr=False)
    case: bytes | None = field(repr=False)
    earlier: tuple[bytes, ...] = field(default=(), repr=False)

    def server_key(self, label: str) -> bytes:
        """The server's sealing or tagging key for one purpose."""
        return _derived(self.server, label)

    @property
    def case_keys(self) -> tuple[bytes, ...]:
        """Every key of cases that is known, the newest first."""
        return (*((self.case,) if self.case is not None else ()), *self.earlier)

    @cached_property
    def fingerprint(self) -> str:
        """16 hex digits that tell one set of keys from another and nothing about them.

        Raises KeysMissing without the key of cases.
        """
        if self.case is None:
            raise KeysMissing("the key file of cases cannot be read")
        return self._fingerprint_with(self.case)

    @cached_property
    def fingerprints(self) -> dict[str, bytes]:
        """What a database may remember that fits these keys, and the key of cases that each stands for."""
        return {self._fingerprint_with(case): case for case in self.case_keys}

    @cached_property
    def lasting_fingerprint(self) -> str:
        """16 hex digits for the keys that never change."""
        return self._fingerprint_with(b"")

    def _fingerprint_with(self, case: bytes) -> str:
        parts = [getattr(self, name) for name in LASTING]
        return tag(derive_key(self.server, "fingerprint"), *parts, case).hex()[:16]


@lru_cache(maxsize=256)
def _derived(root: bytes, label: str) -> bytes:
    return derive_key(root, label)


def make_keys(directory: Path) -> None:
    """Write a fresh set of key files. Refuses to touch a directory that already holds one of them."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)
    if holds_keys(directory):
        raise KeysUnfit(f"{directory} already holds keys; Stoa never overwrites a key")
    for name in ROOTS:
        descriptor = os.open(directory / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(in_words(new_key()))
            file.flush()
            os.fsync(file.fileno())


def in_words(key: bytes) -> str:
    """A key as its file holds it."""
    return key.hex() + "\n"


def holds_keys(directory: Path) -> bool:
    """Whether any key file is there. A directory that is empty, as a container mounts it, holds none."""
    return any((directory / name).exists() for name in ROOTS)


def load_keys(directory: Path) -> Keyring:
    """Read the key files.

    Raises KeysMissing when one is absent but that of cases, KeysUnfit when one is damaged.
    """
    roots = {name: read_key(directory / name) for name in LASTING}
    case, earlier = _read_case_keys(directory)
    return Keyring(**roots, case=case, earlier=earlier)


def require_keys(directory: Path) -> None:
    """Raises KeysMissing, KeysUnfit unless every key file is there and whole."""
    for name in ROOTS:
        read_key(directory / name)


def read_key(path: Path) -> bytes:
    """One key file. Raises KeysMissing, KeysUnfit."""
    try:
        text = path.read_bytes().decode("ascii", errors="replace").strip()
    except OSError as error:
        raise KeysMissing(f"the key file {path} cannot be read: {error.strerror}") from error
    try:
        key = bytes.fromhex(text)
    except ValueError as error:
        raise KeysUnfit(f"the key file {path} is damaged") from error
    if len(key) != KEY_BYTES:
        raise KeysUnfit(f"the key file {path} is damaged")
    return key


def _read_case_keys(directory: Path) -> tuple[bytes | None, tuple[bytes, ...]]:
    """The key of cases and the one before it.

    The earlier one is read first: between the two looks it can go, and the newest cannot.
    """
    earlier = tuple(_read_earlier(directory))
    try:
        case = read_key(directory / CASE)
    except KeysMissing:
        return None, earlier
    return case, tuple(key for key in earlier if key != case)


def _read_earlier(directory: Path) -> Iterator[bytes]:
    """An earlier key that is being overwritten is damaged on purpose, and no longer needed."""
    try:
        yield read_key(directory / EARLIER_CASE)
    except (KeysMissing, KeysUnfit):
        return


def keyring() -> Keyring:
    """The keys of the running application. Raises KeysMissing when it started without them."""
    keys: Keyring | None = current_app.extensions.get("stoa_keys")
    if keys is None:
        raise KeysMissing("Stoa is running without its key files: what is private stays closed")
    return keys


def read_case_keys_anew() -> Keyring:
    """The keys after another look at the files of cases: somebody changed them, or put them back.

    What was known before is still known: a page may be on its way that needs it. Raises KeysMissing.
    """
    known = keyring()
    try:
        case, earlier = _read_case_keys(current_app.config["STOA"].keys_dir)
    except KeysUnfit as error:
        raise KeysMissing(error.message) from error
    if case is None:
        raise KeysMissing("the key file of cases cannot be read: cases stay closed")
    others = dict.fromkeys(key for key in (*earlier, *known.case_keys) if key != case)
    if (case, tuple(others)) == (known.case, known.earlier):
        return known
    keys = replace(known, case=case, earlier=tuple(others))
    current_app.extensions["stoa_keys"] = keys
    return keys

"""The key files: made once, read at the start, never written to the database.

`<data>/keys` (0700) holds one file of 64 hex digits for each root key. Everything else is derived from them
with a label. A database remembers a fingerprint of the keys that it was made with, so that a wrong directory
is told in words and not by garbage. Without the files the forum can still be read; whatever must seal or open
says `KeysMissing`, and nothing is written in the clear.
"""

import os
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from flask import current_app
from sqlalchemy.exc import DontWrapMixin

from core.crypto import KEY_BYTES, derive_key, new_key, tag
from core.refusals import StartRefused

ROOTS = ("server", "pepper", "salt", "audit", "case")


class KeysMissing(DontWrapMixin, StartRefused):
    """A key is needed and its file is not there.

    SQLAlchemy passes it on as it is when a sealed column meets it.
    """


class KeysUnfit(StartRefused):
    """The key files are damaged, or belong to another database."""


@dataclass(frozen=True)
class Keyring:
    """The root keys of one installation, 32 bytes each."""

    server: bytes = field(repr=False)
    pepper: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    audit: bytes = field(repr=False)
    case: bytes = field(repr=False)

    def server_key(self, label: str) -> bytes:
        """The server's sealing or tagging key for one purpose."""
        return _derived(self.server, label)

    @cached_property
    def fingerprint(self) -> str:
        """16 hex digits that tell one set of keys from another and nothing about them."""
        parts = [getattr(self, name) for name in ROOTS]
        return tag(derive_key(self.server, "fingerprint"), *parts).hex()[:16]


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
            file.write(new_key().hex() + "\n")
            file.flush()
            os.fsync(file.fileno())


def holds_keys(directory: Path) -> bool:
    """Whether any key file is there. A directory that is empty, as a container mounts it, holds none."""
    return any((directory / name).exists() for name in ROOTS)


def load_keys(directory: Path) -> Keyring:
    """Read the key files. Raises KeysMissing when one is absent, KeysUnfit when one is damaged."""
    roots = {}
    for name in ROOTS:
        path = directory / name
        try:
            text = path.read_bytes().decode("ascii", errors="replace").strip()
        except OSError as error:
            raise KeysMissing(f"the key file {path} cannot be read: {error.strerror}") from error
        try:
            roots[name] = bytes.fromhex(text)
        except ValueError as error:
            raise KeysUnfit(f"the key file {path} is damaged") from error
        if len(roots[name]) != KEY_BYTES:
            raise KeysUnfit(f"the key file {path} is damaged")
    return Keyring(**roots)


def keyring() -> Keyring:
    """The keys of the running application. Raises KeysMissing when it started without them."""
    keys: Keyring | None = current_app.extensions.get("stoa_keys")
    if keys is None:
        raise KeysMissing("Stoa is running without its key files: what is private stays closed")
    return keys

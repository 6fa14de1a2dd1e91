"""Slow hashes, one at a time for each machine, so that a storm of sign-ins cannot take the forum's memory and
both its cores.

Parameters: Argon2id, 2 passes, 32 MiB, 1 lane (about 41 ms here), within the range of OWASP's Password
Storage Cheat Sheet (2024: 19 MiB and 2 passes or more). The raw call is used for passphrases because the
result must be the same every time: it finds the account. At most a quarter of the sixteen threads may wait;
the rest are told to come back in a moment.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type, hash_secret_raw
from flask import current_app
from flask_babel import gettext as _

from core.keys import keyring
from core.locks import wait_for_lock
from core.refusals import Refusal

PASSES, MEMORY_KIB, LANES = 2, 32 * 1024, 1
WAITING_AT_MOST = 4

_places = threading.BoundedSemaphore(1 + WAITING_AT_MOST)
_hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


class TooManySignIns(Refusal):
    """Everybody is signing in at this moment."""

    status = 429
    retry_after = 5
    template = "_layout/try_again.html"

    @property
    def sentence(self) -> str:
        return _(
            "Many people are signing in at this moment. Please wait a few seconds and try again; nothing "
            "you typed is lost."
        )


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    if not _places.acquire(blocking=False):
        raise TooManySignIns
    try:
        with wait_for_lock(Path(current_app.config["STOA"].data_dir) / "hash.lock"):
            yield
    finally:
        _places.release()


def stretch_passphrase(letters: str) -> bytes:
    """32 bytes from a normalised passphrase: the same every time on this installation, and slow to try.

    Raises TooManySignIns.
    """
    with _one_at_a_time():
        return hash_secret_raw(
            letters.encode(),
            keyring().salt,
            time_cost=PASSES,
            memory_cost=MEMORY_KIB,
            parallelism=LANES,
            hash_len=32,
            type=Type.ID,
        )


def hash_password(password: str) -> str:
    """The encoded Argon2id hash of a staff password. Raises TooManySignIns."""
    with _one_at_a_time():
        return _hasher.hash(password)


def password_fits(encoded: str, password: str) -> bool:
    """Whether a password is the one that was hashed. Takes its time either way. Raises TooManySignIns."""
    with _one_at_a_time():
        try:
            return _hasher.verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False

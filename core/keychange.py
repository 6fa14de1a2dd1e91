"""The change of the key of cases, as far as its files go.

`case` and `case.old` are each whole at every moment, and no key is let go before the one that follows it is
on the disk: whoever is killed in between, or loses power, finds a state from which the change goes on.

    case: A                    nothing goes on
    case: A  case.old: A       begun; there is no new key yet
    case: B  case.old: A       from here on cases come under B; both keys open
    case: B  case.old: noise   nothing lies under A any more; it is being destroyed
    case: B                    done
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.crypto import new_key
from core.files import sync, write_whole
from core.keys import CASE, EARLIER_CASE, in_words, read_key
from core.locks import try_lock
from core.refusals import StartRefused

LOCK = "keys.lock"


class KeysInUse(StartRefused):
    """Somebody else changes the keys, or copies what lies under them."""


class KeysUnwritable(StartRefused):
    """The directory of the keys cannot be written."""


@contextmanager
def keys_held_still(data_dir: Path) -> Iterator[None]:
    """Nobody else changes keys, or makes or restores a backup, while the block runs. Raises KeysInUse."""
    with (data_dir / LOCK).open("a") as handle:
        if not try_lock(handle):
            raise KeysInUse(
                "the keys are being changed, or a backup is being made or restored, at this moment: "
                "wait until that has ended."
            )
        yield


def is_change_unfinished(directory: Path) -> bool:
    """Whether a change of the key was begun and has not come to its end."""
    return (directory / EARLIER_CASE).exists()


def has_new_key(directory: Path) -> bool:
    """Whether a change that was begun has its new key.

    Raises KeysMissing.
    """
    old, new = directory / EARLIER_CASE, directory / CASE
    return old.exists() and not old.samefile(new) and old.read_bytes() != new.read_bytes()


def make_new_key(directory: Path) -> None:
    """Keep the key of cases as the earlier one, and put a new one into its place, both on the disk.

    Raises KeysUnwritable, and then the key is the one that it was.
    """
    case, earlier = directory / CASE, directory / EARLIER_CASE
    key = read_key(case)
    try:
        for draft in directory.glob(f".{CASE}.*"):  # of somebody who was killed
            draft.unlink()
        if not earlier.exists():
            _keep_as(case, earlier, key)
        sync(directory)
        write_whole(case, in_words(new_key()).encode())
        sync(directory)
    except OSError as error:
        with suppress(OSError):
            if earlier.exists() and read_key(case) == key:
                earlier.unlink()
        raise KeysUnwritable(
            f"the keys in {directory} cannot be changed: {error.strerror}. Nothing was changed."
        ) from error


def _keep_as(case: Path, earlier: Path, key: bytes) -> None:
    """The same file under a second name, so that its bytes can be overwritten at the end; where there are no
    second names, a copy.
    """
    try:
        os.link(case, earlier)
    except OSError:
        write_whole(earlier, in_words(key).encode())


def destroy_earlier_key(directory: Path) -> None:
    """Overwrite the earlier key where it lies, and take its file away. Raises KeysUnwritable."""
    earlier = directory / EARLIER_CASE
    try:
        with earlier.open("r+b") as file:
            file.write(secrets.token_bytes(earlier.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        earlier.unlink()
        sync(directory)
    except OSError as error:
        raise KeysUnwritable(
            f"every case is under the new key, but {earlier} cannot be destroyed: {error.strerror}. "
            "Run `flask keys rotate` again when it can be written."
        ) from error

"""What a student keeps for nobody but themselves: the threads that they follow, the names that they mute.

It lies sealed under their own data key, which opens with the passphrase alone and travels in their web
session. No key file opens it, so nobody can read it while the student is away, whatever they hold. It is
padded so that its size says nothing of how much is kept.
"""

import json
from typing import Any, Literal

from flask_babel import gettext as _

from accounts.models import Account
from accounts.websessions import SignedIn
from core.crypto import PAGE, derive_key, pad, seal, unpad, unseal
from core.refusals import Refusal

KeptName = Literal["follows", "mutes"]

# A full list of a hundred stays within it, so that one entry and a hundred look alike.
SIZE = 3 * PAGE


class OwnKeyAway(Refusal):
    """This web session holds no data key. Nothing is kept in any other way instead."""

    @property
    def sentence(self) -> str:
        return _(
            "This cannot be kept for you right now. Please sign out, come back with your six words, and try "
            "again."
        )


def own_key(session: SignedIn | None) -> bytes:
    """The data key of whoever is signed in here. Raises OwnKeyAway."""
    if session is None or not session.data_key:
        raise OwnKeyAway
    return bytes.fromhex(session.data_key)


def read_kept(account: Account, name: KeptName, *, key: bytes) -> list[dict[str, Any]]:
    """The entries of a list, oldest first. Raises CannotUnseal."""
    sealed: bytes | None = getattr(account, name)
    if sealed is None:
        return []
    plain = unpad(unseal(_sealing_key(key, name), sealed, aad=_place(account, name)))
    entries: list[dict[str, Any]] = json.loads(plain)
    return entries


def write_kept(account: Account, name: KeptName, entries: list[dict[str, Any]], *, key: bytes) -> None:
    """Replace a list, in the caller's transaction."""
    plain = pad(json.dumps(entries, ensure_ascii=False).encode(), block=SIZE)
    setattr(account, name, seal(_sealing_key(key, name), plain, aad=_place(account, name)))


def _sealing_key(key: bytes, name: KeptName) -> bytes:
    return derive_key(key, f"account.{name}")


def _place(account: Account, name: KeptName) -> bytes:
    return f"account.{name}:{account.id}".encode()

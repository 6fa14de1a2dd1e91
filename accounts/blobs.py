"""The sealed, padded JSON blobs of an account row: own threads, mailbox, sanctions, cases.

Bound to their account and their column.
"""

import json
from typing import Any, Literal

from accounts.models import Account
from core.crypto import pad, seal, unpad, unseal
from core.keys import keyring

BlobName = Literal["threads", "mailbox", "sanctions", "cases"]


def read_blob(account: Account, name: BlobName) -> list[dict[str, Any]]:
    """The entries of a blob, oldest first. Raises KeysMissing, CannotUnseal."""
    sealed: bytes | None = getattr(account, name)
    if sealed is None:
        return []
    entries: list[dict[str, Any]] = json.loads(unpad(unseal(_key(name), sealed, aad=_place(account, name))))
    return entries


def write_blob(account: Account, name: BlobName, entries: list[dict[str, Any]]) -> None:
    """Replace a blob, in the caller's transaction."""
    setattr(account, name, seal(_key(name), pad(json.dumps(entries).encode()), aad=_place(account, name)))


def _key(name: BlobName) -> bytes:
    return keyring().server_key(f"account.{name}")


def _place(account: Account, name: BlobName) -> bytes:
    return f"account.{name}:{account.id}".encode()

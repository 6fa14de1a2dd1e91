"""Finding again what was left at a page, without saying at which page it was left.

What somebody typed lies sealed, and its row names no page. Where words of a text are taken out for good, the
rows that were left at the editor of that text must still be found. So a row carries a mark of its page:
salted, so that no two rows are alike, and keyed, so that only this service can ask a row whether it belongs
to a page. A row of any other page carries random bytes, which look the same and answer to nothing.
"""

import re
import secrets
from hmac import compare_digest

from flask import Flask, current_app

from core.crypto import tag
from core.keys import KeysMissing, keyring

SALT_BYTES = 16
MARK_BYTES = SALT_BYTES + 32
KEY = "place of what was typed"


def mark_places(app: Flask, pattern: re.Pattern[str]) -> None:
    """Say at which pages what was typed must be found again. Called by `app.py`."""
    app.extensions["stoa_marked_places"] = pattern


def place_mark(path: str) -> bytes:
    """What a row of this page carries; another value each time. Without keys, and for pages at which nothing
    is looked for, it is chance.
    """
    pattern: re.Pattern[str] = current_app.extensions["stoa_marked_places"]
    salt = secrets.token_bytes(SALT_BYTES)
    if pattern.fullmatch(path) is None:
        return salt + secrets.token_bytes(MARK_BYTES - SALT_BYTES)
    try:
        return salt + _tag(salt, path)
    except KeysMissing:
        return salt + secrets.token_bytes(MARK_BYTES - SALT_BYTES)


def is_of_place(mark: bytes, path: str) -> bool:
    """Whether a row that carries this mark was left at this page. Raises KeysMissing."""
    salt = mark[:SALT_BYTES]
    return compare_digest(mark[SALT_BYTES:], _tag(salt, path))


def _tag(salt: bytes, path: str) -> bytes:
    return tag(keyring().server_key(KEY), salt, path)

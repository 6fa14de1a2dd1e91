"""What people said about an opening: why, what the student will read, what a review found. Sealed with a key
of the server, because a coordinator reads it and never gets the key of a case.
"""

from core.crypto import CannotUnseal, pad, seal, unpad, unseal
from core.keys import keyring
from core.unreadable import note_damage, unreadable_words
from counselling.disclosure.models import Disclosure

BLOCK = 256


def seal_words(disclosure_id: str, place: str, words: str) -> bytes | None:
    """Seal some words for one place of one opening; nothing stays nothing."""
    if not words:
        return None
    return seal(_key(), pad(words.encode(), block=BLOCK), aad=_place(disclosure_id, place))


def words_of(disclosure: Disclosure, place: str) -> str:
    """The words of a place, or "". A sentence stands for what cannot be opened."""
    sealed: bytes | None = getattr(disclosure, place)
    if sealed is None:
        return ""
    try:
        return unpad(unseal(_key(), sealed, aad=_place(disclosure.id, place))).decode()
    except CannotUnseal:
        note_damage(f"disclosure:{disclosure.id}")
        return unreadable_words()


def _key() -> bytes:
    return keyring().server_key("disclosure words")


def _place(disclosure_id: str, place: str) -> bytes:
    return f"disclosure:{disclosure_id}:{place}".encode()

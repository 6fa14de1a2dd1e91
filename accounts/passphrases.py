"""A student's only credential: six words that Stoa made, and that nobody can recover.

Six words of more than 7,000 are about 77 bits. However they are typed (capitals, spaces, hyphens), only their
letters count.
"""

import secrets
import unicodedata

from accounts.hashing import stretch_passphrase
from accounts.words import passphrase_words
from core.crypto import derive_key, new_key, seal, tag, unseal
from core.keys import keyring

WORDS = 6
ASKED_BACK = 2


def make_passphrase() -> tuple[str, ...]:
    """Six random words."""
    return tuple(secrets.choice(passphrase_words()) for _ in range(WORDS))


def normalise_passphrase(text: str) -> str:
    """The letters of a passphrase: NFKC, case folded, everything else left out."""
    folded = unicodedata.normalize("NFKC", text[:500]).casefold()
    return "".join(letter for letter in folded if letter.isalpha())


def stretch(text: str) -> bytes:
    """What a passphrase becomes before it finds an account: 32 bytes. Raises TooManySignIns."""
    return stretch_passphrase(normalise_passphrase(text))


def lookup_of(stretched: bytes) -> bytes:
    """The value that an account row is found by."""
    return tag(keyring().pepper, "lookup v1", stretched)


def wrap_new_data_key(stretched: bytes) -> tuple[bytes, bytes]:
    """A new data key (for drafts, follows, mutes), bare and wrapped so that only the passphrase opens it."""
    data_key = new_key()
    return data_key, seal(derive_key(stretched, "data key"), data_key, aad=b"data key")


def unwrap_data_key(stretched: bytes, wrapped: bytes) -> bytes:
    """The data key of an account. Raises CannotUnseal."""
    return unseal(derive_key(stretched, "data key"), wrapped, aad=b"data key")


def positions_to_ask() -> list[int]:
    """Which two words, counted from 0, a new student types back."""
    return sorted(secrets.SystemRandom().sample(range(WORDS), ASKED_BACK))

"""Sealing and tagging: the only module that touches a cipher or a MAC.

A sealed value is: one version byte, a 96-bit nonce, AES-256-GCM ciphertext with its tag (NIST SP 800-38D).
The associated data say where the value belongs, so that a ciphertext moved to another row or column does not
open.
"""

import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
VERSION = b"\x01"
PAGE = 4096


class CannotUnseal(ValueError):
    """Wrong key, wrong place, or bytes that were changed."""


def new_key() -> bytes:
    """32 random bytes."""
    return secrets.token_bytes(KEY_BYTES)


def derive_key(root: bytes, label: str) -> bytes:
    """A 32-byte key for one purpose, by HKDF-SHA256 (RFC 5869) under `label`."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=label.encode()).derive(root)


def seal(key: bytes, plaintext: bytes, *, aad: bytes) -> bytes:
    """Encrypt and authenticate `plaintext` for the place that `aad` names."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return VERSION + nonce + AESGCM(key).encrypt(nonce, plaintext, VERSION + aad)


def unseal(key: bytes, sealed: bytes, *, aad: bytes) -> bytes:
    """The plaintext of a sealed value. Raises CannotUnseal."""
    if sealed[:1] != VERSION:
        raise CannotUnseal("unknown version")
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, body, VERSION + aad)
    except (InvalidTag, ValueError) as error:
        raise CannotUnseal("does not open with this key at this place") from error


def tag(key: bytes, *parts: bytes | str) -> bytes:
    """HMAC-SHA256 over `parts`, each with its length, so that no two lists of parts collide. 32 bytes."""
    mac = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        mac.update(len(data).to_bytes(8, "big") + data)
    return mac.digest()


def pad(data: bytes, *, block: int = PAGE) -> bytes:
    """Lengthen `data` to a multiple of `block` bytes (4 kB), so that its size tells nothing.

    Four bytes hold the true length.
    """
    framed = len(data).to_bytes(4, "big") + data
    return framed + b"\0" * (-len(framed) % block)


def unpad(padded: bytes) -> bytes:
    """What `pad` was given. Raises CannotUnseal when the length does not fit."""
    length = int.from_bytes(padded[:4], "big")
    if length > len(padded) - 4:
        raise CannotUnseal("padding does not fit")
    return padded[4 : 4 + length]

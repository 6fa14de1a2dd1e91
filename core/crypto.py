"""Sealing and tagging: the only module that touches a cipher or a MAC.

A sealed value is: one version byte, a 96-bit nonce, AES-256-GCM ciphertext with its tag (NIST SP 800-38D).
The associated data say where the value belongs, so that a ciphertext moved to another row or column does not
open.

What is sealed to a public key opens for whoever has the private one, and not for whoever sealed it: HPKE (RFC
9180) with X25519, HKDF-SHA256 and AES-256-GCM, the encapsulated key before the ciphertext.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
VERSION = b"\x01"
PAGE = 4096
_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


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


@dataclass(frozen=True)
class KeyPair:
    """Two halves, 32 bytes each: what is sealed to the public one opens with the private one."""

    public: bytes
    private: bytes = field(repr=False)


def new_key_pair() -> KeyPair:
    """A key pair by chance."""
    private = X25519PrivateKey.generate()
    return KeyPair(private.public_key().public_bytes_raw(), private.private_bytes_raw())


def seal_to(public: bytes, plaintext: bytes, *, info: bytes) -> bytes:
    """Encrypt `plaintext` so that only the private half opens it, at the place that `info` names."""
    return VERSION + _SUITE.encrypt(plaintext, X25519PublicKey.from_public_bytes(public), VERSION + info)


def open_with(private: bytes, sealed: bytes, *, info: bytes) -> bytes:
    """The plaintext of what was sealed to the public half. Raises CannotUnseal."""
    if sealed[:1] != VERSION:
        raise CannotUnseal("unknown version")
    try:
        return _SUITE.decrypt(sealed[1:], X25519PrivateKey.from_private_bytes(private), VERSION + info)
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

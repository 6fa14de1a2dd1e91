"""Proof of work: what a browser does for a turn that comes after the limit. ALTCHA's protocol, version 2.

A challenge is a puzzle that costs a browser a second or so (PBKDF2 between 100 and 200 times) and us
nothing to check. It is signed with a key from the key files and holds no word about anybody; nothing is
stored when one is given out. It is good for two hours, as long as a text waits for somebody who still has
to join, and each solution works once: what was used is remembered among the submissions, in the transaction
that uses it.

It tells nobody who somebody is and asks no other host. It does not stop whoever has many computers: it
makes a flood cost something, and lets those who only share a busy network go on as usual.
"""

import base64
import binascii
import json
import secrets
from datetime import datetime, timedelta
from typing import Any

from altcha import create_challenge, verify_solution

from core.keys import keyring
from core.submissions import earlier_result, remember_result

FIELD = "altcha"
GOOD_FOR = timedelta(hours=2)
ALGORITHM, COST = "PBKDF2/SHA-256", 10_000
FEWEST, MOST = 100, 200  # derivations: with a bound above, nobody's telephone is unlucky
LONGEST = 2_000
USED = "used"


def make_challenge(*, now: datetime) -> dict[str, Any]:
    """A fresh puzzle, as the script in the page takes it."""
    challenge = create_challenge(
        ALGORITHM,
        COST,
        counter=FEWEST + secrets.randbelow(MOST - FEWEST),
        expires_at=now + GOOD_FOR,
        hmac_secret=_key("challenge"),
        hmac_key_secret=_key("solution"),
    )
    made: dict[str, Any] = challenge.to_dict()
    return made


def is_solved(payload: str, *, now: datetime) -> bool:
    """Whether this is a solution to a challenge of ours whose time is not over. It may have been used."""
    parts = _parts(payload)
    if parts is None or not now.timestamp() < parts["challenge"]["parameters"]["expiresAt"]:
        return False
    result = verify_solution(payload, _key("challenge"), hmac_key_secret=_key("solution"))
    return bool(result.verified)


def use_solution(payload: str, *, now: datetime) -> bool:
    """Whether this solution may be used, which is now done: it works once. Inside `transaction()`."""
    if not is_solved(payload, now=now):
        return False
    parts = _parts(payload) or {}
    signature = str(parts["challenge"]["signature"])
    if earlier_result(signature, sender=FIELD) is not None:
        return False
    remember_result(signature, sender=FIELD, location=USED, now=now)
    return True


def _parts(payload: str) -> dict[str, Any] | None:
    """What a payload says, or None when it is none of ours at all: every part that we look at is there."""
    if not payload or len(payload) > LONGEST:
        return None
    try:
        parts: dict[str, Any] = json.loads(base64.b64decode(payload, validate=True))
        parameters = parts["challenge"]["parameters"]
        is_ours = parameters["algorithm"] == ALGORITHM and parameters["cost"] == COST
        is_whole = isinstance(parameters["expiresAt"], int) and isinstance(
            parts["challenge"]["signature"], str
        )
    except (binascii.Error, ValueError, KeyError, TypeError, RecursionError):
        return None
    return parts if is_ours and is_whole else None


def _key(purpose: str) -> bytes:
    return keyring().server_key(f"proof of work, {purpose}")

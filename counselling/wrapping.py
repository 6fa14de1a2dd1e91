"""The key of each case, wrapped by the key of cases from its file.

A wrap names the key that it lies under by a short id, so that the key of cases can be changed while
everything stays open (`counselling/rotating.py`). Wraps from before that have no id and open with any key
that is known. Whoever meets an id that they do not know looks at the files anew: somebody has changed the key
since they started. The associated data bind each wrap to its case.
"""

from core import queries as core_queries
from core.crypto import CannotUnseal, derive_key, new_key, seal, unseal
from core.keys import Keyring, KeysMissing, keyring, read_case_keys_anew
from core.refusals import Missing
from core.unreadable import note_damage
from counselling.models import Case

MARK = b"\x02"  # a wrap from before begins with the version of `core/crypto.py`
ID_BYTES = 8


def give_key(case: Case) -> None:
    """Give a new case its key, in the caller's transaction. Raises KeysMissing."""
    case.wrapped_key = _wrap(case.id, new_key(), under=_key_of_new_cases())


def destroy_key(case: Case) -> None:
    """From now on nobody can open what the case holds, with any key."""
    case.wrapped_key = None


def key_of(case: Case) -> bytes:
    """The key of a case. Raises Missing when it was destroyed, CannotUnseal, KeysMissing."""
    if case.wrapped_key is None:
        raise Missing(case.id)
    keys = keyring()
    try:
        return _unwrap(case.id, case.wrapped_key, keys)
    except CannotUnseal:
        anew = read_case_keys_anew()
        if anew is keys:
            raise
    return _unwrap(case.id, case.wrapped_key, anew)


def can_open(case: Case) -> bool:
    """Whether anything of a case can be opened. Damage is noted. Raises KeysMissing."""
    if case.wrapped_key is None:
        return False
    try:
        key_of(case)
    except CannotUnseal:
        note_damage(f"case:{case.id}")
        return False
    return True


def rewrap(case: Case, *, under: bytes) -> None:
    """Put the key of a case under another key, on a locked row. Raises CannotUnseal, KeysMissing."""
    key = key_of(case)
    wrapped = _wrap(case.id, key, under=under)
    if unseal(under, wrapped[1 + ID_BYTES :], aad=_place(case.id)) != key:
        raise CannotUnseal("a wrap that was just made does not open")
    case.wrapped_key = wrapped


def mark_of(key: bytes) -> bytes:
    """How every wrap under this key begins."""
    return MARK + derive_key(key, "id of a key")[:ID_BYTES]


def _key_of_new_cases() -> bytes:
    """The key that the database says. Whoever is about to change it waits for this transaction, and then
    finds the new case.
    """
    remembered = core_queries.keys_fingerprint(shared=True)
    keys = keyring()
    if keys.case is None or (remembered is not None and remembered not in keys.fingerprints):
        keys = read_case_keys_anew()
    key = keys.fingerprints.get(remembered) if remembered is not None else keys.case
    if key is None:
        raise KeysMissing("the key that new cases lie under is not there: cases stay closed")
    return key


def _wrap(case_id: str, key: bytes, *, under: bytes) -> bytes:
    return mark_of(under) + seal(under, key, aad=_place(case_id))


def _unwrap(case_id: str, wrapped: bytes, keys: Keyring) -> bytes:
    if wrapped[:1] == MARK:
        mark, sealed = wrapped[: 1 + ID_BYTES], wrapped[1 + ID_BYTES :]
        known = [key for key in keys.case_keys if mark_of(key) == mark]
    else:
        known, sealed = list(keys.case_keys), wrapped
    for key in known:
        try:
            return unseal(key, sealed, aad=_place(case_id))
        except CannotUnseal:
            continue
    raise CannotUnseal("no key that is known opens this case")


def _place(case_id: str) -> bytes:
    return f"case.key:{case_id}".encode()

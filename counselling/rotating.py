"""`flask keys rotate`: the key of cases gets a successor, and every case goes under it, while Stoa runs.

In this order, so that whoever is killed anywhere finds a state that opens and from which it goes on:

1. The new key is on the disk beside the earlier one (`core/keychange.py`). Nothing lies under it.
2. The database remembers the new keys: from the end of that transaction on, every new case comes under the
   new one. It waits for whoever is making a case under the earlier one.
3. The keys of all other cases are put under the new one, some at a time, each time one transaction.
4. The earlier key is destroyed when nothing that can be opened lies under it.

Web and worker processes need not be told: who meets a key that they do not know looks at the files.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from core import queries as core_queries
from core.audit import record_event
from core.crypto import CannotUnseal
from core.db import empty_write_ahead_log, transaction
from core.keychange import destroy_earlier_key, has_new_key, keys_held_still, make_new_key
from core.keys import Keyring, KeysUnfit, read_case_keys_anew
from counselling import queries
from counselling.wrapping import mark_of, rewrap

BATCH = 100
PAUSE = 0.2  # seconds, when somebody has what is left in their hands

Tell = Callable[[str], None]


@dataclass
class Rotation:
    """What a rotation did. `unreadable` are cases whose key no key opens; they were left as they are."""

    was_resumed: bool
    rewrapped: int = 0
    unreadable: list[str] = field(default_factory=list)


def rotate_keys(keys_dir: Path, *, data_dir: Path, now: datetime, tell: Tell) -> Rotation:
    """Change the key of cases, or end a change that was begun. Opens its own transactions.

    Raises KeysInUse, KeysMissing, KeysUnfit, KeysUnwritable.
    """
    with keys_held_still(data_dir):
        _require_fit(read_case_keys_anew())
        rotation = Rotation(was_resumed=has_new_key(keys_dir))
        if rotation.was_resumed:
            tell("A change was begun before: it goes on.")
        else:
            tell("Making a new key …")
            make_new_key(keys_dir)
        keys = read_case_keys_anew()
        _use_for_new_cases(keys)
        _rewrap_all(keys, rotation, tell=tell)
        with transaction():
            detail = {"cases": rotation.rewrapped, "unreadable": len(rotation.unreadable)}
            record_event("case_key_changed", actor="command", target="keys", detail=detail, now=now)
        empty_write_ahead_log()
        tell("Destroying the earlier key …")
        destroy_earlier_key(keys_dir)
    return rotation


def _require_fit(keys: Keyring) -> None:
    remembered = core_queries.keys_fingerprint()
    if remembered is None:
        raise KeysUnfit("the database does not know its keys yet: run `flask db upgrade` first")
    if remembered not in keys.fingerprints:
        raise KeysUnfit("the key files belong to another database. Nothing was changed.")


def _use_for_new_cases(keys: Keyring) -> None:
    with transaction():
        installation = core_queries.installation(locked=True)
        if installation is not None:
            installation.keys_fingerprint = keys.fingerprint


def _rewrap_all(keys: Keyring, rotation: Rotation, *, tell: Tell) -> None:
    """Until there is none left.

    Rows that somebody else has locked are passed over and come in another round: to wait for one while
    holding others could stop both for good.
    """
    assert keys.case is not None
    mark = mark_of(keys.case)
    while left := queries.count_cases_wrapped_otherwise(mark, but_for=rotation.unreadable):
        if not _rewrap_some(keys.case, rotation):
            time.sleep(PAUSE)
        tell(f"{rotation.rewrapped} done, {left} were left …")


def _rewrap_some(key: bytes, rotation: Rotation) -> int:
    """One transaction. Gives how many cases it dealt with."""
    done, unreadable = 0, []
    with transaction():
        for case in queries.cases_wrapped_otherwise(mark_of(key), but_for=rotation.unreadable, limit=BATCH):
            try:
                rewrap(case, under=key)
                done += 1
            except CannotUnseal:
                unreadable.append(case.id)
    rotation.rewrapped += done
    rotation.unreadable += unreadable
    return done + len(unreadable)

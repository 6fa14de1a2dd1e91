"""Ways to reach a student that they left themselves: a number to call back, an address for a sign.

Both are off until the student sets them, sealed with the key of the case, and gone with it. A number is a
promise: somebody calls, by the clock of the case. Who looks at the number leaves a trace, and so does a call.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from accounts.models import Staff
from core.audit import record_event
from core.crypto import CannotUnseal
from core.db import db
from core.refusals import Refusal
from counselling.models import Case, ObligationKind
from counselling.obligations import NamedAct, promise, settle_obligations
from counselling.reaching import queries
from counselling.reaching.models import ReachBack
from counselling.sealing import seal_for_case, words_or_none

NUMBER_SHOWN = "number_shown"


class NoNumber(Refusal):
    """The student left no number, or took it back in the meantime."""

    @property
    def sentence(self) -> str:
        return _("There is no number any more: the student has taken it back. You can write a letter.")


@dataclass(frozen=True)
class Ways:
    """How a student wants to be reached: "" where they left nothing."""

    address: str = ""
    number: str = ""
    when: str = ""


def ways_of(case: Case) -> Ways:
    """What the student left, opened; what cannot be opened is as if they had left nothing."""
    found = queries.reach_back(case.id)
    if found is None:
        return Ways()
    call = json.loads(_opened(case, "call_back", found.call_back, found) or "{}")
    return Ways(_opened(case, "ping", found.ping, found), call.get("number", ""), call.get("when", ""))


def leaves_number(case: Case) -> bool:
    """Whether there is a number to call, without opening it."""
    found = queries.reach_back(case.id)
    return found is not None and found.call_back is not None


def set_ways(case: Case, ways: Ways, *, now: datetime) -> None:
    """Keep what the student wants now, on a locked case; what is empty is taken back.

    A number that is new is promised a call, by the professional's clock for the band of the case.
    """
    found = queries.reach_back(case.id) or _first(case, now=now)
    before = ways_of(case)
    found.version += 1
    found.asked_at = now
    found.ping = _sealed(case, "ping", ways.address, found)
    call = json.dumps({"number": ways.number, "when": ways.when}) if ways.number else ""
    found.call_back = _sealed(case, "call_back", call, found)
    if ways.number and ways.number != before.number:
        promise(case, ObligationKind.CALL_BACK, band=case.band, now=now)
    if before.number and not ways.number:
        settle_obligations(case, NamedAct.CALLED, now=now)
    record_event("reach_back_set", actor="student", target=f"case:{case.id}", now=now)


def open_number(case: Case, *, actor: Staff, now: datetime) -> Ways:
    """The number, for whoever calls now; the trace is in the caller's transaction. Raises NoNumber,
    CannotUnseal.
    """
    ways = ways_of(case)
    if not ways.number and leaves_number(case):
        raise CannotUnseal("there is a number, and nobody can read it")
    if not ways.number:
        raise NoNumber(case.id)
    record_event(NUMBER_SHOWN, actor=actor.actor, target=f"case:{case.id}", now=now)
    return ways


def record_call(case: Case, *, is_reached: bool, actor: Staff, now: datetime) -> None:
    """Somebody called, on a locked case. Whoever did not reach the student promises to call again, as long as
    the number is there.
    """
    settle_obligations(case, NamedAct.CALLED, now=now)
    if is_reached:
        settle_obligations(case, NamedAct.REACHED, now=now)
    elif leaves_number(case):
        promise(case, ObligationKind.CALL_BACK, band=case.band, now=now)
    detail = {"reached": is_reached}
    record_event("called_back", actor=actor.actor, target=f"case:{case.id}", detail=detail, now=now)


def forget_ways(case: Case) -> None:
    """The key of a case is destroyed: what it would have opened goes as well."""
    found = queries.reach_back(case.id)
    if found is not None:
        found.ping = found.call_back = None


def _first(case: Case, *, now: datetime) -> ReachBack:
    found = ReachBack(case_id=case.id, version=0, asked_at=now)
    db.session.add(found)
    return found


def _sealed(case: Case, place: str, text: str, found: ReachBack) -> bytes | None:
    return seal_for_case(case, f"reach_back:{place}", text, version=found.version) if text else None


def _opened(case: Case, place: str, sealed: bytes | None, found: ReachBack) -> str:
    if sealed is None:
        return ""
    return words_or_none(case, f"reach_back:{place}", sealed, version=found.version) or ""

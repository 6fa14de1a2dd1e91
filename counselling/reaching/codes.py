"""The return code of a case: 16 characters (80 bits) that open this one conversation and nothing else.

It is for the day on which the six words are lost: nobody can bring those back, and the counsellor must not be
lost with them. A student asks for it, prints or writes it down, and can ask for another one, which ends the
first. It is made by chance, shown once, and kept as a keyed hash; whoever finds the paper reads one
conversation, and the page that shows it says so.
"""

import secrets
from datetime import datetime

from flask_babel import gettext as _

from accounts.models import Returner
from core.audit import record_event
from core.crypto import tag
from core.ids import ALPHABET
from core.keys import keyring
from core.refusals import Refusal
from counselling.models import Case
from counselling.reaching import queries
from moderation.appeals.codes import fold_code

LENGTH = 16


class CodeOpensNothing(Refusal):
    """A code that was never given out, that was replaced, or whose conversation is gone."""

    status = 422

    @property
    def sentence(self) -> str:
        return _(
            "This code opens no conversation. Please look at it once more. If you asked for a newer code "
            "since, only the newest one works."
        )


def give_return_code(case: Case, *, now: datetime) -> str:
    """Make a new code for a locked case, in four groups of four. An earlier one opens nothing any more."""
    code = "".join(secrets.choice(ALPHABET) for _letter in range(LENGTH))
    case.return_tag = _tag_of(code)
    record_event("return_code_given", actor="student", target=f"case:{case.id}", now=now)
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def take_back_return_code(case: Case, *, now: datetime) -> None:
    """From now on no code opens this locked case. What it opened is over."""
    if case.return_tag is not None:
        case.return_tag = None
        record_event("return_code_taken_back", actor="student", target=f"case:{case.id}", now=now)


def returner_with(typed: str) -> Returner:
    """Who comes with a code, typed with or without dashes, in capitals, with an o for a zero.

    Raises CodeOpensNothing.
    """
    case = queries.case_by_return_tag(_tag_of(fold_code(typed)))
    if case is None or case.return_tag is None or case.wrapped_key is None:
        raise CodeOpensNothing
    return Returner(opens=case.id, mark=_mark_of(case.return_tag))


def still_opens(returner: Returner, case: Case | None) -> bool:
    """Whether the code with which somebody came is still the one of this case."""
    if case is None or case.return_tag is None or case.wrapped_key is None:
        return False
    return case.id == returner.opens and _mark_of(case.return_tag) == returner.mark


def _tag_of(code: str) -> bytes:
    return tag(keyring().server_key("case return code"), code)


def _mark_of(return_tag: bytes) -> int:
    return int.from_bytes(return_tag[:4], "big")

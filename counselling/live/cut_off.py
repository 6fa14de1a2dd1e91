"""What both sides agree on for when the line drops: who writes first, within how long, and which line to call
in the meantime. It is said before anybody needs it, and lies sealed with the case.
"""

import json
from dataclasses import asdict, dataclass
from datetime import timedelta

from counselling.live import queries
from counselling.live.models import LiveSession
from counselling.models import AuthorKind, Case
from counselling.sealing import seal_for_case, words_or_none

MINUTES = (15, 30, 60, 24 * 60)


@dataclass(frozen=True)
class CutOff:
    """The agreement. `line` is what the professional wrote about whom to call, or ""."""

    who: AuthorKind = AuthorKind.PROFESSIONAL
    minutes: int = 30
    line: str = ""

    @property
    def within(self) -> timedelta:
        return timedelta(minutes=self.minutes)


def set_cut_off(case: Case, session: LiveSession, agreed: CutOff) -> None:
    """Write the agreement down. Each new wording is a new version, so that an old one does not open."""
    session.version = (session.version or 0) + 1
    session.cut_off = seal_for_case(
        case, _place(session), json.dumps(asdict(agreed)), version=session.version
    )


def cut_off_of(case: Case, session: LiveSession) -> CutOff:
    """What was agreed, or what holds where nobody said otherwise, and where it cannot be opened: a talk goes
    on without it.
    """
    if session.cut_off is None:
        return CutOff()
    words = words_or_none(case, _place(session), session.cut_off, version=session.version)
    if words is None:
        return CutOff()
    facts = json.loads(words)
    return CutOff(who=AuthorKind(facts["who"]), minutes=facts["minutes"], line=facts["line"])


def forget_agreements(case: Case) -> None:
    """What was agreed in the sessions of a case goes with its content."""
    for session in queries.sessions(case.id):
        session.cut_off = None


def _place(session: LiveSession) -> str:
    return f"live:{session.id}:cut_off"

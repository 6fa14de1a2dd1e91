"""The states of a trusted person and the steps between them: `asked` → `approved` → `joined` → `ended`, and
`asked` → `refused`.

The only module that changes the state of one. Every end is final: who is out comes back only by a new
invitation, which the professional approves anew.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from flask_babel import gettext as _

from core.refusals import Refusal
from counselling.models import Case
from counselling.trusted import queries
from counselling.trusted.models import TrustedPerson, TrustedState


class TrustedAct(StrEnum):
    """What can happen to a trusted person."""

    APPROVE = "approve"
    REFUSE = "refuse"
    COME_IN = "come_in"  # the link is used
    SAY = "say"  # a line
    END = "end"  # taken back, sent out, left, or the talk is over


LEGAL: dict[TrustedAct, dict[TrustedState, TrustedState]] = {
    TrustedAct.APPROVE: {TrustedState.ASKED: TrustedState.APPROVED},
    TrustedAct.REFUSE: {TrustedState.ASKED: TrustedState.REFUSED},
    TrustedAct.COME_IN: {TrustedState.APPROVED: TrustedState.JOINED},
    TrustedAct.SAY: {TrustedState.JOINED: TrustedState.JOINED},
    TrustedAct.END: {
        TrustedState.ASKED: TrustedState.ENDED,
        TrustedState.APPROVED: TrustedState.ENDED,
        TrustedState.JOINED: TrustedState.ENDED,
    },
}
OVER = frozenset({TrustedState.REFUSED, TrustedState.ENDED})


class InvitationMovedOn(Refusal):
    """The invitation is not in a state from which this can be done."""

    @property
    def sentence(self) -> str:
        return _("This invitation has changed in the meantime. Please look at the page again.")


def move_trusted(person: TrustedPerson, act: TrustedAct, *, now: datetime) -> None:
    """Take one legal step, on a locked case. Raises InvitationMovedOn."""
    goal = LEGAL[act].get(person.state)
    if goal is None:
        raise InvitationMovedOn(person.state, act)
    person.state = goal
    if goal in OVER:
        person.ended_at, person.seen_at = now, None
        person.link = person.link_tag = person.spent_tag = None


def not_over(people: Sequence[TrustedPerson]) -> list[TrustedPerson]:
    """Those who are asked, approved or in."""
    return [one for one in people if one.state not in OVER]


def end_trusted_of(session_id: str, *, now: datetime) -> None:
    """A live session of a locked case is over: everybody who was invited to it is out at once."""
    for person in not_over(queries.persons_of_session(session_id)):
        move_trusted(person, TrustedAct.END, now=now)


def forget_trusted(case: Case, *, now: datetime) -> None:
    """The key of a locked case is destroyed: links end, and the ciphertext of names and reasons goes."""
    for person in queries.persons_of_case(case.id):
        if person.state not in OVER:
            move_trusted(person, TrustedAct.END, now=now)
        person.name = person.reason = None

"""The states of an opening and the steps between them. The only module that changes the state of one.

`asked` → `approved` → `opened`, by two; `asked` → `opened`, by one, where the student allowed it. What a
coordinator declines is `refused`; what was answered too late, or whose box was changed meanwhile, `lapsed`;
what whoever asked no longer needs, before anybody answered, `taken_back`.
"""

from enum import StrEnum

from flask_babel import gettext as _

from core.refusals import Refusal
from counselling.disclosure.models import Disclosure, DisclosureState, DisclosureWay


class DisclosureAct(StrEnum):
    """What can happen to an opening."""

    APPROVE = "approve"
    REFUSE = "refuse"
    TAKE_BACK = "take_back"
    OPEN = "open"
    OPEN_ALONE = "open_alone"
    LAPSE = "lapse"


ASKED, APPROVED = DisclosureState.ASKED, DisclosureState.APPROVED
Step = tuple[DisclosureWay, DisclosureState]

LEGAL: dict[DisclosureAct, dict[Step, DisclosureState]] = {
    DisclosureAct.APPROVE: {(DisclosureWay.TWO, ASKED): APPROVED},
    DisclosureAct.REFUSE: {(DisclosureWay.TWO, ASKED): DisclosureState.REFUSED},
    DisclosureAct.TAKE_BACK: {(DisclosureWay.TWO, ASKED): DisclosureState.TAKEN_BACK},
    DisclosureAct.OPEN: {(DisclosureWay.TWO, APPROVED): DisclosureState.OPENED},
    DisclosureAct.OPEN_ALONE: {(DisclosureWay.ALONE, ASKED): DisclosureState.OPENED},
    DisclosureAct.LAPSE: {
        (DisclosureWay.TWO, ASKED): DisclosureState.LAPSED,
        (DisclosureWay.TWO, APPROVED): DisclosureState.LAPSED,
        (DisclosureWay.ALONE, ASKED): DisclosureState.LAPSED,
    },
}


class NotApproved(Refusal):
    """One person alone wants to open what two must."""

    @property
    def sentence(self) -> str:
        return _("Nobody has agreed yet. A coordinator has to agree before you can open this.")


class OpeningMovedOn(Refusal):
    """It was opened, refused or over in the meantime."""

    @property
    def sentence(self) -> str:
        return _("This has been answered, opened or is over in the meantime. If you still need it, ask anew.")


def move_disclosure(disclosure: Disclosure, act: DisclosureAct) -> None:
    """Take one legal step. Raises NotApproved, OpeningMovedOn."""
    goal = LEGAL[act].get((disclosure.way, disclosure.state))
    if goal is None:
        waits = disclosure.state is ASKED and act is DisclosureAct.OPEN
        raise NotApproved(disclosure.id) if waits else OpeningMovedOn(disclosure.id)
    disclosure.state = goal
    if goal is not APPROVED:
        disclosure.share = None

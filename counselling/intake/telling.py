"""Saving what a student tells at the beginning, and hearing danger in it.

The answers are no letter and promise no answer. But somebody who says here that they are not safe is heard as
if they had written it: the case becomes as pressing as words of danger make it.

What counts, and why:

- "Are you safe today?" answered with no: red, like a phrase of danger. "Not sure" alone raises nothing; the
  page shows whom to call.
- Words of danger in any text: what the screening says, red or crisis.
- A distress of 9 or 10: amber, and no more. A number is no sign of danger, many choose the highest to be
  believed, and whoever fears that it wakes somebody chooses a lower one. It sees to it that the case is
  never left among the least pressing.

It counts when it is new. An answer that stays as it was while another is typed does not page again.
"""

from datetime import datetime

from flask_babel import gettext as _

from accounts.permissions import Role
from core.refusals import Refusal
from counselling import queries
from counselling.cases import CaseAct, move_case, raise_case_band
from counselling.intake.answers import NOTHING, Answers, Told, keep_answers, told_of
from counselling.intake.questions import Safe
from counselling.messages import answer_band, hasten_case
from counselling.models import Case, CaseState, ObligationKind
from counselling.obligations import promise
from moderation.bands import Band, higher_of

TEXTS = ("hope", "tried", "helps", "free_when")
VERY_BAD = frozenset({"9", "10"})


class ChangedElsewhere(Refusal):
    """The answers were changed from another window since this page was opened."""

    @property
    def sentence(self) -> str:
        return _("You changed this in another window. What you see here is not saved. Press Save to keep it.")


def save_answers(
    case: Case, answers: Answers, *, now: datetime, page: str = "", seen: int | None = None
) -> Told:
    """Keep the answers, on a locked case, and act on danger that is new in them.

    `page` names the page that saves: it may go on saving as somebody types. Another one must have been opened
    on the newest version, `seen`. Raises ChangedElsewhere.
    """
    before = told_of(case)
    if seen is not None and seen != before.version and page != before.page:
        raise ChangedElsewhere(case.id)
    told = keep_answers(case, answers, page=page, now=now)
    band = urgency_of(answers, before.answers)
    if band is not None:
        _press(case, band, now=now)
    return told


def urgency_of(answers: Answers, before: Answers = NOTHING) -> Band | None:
    """How soon somebody must look because of what is new in the answers; None when it can wait."""
    bands = [
        answer_band(text)
        for name in TEXTS
        if (text := getattr(answers, name)) and text != getattr(before, name)
    ]
    urgent = [band for band in bands if band.rank <= Band.RED.rank]
    if answers.safe_today == Safe.NO and before.safe_today != Safe.NO:
        urgent.append(Band.RED)
    if answers.distress in VERY_BAD and before.distress not in VERY_BAD:
        urgent.append(Band.AMBER)
    return higher_of(*urgent) if urgent else None


def sounds_urgent(body: str, answers: Answers = NOTHING) -> bool:
    """Whether somebody may be in danger who sends this: nothing stands in the way of it."""
    bands = [answer_band(body), urgency_of(answers) or Band.GREEN]
    return higher_of(*bands).rank <= Band.RED.rank


def _press(case: Case, band: Band, *, now: datetime) -> None:
    """Make a case more pressing, unless as much is promised already. A closed one is opened again, whoever
    had it.
    """
    if case.owner_id is None and case.state is not CaseState.CLOSED:
        if band.rank < case.rank:
            hasten_case(case, band, now=now)
        return
    move_case(case, CaseAct.HEAR, actor=Role.STUDENT, now=now)
    raise_case_band(case, band)
    promised = [one.band.rank for one in queries.unsettled_obligations(case.id) if one.is_told]
    if not promised or min(promised) > band.rank:
        answer = promise(case, ObligationKind.ANSWER, band=band, now=now)
        if case.owner_id is None:
            case.due_at = answer.due_at

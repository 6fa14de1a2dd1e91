"""The way of a case: what happened and what is promised, as steps for its page.

It repeats nothing that was said: days and names of steps only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from counselling.models import AuthorKind
from counselling.obligations import promise_words
from counselling.showing import CaseView


@dataclass(frozen=True)
class Step:
    """One step: state "done", "now" or "ahead", when, and in words what. `is_late`: ahead, and overdue."""

    state: str
    at: datetime
    what: str
    is_late: bool = False


def timeline_of(view: CaseView, *, now: datetime) -> list[Step]:
    """The steps of a case, the oldest first; what is ahead comes last."""
    done = sorted(_past_steps(view), key=lambda step: step.at)
    ahead = [
        Step("ahead", one.due_at, promise_words(one.kind), is_late=one.due_at < now) for one in view.promises
    ]
    return done + sorted(ahead, key=lambda step: step.at)


def _past_steps(view: CaseView) -> Iterator[Step]:
    case = view.case
    yield Step("done", case.opened_at, _("The case was opened"))
    for text in view.texts:
        if text.escalation and text.escalation.raised_at > case.opened_at:
            yield Step("done", text.escalation.raised_at, _("A further text came from the moderators"))
    for side, what in (
        (AuthorKind.PROFESSIONAL, _("First letter to the student")),
        (AuthorKind.STUDENT, _("First letter from the student")),
    ):
        written = (letter for letter in view.letters if letter.side == side and not letter.is_automatic)
        first = next(written, None)
        if first:
            yield Step("done", first.sent_at, what)
    for encounter, _agreed in view.encounters:
        if encounter.ended_at:
            yield Step("done", encounter.ended_at, _("Encounter %(number)s ended", number=encounter.number))
        else:
            yield Step("now", encounter.began_at, _("Encounter %(number)s goes on", number=encounter.number))
    if case.closed_at:
        yield Step("done", case.closed_at, _("The case was closed"))

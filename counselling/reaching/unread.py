"""A first letter that nobody reads: two hours later it is a promise of its own.

Whoever asked for help in the middle of the night may not come back. So the counsellor is asked to reach them
another way, with a clock, and the promise is kept by reaching them: they read or write, or somebody spoke
with them.
"""

from datetime import datetime, timedelta

from core.crypto import CannotUnseal
from core.db import transaction
from core.keys import KeysMissing
from core.unreadable import note_damage
from counselling import queries
from counselling.models import Case, ObligationKind
from counselling.obligations import NamedAct, promise, settle_obligations
from counselling.reaching import queries as reaching_queries

UNREAD_AFTER = timedelta(hours=2)


def chase_unread_first_letters(now: datetime) -> None:
    """A job: promise to reach every student whose first letter is unread for two hours, once a case."""
    for case_id in reaching_queries.cases_with_unread_first_letter(now - UNREAD_AFTER):
        try:
            _chase(case_id, now=now)
        except CannotUnseal:  # this one is shown to staff as damaged; the others are chased
            note_damage(f"case:{case_id}")
        except KeysMissing:  # nobody can open a case now
            return


def _chase(case_id: str, *, now: datetime) -> None:
    with transaction():
        case = queries.case(case_id, locked=True)
        unread = reaching_queries.cases_with_unread_first_letter(now - UNREAD_AFTER)
        if case is not None and case_id in unread:
            promise(case, ObligationKind.FIRST_UNREAD, band=case.band, now=now)


def note_reached(case: Case, *, now: datetime) -> None:
    """The student read or wrote: nobody has to look for them."""
    settle_obligations(case, NamedAct.REACHED, now=now)

"""A student says how they want to be reached.

Who asks to be called must be found by whoever is to call: a number opens a closed case again, and gives one
that nobody has a clock.
"""

from datetime import datetime

from accounts.permissions import Role
from counselling import queries
from counselling.cases import CaseAct, move_case
from counselling.models import Case, CaseState, ObligationKind
from counselling.reaching.ways import Ways, set_ways, ways_of


def ask_to_be_reached(case: Case, ways: Ways, *, now: datetime) -> None:
    """Keep what the student wants now, on a locked case."""
    asks_for_a_call = bool(ways.number) and ways.number != ways_of(case).number
    if asks_for_a_call and case.state is CaseState.CLOSED:
        move_case(case, CaseAct.HEAR, actor=Role.STUDENT, now=now)
    set_ways(case, ways, now=now)
    call = queries.open_obligation(case.id, ObligationKind.CALL_BACK)
    if call is not None and case.owner_id is None:
        case.due_at = min(case.due_at or call.due_at, call.due_at)

"""What happens when nobody acts in time.

What waits for a professional pages somebody when it begins: who is on call, or, where a case has an owner and
something urgent was promised, the owner. Each time its clock has run out it pages again, one rung higher: on
call, second, all professionals, coordinators; and everybody below once more. The lead is asked about an
escalation as well: it may be that no page reaches anybody.

A clock stops only by the named act, never by being looked at.
"""

from collections.abc import Sequence
from datetime import datetime

from core.audit import record_event
from core.db import transaction
from counselling import queries
from counselling.models import Case, Obligation, ObligationState
from counselling.obligations import ObligationAct, move_obligation
from moderation import queries as moderation_queries
from moderation.bands import Band
from moderation.models import Escalation
from moderation.pages import page_staff
from moderation.team.duties import LADDER, Rung
from moderation.team.hours import professional_due
from moderation.team.models import TaskKind
from moderation.team.tasks import ask_team


def climb(now: datetime) -> None:
    """A job: page for every escalation, new case and promise that is overdue.

    Opens its own transaction when there is one.
    """
    if not queries.has_overdue(now) and not moderation_queries.overdue_escalations(now):
        return
    with transaction():
        for escalation in moderation_queries.overdue_escalations(now):
            if _climb_row(escalation, "escalation", escalation.id, escalation.due_at, now=now):
                item = moderation_queries.item(escalation.item_id)
                ask_team(TaskKind.CLOCK_RAN_OUT, item=item, now=now)
        for case in queries.overdue_new_cases(now):
            _climb_row(case, "case", case.id, case.due_at or now, now=now)
        for obligation in queries.overdue_obligations(now):
            if obligation.state is ObligationState.OPEN:
                move_obligation(obligation, ObligationAct.MISS)
            _climb_row(obligation, "case", obligation.case_id, obligation.due_at, now=now)


def _climb_row(
    row: Escalation | Case | Obligation, kind: str, target_id: str, due_at: datetime, *, now: datetime
) -> bool:
    """Page for one overdue row, once for each time that its clock has run out. Whether it has."""
    steps = times_over(row.band, due_at, now=now)
    if steps <= row.climbed:
        return False
    row.climbed = steps
    rungs, owner = rungs_of(row), None if isinstance(row, Escalation) else row.owner_id
    rung = rungs[min(steps, len(rungs)) - 1]
    page_staff(kind, target_id, band=row.band, due_at=due_at, now=now, rung=rung, owner=owner)
    detail = {"step": rung.value, "times": steps}
    record_event("overdue", actor="system", target=f"{kind}:{target_id}", detail=detail, now=now)
    return True


def rungs_of(row: Escalation | Case | Obligation) -> Sequence[Rung]:
    """Where a page of this row climbs, from the first time that its clock has run out: one rung above whom
    its first page asked. What was promised with less urgency paged nobody when it began.
    """
    if not isinstance(row, Obligation):
        return LADDER[LADDER.index(Rung.SECOND) :]
    first = LADDER.index(Rung.OWNER if row.owner_id is not None else Rung.ON_CALL)
    return LADDER[first + 1 :] if row.band.rank <= Band.RED.rank else LADDER[first:]


def times_over(band: Band, due_at: datetime, *, now: datetime) -> int:
    """How many times a clock has run out by now: 1 from its due time on, 2 after as long again."""
    clock = professional_due(band, since=due_at) - due_at
    return int((now - due_at) / clock) + 1

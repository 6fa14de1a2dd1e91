"""What somebody of the team is asked to look after, apart from texts: a third skip, a clock that ran out, a
colleague who needs cover, a talk after a hard text.

A task is done by an act of a person, never by looking at it.
"""

from datetime import datetime, timedelta

from accounts.models import Staff
from core.audit import record_event
from core.db import db
from core.ids import new_public_id
from core.refusals import Missing
from moderation.models import QueueItem
from moderation.team import queries as team_queries
from moderation.team.duties import duties_of
from moderation.team.models import Duty, TaskKind, TeamTask

DUE_WITHIN = timedelta(hours=12)


def ask_team(
    kind: TaskKind,
    *,
    now: datetime,
    duty: Duty | None = Duty.LEAD,
    person: Staff | None = None,
    item: QueueItem | None = None,
    about: Staff | None = None,
    note: str = "",
    due_at: datetime | None = None,
) -> TeamTask:
    """Put something before one person, or before whoever has a duty.

    About one item there is one open task of a kind: asked again, it stays the same. In the caller's
    transaction.
    """
    known = team_queries.open_task(kind, item.id) if item is not None else None
    if known is not None:
        return known
    task = TeamTask(
        id=new_public_id(),
        kind=kind,
        for_staff=person.id if person is not None else None,
        for_duty=None if person is not None else duty,
        item_id=item.id if item is not None else None,
        about_staff=about.id if about is not None else None,
        note=note or None,
        made_at=now,
        due_at=due_at or now + DUE_WITHIN,
    )
    db.session.add(task)
    db.session.flush()
    record_event("team_asked", actor="system", target=f"task:{task.id}", detail={"kind": kind}, now=now)
    return task


def finish_task(task_id: str, *, actor: Staff, now: datetime) -> TeamTask:
    """Note that somebody looked after it. Raises Missing when it is not theirs or done already."""
    task = team_queries.task(task_id, locked=True)
    if task is None or task.done_at is not None or not is_for(task, actor, now=now):
        raise Missing
    task.done_at, task.done_by = now, actor.id
    record_event("team_task_done", actor=actor.actor, target=f"task:{task.id}", now=now)
    return task


def is_for(task: TeamTask, person: Staff, *, now: datetime) -> bool:
    """Whether this person is asked."""
    return task.for_staff == person.id or task.for_duty in duties_of(person, now=now)

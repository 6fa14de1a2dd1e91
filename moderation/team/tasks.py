"""What somebody of the team is asked to look after, apart from texts: a third skip, a clock that ran out, a
colleague who needs cover, a talk after a hard text.

A task is done by an act of a person, never by looking at it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.models import Staff
from accounts.permissions import Role
from core.audit import record_event
from core.db import db
from core.ids import new_public_id
from core.refusals import Missing
from moderation.models import QueueItem
from moderation.team import queries as team_queries
from moderation.team.duties import duties_of, people_on
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

    About one item there is one open task of a kind: asked again, it stays the same. What every lead must not
    know of goes to a coordinator, or to a professional. In the caller's transaction.
    """
    known = team_queries.open_task(kind, item.id) if item is not None else None
    if known is not None:
        return known
    if item is not None and person is None and duty is Duty.LEAD:
        person = _instead_of_the_leads(item, now=now)
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


def tasks_of(person: Staff, duties: Sequence[Duty]) -> list[TeamTask]:
    """What waits for this person. Nothing about a text that they must not know of: they would learn from it
    whose text that is.
    """
    tasks = team_queries.open_tasks_for(person.id, duties)
    items = {one.id: one for one in team_queries.items_of_tasks([task.id for task in tasks])}
    return [task for task in tasks if task.item_id is None or may_know_of(items[task.item_id], person)]


def may_know_of(item: QueueItem, person: Staff) -> bool:
    """Whether a text exists for this person: neither their own, nor of an author they recused from."""
    return item.post.staff_id != person.id and person.id not in (item.excluded or [])


def _instead_of_the_leads(item: QueueItem, *, now: datetime) -> Staff | None:
    """Whom to ask where no lead must know of a text; None where one may."""
    leads = people_on(Duty.LEAD, now=now)
    if not leads or any(may_know_of(item, one) for one in leads):
        return None
    others = [
        one for role in (Role.COORDINATOR, Role.PROFESSIONAL) for one in team_queries.staff_of_role(role)
    ]
    return next((one for one in others if may_know_of(item, one)), None)


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

"""What somebody of the team is asked to look after, apart from texts: a third skip, a clock that ran out, a
colleague who needs cover, a talk after a hard text.

A task is done by an act of a person, never by looking at it. What is asked only so that a text is read is
done with the text; nobody has to tick it off besides.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from accounts.models import Staff
from accounts.permissions import Role
from core.audit import record_event
from core.db import db
from core.ids import new_public_id
from core.refusals import Missing
from moderation.models import QueueItem
from moderation.team import queries as team_queries
from moderation.team.duties import duties_of, leads_of_cases, people_on
from moderation.team.models import Duty, TaskKind, TeamTask

DUE_WITHIN = timedelta(hours=12)


class EndsBy(StrEnum):
    """Which act ends a task about a text."""

    TEXT = "text"  # it is decided, or its author took it back
    ANOTHER = "another"  # somebody else than the person it is about decides, or says that they looked
    HAND = "hand"  # whoever was asked says that they did it


ENDS_BY = {
    TaskKind.SKIPPED: EndsBy.TEXT,
    TaskKind.NOBODY_MAY: EndsBy.TEXT,
    TaskKind.CLOCK_RAN_OUT: EndsBy.TEXT,
    TaskKind.COVER: EndsBy.TEXT,
    TaskKind.NO_SENIOR: EndsBy.TEXT,
    TaskKind.SENT_BACK: EndsBy.TEXT,
    TaskKind.STALE: EndsBy.TEXT,
    TaskKind.REVIEW: EndsBy.ANOTHER,
    # The text is read, and the list or the model that failed still does.
    TaskKind.SCREENING_FAILED: EndsBy.HAND,
    # It is about the moderator who read the text.
    TaskKind.DEBRIEF: EndsBy.HAND,
    TaskKind.LAPSED: EndsBy.HAND,
    # About a case, and ended by whoever gives it to somebody.
    TaskKind.HANDOVER: EndsBy.HAND,
    # About a case or an escalation, and ended when somebody may take it.
    TaskKind.NO_COUNSELLOR: EndsBy.HAND,
}
ABOUT_A_CASE = frozenset({TaskKind.HANDOVER, TaskKind.NO_COUNSELLOR})
# What is asked about a decision that waits for a senior ends with that decision already, however it ends.
ABOUT_A_WAITING_DECISION = frozenset({TaskKind.NO_SENIOR, TaskKind.SENT_BACK, TaskKind.STALE})


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

    About one item there is one open task of a kind: asked again, it stays the same; what two people did is
    reviewed for each. What every lead must not know of goes to a coordinator, or to a professional. In the
    caller's transaction.
    """
    whose = about.id if about is not None and kind is TaskKind.REVIEW else None
    known = team_queries.open_task(kind, item.id, about=whose) if item is not None else None
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


def tasks_of(person: Staff, duties: Sequence[Duty], *, now: datetime) -> list[TeamTask]:
    """What waits for this person. Nothing about a text that they must not know of: they would learn from it
    whose text that is; and nothing about a case for a moderator who leads.
    """
    tasks = [
        task
        for task in team_queries.open_tasks_for(person.id, {*duties, Duty.LEAD})
        if task.for_staff == person.id or _is_asked_by_duty(task, person, duties, now=now)
    ]
    items = {one.id: one for one in team_queries.items_of_tasks([task.id for task in tasks])}
    return [task for task in tasks if task.item_id is None or may_know_of(items[task.item_id], person)]


def may_know_of(item: QueueItem, person: Staff) -> bool:
    """Whether a text exists for this person: neither their own, nor of an author they recused from."""
    return item.post.staff_id != person.id and person.id not in (item.excluded or [])


def tasks_for_nobody(now: datetime) -> list[tuple[TeamTask, Staff]]:
    """What the lead was asked about texts that no lead must know of any more, since they recused or since
    somebody else leads; and whom to ask instead.
    """
    tasks = team_queries.open_tasks_for_duty(Duty.LEAD)
    items = {one.id: one for one in team_queries.items_of_tasks([task.id for task in tasks])}
    found = [(task, _instead_of_the_leads(items[task.item_id], now=now)) for task in tasks if task.item_id]
    return [(task, person) for task, person in found if person is not None]


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


def end_with_text(item: QueueItem, *, now: datetime) -> None:
    """Nothing is open about a text any more: what was asked about it alone is over, by nobody's hand."""
    end_tasks(item, _ending(EndsBy.TEXT), now=now)


def end_reviews(item: QueueItem, *, by: Staff, now: datetime) -> None:
    """Somebody acted on a text: whoever did something in a hurry about it before has had the second look."""
    end_tasks(item, _ending(EndsBy.ANOTHER), by=by, but_about=by.id, now=now)


def _ending(act: EndsBy) -> frozenset[TaskKind]:
    return frozenset(kind for kind, ends in ENDS_BY.items() if ends is act)


def end_tasks(
    item: QueueItem,
    kinds: Collection[TaskKind],
    *,
    now: datetime,
    by: Staff | None = None,
    but_about: str = "",
) -> None:
    """What is open of these kinds about a text is over: by somebody's act, or by nobody's hand. What is
    about one person (`but_about`) may stay.
    """
    for task in team_queries.open_tasks_about(item.id):
        if task.kind in kinds and not (but_about and task.about_staff == but_about):
            task.done_at, task.done_by = now, by.id if by is not None else None


def take_up_again(item: QueueItem, *, ended_at: datetime) -> None:
    """The decision with which tasks ended was taken back: they are open again."""
    for task in team_queries.tasks_ended_at(item.id, ended_at):
        task.done_at = task.done_by = None


def is_for(task: TeamTask, person: Staff, *, now: datetime) -> bool:
    """Whether this person is asked. Nobody reviews what they did themselves."""
    if task.kind is TaskKind.REVIEW and task.about_staff == person.id:
        return False
    return task.for_staff == person.id or _is_asked_by_duty(task, person, duties_of(person, now=now), now=now)


def _is_asked_by_duty(task: TeamTask, person: Staff, duties: Sequence[Duty], *, now: datetime) -> bool:
    """What the lead is asked about a case goes to who leads there, who may be somebody else."""
    if task.kind in ABOUT_A_CASE and task.for_duty is Duty.LEAD:
        return person.id in {one.id for one in leads_of_cases(now=now)}
    return task.for_duty in duties

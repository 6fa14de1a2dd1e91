"""The team at work: who is on duty when, what each one asked for, what is to be done by whom, the policy, and
the library of reasons.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.columns import PublicId, SealedText, UtcDateTime, enum_column
from core.db import Model
from core.ids import new_public_id


class Duty(StrEnum):
    """What the rota gives to a member of staff for a time. Not a role."""

    LEAD = "lead"
    ON_CALL = "on_call"
    SECOND = "second"
    MODERATOR = "moderator"


class Shift(Model):
    """One person's duty from one time to another.

    A draft (`is_published` false) gives no duty, and one that `leaves` gives its duty until the next time
    that the rota is published. `offered_to` is the colleague who was asked to take it over; until they
    accept, nothing changes.
    """

    __tablename__ = "shifts"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    duty: Mapped[Duty] = mapped_column(enum_column(Duty))
    begins_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    offered_to: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    is_published: Mapped[bool] = mapped_column(default=False)
    leaves: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (Index(None, "ends_at"), Index(None, "staff_id", "begins_at"))


class ModeratorSetting(Model):
    """What one moderator asked for, without a reason: topics that they are not offered; who is their buddy
    and their senior; and since when they have been at work.

    `rested_until` is the end of a pause; what somebody read counts anew from `counted_from`; `ended_at` is
    when they were last done. Seen by nobody but this person.
    """

    __tablename__ = "moderator_settings"

    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    opted_out: Mapped[list[str]] = mapped_column(JSON, default=list)
    buddy_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    senior_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    began_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rested_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    counted_from: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TaskKind(StrEnum):
    """What a member of the team is asked to look after, apart from texts."""

    SKIPPED = "skipped"
    NOBODY_MAY = "nobody_may"
    CLOCK_RAN_OUT = "clock_ran_out"
    SCREENING_FAILED = "screening_failed"
    COVER = "cover"
    DEBRIEF = "debrief"
    NO_SENIOR = "no_senior"
    SENT_BACK = "sent_back"
    STALE = "stale"
    REVIEW = "review"
    LAPSED = "lapsed"
    HANDOVER = "handover"
    NO_COUNSELLOR = "no_counsellor"


class TeamTask(Model):
    """Something for one person, or for whoever has a duty, to look after. Done by an act, not by looking."""

    __tablename__ = "team_tasks"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    kind: Mapped[TaskKind] = mapped_column(enum_column(TaskKind))
    for_staff: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    for_duty: Mapped[Duty | None] = mapped_column(enum_column(Duty))
    item_id: Mapped[str | None] = mapped_column(ForeignKey("queue_items.id", ondelete="CASCADE"))
    about_staff: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    note: Mapped[str | None] = mapped_column(SealedText("team_task.note"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))

    __table_args__ = (Index(None, "done_at", "due_at"), Index(None, "item_id", "kind"))


class Reason(Model):
    """One version of a reason that a moderator may give.

    `wordings` holds for each language {"text", "example"}; `anchor` leads to the passage of the house rules;
    `roles` are those who may use it; with `is_about_others` it says what was done to somebody else, and a
    step may rest on it. The newest version counts, the older ones stay for what cites them.
    """

    __tablename__ = "reasons"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    anchor: Mapped[str] = mapped_column(String(60), default="")
    wordings: Mapped[dict[str, Any]] = mapped_column(JSON)
    roles: Mapped[list[str]] = mapped_column(JSON)
    is_offered: Mapped[bool] = mapped_column(default=True)
    is_about_others: Mapped[bool] = mapped_column(default=False)
    set_by: Mapped[str] = mapped_column(String(80))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Policy(Model):
    """One version of what the coordinator set: clocks, staffed hours, and what screening must know of this
    university, such as how its student numbers look.

    The newest counts; older ones stay.
    """

    __tablename__ = "policies"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    clocks: Mapped[dict[str, Any]] = mapped_column(JSON)
    hours: Mapped[dict[str, Any]] = mapped_column(JSON)
    screening: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    set_by: Mapped[str] = mapped_column(String(80))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)

"""What a moderator's training record means at the queue: what is missing and whom to ask, who their senior
is, and that it is soon over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from accounts import queries as account_queries
from accounts.models import Staff
from accounts.permissions import Permission, Role, may
from accounts.training import is_valid, runs_out_soon
from moderation.team import queries as team_queries


class Standing(StrEnum):
    """How far a record lets somebody act; without a valid one, why not."""

    NO_RECORD = "no_record"
    EXPIRED = "expired"
    OBSERVER = "observer"
    ASSISTED = "assisted"
    INDEPENDENT = "independent"


@dataclass(frozen=True)
class TrainingState:
    """For the person alone: where they stand, when the record ends if that is soon, whom to ask, and their
    senior.
    """

    standing: Standing
    ends_at: datetime | None
    ask: Sequence[str]
    senior: str


def training_state(person: Staff, *, now: datetime) -> TrainingState | None:
    """Where a moderator stands; None for everybody else, who needs no record."""
    if person.role is not Role.MODERATOR:
        return None
    record = account_queries.newest_training_record(person.id)
    if record is None:
        standing = Standing.NO_RECORD
    else:
        standing = Standing(record.step.value) if is_valid(record, now=now) else Standing.EXPIRED
    is_ending = record is not None and runs_out_soon(record, now=now)
    setting = team_queries.moderator_setting(person.id) if standing is Standing.ASSISTED else None
    senior = account_queries.staff_member(setting.senior_id) if setting and setting.senior_id else None
    needs_help = is_ending or standing is not Standing.INDEPENDENT
    return TrainingState(
        standing=standing,
        ends_at=record.expires_at if record is not None and is_ending else None,
        ask=whom_to_ask() if needs_help else [],
        senior=senior.alias if senior is not None and senior.closed_at is None else "",
    )


def whom_to_ask() -> list[str]:
    """Who may record training, by alias: coordinators first."""
    roles = (Role.COORDINATOR, Role.PROFESSIONAL)
    return [
        person.alias
        for role in roles
        if may(role, Permission.RECORD_TRAINING)
        for person in sorted(team_queries.staff_of_role(role), key=lambda one: one.alias.lower())
    ]

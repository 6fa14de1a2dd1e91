"""What the coordinator sets: the clocks and the weekly table of staffed hours.

Each change is a new version; the old ones stay.
"""

from datetime import datetime
from typing import Any

from accounts.models import Staff
from core.audit import record_event
from core.db import db
from moderation import queries
from moderation.team.hours import default_policy
from moderation.team.models import Policy


def present_policy() -> tuple[dict[str, Any], dict[str, Any]]:
    """(clocks in minutes, staffed hours) that hold now."""
    policy = queries.newest_policy()
    return (policy.clocks, policy.hours) if policy is not None else default_policy()


def set_policy(
    *,
    actor: Staff,
    now: datetime,
    clocks: dict[str, Any] | None = None,
    hours: dict[str, Any] | None = None,
    screening: dict[str, Any] | None = None,
) -> Policy:
    """Write a new version with what is given changed. In the caller's transaction."""
    newest = queries.newest_policy()
    old_clocks, old_hours = present_policy()
    policy = Policy(
        version=newest.version + 1 if newest is not None else 1,
        clocks=clocks or old_clocks,
        hours=hours or old_hours,
        screening=screening or (newest.screening if newest is not None else {}),
        set_by=actor.actor,
        set_at=now,
    )
    db.session.add(policy)
    detail = {"version": policy.version, "clocks": policy.clocks, "hours": policy.hours} | policy.screening
    record_event("policy_set", actor=actor.actor, target="policy", detail=detail, now=now)
    return policy

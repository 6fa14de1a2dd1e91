"""How this university writes its student numbers, as its coordinator says.

Shapes and no patterns: a coordinator types "AA99999", and nothing that they type can make a check slow.
"""

import re
from datetime import datetime

from flask_babel import gettext as _

from accounts.models import Staff
from core.refusals import Refusal
from moderation import queries
from moderation.screening.people_patterns import number_pattern
from moderation.screening.personal_patterns import STUDENT_NUMBER
from moderation.team.models import Policy
from moderation.team.policy import set_policy

SHAPES_AT_MOST = 6
_SHAPE = re.compile(r"(?=(?:[^9]*9){4})[A9a-z0-8./-]{5,20}")


class NoShape(Refusal):
    """This says of no number how it looks."""

    status = 422

    @property
    def sentence(self) -> str:
        return _(
            "Write A for a letter and 9 for a digit, with four digits or more, such as AA99999. Put a comma "
            "between several."
        )


def present_shapes() -> str | None:
    """What the coordinator typed; None when they never did."""
    policy = queries.newest_policy()
    return policy.screening.get("student_number") if policy is not None and policy.screening else None


def present_pattern() -> re.Pattern[str] | None:
    """What a student number looks like here. Until somebody says so, what is common at many universities."""
    shapes = present_shapes()
    return STUDENT_NUMBER if shapes is None else number_pattern(shapes)


def set_shapes(shapes: str, *, actor: Staff, now: datetime) -> Policy:
    """Say how the numbers look; "" for "only those that are called so". In the caller's transaction.

    Raises NoShape.
    """
    if not are_shapes(shapes):
        raise NoShape
    return set_policy(actor=actor, screening={"student_number": ", ".join(_parts(shapes))}, now=now)


def are_shapes(shapes: str) -> bool:
    """Whether this says how numbers look; nothing at all does, too."""
    parts = _parts(shapes)
    return len(parts) <= SHAPES_AT_MOST and all(_SHAPE.fullmatch(part) for part in parts)


def _parts(shapes: str) -> list[str]:
    return [part.strip() for part in shapes.split(",") if part.strip()]

"""The proof that comes after the limit, on its way between the page and the rule (`forum.pacing`)."""

from datetime import datetime
from typing import Any

from flask import current_app, jsonify, request
from flask.typing import ResponseReturnValue

from accounts.guard import student_or_none
from accounts.models import Account
from core import proof
from core.clock import utcnow
from core.settings import Join
from core.web import settings_of
from forum import pacing
from forum.pacing import Turn
from forum.posting import Draft

FROM_SCRIPT = "Stoa-Script"
CANNOT = "none"  # what the script sends when its browser cannot do the work


def take_turn(account: Account) -> Turn:
    """Count the text that is being sent."""
    return pacing.take_turn(
        account,
        proof=request.form.get(proof.FIELD, ""),
        joined_by_ticket=settings_of(current_app).join is Join.TICKET,
    )


def challenge_to_write() -> dict[str, Any] | None:
    """What the script on the page works at while a student types; None while it need not."""
    student = student_or_none()
    if student is None or pacing.is_within_pace(student):
        return None
    return proof.make_challenge(now=utcnow())


def ask_for_proof(turn: Turn, draft: Draft, *, now: datetime) -> ResponseReturnValue | None:
    """What a script is answered that should prove its work and send again; None when the text may go. The
    text is in the page meanwhile. Without script nobody is asked: the text is taken as it is.
    """
    is_able = FROM_SCRIPT in request.headers and request.form.get(proof.FIELD) != CANNOT
    if not is_able or not pacing.lacks_proof(turn, draft, now=now):
        return None
    return jsonify(proof.make_challenge(now=now)), 428

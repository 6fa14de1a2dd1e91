"""Who looks after whom: a moderator's buddy, for a talk after a hard text, and their senior, while they
learn.
"""

from datetime import datetime

from flask_babel import gettext as _

from accounts import queries as account_queries
from accounts.models import Staff
from core.audit import record_event
from core.refusals import Refusal
from moderation.wellbeing import own_setting


class NotAColleague(Refusal):
    """Nobody is their own buddy or senior, and neither is who has left."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("Please choose a colleague whose account is open. Nothing was changed.")


def pair(person: Staff, *, buddy: str, senior: str, actor: Staff, now: datetime) -> None:
    """Set both; an empty id means nobody. Raises NotAColleague."""
    for chosen in filter(None, (buddy, senior)):
        colleague = account_queries.staff_member(chosen)
        if colleague is None or colleague.closed_at is not None or chosen == person.id:
            raise NotAColleague
    setting = own_setting(person)
    setting.buddy_id, setting.senior_id = buddy or None, senior or None
    detail = {"buddy": buddy, "senior": senior}
    record_event("staff_paired", actor=actor.actor, target=f"staff:{person.id}", detail=detail, now=now)

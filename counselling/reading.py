"""Opening a case, or an escalation that nobody has taken yet: what is logged before there is a page.

Each reading by staff leaves an AuditEvent that is committed before the page is made; when it cannot be
written there is no page. One event for each person, case or escalation, and 15 minutes. The owner's purpose
is implied: they work on the case. A second or a cover states one first (`handing/purposes.py`).
"""

from datetime import datetime

from flask_babel import gettext as _

from accounts.models import Staff
from core.db import transaction
from core.refusals import Refusal
from counselling.access import Part, case_of_part, readable_escalation
from counselling.conversants import Conversant, case_of_conversant
from counselling.handing.purposes import (
    is_escalation_logged,
    is_logged,
    log_escalation_reading,
    log_own_reading,
)
from counselling.handing.seen import newest_unseen, note_seen
from counselling.models import AuthorKind, Case
from counselling.reaching.unread import note_reached
from counselling.unread import Shows, has_news, note_shown
from counselling.wrapping import key_of
from moderation.models import Escalation


class PurposeNeeded(Refusal):
    """Somebody who works along has not said, in the last quarter of an hour, why they open the case."""

    status = 403

    @property
    def sentence(self) -> str:
        return _("Please say first why you open this case.")


def open_to_read(case_id: str, *, reader: Staff, now: datetime, shows: Shows = Shows.NOTHING) -> Case:
    """The case, for whoever has a part in it, after the reading was logged. What the page shows counts as
    read once the owner or their cover has it.

    Opens its own transaction. Raises Missing, and PurposeNeeded for a second or a cover.
    """
    case, part = case_of_part(case_id, person=reader, now=now)
    key_of(case)  # what cannot be opened has not been read by anybody
    is_known = is_logged(case, part, reader=reader, now=now)
    if not is_known and part is not Part.OWNER:
        raise PurposeNeeded(case_id)
    if is_known and not _has_news(case, part, shows):
        return case
    with transaction():
        case, part = case_of_part(case_id, person=reader, now=now, locked=True)
        if not is_logged(case, part, reader=reader, now=now):
            if part is not Part.OWNER:
                raise PurposeNeeded(case_id)
            log_own_reading(case, reader=reader, now=now)
        if part is not Part.SECOND:
            note_shown(case, AuthorKind.STUDENT, shows, now=now)
        elif shows is Shows.CONVERSATION:
            note_seen(case, reader=reader, now=now)
    return case_of_part(case_id, person=reader, now=now)[0]


def _has_news(case: Case, part: Part, shows: Shows) -> bool:
    """Whether the page shows something that was not read, or to a second letters that nobody has read."""
    if part is Part.SECOND:
        return shows is Shows.CONVERSATION and newest_unseen(case) is not None
    return has_news(case, AuthorKind.STUDENT, shows)


def open_escalation(escalation_id: str, *, reader: Staff, now: datetime) -> Escalation:
    """An escalation that waits or was declined, after the reading was logged: it shows a text that is held,
    and what the team and its student wrote to each other.

    Opens its own transaction. Raises Missing.
    """
    escalation = readable_escalation(escalation_id, reader=reader)
    if is_escalation_logged(escalation, reader=reader, now=now):
        return escalation
    with transaction():
        escalation = readable_escalation(escalation_id, reader=reader)
        log_escalation_reading(escalation, reader=reader, now=now)
    return readable_escalation(escalation_id, reader=reader)


def case_to_poll(case_id: str, *, reader: Staff, now: datetime) -> Case:
    """The case, for an open page that asks by itself whether there is something new. It writes nothing, so
    it answers only who has opened the case just before. Raises Missing, PurposeNeeded.
    """
    case, part = case_of_part(case_id, person=reader, now=now)
    if part is not Part.OWNER and not is_logged(case, part, reader=reader, now=now):
        raise PurposeNeeded(case_id)
    return case


def open_conversation(case_id: str, *, conversant: Conversant, now: datetime, shows: Shows) -> Case:
    """The case, for its student's side, after what the page shows them was marked as read.

    Opens its own transaction when there is any. Raises Missing.
    """
    case = case_of_conversant(case_id, conversant=conversant)
    key_of(case)
    if not has_news(case, AuthorKind.PROFESSIONAL, shows):
        return case
    with transaction():
        case = case_of_conversant(case_id, conversant=conversant, locked=True)
        note_shown(case, AuthorKind.PROFESSIONAL, shows, now=now)
        note_reached(case, now=now)
    return case_of_conversant(case_id, conversant=conversant)

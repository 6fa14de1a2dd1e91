"""Somebody whose words sounded urgent, before they leave: whoever chooses to be reached gets a case at once.

Nothing has to be written for it. The text that sounded urgent goes along, when it is theirs: its escalation
if there is one, else its thread.
"""

from datetime import datetime

from accounts.models import Account
from core.db import db
from core.ids import new_public_id
from counselling.cases import open_case
from counselling.models import Case, SelfReferral
from counselling.sealing import links_of, set_links
from counselling.taking import fresh_pseudonym, open_case_of
from forum.authorship import is_author
from forum.models import Post
from moderation import queries as moderation_queries
from moderation.bands import Band
from moderation.models import Escalation
from moderation.pages import page_staff
from moderation.team.hours import professional_due


def case_to_stay_in(student: Account, *, post: Post | None, now: datetime) -> Case:
    """The open case of a student, whose row is locked, or a new one.

    With an urgent text of theirs it is as pressing as that text, and red at least.
    """
    case = open_case_of(student)
    if case is not None:
        return case
    own = post if post is not None and is_author(post, student) else None
    escalation = _escalation_of(own)
    band = escalation.band if escalation is not None else Band.RED if own is not None else Band.AMBER
    due_at = professional_due(band, since=now)
    case = open_case(band=band, student=student, pseudonym=fresh_pseudonym(), due_at=due_at, now=now)
    if escalation is not None:
        set_links(case, links_of(case) | {"escalations": [escalation.id]})
    elif own is not None:
        set_links(case, links_of(case) | {"threads": [own.thread_id]})
    db.session.add(SelfReferral(id=new_public_id(), case_id=case.id, asked_at=now))
    page_staff("case", case.id, band=band, due_at=due_at, now=now)
    return case


def _escalation_of(post: Post | None) -> Escalation | None:
    item = moderation_queries.item_of_post(post.id) if post is not None else None
    return moderation_queries.waiting_escalation(item.id) if item is not None else None

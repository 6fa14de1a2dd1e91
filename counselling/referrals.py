"""A student's own wish for a counsellor: from any page, with or without a thread.

Nobody has to be escalated to be heard.
"""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import Account
from core.db import db
from core.ids import new_public_id
from counselling.cases import open_case
from counselling.intake.answers import save_hope
from counselling.messages import answer_band, hear_student
from counselling.models import Case, SelfReferral
from counselling.sealing import links_of, set_links
from counselling.taking import fresh_pseudonym, open_case_of
from forum.authorship import own_thread_ids
from moderation.pages import page_staff
from moderation.team.hours import professional_due


def ask_for_counsellor(
    student: Account, *, body: str, hope: str, thread_ids: Sequence[str], now: datetime
) -> Case:
    """Open a case under a fresh pseudonym, with the student's words as its first letter and those of their
    own threads that they chose. `student` is locked. The open case they already have hears the words
    instead.
    """
    existing = open_case_of(student)
    if existing is not None:
        hear_student(existing, body, now=now)
        return existing
    band = answer_band(body)
    due_at = professional_due(band, since=now)
    case = open_case(band=band, student=student, pseudonym=fresh_pseudonym(), due_at=due_at, now=now)
    own = set(own_thread_ids(student))
    set_links(case, links_of(case) | {"threads": [one for one in thread_ids if one in own]})
    db.session.add(SelfReferral(id=new_public_id(), case_id=case.id, asked_at=now))
    if hope:
        save_hope(case, hope, now=now)
    hear_student(case, body, now=now)
    page_staff("case", case.id, band=band, due_at=due_at, now=now)
    return case

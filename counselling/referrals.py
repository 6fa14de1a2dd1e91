"""A student's own wish for a counsellor: from any page, with or without a thread.

Nobody has to be escalated to be heard.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from accounts.models import Account
from core.db import db
from core.ids import new_public_id
from counselling.cases import open_case
from counselling.intake.answers import NOTHING, Answers, keep_answers, told_of
from counselling.intake.attaching import attach_threads
from counselling.intake.telling import save_answers, urgency_of
from counselling.messages import answer_band, hear_student
from counselling.models import Case, SelfReferral
from counselling.taking import fresh_pseudonym, open_case_of
from moderation.bands import Band, higher_of
from moderation.pages import page_staff
from moderation.team.hours import professional_due


def ask_for_counsellor(
    student: Account,
    *,
    body: str,
    thread_ids: Sequence[str],
    now: datetime,
    hope: str = "",
    answers: Answers = NOTHING,
) -> Case:
    """Open a case under a fresh pseudonym, with the student's words as its first letter, what they told
    about themselves, and those of their own threads that they chose. `student` is locked. The open case they
    already have hears all of it instead.
    """
    answers = replace(answers, hope=hope or answers.hope)
    existing = open_case_of(student)
    if existing is not None:
        hear_student(existing, body, now=now)
        attach_threads(existing, thread_ids, student=student)
        save_answers(existing, answers.over(told_of(existing).answers), now=now)
        return existing
    said = answer_band(body)
    band = higher_of(said, urgency_of(answers) or Band.GREEN)
    due_at = professional_due(band, since=now)
    case = open_case(band=band, student=student, pseudonym=fresh_pseudonym(), due_at=due_at, now=now)
    attach_threads(case, thread_ids, student=student)
    db.session.add(SelfReferral(id=new_public_id(), case_id=case.id, asked_at=now))
    keep_answers(case, answers, now=now)
    hear_student(case, body, now=now)
    if said.rank > Band.RED.rank:  # else the letter has paged already
        page_staff("case", case.id, band=band, due_at=due_at, now=now)
    return case

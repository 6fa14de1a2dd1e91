"""Makers of what counselling is about: staff, students, posts, escalations, cases. Inside an application."""

import secrets
from datetime import UTC, datetime

from accounts.models import Account, Staff
from accounts.permissions import Role
from core.db import db, transaction
from core.ids import new_public_id
from counselling.cases import assign_case, open_case
from counselling.models import Case
from forum import posting
from forum.access import open_category
from forum.models import Post
from moderation import queries as moderation_queries
from moderation.bands import Band
from moderation.escalations import Briefing, escalate
from moderation.models import Escalation

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def add_staff_row(role: Role, name: str) -> Staff:
    """A member of staff who never signs in, so that no password has to be hashed."""
    staff = Staff(
        id=new_public_id(),
        username=name,
        alias=f"{name.title()} of the centre",
        role=role,
        password_hash="none",
        otp_secret="none",
        created_at=NOON,
        epoch=1,
        last_otp_step=0,
        has_to_change_password=False,
    )
    with transaction():
        db.session.add(staff)
    return staff


def add_student() -> Account:
    """A student with confirmed words."""
    account = Account(
        id=new_public_id(),
        lookup=secrets.token_bytes(32),
        is_confirmed=True,
        epoch=1,
        unread=0,
        seen_on=NOON.date(),
        data_key=b"",
    )
    with transaction():
        db.session.add(account)
    return account


def write_post(
    student: Account, body: str = "I cannot sleep before the exams.", title: str = "Exams"
) -> Post:
    """An opening post, held."""
    draft = posting.write_draft(body, language="en", title=title)
    with transaction():
        category = open_category("academic-difficulties")
        return posting.begin_thread(category, draft, author=student, now=NOON)


def escalate_post(post: Post, band: Band = Band.AMBER) -> Escalation:
    """A moderator hands the post over at noon."""
    with transaction():
        item = moderation_queries.item_of_post(post.id, locked=True)
        assert item is not None
        briefing = Briefing(band=band, prompted_by="sleepless for weeks", already_said="that we read it")
        return escalate(item, briefing, actor=None, now=NOON)


def make_case(student: Account, owner: Staff | None, band: Band = Band.AMBER) -> Case:
    """A case of this student, opened at noon."""
    with transaction():
        case = open_case(band=band, student=student, pseudonym="Quiet Heron", due_at=NOON, now=NOON)
        if owner is not None:
            assign_case(case, owner=owner, now=NOON)
    return case

"""Fetch and "may I?" in one step, for counselling.

A case opens to whoever has a part in it: its owner, a second by invitation, the cover of an owner who is
away, and its student. Some acts are the owner's alone. To everybody else, and once it is destroyed, a case
answers as one that never was.
"""

from datetime import datetime
from enum import StrEnum

from flask_babel import gettext as _

from accounts.blobs import read_blob
from accounts.models import Account, Staff
from core.refusals import Missing, Refusal
from counselling import queries
from counselling.handing import queries as handing_queries
from counselling.models import Case, MemberPart
from moderation import queries as moderation_queries
from moderation.models import Escalation, EscalationState


class Part(StrEnum):
    """What a member of staff is in a case."""

    OWNER = "owner"
    SECOND = "second"
    COVER = "cover"


class ForTheOwner(Refusal):
    """Whoever works along does not decide this."""

    status = 403

    @property
    def sentence(self) -> str:
        return _("Only the colleague who has this case can do this. What you typed is below.")


def part_in(case: Case, person: Staff, *, now: datetime) -> Part | None:
    """What this person is in a case now, or None.

    A cover who also reads along as a second acts as the cover.
    """
    if case.wrapped_key is None:
        return None
    if case.owner_id == person.id:
        return Part.OWNER
    parts = {one.part for one in handing_queries.live_memberships(case.id, person.id, now)}
    if MemberPart.COVER in parts:
        return Part.COVER
    return Part.SECOND if MemberPart.SECOND in parts else None


def case_of_part(case_id: str, *, person: Staff, now: datetime, locked: bool = False) -> tuple[Case, Part]:
    """A case for whoever has a part in it, and which part. Raises Missing."""
    found = queries.case(case_id, locked=locked)
    part = part_in(found, person, now=now) if found is not None else None
    if found is None or part is None:
        raise Missing(case_id)
    return found, part


def case_to_decide_on(case_id: str, *, person: Staff, now: datetime) -> Case:
    """A case for what only its owner does, locked. Raises Missing; ForTheOwner for a second or a cover."""
    case, part = case_of_part(case_id, person=person, now=now, locked=True)
    if part is not Part.OWNER:
        raise ForTheOwner(part)
    return case


def own_case(case_id: str, *, owner: Staff, locked: bool = False) -> Case:
    """A case for the professional who has it. Raises Missing."""
    found = queries.case(case_id, locked=locked)
    if found is None or found.owner_id != owner.id or found.wrapped_key is None:
        raise Missing(case_id)
    return found


def case_ids_of(student: Account) -> list[str]:
    """The cases of a student, oldest first, from the sealed list in their account."""
    return [str(entry["case"]) for entry in read_blob(student, "cases")]


def case_to_take(case_id: str) -> Case:
    """A case that a professional wants to take, locked, whoever has it now.

    Raises Missing when there is none.
    """
    found = queries.case(case_id, locked=True)
    if found is None or found.wrapped_key is None:
        raise Missing(case_id)
    return found


def readable_escalation(escalation_id: str, *, reader: Staff) -> Escalation:
    """An escalation that waits or was declined, for any professional who does not know its author.

    Raises Missing: an accepted one is part of a case.
    """
    found = escalation_to_answer(escalation_id, actor=reader)
    if found.state not in {EscalationState.WAITING, EscalationState.DECLINED}:
        raise Missing(escalation_id)
    return found


def escalation_to_answer(escalation_id: str, *, actor: Staff) -> Escalation:
    """An escalation in whatever state, for accepting or declining it: who comes second must be told so.

    Raises Missing, for whoever said that they know its author as well.
    """
    found = moderation_queries.escalation(escalation_id)
    if found is None or not is_offered_to(found, actor):
        raise Missing(escalation_id)
    return found


def is_offered_to(escalation: Escalation, person: Staff) -> bool:
    """Whether this person may see an escalation: they did not say that they know its author."""
    item = moderation_queries.item(escalation.item_id)
    return item is None or person.id not in (item.excluded or [])

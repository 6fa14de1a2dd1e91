"""Fetch and "may I?" in one step, for counselling.

A case opens to its owner and to its student; to everybody else, and once it is destroyed, it answers as one
that never was.
"""

from accounts.blobs import read_blob
from accounts.models import Account, Staff
from core.refusals import Missing
from counselling import queries
from counselling.models import Case
from moderation import queries as moderation_queries
from moderation.models import Escalation, EscalationState


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


def readable_escalation(escalation_id: str) -> Escalation:
    """An escalation that waits or was declined, for any professional.

    Raises Missing: an accepted one is part of a case.
    """
    found = moderation_queries.escalation(escalation_id)
    if found is None or found.state not in {EscalationState.WAITING, EscalationState.DECLINED}:
        raise Missing(escalation_id)
    return found


def escalation_to_answer(escalation_id: str) -> Escalation:
    """An escalation in whatever state, for accepting or declining it: who comes second must be told so.

    Raises Missing.
    """
    found = moderation_queries.escalation(escalation_id)
    if found is None:
        raise Missing(escalation_id)
    return found

"""Who is on the student's side of a conversation: a student with their words, who reaches all of their cases.

A page of the student's side asks for this and never for the account, so that whoever may open one case only
meets the same pages.
"""

from dataclasses import dataclass

from accounts.models import Account
from core.refusals import Missing
from counselling import queries
from counselling.access import case_ids_of
from counselling.models import Case


@dataclass(frozen=True)
class Conversant:
    """Somebody on the student's side, and the cases that are open to them, oldest first."""

    student: Account | None
    case_ids: tuple[str, ...]

    @property
    def sender(self) -> str:
        """Whose a sent form is, so that the same one is taken once."""
        return f"student:{self.student.id}" if self.student is not None else f"case:{self.case_ids[0]}"


def conversant_of(student: Account) -> Conversant:
    """A student with their words."""
    return Conversant(student, tuple(case_ids_of(student)))


def case_of_conversant(case_id: str, *, conversant: Conversant, locked: bool = False) -> Case:
    """A case for whoever is on its student's side. Raises Missing."""
    if case_id not in conversant.case_ids:
        raise Missing(case_id)
    found = queries.case(case_id, locked=locked)
    if found is None or found.wrapped_key is None:
        raise Missing(case_id)
    return found

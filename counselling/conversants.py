"""Who is on the student's side of a conversation: a student with their words, who reaches all of their cases,
or whoever came with the code of one.

A page of the student's side asks for this and never for the account, so that whoever may open one case only
meets the same pages.
"""

from dataclasses import dataclass

from flask_babel import gettext as _

from accounts.models import Account, Returner
from core.refusals import Missing, Refusal
from counselling import queries
from counselling.access import case_ids_of
from counselling.models import Case
from counselling.notices import student_of
from counselling.reaching.codes import still_opens


class CodeRanOut(Refusal):
    """Since somebody came with a code, it was ended or replaced."""

    status = 403

    @property
    def sentence(self) -> str:
        return _(
            "The code with which you came does not open this conversation any more. A newer code, or your "
            "six words, open it. What you typed is below."
        )


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


def conversant_with_code(returner: Returner) -> Conversant:
    """Whoever came with the code of one case: that case, as long as the code holds. Raises CodeRanOut."""
    if not still_opens(returner, queries.case(returner.opens)):
        raise CodeRanOut(returner.opens)
    return Conversant(None, (returner.opens,))


def case_of_conversant(case_id: str, *, conversant: Conversant, locked: bool = False) -> Case:
    """A case for whoever is on its student's side. Raises Missing."""
    if case_id not in conversant.case_ids:
        raise Missing(case_id)
    found = queries.case(case_id, locked=locked)
    if found is None or found.wrapped_key is None:
        raise Missing(case_id)
    return found


def somebody_reads(case: Case) -> bool:
    """Whether a letter could be read on the student's side: by their account, or by whoever has the code of
    this conversation. The account of somebody who lost their words is forgotten one day, and they are not.
    """
    return student_of(case) is not None or (case.wrapped_key is not None and case.return_tag is not None)

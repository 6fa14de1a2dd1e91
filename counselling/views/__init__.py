"""Counselling as pages: the student's private side, and the professional's rooms.

All of it is private: no browser may store it.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from flask import Blueprint

from accounts.guard import current_staff, current_student
from core.clock import utcnow
from core.forms import StoaForm
from core.kept import forget_kept_form, kept_form, kept_path
from counselling.access import own_case
from counselling.conversants import Conversant, conversant_of
from counselling.models import Case
from counselling.obligations import promise_words
from counselling.reading import open_own_case

bp = Blueprint("counselling", __name__)
bp.add_app_template_global(promise_words, "promise_words")

AnyForm = TypeVar("AnyForm", bound=StoaForm)
NOT_REFILLED = {"csrf_token", "submission_id"}


def refilled(form: AnyForm, path: str) -> AnyForm:
    """A form for a page that is opened, with what this browser left there when a sign-in ran out."""
    fill(form, kept_form(path, now=utcnow()) or {})
    return form


def fill(form: StoaForm, fields: Mapping[str, Sequence[str]]) -> None:
    """Put into a form what was in it before."""
    for name, values in fields.items():
        if name in form and name not in NOT_REFILLED and values:
            form[name].data = list(values) if form[name].type == "SelectMultipleField" else values[0]


def forget_kept(path: str) -> None:
    """What was kept for this page has been sent; what waits for another page stays."""
    if kept_path() == path:
        forget_kept_form()


def opened_case(case_id: str) -> Case:
    """The case whose page is asked for, after the reading was logged. Raises Missing."""
    return open_own_case(case_id, reader=current_staff(), now=utcnow())


def case_to_work_on(case_id: str) -> Case:
    """The case that the acting professional changes, locked, inside a transaction. Raises Missing."""
    return own_case(case_id, owner=current_staff(), locked=True)


def current_conversant() -> Conversant:
    """Who is on the student's side; inside a transaction fetched anew and locked. Raises SignedOut."""
    return conversant_of(current_student())

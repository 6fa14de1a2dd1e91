"""Counselling as pages: the student's private side, and the professional's rooms.

All of it is private: no browser may store it.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from flask import Blueprint

from core.clock import utcnow
from core.forms import StoaForm
from core.kept import forget_kept_form, kept_form, kept_path

bp = Blueprint("counselling", __name__)

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

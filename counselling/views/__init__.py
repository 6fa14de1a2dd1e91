"""Counselling as pages: the student's private side, and the professional's rooms.

All of it is private: no browser may store it.
"""

from collections.abc import Mapping, Sequence
from typing import NoReturn, TypeVar
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, current_student, returner_or_none, safe_path, student_or_none
from core.clock import utcnow
from core.crypto import CannotUnseal
from core.db import db
from core.failures import error_page
from core.forms import StoaForm
from core.kept import forget_kept_form, keep_form, kept_form, kept_path
from core.keys import keyring, read_case_keys_anew
from core.unreadable import note_damage
from counselling.access import case_of_part, case_to_decide_on
from counselling.conversants import Conversant, conversant_of, conversant_with_code
from counselling.models import Case
from counselling.obligations import promise_words
from counselling.reading import PurposeNeeded, open_to_read
from counselling.unread import Shows, has_news

bp = Blueprint("counselling", __name__)
bp.add_app_template_global(promise_words, "promise_words")
bp.add_app_template_global(has_news, "has_unread")


@bp.before_request
def close_without_key() -> None:
    """Without the key of cases nothing of counselling is done, not even half of it. Raises KeysMissing."""
    if keyring().case is None:
        read_case_keys_anew()


@bp.errorhandler(CannotUnseal)
def show_damage(_error: CannotUnseal) -> ResponseReturnValue:
    """A case of which nothing can be opened. The others are open."""
    db.session.rollback()
    case_id = (request.view_args or {}).get("case_id")
    note_damage(f"case:{case_id}" if case_id is not None else "a case")
    explanation = _(
        "Something was damaged, and nobody can open this right now. The team has been told. If you wrote "
        "something, it is below."
    )
    if student_or_none() is not None:
        explanation += " " + _("You can ask for a counsellor anew, and somebody will read that.")
    return error_page(503, title=_("This cannot be opened"), explanation=explanation)


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


def opened_case(case_id: str, shows: Shows = Shows.NOTHING) -> Case:
    """The case whose page is asked for, after the reading was logged, and what it shows counts as read.
    Raises Missing.

    A second or a cover who has not said why they read it is asked first, and led back afterwards.
    """
    try:
        return open_to_read(case_id, reader=current_staff(), now=utcnow(), shows=shows)
    except PurposeNeeded:
        ask_for_purpose(url_for(".state_purpose", case_id=case_id), url_for(".show_case", case_id=case_id))


def ask_for_purpose(question: str, home: str) -> NoReturn:
    """Lead to the page that asks why somebody reads, and from there back to this page, or `home` where it
    cannot be opened by itself. What was typed is kept until then.
    """
    back = request.path
    if request.method == "POST":
        back = safe_path(request.form.get("back_to")) or home
        keep_form(back, request.form.to_dict(flat=False), now=utcnow())
    abort(redirect(f"{question}?{urlencode({'next': back})}", code=303))


def case_to_work_on(case_id: str) -> Case:
    """The case in which the acting professional writes, as its owner, second or cover: locked, inside a
    transaction. Raises Missing.
    """
    return case_of_part(case_id, person=current_staff(), now=utcnow(), locked=True)[0]


def own_case_to_decide_on(case_id: str) -> Case:
    """The case about which its owner alone decides: locked, inside a transaction. Raises Missing, and
    ForTheOwner for a second or a cover.
    """
    return case_to_decide_on(case_id, person=current_staff(), now=utcnow())


def current_conversant() -> Conversant:
    """Who is on the student's side; inside a transaction fetched anew and locked. Raises SignedOut."""
    returner = returner_or_none()
    return conversant_with_code(returner) if returner is not None else conversant_of(current_student())

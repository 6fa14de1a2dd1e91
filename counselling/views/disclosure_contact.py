"""Sealed contact, for the student: leaving it, replacing it, taking it back, and reading that it was opened.

Only with the six words. A code on paper opens the conversation as well, and whoever finds the paper must not
put a wrong address where help would be sent, nor take the right one away. That it was opened stands in the
conversation too, for whoever has only the code.
"""

from collections.abc import Sequence
from datetime import datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_student, requires, returner_or_none
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.limits import limiter
from counselling.conversants import case_of_conversant, conversant_of
from counselling.disclosure import contacts, queries
from counselling.disclosure.contacts import is_readable, take_back_contact
from counselling.disclosure.forms import LINE_LIMIT, MORE_LIMIT, ContactForm
from counselling.disclosure.models import Disclosure
from counselling.disclosure.rings import can_be_left
from counselling.disclosure.telling import has_untold, note_told, openings_to_show, told_openings
from counselling.models import Case
from counselling.views import bp, current_conversant, forget_kept, refilled


@bp.app_template_global("came_with_code")
def came_with_code() -> bool:
    """Whether this conversation was opened with its code, and not with the six words."""
    return returner_or_none() is not None


@bp.app_template_global("untold_openings")
def untold_openings(case: Case, now: datetime) -> Sequence[Disclosure]:
    """For the conversation: openings of sealed contact that its student has not seen yet."""
    return openings_to_show(case, with_code=came_with_code(), now=now)


def note_openings_seen(case_id: str) -> None:
    """What a page has just told of openings was seen. Opens its own transaction when there is something.

    Raises Missing.
    """
    if has_untold(case_of_conversant(case_id, conversant=current_conversant()), now=utcnow()):
        with transaction():
            case = case_of_conversant(case_id, conversant=current_conversant(), locked=True)
            note_told(case, now=utcnow())


@bp.route("/counsel/<public_id:case_id>/contact", methods=["GET", "POST"])
@requires(Permission.ASK_COUNSELLOR)
@limiter.limit("30 per minute", methods=["POST"])
def leave_contact(case_id: str) -> ResponseReturnValue:
    """Leave contact details sealed, or read when and why they were opened."""
    path = url_for(".leave_contact", case_id=case_id)
    form = ContactForm()
    if not form.is_submitted():
        return _contact_page(_seen_case(case_id), refilled(ContactForm(formdata=None), path))
    if not form.validate():
        return _contact_page(own_case(case_id), form, status=422)
    with transaction():
        case = own_case(case_id, locked=True)
        contacts.leave_contact(case, form.details(), allows_one=form.alone.data, now=utcnow())
        forget_kept(path)
    flash(_("It is sealed. Nobody has read it."))
    return redirect(path, code=303)


@bp.post("/counsel/<public_id:case_id>/contact/forget")
@requires(Permission.ASK_COUNSELLOR)
def forget_contact(case_id: str) -> ResponseReturnValue:
    """Take it back. It is gone at once."""
    with transaction():
        take_back_contact(own_case(case_id, locked=True), now=utcnow())
    flash(_("It is gone. Nobody can open it any more."))
    return redirect(url_for(".leave_contact", case_id=case_id), code=303)


def own_case(case_id: str, *, locked: bool = False) -> Case:
    """A case of the signed-in student. Raises Missing."""
    return case_of_conversant(case_id, conversant=conversant_of(current_student()), locked=locked)


def _seen_case(case_id: str) -> Case:
    """The same, after an opening that stands on the page was noted as told."""
    note_openings_seen(case_id)
    return own_case(case_id)


def _contact_page(case: Case, form: ContactForm, *, status: int = 200) -> ResponseReturnValue:
    contact = queries.contact(case.id)
    page = render_template(
        "counselling/leave_contact.html",
        case=case,
        form=form,
        limits=(LINE_LIMIT, MORE_LIMIT),
        contact=contact if contact is not None and contact.sealed is not None else None,
        is_readable=is_readable(contact),
        is_offered=can_be_left(),
        openings=told_openings(case, now=utcnow()),
    )
    return page, status

"""Bringing somebody into a live talk: the student's page about whom they bring, and the professional's.

Both are pages of their own and not a part of the talk, so that nothing that is typed there is lost when the
talk renews itself.
"""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.permissions import Permission, Role
from core.clock import utcnow
from core.db import transaction
from core.forms import StoaForm
from core.limits import limiter
from core.submissions import earlier_result, remember_result
from counselling.conversants import case_of_conversant
from counselling.live import queries as live_queries
from counselling.models import AuthorKind, Case
from counselling.reading import open_conversation
from counselling.showing import head_of
from counselling.trusted.forms import NAME_LIMIT, REASON_LIMIT, InviteForm, RefuseForm
from counselling.trusted.inviting import (
    MOST,
    approve_person,
    ask_for_person,
    current_or_none,
    end_person,
    person_to_change,
    refuse_person,
)
from counselling.trusted.people import people_of
from counselling.unread import Shows
from counselling.views import bp, case_to_work_on, current_conversant, forget_kept, opened_case, refilled
from counselling.views.live import note_presence


@bp.get("/counsel/<public_id:case_id>/live/people")
@requires(Permission.TALK)
def show_own_people(case_id: str) -> ResponseReturnValue:
    """Whom the student brings into the talk, how that stands, and the links to pass on."""
    return _own_page(case_id)


def _own_page(case_id: str, form: InviteForm | None = None, *, status: int = 200) -> ResponseReturnValue:
    now = utcnow()
    case = open_conversation(case_id, conversant=current_conversant(), now=now, shows=Shows.NOTHING)
    note_presence(case, AuthorKind.STUDENT, now=now)
    session = current_or_none(case)
    people = people_of(case, session, now=now, with_links=True) if session is not None else []
    page = render_template(
        "counselling/show_own_people.html",
        case=case,
        session=session,
        people=people,
        may_ask=sum(1 for one in people if not one.is_over) < MOST,
        form=form or InviteForm(formdata=None),
        limit=NAME_LIMIT,
    )
    return page, status


@bp.post("/counsel/<public_id:case_id>/live/people")
@requires(Permission.TALK)
@limiter.limit("20 per minute")
def invite_person(case_id: str) -> ResponseReturnValue:
    """Ask to bring somebody. Sent twice, it asks once."""
    form, goal = InviteForm(), url_for(".show_own_people", case_id=case_id)
    if not form.validate():
        return _own_page(case_id, form, status=422)
    with transaction():
        conversant = current_conversant()
        sender = f"{conversant.sender}:trusted"
        if earlier_result(form.submission, sender=sender) is None:
            case = case_of_conversant(case_id, conversant=conversant, locked=True)
            ask_for_person(case, form.name.data, now=utcnow())
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
    return redirect(goal, code=303)


@bp.post("/counsel/<public_id:case_id>/live/people/<public_id:trusted_id>/end")
@requires(Permission.TALK)
def take_person_back(case_id: str, trusted_id: str) -> ResponseReturnValue:
    """Take an invitation back, or ask somebody to go. They are out at once."""
    with transaction():
        case = case_of_conversant(case_id, conversant=current_conversant(), locked=True)
        end_person(case, person_to_change(case, trusted_id), actor=Role.STUDENT, now=utcnow())
    return redirect(url_for(".show_own_people", case_id=case_id), code=303)


@bp.get("/counselling/cases/<public_id:case_id>/live/people")
@requires(Permission.COUNSEL)
def show_people(case_id: str) -> ResponseReturnValue:
    """Whom the student would like to bring into the talk. The reading is in the audit log before the page."""
    return _people_page(case_id)


def _people_page(
    case_id: str, form: RefuseForm | None = None, *, about: str = "", status: int = 200
) -> ResponseReturnValue:
    now, case = utcnow(), opened_case(case_id)
    note_presence(case, AuthorKind.PROFESSIONAL, now=now)
    session = live_queries.current_session(case.id)
    page = render_template(
        "counselling/show_people.html",
        view=head_of(case),
        case=case,
        people=people_of(case, session, now=now) if session is not None else [],
        form_of=lambda trusted_id: _form_of(case, trusted_id, form if trusted_id == about else None),
        limit=REASON_LIMIT,
    )
    return page, status


def _form_of(case: Case, trusted_id: str, sent: RefuseForm | None) -> StoaForm:
    path = url_for(".refuse_trusted", case_id=case.id, trusted_id=trusted_id)
    return (sent or refilled(RefuseForm(formdata=None), path)).beside_others(trusted_id)


@bp.post("/counselling/cases/<public_id:case_id>/live/people/<public_id:trusted_id>/approve")
@requires(Permission.COUNSEL)
def approve_trusted(case_id: str, trusted_id: str) -> ResponseReturnValue:
    """Agree that somebody comes. The student gets the link to pass on."""
    with transaction():
        case, staff = case_to_work_on(case_id), current_staff()
        approve_person(case, person_to_change(case, trusted_id), actor=staff, now=utcnow())
    return redirect(url_for(".show_live_room", case_id=case_id), code=303)


@bp.post("/counselling/cases/<public_id:case_id>/live/people/<public_id:trusted_id>/refuse")
@requires(Permission.COUNSEL)
def refuse_trusted(case_id: str, trusted_id: str) -> ResponseReturnValue:
    """Say no, with a sentence for the student or without."""
    form = RefuseForm()
    if not form.validate():
        return _people_page(case_id, form, about=trusted_id, status=422)
    with transaction():
        case, staff = case_to_work_on(case_id), current_staff()
        person = person_to_change(case, trusted_id)
        refuse_person(case, person, form.reason.data or "", actor=staff, now=utcnow())
        forget_kept(url_for(".refuse_trusted", case_id=case_id, trusted_id=trusted_id))
    flash(_("The student is told."), "success")
    return redirect(url_for(".show_people", case_id=case_id), code=303)


@bp.post("/counselling/cases/<public_id:case_id>/live/people/<public_id:trusted_id>/end")
@requires(Permission.COUNSEL)
def send_person_out(case_id: str, trusted_id: str) -> ResponseReturnValue:
    """End somebody's part in the talk. They are out at once."""
    with transaction():
        case, staff = case_to_work_on(case_id), current_staff()
        end_person(case, person_to_change(case, trusted_id), actor=staff.actor, now=utcnow())
    return redirect(url_for(".show_people", case_id=case_id), code=303)

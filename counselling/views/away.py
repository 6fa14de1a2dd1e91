"""Being away, who covers, and the lead's page for the cases of somebody who is."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from accounts import queries as account_queries
from accounts.guard import current_staff, requires
from accounts.models import Staff
from accounts.permissions import Permission, Role
from core.clock import utcnow
from core.db import transaction
from core.refusals import Missing
from core.submissions import earlier_result, remember_result
from counselling import queries as case_queries
from counselling.appointments.showing import booked_while_away
from counselling.professionals import queries
from counselling.professionals.away import (
    CoverIsAway,
    NotThoseDays,
    absent_colleague,
    call_off,
    is_lead,
    may_set_for,
    move_cases,
    set_away,
)
from counselling.professionals.forms import REPLY_LIMIT, AwayForm, MoveCasesForm
from counselling.professionals.profiles import has_expired
from counselling.views import bp


@bp.route("/counselling/away", methods=["GET", "POST"], endpoint="show_away")
@requires(Permission.SERVE)
def show_or_set_away() -> ResponseReturnValue:
    """Who is away when, and a further absence (`staff`, `first`, `last`, `cover`, `reply`)."""
    form = AwayForm()
    if request.method == "GET" or not form.validate():
        return _away_page(form)
    goal = url_for(".show_away")
    try:
        with transaction():
            actor = current_staff()
            sender = f"staff:{actor.id}:away"
            if earlier_result(form.submission, sender=sender) is None:
                cover = form.cover.data or ""
                set_away(
                    _person(form.staff.data or actor.id),
                    first=form.first.data,
                    last=form.last.data,
                    cover=_person(cover) if cover else None,
                    reply=form.reply.data or "",
                    actor=actor,
                    now=utcnow(),
                )
                remember_result(form.submission, sender=sender, location=goal, now=utcnow())
    except NotThoseDays as refusal:
        form.last.errors = [refusal.sentence]
        return _away_page(form)
    except CoverIsAway as refusal:
        form.cover.errors = [refusal.sentence]
        return _away_page(form)
    flash(_("This is noted. Students who write then are told."))
    return redirect(goal, code=303)


def _away_page(form: AwayForm) -> ResponseReturnValue:
    actor, now = current_staff(), utcnow()
    people = queries.working_professionals()
    mine = [one for one in people if may_set_for(actor, one, now=now)]
    if not mine and actor.role is not Role.COORDINATOR:
        raise Missing(actor.id)
    form.offer(sorted(mine, key=lambda one: one.id != actor.id), people)
    page = render_template(
        "counselling/show_away.html",
        form=form,
        absences=queries.absences(after=now),
        names={one.id: one.alias for one in account_queries.all_staff()},
        may_end={one.id for one in mine},
        is_lead=is_lead(actor, now=now),
        booked=booked_while_away(actor, now=now),
        is_counsellor=actor.role is Role.PROFESSIONAL,
        ended=[one for one in people if has_expired(queries.profile(one.id), now=now)],
        reply_limit=REPLY_LIMIT,
        now=now,
    )
    return page, 422 if form.errors else 200


@bp.post("/counselling/away/<public_id:absence_id>/end")
@requires(Permission.SERVE)
def end_absence(absence_id: str) -> ResponseReturnValue:
    """Somebody is back, or does not go."""
    with transaction():
        actor = current_staff()
        absence = queries.absence(absence_id, locked=True)
        if absence is None:
            raise Missing(absence_id)
        call_off(absence, actor=actor, now=utcnow())
    flash(_("This time away is over."))
    return redirect(url_for(".show_away"), code=303)


@bp.route("/counselling/away/<public_id:staff_id>/cases", methods=["GET", "POST"], endpoint="move_cases")
@requires(Permission.SERVE)
def move_cases_of_absent(staff_id: str) -> ResponseReturnValue:
    """The lead gives cases of somebody who is away to colleagues, unread (`case`: an id or `all`; `to`)."""
    form = MoveCasesForm()
    lead = current_staff()
    person = absent_colleague(staff_id, lead=lead, now=utcnow())
    colleagues = [one for one in queries.working_professionals() if one.id != staff_id]
    form.offer(colleagues)
    if request.method == "GET" or not form.validate():
        return _cases_page(person, form)
    with transaction():
        actor = current_staff()
        person = absent_colleague(staff_id, lead=actor, now=utcnow())
        wanted = form.case.data
        ids = [one.id for one in case_queries.open_cases_of_owner(staff_id)] if wanted == "all" else [wanted]
        given, kept = move_cases(person, ids, to=_person(form.to.data), actor=actor, now=utcnow())
    flash(_told(given, kept))
    return redirect(url_for(".move_cases", staff_id=staff_id), code=303)


def _told(given: int, kept: int) -> str:
    told = ngettext("%(num)s case was given to them.", "%(num)s cases were given to them.", given)
    if not kept:
        return told
    return f"{told} " + ngettext(
        "%(num)s was not, because it cannot go to this colleague or has moved on.",
        "%(num)s were not, because they cannot go to this colleague or have moved on.",
        kept,
    )


def _cases_page(person: Staff, form: MoveCasesForm) -> ResponseReturnValue:
    now = utcnow()
    page = render_template(
        "counselling/move_cases.html",
        person=person,
        cases=_by_clock(person),
        absences=queries.absences_of(person.id, after=now),
        form=form,
        now=now,
    )
    return page, 422 if form.errors else 200


def _by_clock(person: Staff) -> Sequence[tuple[object, object]]:
    """The open cases with what is due next in each, the most pressing first. No name, no word."""
    cases = case_queries.open_cases_of_owner(person.id)
    rows = [(case, next(iter(case_queries.unsettled_obligations(case.id)), None)) for case in cases]
    return sorted(
        rows, key=lambda row: (row[1] is None, row[1].due_at if row[1] else row[0].opened_at, row[0].rank)
    )


def _person(staff_id: str) -> Staff:
    person = account_queries.staff_member(staff_id) if staff_id else None
    if person is None:
        raise Missing(staff_id)
    return person

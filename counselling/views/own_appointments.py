"""Appointments, as the student sees them: times to choose from, the one that is booked, and a file for a
calendar.
"""

from collections.abc import Sequence

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup, escape

from accounts.guard import requires, returner_or_none, student_or_none
from accounts.permissions import Permission
from accounts.queries import staff_aliases
from core.clock import utcnow
from core.db import transaction
from core.limits import limiter
from core.refusals import Missing
from core.submissions import earlier_result, remember_result
from core.wording import current_language
from counselling import queries as case_queries
from counselling.access import case_ids_of
from counselling.appointments.booking import SlotGone, appointment_in, book, cancel_by_student
from counselling.appointments.calendar_file import calendar_file
from counselling.appointments.code_words import propose_code_word
from counselling.appointments.details import AppointmentView, appointments_of
from counselling.appointments.forms import MEETING_NAMES, BookForm
from counselling.appointments.models import AppointmentState, Slot
from counselling.appointments.showing import next_of_cases
from counselling.appointments.slots import meeting_time, slots_for
from counselling.conversants import case_of_conversant
from counselling.models import Case
from counselling.views import bp, current_conversant, forget_kept, refilled


@bp.get("/counsel/<public_id:case_id>/appointments")
@requires(Permission.TALK)
def show_own_appointments(case_id: str) -> ResponseReturnValue:
    """What is booked, else the times to choose from."""
    case = case_of_conversant(case_id, conversant=current_conversant())
    proposed = propose_code_word(current_language())
    return _own_page(case, refilled(BookForm(formdata=None, code_word=proposed), request.path))


@bp.post("/counsel/<public_id:case_id>/appointments")
@requires(Permission.TALK)
@limiter.limit("30 per minute")
def book_appointment(case_id: str) -> ResponseReturnValue:
    """Book a time (`slot`, `code_word`)."""
    form, goal = BookForm(), url_for(".show_own_appointments", case_id=case_id)
    if not form.validate():
        return _own_page(case_of_conversant(case_id, conversant=current_conversant()), form, status=422)
    try:
        with transaction():
            conversant, now = current_conversant(), utcnow()
            sender = f"{conversant.sender}:appointment"
            case = case_of_conversant(case_id, conversant=conversant, locked=True)
            if earlier_result(form.submission, sender=sender) is None:
                book(case, form.slot.data, form.code_word.data, now=now)
                remember_result(form.submission, sender=sender, location=goal, now=now)
            forget_kept(goal)
    except SlotGone as refusal:
        form.slot.errors, form.slot.data = [refusal.sentence], None
        return _own_page(case_of_conversant(case_id, conversant=current_conversant()), form, status=409)
    flash(_("Your appointment is booked."))
    return redirect(goal, code=303)


def _own_page(case: Case, form: BookForm, *, status: int = 200) -> ResponseReturnValue:
    now = utcnow()
    views = appointments_of(case)
    free = slots_for(case, now=now)
    form.offer(_choices(free))
    page = render_template(
        "counselling/show_own_appointments.html",
        case=case,
        form=form,
        booked=[one for one in views if one.is_current(now)],
        has_booked=any(one.is_ahead(now) for one in views),
        cancelled=[one for one in views if one.state is AppointmentState.CANCELLED and one.about.words],
        has_free=bool(free),
        has_video=any(one.meeting == "video" for one in free),
        now=now,
    )
    return page, status


def _choices(free: Sequence[Slot]) -> list[tuple[str, Markup]]:
    """The free times in words: when, how long, how, where, and with whom if there is a choice."""
    aliases = staff_aliases(sorted({one.staff_id for one in free})) if free else {}
    return [(one.id, _in_words(one, aliases[one.staff_id] if len(aliases) > 1 else "")) for one in free]


def _in_words(slot: Slot, alias: str) -> Markup:
    length = _("%(num)s minutes", num=slot.minutes)
    parts = [length, str(MEETING_NAMES[slot.meeting]), slot.place, alias]
    return Markup("<strong>{}</strong><br>{}").format(
        meeting_time(slot.starts_at), escape(", ".join(one for one in parts if one))
    )


@bp.post("/counsel/<public_id:case_id>/appointments/<public_id:appointment_id>/cancel")
@requires(Permission.TALK)
@limiter.limit("30 per minute")
def cancel_own_appointment(case_id: str, appointment_id: str) -> ResponseReturnValue:
    """Not to come. No reason is asked."""
    with transaction():
        case = case_of_conversant(case_id, conversant=current_conversant(), locked=True)
        cancel_by_student(case, appointment_id, now=utcnow())
    flash(_("Your appointment is cancelled. That is fine, and nobody asks why."))
    return redirect(url_for(".show_own_appointments", case_id=case_id), code=303)


@bp.get("/counsel/<public_id:case_id>/appointments/<public_id:appointment_id>.ics")
@requires(Permission.TALK)
def download_appointment(case_id: str, appointment_id: str) -> ResponseReturnValue:
    """The time as a file for a calendar. It says when, and nothing else."""
    case = case_of_conversant(case_id, conversant=current_conversant())
    appointment, about = appointment_in(case, appointment_id)
    if appointment.state is not AppointmentState.BOOKED:
        raise Missing(appointment_id)
    body = calendar_file(
        uid=about.uid,
        title=_("Appointment"),
        starts_at=about.starts_at,
        ends_at=about.ends_at,
        now=utcnow(),
    )
    answer = Response(body, mimetype="text/calendar")
    answer.headers["Content-Disposition"] = 'attachment; filename="appointment.ics"'
    return answer


@bp.app_template_global("own_next_meeting")
def own_next_meeting(case: Case | None = None) -> AppointmentView | None:
    """What this student is reminded of: in one conversation, or in any of theirs."""
    if case is not None:
        return next_of_cases([case], now=utcnow())
    student = student_or_none()
    if student is None or returner_or_none() is not None:
        return None
    ids = case_ids_of(student)
    return next_of_cases(case_queries.cases_by_ids(ids), now=utcnow()) if ids else None

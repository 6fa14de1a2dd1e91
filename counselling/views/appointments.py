"""Appointments for professionals: times to publish, who comes, the list for the door, how it went."""

from datetime import date, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.submissions import earlier_result, remember_result
from counselling.appointments import slots
from counselling.appointments.absences import is_nobody_there
from counselling.appointments.booking import cancel_by_professional, note_kept, note_missed
from counselling.appointments.details import appointments_of
from counselling.appointments.forms import CANCEL_LIMIT, MEETING_NAMES, CancelForm, SlotForm
from counselling.appointments.showing import door_list, log_list, next_of_reader, who_comes
from counselling.appointments.video import has_video, room_address
from counselling.models import Case
from counselling.professionals import queries as professional_queries
from counselling.sealing import pseudonym_of
from counselling.showing import head_of
from counselling.views import bp, case_to_work_on, forget_kept, opened_case, refilled
from moderation.team.hours import staffed_hours

bp.add_app_template_filter(slots.meeting_time, "meeting_time")
bp.add_app_template_filter(room_address, "room_address")
bp.add_app_template_filter(slots.time_of_day, "time_of_day")
bp.add_app_template_filter(MEETING_NAMES.__getitem__, "way_to_meet")
bp.add_app_template_filter(pseudonym_of, "pseudonym")
bp.add_app_template_test(is_nobody_there, "at_a_time_away")


@bp.get("/counselling/appointments")
@requires(Permission.COUNSEL)
def show_appointments() -> ResponseReturnValue:
    """Who comes, what one offers, and a form for more."""
    return _list_page(refilled(SlotForm(formdata=None), request.path))


@bp.post("/counselling/appointments")
@requires(Permission.COUNSEL)
def publish_slots() -> ResponseReturnValue:
    """Offer a time, once or week after week (`day`, `at`, `minutes`, `meeting`, `place`, `weeks`)."""
    form, goal = SlotForm(), url_for(".show_appointments")
    form.offer_meetings(has_video=has_video())
    if not form.validate():
        return _list_page(form, status=422)
    try:
        with transaction():
            staff = current_staff()
            sender = f"staff:{staff.id}:slots"
            if earlier_result(form.submission, sender=sender) is None:
                offer = form.what(staffed_hours().timezone)
                made = slots.publish_slots(offer, staff=staff, now=utcnow())
                flash(ngettext("%(num)s time is offered.", "%(num)s times are offered.", len(made)))
                remember_result(form.submission, sender=sender, location=goal, now=utcnow())
            forget_kept(goal)
    except slots.NotThisTime as refusal:
        form.day.errors = [refusal.sentence]
        return _list_page(form, status=422)
    return redirect(goal, code=303)


def _list_page(form: SlotForm, *, status: int = 200) -> ResponseReturnValue:
    reader, now = current_staff(), utcnow()
    form.offer_meetings(has_video=has_video())
    coming = who_comes(reader, now=now)
    log_list([*coming.ahead, *coming.unsettled, *coming.cancelled], reader=reader, now=now)
    away = professional_queries.absences_of(reader.id, after=now)
    page = render_template(
        "counselling/show_appointments.html",
        form=form,
        coming=coming,
        slots=[(one, slots.is_away(one.starts_at, away)) for one in slots.own_slots(reader, now=now)],
        has_video=has_video(),
        today=slots.day_of(now),
        now=now,
    )
    return page, status


@bp.post("/counselling/appointments/<public_id:slot_id>/withdraw")
@requires(Permission.COUNSEL)
def withdraw_slot(slot_id: str) -> ResponseReturnValue:
    """Take back a time that nobody has booked."""
    with transaction():
        slots.withdraw_slot(slot_id, staff=current_staff())
    flash(_("This time is no longer offered."))
    return redirect(url_for(".show_appointments"), code=303)


@bp.get("/counselling/appointments/door")
@requires(Permission.COUNSEL)
def show_door_list() -> ResponseReturnValue:
    """Who comes on one day, for the door: time and code word, and nothing else (`day`: as 2026-03-31)."""
    reader, now = current_staff(), utcnow()
    day = _day_asked(request.args.get("day", "")) or slots.day_of(now)
    views = door_list(reader, day, now=now)
    log_list(views, reader=reader, now=now)
    return render_template(
        "counselling/show_door_list.html",
        views=views,
        day=day,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
    )


def _day_asked(text: str) -> date | None:
    """A day of an address, within the years that calendars can say."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 < day.year < 3000 else None


@bp.get("/counselling/cases/<public_id:case_id>/appointments")
@requires(Permission.COUNSEL)
def show_case_appointments(case_id: str) -> ResponseReturnValue:
    """The appointments of a case, and how they went."""
    path = url_for(".show_case_appointments", case_id=case_id)
    return _case_page(opened_case(case_id), refilled(CancelForm(formdata=None), path))


def _case_page(case: Case, form: CancelForm, *, status: int = 200) -> ResponseReturnValue:
    now = utcnow()
    views = appointments_of(case)
    page = render_template(
        "counselling/show_case_appointments.html",
        case=case,
        view=head_of(case),
        current=[one for one in views if one.is_booked],
        settled=[one for one in reversed(views) if not one.is_booked],
        form=form,
        cancel_limit=CANCEL_LIMIT,
        now=now,
    )
    return page, status


@bp.post("/counselling/cases/<public_id:case_id>/appointments/<public_id:appointment_id>/cancel")
@requires(Permission.COUNSEL)
def cancel_appointment(case_id: str, appointment_id: str) -> ResponseReturnValue:
    """Cancel, with words for the student (`words`, `again`)."""
    form, goal = CancelForm(), url_for(".show_case_appointments", case_id=case_id)
    if not form.validate():
        return _case_page(opened_case(case_id), form, status=422)
    with transaction():
        staff = current_staff()
        sender = f"staff:{staff.id}:appointment"
        case = case_to_work_on(case_id)
        if earlier_result(form.submission, sender=sender) is None:
            cancel_by_professional(
                case,
                appointment_id,
                words=form.words.data,
                is_offered_again=form.again.data,
                actor=staff,
                now=utcnow(),
            )
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
        forget_kept(goal)
    flash(_("The appointment is cancelled. The student reads your words at their next visit."))
    return redirect(goal, code=303)


@bp.post("/counselling/cases/<public_id:case_id>/appointments/<public_id:appointment_id>/kept")
@requires(Permission.COUNSEL)
def keep_appointment(case_id: str, appointment_id: str) -> ResponseReturnValue:
    """It took place: what came of it is written down next."""
    with transaction():
        note_kept(case_to_work_on(case_id), appointment_id, actor=current_staff(), now=utcnow())
    flash(_("Noted. Now write down what came of it."))
    return redirect(url_for(".show_record", case_id=case_id), code=303)


@bp.post("/counselling/cases/<public_id:case_id>/appointments/<public_id:appointment_id>/missed")
@requires(Permission.COUNSEL)
def miss_appointment(case_id: str, appointment_id: str) -> ResponseReturnValue:
    """The student did not come: somebody asks after them within a day."""
    with transaction():
        note_missed(case_to_work_on(case_id), appointment_id, actor=current_staff(), now=utcnow())
    flash(_("Noted. Please write to the student within a day: this is among what is promised."))
    return redirect(url_for(".show_case", case_id=case_id), code=303)


@bp.app_template_global("ends_with_owner")
def ends_with_owner(case: Case) -> bool:
    """Whether something is booked that ends when its owner hands the case over."""
    now = utcnow()
    return any(one.is_ahead(now) and one.about.staff_id == case.owner_id for one in appointments_of(case))


@bp.app_template_global("next_meeting")
def next_meeting() -> object:
    """The next appointment of the professional who reads, for the worklist."""
    return next_of_reader(current_staff(), now=utcnow())

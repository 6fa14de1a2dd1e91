"""The rota as the coordinator drafts and publishes it."""

from collections.abc import Sequence
from datetime import date, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from accounts import queries as account_queries
from accounts.guard import current_staff, requires
from accounts.permissions import Permission, Role
from core.clock import utcnow
from core.db import transaction
from core.refusals import Missing, Refusal
from core.submissions import earlier_result, remember_result
from moderation.team import rota, rota_queries
from moderation.team.forms import ShiftsForm
from moderation.team.hours import Stretch, staffed_hours, weekly_limit
from moderation.team.models import Duty, Shift
from moderation.team.swaps import shift_to_change
from moderation.views import bp

TEAM = (Role.MODERATOR, Role.PROFESSIONAL, Role.COORDINATOR)
NEAR = timedelta(days=366)
SHOWN_SHORTFALLS = 12


@bp.get("/admin/rota")
@requires(Permission.ADMINISTER)
def plan_rota() -> ResponseReturnValue:
    """One week of the rota, drafts included, and what the coming two weeks lack."""
    return _plan(_asked_monday())


def _asked_monday() -> date:
    """The Monday of the week that the address or form names; of this week when it names none."""
    today = utcnow().astimezone(staffed_hours().timezone).date()
    try:
        asked = date.fromisoformat(request.values.get("week", ""))
    except ValueError:
        asked = today
    return rota.monday_of(asked if abs(asked - today) < NEAR else today)


def _form(monday: date) -> ShiftsForm:
    days = [monday + timedelta(days=offset) for offset in range(7)]
    return ShiftsForm(rota_queries.people_of(TEAM), days)


def _plan(
    monday: date, form: ShiftsForm | None = None, *, refusal: Refusal | None = None
) -> ResponseReturnValue:
    now, hours = utcnow(), staffed_hours()
    week = rota.week_of(monday, hours)
    shifts = rota_queries.shifts_between(*week)
    missing = rota.planned_shortfalls(now=now)
    names = account_queries.staff_aliases(sorted({one.staff_id for one in shifts}))
    page = render_template(
        "moderation/plan_rota.html",
        monday=monday,
        days=_by_day(shifts, monday),
        names=names,
        work=_work_of(shifts, week, names),
        limit=weekly_limit(),
        hours=hours,
        missing=missing[:SHOWN_SHORTFALLS],
        more_missing=max(0, len(missing) - SHOWN_SHORTFALLS),
        changes=sum(one.leaves or not one.is_published for one in shifts),
        form=form or _form(monday),
        refusal=refusal,
        now=now,
        week_long=rota.WEEK,
    )
    return page, 422 if refusal or (form and form.errors) else 200


def _by_day(shifts: Sequence[Shift], monday: date) -> list[tuple[date, list[Shift]]]:
    """The shifts of a week under the day on which they begin; one from the week before under its Monday."""
    zone = staffed_hours().timezone
    days: dict[date, list[Shift]] = {monday + timedelta(days=offset): [] for offset in range(7)}
    for shift in shifts:
        days[max(monday, shift.begins_at.astimezone(zone).date())].append(shift)
    return list(days.items())


def _work_of(shifts: Sequence[Shift], week: Stretch, names: dict[str, str]) -> list[tuple[str, str]]:
    """Who would work how many hours in this week, by name."""
    own: dict[str, list[Shift]] = {}
    for shift in shifts:
        if not shift.leaves and shift.duty in rota.WORK:
            own.setdefault(shift.staff_id, []).append(shift)
    return sorted((names[who], rota.in_hours(rota.work_hours(theirs, week))) for who, theirs in own.items())


def _back_to(monday: date) -> ResponseReturnValue:
    return redirect(url_for(".plan_rota", week=monday.isoformat()), code=303)


@bp.post("/admin/rota")
@requires(Permission.ADMINISTER)
def add_shifts() -> ResponseReturnValue:
    """Draft the same times on some days of a week (`person`, `duty`, `days`, `begins`, `ends`)."""
    monday = _asked_monday()
    form = _form(monday)
    if not form.validate():
        return _plan(monday, form)
    try:
        with transaction():
            _add(form)
    except Refusal as refusal:
        return _plan(monday, form, refusal=refusal)
    return _back_to(monday)


def _add(form: ShiftsForm) -> None:
    """Inside the transaction: the person is locked, so that two who add at once count the same hours."""
    actor, now = current_staff(), utcnow()
    sender = f"staff:{actor.id}"
    if earlier_result(form.submission, sender=sender) is not None:
        return
    person = account_queries.staff_member(form.person.data, locked=True)
    if person is None:
        raise Missing
    begins, ends = form.times()
    days = form.chosen_days()
    rota.add_shifts(person, Duty(form.duty.data), days=days, begins=begins, ends=ends, actor=actor, now=now)
    remember_result(form.submission, sender=sender, location=url_for(".plan_rota"), now=now)


@bp.post("/admin/rota/copy")
@requires(Permission.ADMINISTER)
def copy_rota() -> ResponseReturnValue:
    """Draft a week like the one before."""
    monday = _asked_monday()
    with transaction():
        drafted = rota.copy_week(monday, actor=current_staff(), now=utcnow())
    flash(
        ngettext(
            "%(num)s shift is drafted as in the week before.",
            "%(num)s shifts are drafted as in the week before.",
            drafted,
        )
    )
    return _back_to(monday)


@bp.post("/admin/rota/publish")
@requires(Permission.ADMINISTER)
def publish_rota() -> ResponseReturnValue:
    """Let the draft count, if the whole then keeps the clocks."""
    monday = _asked_monday()
    try:
        with transaction():
            rota.publish_rota(actor=current_staff(), now=utcnow())
    except rota.CannotKeepTheClocks as refusal:
        return _plan(monday, refusal=refusal)
    flash(_("The rota is published. It keeps the clocks for the coming two weeks."))
    return _back_to(monday)


@bp.post("/admin/rota/<public_id:shift_id>/remove")
@requires(Permission.ADMINISTER)
def remove_shift(shift_id: str) -> ResponseReturnValue:
    """Take a draft away, or mark what is published to leave with the next publishing."""
    monday = _asked_monday()
    with transaction():
        rota.remove_shift(shift_to_change(shift_id), actor=current_staff(), now=utcnow())
    return _back_to(monday)

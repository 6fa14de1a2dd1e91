"""Clocks and staffed hours, for the coordinator."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from moderation.bands import Band
from moderation.forms import ClocksForm, HoursForm, write_shifts
from moderation.team.hours import DAYS, WEEKLY_LIMIT
from moderation.team.policy import present_policy, set_policy
from moderation.views import bp


@bp.route("/admin/clocks", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def set_clocks() -> ResponseReturnValue:
    """How soon a moderator looks and a professional acts, for each band."""
    clocks = present_policy()[0]
    stored = {f"{kind}_{band}": minutes for kind, bands in clocks.items() for band, minutes in bands.items()}
    form: Any = ClocksForm.for_bands()(data=stored if request.method == "GET" else None)
    if form.validate_on_submit():
        new = {
            kind: {band.value: form[f"{kind}_{band.value}"].data for band in Band}
            for kind in ("first_look", "professional")
        }
        with transaction():
            set_policy(actor=current_staff(), clocks=new, now=utcnow())
        flash(_("The clocks are set. They hold for what comes in from now on."))
        return redirect(url_for(".set_clocks"), code=303)
    return render_template(
        "moderation/set_clocks.html", form=form, bands=list(Band)
    ), 422 if form.errors else 200


@bp.route("/admin/hours", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def set_hours() -> ResponseReturnValue:
    """The weekly table of staffed hours, with its time zone."""
    hours = present_policy()[1]
    stored = {day: write_shifts(hours["week"].get(day, [])) for day in DAYS}
    stored |= {"timezone": hours["timezone"], "on_call": hours["on_call"]}
    stored |= {"holidays": ", ".join(hours.get("holidays", []))}
    stored |= {"weekly_limit": hours.get("weekly_limit", WEEKLY_LIMIT)}
    form = HoursForm(data=stored if request.method == "GET" else None)
    if form.validate_on_submit():
        with transaction():
            set_policy(actor=current_staff(), hours=form.hours(), now=utcnow())
        flash(_("The hours are set. Students see them from now on."))
        return redirect(url_for(".set_hours"), code=303)
    return render_template("moderation/set_hours.html", form=form, days=DAYS), 422 if form.errors else 200

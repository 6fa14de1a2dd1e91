"""Professionals: what each is offered cases by, and until when their licence holds."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts import queries as account_queries
from accounts.access import staff_for_admin
from accounts.guard import current_staff, requires
from accounts.models import Staff
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.refusals import Missing
from counselling.intake.fields import FIELD_NAMES
from counselling.intake.questions import LANGUAGE_NAMES
from counselling.professionals import queries
from counselling.professionals.forms import ProfessionalForm, ProfileForm
from counselling.professionals.models import ProfessionalProfile
from counselling.professionals.profiles import (
    WARNED_AHEAD,
    has_expired,
    mark_of,
    profile_of,
    set_offered,
    set_profile,
    today,
)
from counselling.views import bp


@bp.get("/admin/professionals")
@requires(Permission.ADMINISTER)
def list_professionals() -> ResponseReturnValue:
    """Every professional, and whose licence ends: no case, and no number of cases."""
    now, profiles = utcnow(), queries.profiles()
    people = queries.working_professionals()
    return render_template(
        "counselling/list_professionals.html",
        people=people,
        profiles=profiles,
        expired={one.id for one in people if has_expired(profiles.get(one.id), now=now)},
        ending={one.id for one, _day in queries.licences_ending(today(now) + WARNED_AHEAD)},
        field_names=FIELD_NAMES,
        language_names=LANGUAGE_NAMES,
    )


@bp.route("/admin/staff/<public_id:staff_id>/professional", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def set_professional(staff_id: str) -> ResponseReturnValue:
    """A professional's whole profile (`fields`, `languages`, `most_cases`, `licence_expires_on`, `seen`)."""
    person = account_queries.staff_member(staff_id)
    if person is None:
        raise Missing(staff_id)
    profile = profile_of(person, now=utcnow())
    form = ProfessionalForm() if request.method == "POST" else ProfessionalForm(data=_known(profile))
    if request.method == "GET" or not form.validate():
        return _page("set_professional", person, profile, form)
    with transaction():
        actor = current_staff()
        set_profile(
            staff_for_admin(staff_id),
            fields=form.chosen_fields(),
            languages=form.chosen_languages(),
            most_cases=form.most_cases.data,
            licence_expires_on=form.licence_expires_on.data,
            seen=form.seen.data or "",
            actor=actor,
            now=utcnow(),
        )
    flash(_("The profile is saved."))
    return redirect(url_for(".list_professionals"), code=303)


@bp.route("/counselling/profile", methods=["GET", "POST"])
@requires(Permission.COUNSEL)
def set_own_profile() -> ResponseReturnValue:
    """One's own fields and languages (`fields`, `languages`, `seen`); the rest is a coordinator's."""
    person, now = current_staff(), utcnow()
    profile = profile_of(person, now=now)
    form = ProfileForm() if request.method == "POST" else ProfileForm(data=_known(profile))
    if request.method == "GET" or not form.validate():
        return _page("set_own_profile", person, profile, form)
    with transaction():
        actor = current_staff()
        set_offered(
            actor,
            fields=form.chosen_fields(),
            languages=form.chosen_languages(),
            seen=form.seen.data or "",
            actor=actor,
            now=now,
        )
    flash(_("Your profile is saved."))
    return redirect(url_for(".set_own_profile"), code=303)


def _known(profile: ProfessionalProfile) -> Mapping[str, Any]:
    """What a form shows first."""
    return {
        "fields": profile.fields,
        "languages": profile.languages,
        "most_cases": profile.most_cases,
        "licence_expires_on": profile.licence_expires_on,
        "seen": mark_of(profile),
    }


def _page(
    template: str, person: Staff, profile: ProfessionalProfile, form: ProfileForm
) -> ResponseReturnValue:
    page = render_template(
        f"counselling/{template}.html",
        person=person,
        profile=profile,
        is_expired=has_expired(profile, now=utcnow()),
        form=form,
    )
    return page, 422 if form.errors else 200

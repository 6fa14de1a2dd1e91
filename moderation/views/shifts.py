"""The rota as everybody on it reads it: one's own shifts, and swaps."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts import queries as account_queries
from accounts.guard import current_staff, requires
from accounts.models import Staff
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.refusals import Missing
from moderation.team import rota_queries, swaps
from moderation.team.duties import people_on
from moderation.team.forms import OfferForm
from moderation.team.hours import staffed_hours
from moderation.team.models import Duty, Shift
from moderation.team.rota import may_have
from moderation.views import bp
from moderation.views.rota import TEAM

AHEAD = timedelta(days=56)


@bp.get("/moderation/rota")
@requires(Permission.SERVE)
def show_rota() -> ResponseReturnValue:
    """One's own shifts, what colleagues ask one to take over, and who is there now."""
    return _rota()


def _rota(shift_id: str = "", form: OfferForm | None = None) -> ResponseReturnValue:
    now, staff = utcnow(), current_staff()
    own = [one for one in rota_queries.shifts_of(staff.id, now, now + AHEAD) if one.is_published]
    offered = rota_queries.shifts_offered_to(staff.id, now)
    people = {one.staff_id for one in offered} | {one.offered_to for one in own if one.offered_to}
    page = render_template(
        "moderation/show_rota.html",
        own=own,
        offered=offered,
        names=account_queries.staff_aliases(sorted(people)),
        colleagues={one.id: colleagues_for(one, now=now) for one in own},
        there=[(duty, people_on(duty, now=now)) for duty in Duty],
        has_on_call=staffed_hours().has_on_call,
        refused=shift_id,
        form=form,
    )
    return page, 422 if form else 200


def colleagues_for(shift: Shift, *, now: datetime) -> Sequence[Staff]:
    """Who may be asked to take over a shift."""
    return [
        one
        for one in rota_queries.people_of(TEAM)
        if one.id != shift.staff_id and may_have(one, shift.duty, now=now)
    ]


@bp.post("/moderation/rota/<public_id:shift_id>/offer")
@requires(Permission.SERVE)
def offer_shift(shift_id: str) -> ResponseReturnValue:
    """Ask a colleague (`colleague`) to take over one's shift."""
    form = OfferForm(rota_queries.people_of(TEAM))
    if rota_queries.shift(shift_id) is None:
        raise Missing
    if not form.validate():
        return _rota(shift_id, form)
    with transaction():
        actor = current_staff()
        colleague = account_queries.staff_member(form.colleague.data)
        if colleague is None:
            raise Missing
        swaps.offer_shift(swaps.shift_to_change(shift_id), colleague, actor=actor, now=utcnow())
    flash(_("Your colleague is asked. Until they accept, the shift stays yours."))
    return redirect(url_for(".show_rota"), code=303)


@bp.post("/moderation/rota/<public_id:shift_id>/keep")
@requires(Permission.SERVE)
def keep_shift(shift_id: str) -> ResponseReturnValue:
    """Take an offer back."""
    return _answer(shift_id, swaps.keep_shift, _("The shift stays yours."))


@bp.post("/moderation/rota/<public_id:shift_id>/accept")
@requires(Permission.SERVE)
def accept_shift(shift_id: str) -> ResponseReturnValue:
    """Take over a colleague's shift."""
    return _answer(shift_id, swaps.accept_shift, _("The shift is yours now. Thank you."))


@bp.post("/moderation/rota/<public_id:shift_id>/decline")
@requires(Permission.SERVE)
def decline_shift(shift_id: str) -> ResponseReturnValue:
    """Say no; the shift stays your colleague's."""
    return _answer(shift_id, swaps.decline_shift, _("Declined. The shift stays your colleague’s."))


def _answer(shift_id: str, act: Callable[..., None], said: str) -> ResponseReturnValue:
    with transaction():
        actor = current_staff()
        act(swaps.shift_to_change(shift_id), actor=actor, now=utcnow())
    flash(said)
    return redirect(url_for(".show_rota"), code=303)

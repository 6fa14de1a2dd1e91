"""Training records: for professionals and coordinators, who write down what training a moderator has."""

from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts import queries
from accounts.access import staff_for_admin
from accounts.forms import MODULE_NAMES, STEP_NAMES, TrainingForm
from accounts.guard import current_staff, requires
from accounts.models import Staff, Step, TrainingRecord
from accounts.permissions import Permission, Role
from accounts.training import (
    HOURS_BEFORE_THE_ROLE,
    Module,
    is_valid,
    record_training,
    require_newest,
    runs_out_soon,
    total_hours,
)
from accounts.views import bp
from core.clock import utcnow
from core.db import transaction
from core.refusals import Missing

A_DAY = timedelta(days=1)


@bp.get("/admin/training")
@requires(Permission.RECORD_TRAINING)
def list_training() -> ResponseReturnValue:
    """Every moderator with an open account, and what their newest record says."""
    now = utcnow()
    people = [one for one in queries.all_staff() if one.role is Role.MODERATOR and one.closed_at is None]
    records = {one.id: queries.newest_training_record(one.id) for one in people}
    return render_template(
        "accounts/list_training.html",
        people=people,
        records=records,
        valid={key for key, one in records.items() if one is not None and is_valid(one, now=now)},
        ending={key for key, one in records.items() if one is not None and runs_out_soon(one, now=now)},
        total=total_hours,
        needed=HOURS_BEFORE_THE_ROLE,
        a_day=A_DAY,
        steps=STEP_NAMES,
    )


@bp.route("/admin/staff/<public_id:staff_id>/training", methods=["GET", "POST"], endpoint="record_training")
@requires(Permission.RECORD_TRAINING)
def record_staff_training(staff_id: str) -> ResponseReturnValue:
    """A moderator's records, and a further one (`step`, `hours_<module>`, `signed_by`, `signed_on`,
    `expires_on`, `reason`, `seen`).
    """
    person, form_class = _moderator(staff_id), TrainingForm.for_modules()
    records = queries.training_records(staff_id)
    form = (
        form_class() if request.method == "POST" else form_class(data=_known(records[0] if records else None))
    )
    if request.method == "GET" or not form.validate():
        return _page(person, records, form)
    with transaction():
        actor, person = current_staff().actor, _moderator(staff_id, locked=True)
        require_newest(person, form.seen.data or "")
        record_training(
            person,
            step=Step(form.step.data),
            reason=form.reason.data,
            actor=actor,
            now=utcnow(),
            hours=form.hours(),
            signed_by=form.signed_by.data or "",
            signed_on=form.signed_on.data,
            expires_at=form.expires_at(),
        )
    flash(_("The training is recorded."))
    return redirect(url_for(".record_training", staff_id=staff_id), code=303)


def _moderator(staff_id: str, *, locked: bool = False) -> Staff:
    """A moderator whose account is open. Raises Missing."""
    person = staff_for_admin(staff_id) if locked else queries.staff_member(staff_id)
    if person is None or person.role is not Role.MODERATOR or person.closed_at is not None:
        raise Missing
    return person


def _known(record: TrainingRecord | None) -> dict[str, object]:
    """What the form shows first: the newest record, but for the reason."""
    if record is None:
        return {"step": Step.OBSERVER.value, "seen": ""}
    hours = {f"hours_{module.value}": record.hours.get(module.value, 0) for module in Module}
    return {
        **hours,
        "step": record.step.value,
        "signed_by": record.signed_by,
        "signed_on": record.signed_on,
        "expires_on": (record.expires_at - A_DAY).date() if record.expires_at is not None else None,
        "seen": record.id,
    }


def _page(person: Staff, records: list[TrainingRecord], form: TrainingForm) -> ResponseReturnValue:
    now = utcnow()
    page = render_template(
        "accounts/record_training.html",
        person=person,
        records=records,
        recorders=queries.staff_aliases(_staff_ids(records)),
        form=form,
        modules=MODULE_NAMES,
        steps=STEP_NAMES,
        total=total_hours,
        needed=HOURS_BEFORE_THE_ROLE,
        a_day=A_DAY,
        is_valid=bool(records) and is_valid(records[0], now=now),
        runs_out_soon=bool(records) and runs_out_soon(records[0], now=now),
    )
    return page, 422 if form.errors else 200


def _staff_ids(records: list[TrainingRecord]) -> list[str]:
    """Who recorded, where a person did and no command."""
    return sorted(
        {one.recorded_by.removeprefix("staff:") for one in records if one.recorded_by[:6] == "staff:"}
    )

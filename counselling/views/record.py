"""What is recorded in a case: its encounters."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_staff, requires
from accounts.models import Staff
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.submissions import earlier_result, remember_result
from counselling import queries
from counselling.encounters import follow_up
from counselling.encounters import record_encounter as record
from counselling.forms import AGREED_LIMIT, OUTCOME_NAMES, EncounterForm
from counselling.models import Case, CaseMessage, Encounter, Stage
from counselling.record.checks import checks_of
from counselling.record.ratings import rating_of
from counselling.showing import view_case, view_messages
from counselling.views import bp, case_to_work_on, forget_kept, opened_case, refilled
from moderation.team.hours import staffed_hours

END_OF_DAY = time(17)


@bp.get("/counselling/cases/<public_id:case_id>/record")
@requires(Permission.COUNSEL)
def show_record(case_id: str) -> ResponseReturnValue:
    """What was recorded in one's own case, and the encounter that goes on."""
    return _record_page(case_id)


def _record_page(
    case_id: str, encounter: EncounterForm | None = None, *, status: int = 200
) -> ResponseReturnValue:
    now = utcnow()
    view = view_case(opened_case(case_id))
    path = url_for(".show_record", case_id=case_id)
    page = render_template(
        "counselling/show_record.html",
        view=view,
        case=view.case,
        encounter=encounter or _encounter_form(view.open_encounter, view.encounters, path),
        outcome_names={outcome.value: name for outcome, name in OUTCOME_NAMES.items()},
        agreed_limit=AGREED_LIMIT,
        checks={one.id: view_messages(view.case, of) for one, of in _checks(view.encounters, case_id)},
        ratings={one.id: rating_of(view.case, one) for one, _agreed in view.encounters},
        now=now,
    )
    return page, status


def _checks(
    encounters: Sequence[tuple[Encounter, str]], case_id: str
) -> Iterator[tuple[Encounter, list[CaseMessage]]]:
    """What the student was asked, "did I get you right?", and answered, by encounter."""
    messages = queries.messages(case_id)
    for one, _agreed in encounters:
        yield one, checks_of(messages, one)


def _encounter_form(
    encounter: Encounter | None, encounters: Sequence[tuple[Encounter, str]], path: str
) -> EncounterForm:
    """The form of the open encounter, as it stands, or an empty one."""
    form = EncounterForm(formdata=None)
    if encounter is not None:
        for stage in Stage:
            form[f"stage_{stage}"].data = getattr(encounter, stage.value).value
        form.agreed.data = next((agreed for one, agreed in encounters if one is encounter), "")
    return refilled(form, path)


@bp.post("/counselling/cases/<public_id:case_id>/encounters")
@requires(Permission.COUNSEL)
def record_encounter(case_id: str) -> ResponseReturnValue:
    """Write down the encounter that goes on, or begin one; with an outcome it ends."""
    form = EncounterForm()
    if not form.validate():
        return _record_page(case_id, form, status=422)
    goal = url_for(".show_record", case_id=case_id, _anchor="encounters")
    with transaction():
        staff = current_staff()
        sender = f"staff:{staff.id}:encounter"
        if earlier_result(form.submission, sender=sender) is None:
            _record(case_to_work_on(case_id), form, staff)
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
        forget_kept(url_for(".show_record", case_id=case_id))
    return redirect(goal, code=303)


def _record(case: Case, form: EncounterForm, staff: Staff) -> None:
    now = utcnow()
    encounter = record(
        case,
        marks=form.marks(),
        agreed=form.agreed.data or "",
        outcome=form.chosen_outcome(),
        actor=staff,
        now=now,
    )
    if form.follow_on.data:
        due_at = datetime.combine(form.follow_on.data, END_OF_DAY, tzinfo=staffed_hours().timezone)
        follow_up(
            case,
            encounter,
            due_at=due_at.astimezone(UTC),
            why=form.follow_why.data or "",
            is_told=bool(form.follow_told.data),
            now=now,
        )

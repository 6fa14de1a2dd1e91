"""The professional's rooms: what waits, an escalation, one's own cases."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.forms import StoaForm
from core.submissions import earlier_result, remember_result
from counselling import queries
from counselling.access import case_to_take, escalation_to_answer, own_case, readable_escalation
from counselling.cases import close_case as close
from counselling.cases import take_case as take
from counselling.encounters import record_encounter as record
from counselling.forms import (
    AGREED_LIMIT,
    OUTCOME_NAMES,
    REASON_LIMIT,
    SUMMARY_LIMIT,
    CloseCaseForm,
    DeclineForm,
    EncounterForm,
    LetterForm,
    TakeForm,
)
from counselling.messages import write_letter
from counselling.models import AuthorKind, Encounter, Stage
from counselling.reading import open_own_case, view_case, view_escalation
from counselling.sealing import pseudonym_of
from counselling.taking import accept_escalation as accept
from counselling.taking import decline_escalation as decline
from counselling.taking import own_case_of_escalation
from counselling.timeline import timeline_of
from counselling.views import bp, forget_kept, refilled
from moderation import queries as moderation_queries
from moderation.models import EscalationState

CLOSED_SHOWN = 20


@bp.get("/counselling/")
@requires(Permission.COUNSEL)
def show_worklist() -> ResponseReturnValue:
    """What waits for any professional, and one's own cases with what was promised in them."""
    staff = current_staff()
    own = queries.open_cases_of_owner(staff.id)
    closed = queries.closed_cases_of_owner(staff.id, limit=CLOSED_SHOWN)
    promises = queries.unsettled_obligations_of_owner(staff.id)
    return render_template(
        "counselling/show_worklist.html",
        escalations=moderation_queries.escalations_in_state(EscalationState.WAITING),
        takeable=[case for case in queries.takeable_cases() if case.owner_id != staff.id],
        own=own,
        closed=closed,
        names={case.id: pseudonym_of(case) for case in [*own, *closed]},
        unread=queries.count_unread([case.id for case in [*own, *closed]], AuthorKind.STUDENT),
        next_promise={promise.case_id: promise for promise in reversed(promises)},
        now=utcnow(),
        form=TakeForm(formdata=None),
    )


@bp.get("/counselling/escalations/<public_id:escalation_id>")
@requires(Permission.COUNSEL)
def show_escalation(escalation_id: str) -> ResponseReturnValue:
    """What moderation hands over: the text, its thread, the briefing and the clock.

    Once accepted it is part of a case.
    """
    case = own_case_of_escalation(escalation_id, owner=current_staff())
    if case is not None and escalation_to_answer(escalation_id).state is not EscalationState.WAITING:
        return redirect(url_for(".show_case", case_id=case.id), code=303)
    path = url_for(".show_escalation", escalation_id=escalation_id)
    return _escalation_page(escalation_id, refilled(DeclineForm(formdata=None), path))


def _escalation_page(escalation_id: str, form: StoaForm, *, status: int = 200) -> ResponseReturnValue:
    view = view_escalation(readable_escalation(escalation_id))
    page = render_template(
        "counselling/show_escalation.html", view=view, form=form, now=utcnow(), reason_limit=REASON_LIMIT
    )
    return page, status


@bp.post("/counselling/escalations/<public_id:escalation_id>/accept")
@requires(Permission.COUNSEL)
def accept_escalation(escalation_id: str) -> ResponseReturnValue:
    """Take it: this opens a case, unless the student has one already."""
    form = TakeForm()
    with transaction():
        staff = current_staff()
        sender = f"staff:{staff.id}:accept"
        goal = earlier_result(form.submission, sender=sender)
        if goal is None:
            taken = accept(escalation_to_answer(escalation_id), actor=staff, now=utcnow())
            goal = (
                url_for(".show_case", case_id=taken.case.id) if taken.is_mine else url_for(".show_worklist")
            )
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
    if goal == url_for(".show_worklist"):
        flash(_("This student already has a counsellor. The text was given to them, with a clock."))
    else:
        flash(_("This case is yours now."))
    return redirect(goal, code=303)


@bp.post("/counselling/escalations/<public_id:escalation_id>/decline")
@requires(Permission.COUNSEL)
def decline_escalation(escalation_id: str) -> ResponseReturnValue:
    """Give it back with a reason: the text waits before the moderators again."""
    form = DeclineForm()
    if not form.validate():
        return _escalation_page(escalation_id, form, status=422)
    goal = url_for(".show_worklist")
    with transaction():
        staff = current_staff()
        sender = f"staff:{staff.id}:decline"
        if earlier_result(form.submission, sender=sender) is None:
            decline(escalation_to_answer(escalation_id), reason=form.reason.data, actor=staff, now=utcnow())
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
        forget_kept(url_for(".show_escalation", escalation_id=escalation_id))
    flash(_("The moderators have the text again, with your reason."))
    return redirect(goal, code=303)


@bp.get("/counselling/cases/<public_id:case_id>")
@requires(Permission.COUNSEL)
def show_case(case_id: str) -> ResponseReturnValue:
    """One's own case. The reading is in the audit log before the page is made."""
    return _case_page(case_id)


def _case_page(
    case_id: str,
    *,
    letter: StoaForm | None = None,
    encounter: StoaForm | None = None,
    closing: StoaForm | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    """The page of a case around its three forms; the one that could not be taken is given back as it was
    sent.
    """
    now = utcnow()
    view = view_case(open_own_case(case_id, reader=current_staff(), now=now))
    path = url_for(".show_case", case_id=case_id)
    page = render_template(
        "counselling/show_case.html",
        view=view,
        case=view.case,
        steps=timeline_of(view, now=now),
        letter=letter or refilled(LetterForm(formdata=None), path),
        encounter=encounter or _encounter_form(view.open_encounter, view.encounters, path),
        closing=closing or refilled(CloseCaseForm(formdata=None), path),
        outcome_names={outcome.value: name for outcome, name in OUTCOME_NAMES.items()},
        agreed_limit=AGREED_LIMIT,
        summary_limit=SUMMARY_LIMIT,
        now=now,
    )
    return page, status


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


@bp.post("/counselling/cases/<public_id:case_id>/take")
@requires(Permission.COUNSEL)
def take_case(case_id: str) -> ResponseReturnValue:
    """Take a case that has no owner, or whose owner missed an urgent promise."""
    form = TakeForm()
    goal = url_for(".show_case", case_id=case_id)
    with transaction():
        staff = current_staff()
        sender = f"staff:{staff.id}:take"
        if earlier_result(form.submission, sender=sender) is None:
            take(case_to_take(case_id), actor=staff, now=utcnow())
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
    flash(_("This case is yours now."))
    return redirect(goal, code=303)


@bp.post("/counselling/cases/<public_id:case_id>/messages")
@requires(Permission.COUNSEL)
def write_to_student(case_id: str) -> ResponseReturnValue:
    """A letter to the student. It keeps what was promised."""
    form = LetterForm()
    if not form.validate():
        return _case_page(case_id, letter=form, status=422)
    goal = url_for(".show_case", case_id=case_id)
    with transaction():
        staff = current_staff()
        sender = f"staff:{staff.id}:letter"
        if earlier_result(form.submission, sender=sender) is None:
            case = own_case(case_id, owner=staff, locked=True)
            message = write_letter(case, form.body.data, author=staff, now=utcnow())
            goal = f"{goal}#letter-{message.number}"
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
        forget_kept(url_for(".show_case", case_id=case_id))
    return redirect(goal, code=303)


@bp.post("/counselling/cases/<public_id:case_id>/encounters")
@requires(Permission.COUNSEL)
def record_encounter(case_id: str) -> ResponseReturnValue:
    """Write down the encounter that goes on, or begin one; with an outcome it ends."""
    form = EncounterForm()
    if not form.validate():
        return _case_page(case_id, encounter=form, status=422)
    goal = url_for(".show_case", case_id=case_id, _anchor="encounters")
    with transaction():
        staff = current_staff()
        sender = f"staff:{staff.id}:encounter"
        if earlier_result(form.submission, sender=sender) is None:
            record(
                own_case(case_id, owner=staff, locked=True),
                marks=form.marks(),
                agreed=form.agreed.data or "",
                outcome=form.chosen_outcome(),
                actor=staff,
                now=utcnow(),
            )
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
        forget_kept(url_for(".show_case", case_id=case_id))
    return redirect(goal, code=303)


@bp.post("/counselling/cases/<public_id:case_id>/close")
@requires(Permission.COUNSEL)
def close_case(case_id: str) -> ResponseReturnValue:
    """Close with a summary. The student can still write, which opens the case again."""
    form = CloseCaseForm()
    if not form.validate():
        return _case_page(case_id, closing=form, status=422)
    goal = url_for(".show_case", case_id=case_id)
    with transaction():
        staff = current_staff()
        sender = f"staff:{staff.id}:close"
        if earlier_result(form.submission, sender=sender) is None:
            case = own_case(case_id, owner=staff, locked=True)
            close(case, summary=form.summary.data, actor=staff, now=utcnow())
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
        forget_kept(url_for(".show_case", case_id=case_id))
    flash(_("The case is closed. The student can still write."))
    return redirect(goal, code=303)

"""Colleagues in a case: who works along and why they read it, inviting them, offering them the case."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts import queries as account_queries
from accounts.guard import current_staff, requires, safe_path
from accounts.models import Staff
from accounts.permissions import Permission
from accounts.queries import staff_aliases
from core.clock import utcnow
from core.db import transaction
from core.refusals import Missing
from core.submissions import earlier_result, remember_result
from counselling.access import Part, case_of_part
from counselling.handing import queries as handing_queries
from counselling.handing.conflicts import recuse_from_case as recuse
from counselling.handing.forms import (
    NOTE_LIMIT,
    PURPOSE_NAMES,
    WORDS_LIMIT,
    ColleagueForm,
    OfferForm,
    PurposeForm,
)
from counselling.handing.handovers import answer_of, lapses_at, note_of
from counselling.handing.handovers import offer_case as offer
from counselling.handing.members import NotACounsellor, end_member, invite, leave_case
from counselling.handing.offering import colleagues_for
from counselling.handing.purposes import Purpose, readings_of
from counselling.handing.purposes import state_purpose as state
from counselling.showing import head_of
from counselling.views import bp, case_to_work_on, forget_kept, opened_case, own_case_to_decide_on, refilled


@bp.route("/counselling/cases/<public_id:case_id>/open", methods=["GET", "POST"])
@requires(Permission.COUNSEL)
def state_purpose(case_id: str) -> ResponseReturnValue:
    """Why somebody who works along opens a case: said before they read it."""
    form = PurposeForm()
    goal = safe_path(request.values.get("next")) or url_for(".show_case", case_id=case_id)
    if not form.is_submitted() or not form.validate():
        case, part = case_of_part(case_id, person=current_staff(), now=utcnow())
        if part is Part.OWNER:
            return redirect(goal, code=303)
        page = render_template(
            "counselling/state_purpose.html",
            case=case,
            part=part,
            question=url_for(".state_purpose", case_id=case_id),
            form=form,
            goal=goal,
            words_limit=WORDS_LIMIT,
        )
        return page, 422 if form.is_submitted() else 200
    with transaction():
        staff = current_staff()
        case, _part = case_of_part(case_id, person=staff, now=utcnow(), locked=True)
        state(case, Purpose(form.purpose.data), form.words.data or "", reader=staff, now=utcnow())
    return redirect(goal, code=303)


@bp.get("/counselling/cases/<public_id:case_id>/colleagues")
@requires(Permission.COUNSEL)
def show_colleagues(case_id: str) -> ResponseReturnValue:
    """Who works in a case, who was asked to, and who opened it why."""
    path = url_for(".show_colleagues", case_id=case_id)
    return _colleagues_page(case_id, refilled(OfferForm(formdata=None), path), ColleagueForm(formdata=None))


def _colleagues_page(
    case_id: str, offering: OfferForm, inviting: ColleagueForm, *, status: int = 200
) -> ResponseReturnValue:
    now, case = utcnow(), opened_case(case_id)
    members = handing_queries.open_members(case.id)
    readings, supervisions = readings_of(case), handing_queries.supervisions(case.id)
    handovers = [
        (one, note_of(case, one), answer_of(case, one)) for one in handing_queries.handovers(case.id)
    ]
    people = {one.staff_id for one in members} | {one.staff_id for one in readings}
    people |= {one.supervisor_id for one in supervisions}
    people |= {one for each, _note, _answer in handovers for one in (each.from_id, each.to_id) if one}
    offering.offer(colleagues_for(case, but=[case.owner_id]))
    inviting.offer(colleagues_for(case, but=[case.owner_id, *(one.staff_id for one in members)]))
    page = render_template(
        "counselling/show_colleagues.html",
        view=head_of(case),
        case=case,
        part=case_of_part(case.id, person=current_staff(), now=now)[1],
        members=members,
        handovers=handovers,
        readings=readings,
        supervisions=supervisions,
        aliases=staff_aliases(sorted(people)),
        purpose_names={purpose.value: name for purpose, name in PURPOSE_NAMES.items()},
        offering=offering,
        inviting=inviting.beside_others("invite"),
        lapses_at=lapses_at(case, now=now),
        note_limit=NOTE_LIMIT,
        now=now,
    )
    return page, status


def chosen_colleague(staff_id: str) -> Staff:
    """The colleague that a form names. Raises NotACounsellor."""
    colleague = account_queries.staff_member(staff_id) if staff_id.isalnum() else None
    if colleague is None:
        raise NotACounsellor(staff_id)
    return colleague


@bp.post("/counselling/cases/<public_id:case_id>/offer")
@requires(Permission.COUNSEL)
def offer_case(case_id: str) -> ResponseReturnValue:
    """Offer one's own case to a colleague, with a note."""
    form = OfferForm()
    if not form.validate():
        return _colleagues_page(case_id, form, ColleagueForm(formdata=None), status=422)
    goal = url_for(".show_colleagues", case_id=case_id)
    with transaction():
        staff = current_staff()
        sender = f"staff:{staff.id}:offer"
        if earlier_result(form.submission, sender=sender) is None:
            case, colleague = own_case_to_decide_on(case_id), chosen_colleague(form.colleague.data)
            offer(case, colleague=colleague, note=form.note.data, actor=staff, now=utcnow())
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
        forget_kept(goal)
    flash(_("Your colleague is asked. Until they accept, the case is yours."))
    return redirect(goal, code=303)


@bp.post("/counselling/cases/<public_id:case_id>/invite")
@requires(Permission.COUNSEL)
def invite_second(case_id: str) -> ResponseReturnValue:
    """Ask a colleague to work along. The student is told."""
    form = ColleagueForm()
    if not form.validate():
        return _colleagues_page(case_id, OfferForm(formdata=None), form, status=422)
    goal = url_for(".show_colleagues", case_id=case_id)
    with transaction():
        staff = current_staff()
        sender = f"staff:{staff.id}:invite"
        if earlier_result(form.submission, sender=sender) is None:
            case, colleague = own_case_to_decide_on(case_id), chosen_colleague(form.colleague.data)
            invite(case, colleague=colleague, actor=staff, now=utcnow())
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
    flash(_("Your colleague is invited, and the student is told."))
    return redirect(goal, code=303)


@bp.post("/counselling/cases/<public_id:case_id>/members/<public_id:member_id>/end")
@requires(Permission.COUNSEL)
def end_membership(case_id: str, member_id: str) -> ResponseReturnValue:
    """The owner ends what a colleague is in their case, or was asked to be."""
    with transaction():
        case, member = own_case_to_decide_on(case_id), handing_queries.member(member_id)
        if member is None or member.case_id != case.id:
            raise Missing(member_id)
        end_member(case, member, actor=current_staff(), now=utcnow())
    return redirect(url_for(".show_colleagues", case_id=case_id), code=303)


@bp.post("/counselling/cases/<public_id:case_id>/leave")
@requires(Permission.COUNSEL)
def stop_working_along(case_id: str) -> ResponseReturnValue:
    """A second or a cover leaves the case."""
    with transaction():
        staff = current_staff()
        leave_case(case_to_work_on(case_id), staff=staff, actor=staff, now=utcnow())
    flash(_("You no longer work in this case."))
    return redirect(url_for(".show_worklist"), code=303)


@bp.post("/counselling/cases/<public_id:case_id>/recuse")
@requires(Permission.COUNSEL)
def recuse_from_case(case_id: str) -> ResponseReturnValue:
    """I know this person: the case goes to others at once, and nobody asks why."""
    with transaction():
        recuse(case_id, actor=current_staff(), now=utcnow())
    flash(_("Thank you. Your colleagues look after it, and you are not asked why."))
    return redirect(url_for(".show_worklist"), code=303)

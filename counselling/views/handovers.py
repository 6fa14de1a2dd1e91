"""Offers and invitations before whoever is asked, and the lead's way of giving a case to somebody."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from accounts.queries import staff_aliases
from core.clock import utcnow
from core.db import transaction
from core.forms import StoaForm
from counselling.handing.allowed import invitation_for, offer_for, offer_from, offer_to_assign
from counselling.handing.forms import (
    REASON_LIMIT,
    WORDS_LIMIT,
    ColleagueForm,
    PurposeForm,
    RefuseForm,
)
from counselling.handing.handovers import accept_handover as accept
from counselling.handing.handovers import assign_handover as assign
from counselling.handing.handovers import log_offer_read, take_back, view_offer
from counselling.handing.handovers import refuse_handover as refuse
from counselling.handing.members import InvitationGone, end_member, join_case
from counselling.handing.models import HandoverState
from counselling.handing.offering import Asked, colleagues_for, next_due, view_asked, with_load
from counselling.handing.purposes import Purpose, state_purpose
from counselling.models import MemberPart
from counselling.views import bp
from counselling.views.colleagues import chosen_colleague


@bp.app_template_global("asked_of_me")
def asked_of_me() -> Asked:
    """What colleagues ask of whoever looks at the page (`counselling/_offers.html`)."""
    return view_asked(current_staff(), now=utcnow())


@bp.get("/counselling/handovers/<public_id:handover_id>")
@requires(Permission.COUNSEL)
def show_handover(handover_id: str) -> ResponseReturnValue:
    """What a colleague offers: what was promised and a note, and no letter before it is accepted."""
    return _handover_page(handover_id, RefuseForm(formdata=None))


def _handover_page(handover_id: str, form: StoaForm, *, status: int = 200) -> ResponseReturnValue:
    staff, now = current_staff(), utcnow()
    handover, case = offer_for(handover_id, receiver=staff)
    log_offer_read(handover, reader=staff, now=now)
    handover, case = offer_for(handover_id, receiver=staff)
    page = render_template(
        "counselling/show_handover.html",
        offer=view_offer(handover, case),
        handover=handover,
        case=case,
        giver=staff_aliases([handover.from_id]).get(handover.from_id, ""),
        form=form,
        reason_limit=REASON_LIMIT,
        now=now,
    )
    return page, status


@bp.post("/counselling/handovers/<public_id:handover_id>/accept")
@requires(Permission.COUNSEL)
def accept_handover(handover_id: str) -> ResponseReturnValue:
    """Take the case over: it is the receiver's from now on."""
    with transaction():
        staff = current_staff()
        handover, case = offer_for(handover_id, receiver=staff, locked=True)
        accept(handover, case, actor=staff, now=utcnow())
        goal = url_for(".show_case", case_id=case.id)
    flash(_("This case is yours now. The student is told."))
    return redirect(goal, code=303)


@bp.post("/counselling/handovers/<public_id:handover_id>/refuse")
@requires(Permission.COUNSEL)
def refuse_handover(handover_id: str) -> ResponseReturnValue:
    """Refuse it: the lead finds somebody."""
    form = RefuseForm()
    if not form.validate():
        return _handover_page(handover_id, form, status=422)
    with transaction():
        staff = current_staff()
        handover, case = offer_for(handover_id, receiver=staff, locked=True)
        refuse(handover, case, reason=form.reason.data or "", actor=staff, now=utcnow())
    flash(_("The lead is asked to find somebody. Your colleague keeps the case meanwhile."))
    return redirect(url_for(".show_worklist"), code=303)


@bp.post("/counselling/handovers/<public_id:handover_id>/take-back")
@requires(Permission.COUNSEL)
def take_back_handover(handover_id: str) -> ResponseReturnValue:
    """The owner takes an offer back."""
    with transaction():
        staff = current_staff()
        handover, case = offer_from(handover_id, owner=staff)
        take_back(handover, case, actor=staff, now=utcnow())
        goal = url_for(".show_colleagues", case_id=case.id)
    flash(_("The offer is taken back. The case stays with you."))
    return redirect(goal, code=303)


@bp.route("/counselling/handovers/<public_id:handover_id>/assign", methods=["GET", "POST"])
@requires(Permission.SERVE)
def assign_handover(handover_id: str) -> ResponseReturnValue:
    """The lead gives a case to a professional, and reads nothing of it."""
    staff, form = current_staff(), ColleagueForm()
    handover, case = offer_to_assign(handover_id, lead=staff, now=utcnow())
    if not form.is_submitted() or not form.validate():
        form.offer_with_load(with_load(colleagues_for(case, but=[case.owner_id])))
        page = render_template(
            "counselling/assign_handover.html",
            handover=handover,
            case=case,
            due_at=next_due(case) or case.due_at,
            is_open=handover.state is HandoverState.OFFERED,
            form=form,
            now=utcnow(),
        )
        return page, 422 if form.is_submitted() else 200
    with transaction():
        staff = current_staff()
        handover, case = offer_to_assign(handover_id, lead=staff, now=utcnow(), locked=True)
        assign(handover, case, colleague=chosen_colleague(form.colleague.data), actor=staff, now=utcnow())
    flash(_("The case has a counsellor, who is told, and so is the student."))
    return redirect(url_for("moderation.show_team"), code=303)


@bp.get("/counselling/invitations/<public_id:member_id>")
@requires(Permission.COUNSEL)
def show_invitation(member_id: str) -> ResponseReturnValue:
    """An invitation to work along in a case, before reading it."""
    return _invitation_page(member_id, PurposeForm(formdata=None))


def _invitation_page(member_id: str, form: StoaForm, *, status: int = 200) -> ResponseReturnValue:
    member, case = invitation_for(member_id, person=current_staff())
    page = render_template(
        "counselling/show_invitation.html",
        member=member,
        case=case,
        is_open=member.joined_at is None and member.ended_at is None,
        inviter=staff_aliases([member.invited_by]).get(member.invited_by, "") if member.invited_by else "",
        form=form,
        words_limit=WORDS_LIMIT,
    )
    return page, status


@bp.post("/counselling/invitations/<public_id:member_id>/join")
@requires(Permission.COUNSEL)
def join_as_second(member_id: str) -> ResponseReturnValue:
    """Work along from now on, and say why one opens the case."""
    form = PurposeForm()
    if not form.validate():
        return _invitation_page(member_id, form, status=422)
    with transaction():
        staff, now = current_staff(), utcnow()
        member, case = invitation_for(member_id, person=staff, locked=True)
        if member.ended_at is not None:
            raise InvitationGone(member_id)
        join_case(case, staff=staff, part=MemberPart.SECOND, until=None, actor=staff, now=now)
        state_purpose(case, Purpose(form.purpose.data), form.words.data or "", reader=staff, now=now)
        goal = url_for(".show_case", case_id=case.id)
    return redirect(goal, code=303)


@bp.post("/counselling/invitations/<public_id:member_id>/decline")
@requires(Permission.COUNSEL)
def decline_invitation(member_id: str) -> ResponseReturnValue:
    """Not to work along."""
    with transaction():
        staff = current_staff()
        member, case = invitation_for(member_id, person=staff, locked=True)
        end_member(case, member, actor=staff, now=utcnow())
    return redirect(url_for(".show_worklist"), code=303)

"""Who works in a case besides its owner: a second by invitation, and the cover of an owner who is away.

The student is told of a second when the second is invited, which is before they can read a word.
"""

from datetime import datetime

from flask_babel import gettext as _

from accounts.models import Staff
from accounts.permissions import Permission, may
from core.audit import record_event
from core.db import db
from core.ids import new_public_id
from core.refusals import Refusal
from counselling.appointments.releasing import cancel_what_nobody_keeps
from counselling.handing import queries as handing_queries
from counselling.handing.allowed import is_recused
from counselling.models import Case, CaseMember, CaseState, MemberPart
from counselling.notices import CaseNotice, tell_student
from counselling.professionals.profiles import require_licence


class NotACounsellor(Refusal):
    """The person named cannot work in this case."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("This colleague cannot be asked. Please choose another one.")


class AlreadyAlong(Refusal):
    """The colleague works in this case already, or was asked to."""

    @property
    def sentence(self) -> str:
        return _("This colleague works in this case already, or was asked to. Nothing was changed.")


class InvitationGone(Refusal):
    """The invitation was taken back, or the case was closed or handed over."""

    @property
    def sentence(self) -> str:
        return _("This invitation is no longer open. Nothing was changed.")


def invite(case: Case, *, colleague: Staff, actor: Staff, now: datetime) -> CaseMember:
    """Ask a colleague to read and write along as a second, on a locked case. The student is told.

    Raises NotACounsellor, AlreadyAlong.
    """
    require_counsellor(colleague, but=actor)
    if is_recused(case, colleague):
        raise NotACounsellor(colleague.id)
    if any(
        one.staff_id == colleague.id and _lasts(one, now) for one in handing_queries.open_members(case.id)
    ):
        raise AlreadyAlong(colleague.id)
    member = _add_member(case, colleague, MemberPart.SECOND, now=now)
    member.invited_by = actor.id
    db.session.flush()
    _log("case_second_invited", case, member, actor, now=now)
    tell_student(case, CaseNotice.SECOND_COUNSELLOR, key=member.id, now=now)
    return member


def join_case(
    case: Case, *, staff: Staff, part: MemberPart, until: datetime | None, actor: Staff | None, now: datetime
) -> CaseMember:
    """Let somebody work in a locked case from now on: a second who was invited, or a cover until a time.

    `actor` is None when the absence of the owner brings it about by itself. Raises InvitationGone,
    NotACounsellor.
    """
    require_counsellor(staff)
    require_licence(staff, now=now)
    known = [one for one in handing_queries.open_members(case.id) if one.staff_id == staff.id]
    member = next((one for one in known if one.part is part and _lasts(one, now)), None)
    if member is None:
        if part is MemberPart.SECOND:
            raise InvitationGone(case.id)
        member = _add_member(case, staff, part, now=now)
    elif part is MemberPart.SECOND and case.state is CaseState.CLOSED:
        raise InvitationGone(case.id)
    member.joined_at = member.joined_at or now
    member.until_at = until
    db.session.flush()
    _log("case_member_joined", case, member, actor, now=now)
    return member


def leave_case(case: Case, *, staff: Staff, actor: Staff | None, now: datetime) -> None:
    """End what somebody is in a locked case, or was asked to be: by themselves, by the owner, or, with no
    `actor`, by itself.
    """
    for member in handing_queries.open_members(case.id):
        if member.staff_id == staff.id:
            end_member(case, member, actor=actor, now=now)


def end_member(case: Case, member: CaseMember, *, actor: Staff | None, now: datetime) -> None:
    """End one part, on a locked case."""
    if member.ended_at is None:
        member.ended_at = now
        _log("case_member_ended", case, member, actor, now=now)
        db.session.flush()
        cancel_what_nobody_keeps(case, now=now)


def require_counsellor(person: Staff, *, but: Staff | None = None) -> None:
    """Only a professional who works here, and never the person who asks. Raises NotACounsellor."""
    is_asking_self = but is not None and person.id == but.id
    if person.closed_at is not None or not may(person.role, Permission.COUNSEL) or is_asking_self:
        raise NotACounsellor(person.id)


def forget_handing(case: Case) -> None:
    """What was written about handing over and supervision goes with the key of the case; who worked in it,
    and when, stays.
    """
    for handover in handing_queries.handovers(case.id):
        handover.note = handover.answer = None
    for supervision in handing_queries.supervisions(case.id):
        supervision.sealed = supervision.reply = None


def _lasts(member: CaseMember, now: datetime) -> bool:
    return member.until_at is None or member.until_at > now


def _add_member(case: Case, staff: Staff, part: MemberPart, *, now: datetime) -> CaseMember:
    member = CaseMember(id=new_public_id(), case_id=case.id, staff_id=staff.id, part=part, invited_at=now)
    db.session.add(member)
    return member


def _log(kind: str, case: Case, member: CaseMember, actor: Staff | None, *, now: datetime) -> None:
    detail = {"staff": member.staff_id, "part": member.part.value}
    record_event(
        kind, actor=actor.actor if actor else "system", target=f"case:{case.id}", detail=detail, now=now
    )

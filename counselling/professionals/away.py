"""Being away: from when to when, and who covers.

The cover works in the open cases for that time, and what is due then is theirs. Where nobody covers, the lead
is asked to find somebody for each case in which something is due before the owner is back.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from flask_babel import gettext as _

from accounts import queries as account_queries
from accounts.models import Staff
from accounts.permissions import Role
from core.audit import record_event
from core.crypto import CannotUnseal
from core.db import db, transaction
from core.ids import new_public_id
from core.keys import KeysMissing
from core.refusals import Missing, Refusal
from core.unreadable import note_damage
from counselling import queries as case_queries
from counselling.appointments.absences import mind_absences_of
from counselling.handing import queries as handing_queries
from counselling.handing.allowed import is_recused
from counselling.handing.handovers import assign_handover, bring_to_lead
from counselling.handing.members import end_member, join_case, require_counsellor
from counselling.models import Case, CaseState, MemberPart
from counselling.professionals import queries
from counselling.professionals.models import Absence
from counselling.professionals.profiles import has_expired, require_licence, today
from counselling.professionals.standing_in import cover_of, who_answers
from moderation.team.duties import has_duty
from moderation.team.hours import staffed_hours
from moderation.team.models import Duty

LONGEST = timedelta(days=400)


class NotThoseDays(Refusal):
    """The days are past, turned round, or overlap an absence that is known."""

    status = 422

    @property
    def sentence(self) -> str:
        return _(
            "Please look at the days: the first comes before the last, none is over, and none belongs to "
            "another time away."
        )


class CoverIsAway(Refusal):
    """Who would cover is away then, too."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("This colleague is away then, too. Please ask another one.")


def may_set_for(actor: Staff, person: Staff, *, now: datetime) -> bool:
    """Who says that somebody is away: they themselves, the lead, and a coordinator."""
    if person.role is not Role.PROFESSIONAL or person.closed_at is not None:
        return False
    return actor.id == person.id or is_lead(actor, now=now)


def is_lead(actor: Staff, *, now: datetime) -> bool:
    """Whether somebody looks after the cases of colleagues who are away. No peer moderator does."""
    is_on_duty = actor.role is Role.PROFESSIONAL and has_duty(actor, Duty.LEAD, now=now)
    return actor.role is Role.COORDINATOR or is_on_duty


def set_away(
    person: Staff,
    *,
    first: date,
    last: date,
    cover: Staff | None,
    reply: str,
    actor: Staff,
    now: datetime,
) -> Absence:
    """Note that somebody is away from one day to another, both included; what students have booked for these
    days is promised to be cancelled. Raises Missing, NotThoseDays, CoverIsAway, NotACounsellor,
    LicenceExpired.
    """
    if not may_set_for(actor, person, now=now):
        raise Missing(person.id)
    begins, ends = _midnight(first), _midnight(last + timedelta(days=1))
    known = queries.absences_of(person.id, after=begins)
    if (
        first < today(now)
        or last < first
        or ends - begins > LONGEST
        or any(one.begins_at < ends for one in known)
    ):
        raise NotThoseDays(person.id)
    if cover is not None:
        _require_cover(cover, person, begins, ends, now=now)
    absence = Absence(
        id=new_public_id(),
        staff_id=person.id,
        cover_id=cover.id if cover is not None else None,
        begins_at=begins,
        ends_at=ends,
        reply=reply or None,
        set_by=actor.actor,
        set_at=now,
    )
    db.session.add(absence)
    db.session.flush()
    mind_absences_of(person.id, now=now)
    detail = {"from": first.isoformat(), "to": last.isoformat(), "cover": absence.cover_id}
    record_event("away_set", actor=actor.actor, target=f"staff:{person.id}", detail=detail, now=now)
    return absence


def _require_cover(cover: Staff, person: Staff, begins: datetime, ends: datetime, *, now: datetime) -> None:
    require_counsellor(cover, but=person)
    require_licence(cover, now=now)
    if any(one.begins_at < ends for one in queries.absences_of(cover.id, after=begins)):
        raise CoverIsAway(cover.id)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=staffed_hours().timezone).astimezone(UTC)


def call_off(absence: Absence, *, actor: Staff, now: datetime) -> None:
    """They are back, or do not go: the cover leaves the cases. On a locked row. Raises Missing."""
    person = _person(absence.staff_id)
    if not may_set_for(actor, person, now=now) or absence.called_off_at is not None or absence.ends_at <= now:
        raise Missing(absence.id)
    absence.called_off_at = now
    db.session.flush()
    # All before the first line in the audit log: whoever writes in the next one waits for that line.
    ids = [case.id for case in case_queries.open_cases_of_owner(absence.staff_id)]
    cases = [found for case_id in ids if (found := case_queries.case(case_id, locked=True)) is not None]
    mind_absences_of(absence.staff_id, now=now)
    for case in cases:
        for member in handing_queries.open_members(case.id):
            if member.part is MemberPart.COVER and member.staff_id == absence.cover_id:
                end_member(case, member, actor=actor, now=now)
        give_promises(case, now=now)
    record_event("away_called_off", actor=actor.actor, target=f"staff:{absence.staff_id}", now=now)


def look_after_cases(now: datetime) -> None:
    """A job: covers work in the cases of who is away; what nobody covers, and the cases of whose licence has
    ended, come before the lead; who is back has their promises again. Opens its own transactions.
    """
    for case_id in queries.cases_to_look_after(now, today(now)):
        try:
            _look_after(case_id, now=now)
        except CannotUnseal:  # this one is shown to staff as damaged; the others are looked after
            note_damage(f"case:{case_id}")
        except KeysMissing:  # nobody can open a case now; what is promised in it climbs all the same
            return


def _look_after(case_id: str, *, now: datetime) -> None:
    with transaction():
        case = case_queries.case(case_id, locked=True)
        if case is not None and case.owner_id is not None and case.wrapped_key is not None:
            look_after(case, now=now)


def look_after(case: Case, *, now: datetime) -> None:
    """What one locked case needs while its owner is away, or when they left or their licence has ended."""
    if case.state is CaseState.CLOSED or case.owner_id is None:
        return
    absence = queries.absence_now(case.owner_id, now)
    cover = cover_of(case, absence, now=now) if absence is not None else None
    if absence is not None and cover is not None:
        _let_cover(case, cover, absence, now=now)
    give_promises(case, now=now)
    has_ended = has_expired(queries.profile(case.owner_id), now=now)
    if (
        has_ended
        or case_queries.is_owner_gone(case.id)
        or (absence is not None and cover is None and _is_due_before(case, absence.ends_at))
    ):
        _ask_lead(case, case.owner_id, now=now)


def _let_cover(case: Case, cover: Staff, absence: Absence, *, now: datetime) -> None:
    known = handing_queries.live_memberships(case.id, cover.id, now)
    if not any(one.part is MemberPart.COVER and one.until_at == absence.ends_at for one in known):
        join_case(case, staff=cover, part=MemberPart.COVER, until=absence.ends_at, actor=None, now=now)


def give_promises(case: Case, *, now: datetime) -> None:
    """What is promised in a case is paged to whoever answers in it now."""
    answers = who_answers(case, now=now)
    for obligation in case_queries.unsettled_obligations(case.id):
        obligation.owner_id = answers


def _is_due_before(case: Case, moment: datetime) -> bool:
    return any(one.due_at < moment for one in case_queries.unsettled_obligations(case.id))


def _ask_lead(case: Case, owner_id: str, *, now: datetime) -> None:
    if handing_queries.open_handover(case.id) is None:
        bring_to_lead(case, by=owner_id, now=now)


def absent_colleague(staff_id: str, *, lead: Staff, now: datetime) -> Staff:
    """Somebody whose cases the lead may give to others: they are away or will be, their licence has ended, or
    they left. Raises Missing for everybody else.
    """
    person = _person(staff_id)
    is_away = bool(queries.absences_of(staff_id, after=now))
    has_left = person.closed_at is not None or has_expired(queries.profile(staff_id), now=now)
    if person.role is not Role.PROFESSIONAL or not is_lead(lead, now=now) or not (is_away or has_left):
        raise Missing(staff_id)
    return person


def move_cases(
    person: Staff, case_ids: Sequence[str], *, to: Staff, actor: Staff, now: datetime
) -> tuple[int, int]:
    """Give cases of somebody who is away to a colleague, unread. How many were given, and how many not,
    because the colleague knows the student or the case has moved on.
    """
    require_counsellor(to, but=person)
    require_licence(to, now=now)
    given = 0
    cases = [case_queries.case(case_id, locked=True) for case_id in case_ids]  # before the audit log
    for case in cases:
        if case is None or case.owner_id != person.id or not _is_free_for(case, to):
            continue
        offer = handing_queries.open_handover(case.id)
        if offer is None or offer.to_id is not None:
            if offer is not None:
                continue
            offer = bring_to_lead(case, by=person.id, now=now)
        assign_handover(offer, case, colleague=to, actor=actor, now=now)
        given += 1
    return given, len(case_ids) - given


def _is_free_for(case: Case, to: Staff) -> bool:
    is_open = case.state is not CaseState.CLOSED and case.wrapped_key is not None
    return is_open and not is_recused(case, to)


def _person(staff_id: str) -> Staff:
    person = account_queries.staff_member(staff_id)
    if person is None:
        raise Missing(staff_id)
    return person

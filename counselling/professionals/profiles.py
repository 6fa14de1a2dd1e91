"""What a professional is offered cases by: fields, languages, how many cases they can carry, and a licence.

Fields and languages a person may set for themselves; how many cases, and until when the licence holds, only a
coordinator says.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from accounts.models import Staff
from accounts.permissions import Role
from core.audit import record_event
from core.db import db
from core.refusals import Missing, Refusal
from counselling.intake.fields import Field
from counselling.professionals import queries
from counselling.professionals.models import ProfessionalProfile
from moderation.team.hours import staffed_hours

WARNED_AHEAD = timedelta(days=30)
MOST_CASES = 200


class ProfileChanged(Refusal):
    """Somebody else changed the profile after the page was opened."""

    @property
    def sentence(self) -> str:
        return _(
            "Somebody changed this profile after you opened the page. Nothing was changed: please look at it "
            "again."
        )


class LicenceExpired(Refusal):
    """Whose licence has ended takes on nothing new."""

    status = 403

    @property
    def sentence(self) -> str:
        return _("This licence has ended, so nothing new can be taken on with it. Nothing was changed.")


def profile_of(person: Staff, *, now: datetime, locked: bool = False) -> ProfessionalProfile:
    """The profile of a professional, or an empty one that is not stored. Raises Missing for anybody else."""
    if person.role is not Role.PROFESSIONAL or person.closed_at is not None:
        raise Missing(person.id)
    return queries.profile(person.id, locked=locked) or ProfessionalProfile(
        staff_id=person.id, fields=[], languages=[], changed_by="", changed_at=now
    )


def mark_of(profile: ProfessionalProfile) -> str:
    """What a page keeps of the profile that it showed; another one after every change."""
    return profile.changed_at.isoformat() if profile.changed_by else ""


def set_offered(
    person: Staff,
    *,
    fields: Iterable[Field],
    languages: Iterable[str],
    seen: str,
    actor: Staff,
    now: datetime,
) -> ProfessionalProfile:
    """Set what somebody is offered cases by, on a locked account. Raises Missing, ProfileChanged."""
    profile = profile_of(person, now=now, locked=True)
    if seen != mark_of(profile):
        raise ProfileChanged(person.id)
    wanted, known = set(fields), set(languages)
    profile.fields = [one.value for one in Field if one in wanted]
    profile.languages = sorted(known)
    profile.changed_by, profile.changed_at = actor.actor, now
    db.session.add(profile)
    detail = {"fields": profile.fields, "languages": profile.languages}
    record_event("profile_set", actor=actor.actor, target=f"staff:{person.id}", detail=detail, now=now)
    return profile


def set_profile(
    person: Staff,
    *,
    fields: Iterable[Field],
    languages: Iterable[str],
    most_cases: int | None,
    licence_expires_on: date | None,
    seen: str,
    actor: Staff,
    now: datetime,
) -> ProfessionalProfile:
    """Set the whole profile, as a coordinator does. Raises Missing, ProfileChanged."""
    profile = set_offered(person, fields=fields, languages=languages, seen=seen, actor=actor, now=now)
    profile.most_cases, profile.licence_expires_on = most_cases, licence_expires_on
    detail = {
        "most_cases": most_cases,
        "expires": licence_expires_on.isoformat() if licence_expires_on is not None else None,
    }
    record_event("licence_set", actor=actor.actor, target=f"staff:{person.id}", detail=detail, now=now)
    return profile


def today(now: datetime) -> date:
    """The day where the team is."""
    return now.astimezone(staffed_hours().timezone).date()


def has_expired(profile: ProfessionalProfile | None, *, now: datetime) -> bool:
    """Whether a licence has ended. It holds to the end of its last day; without a date it does not end."""
    ends = profile.licence_expires_on if profile is not None else None
    return ends is not None and ends < today(now)


def require_licence(person: Staff, *, now: datetime) -> None:
    """Only whose licence holds takes on something new. Raises LicenceExpired."""
    if has_expired(queries.profile(person.id), now=now):
        raise LicenceExpired(person.id)


def licence_alarms(person: Staff, *, now: datetime) -> list[str]:
    """What a professional must see of their own licence, and a coordinator of everybody's."""
    if person.role not in {Role.PROFESSIONAL, Role.COORDINATOR}:
        return []
    present = today(now)
    ending = queries.licences_ending(present + WARNED_AHEAD)
    if person.role is Role.COORDINATOR:
        return _alarms_of_all(ending, present)
    own = next((day for one, day in ending if one.id == person.id), None)
    if own is None:
        return []
    if own < present:
        return [
            _(
                "Your licence has ended, so you cannot take on anything new. Your students keep you until a "
                "colleague has them. Ask a coordinator to write down the new date."
            )
        ]
    told = format_date(own, "d MMMM")
    return [_("Your licence ends on %(day)s. Bring the new one to a coordinator before.", day=told)]


def _alarms_of_all(ending: Iterable[tuple[Staff, date]], present: date) -> list[str]:
    days = [day for _person, day in ending]
    ended, soon = sum(day < present for day in days), sum(day >= present for day in days)
    found = [
        ngettext(
            "The licence of a professional has ended: see Professionals.",
            "The licences of %(num)s professionals have ended: see Professionals.",
            ended,
        )
        if ended
        else "",
        ngettext(
            "The licence of a professional ends within 30 days: see Professionals.",
            "The licences of %(num)s professionals end within 30 days: see Professionals.",
            soon,
        )
        if soon
        else "",
    ]
    return [one for one in found if one]

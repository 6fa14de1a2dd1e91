"""The hand-over card: what of a student went along, who has it, what was promised, and who opened it.

People are named by their role. Only a student's own counsellor has a name here, the one under which they
write.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _

from core.models import AuditEvent
from counselling import queries
from counselling.handing import queries as handing_queries
from counselling.handing.purposes import ESCALATION_READ, OWN_CASE, READ, SUPERVISION_READ, Purpose
from counselling.intake import queries as intake_queries
from counselling.intake.answers import has_told
from counselling.intake.attaching import Titled, attached_threads
from counselling.models import AuthorKind, Case, MemberPart, Obligation, ObligationKind, ObligationState
from counselling.reaching.ways import NUMBER_SHOWN
from counselling.record.neutral import SUMMARISED
from counselling.sealing import links_of
from counselling.trusted import queries as trusted_queries
from counselling.trusted.names import name_of
from forum.posting import title_of
from moderation import queries as moderation_queries

SHOWN = 20


@dataclass(frozen=True)
class Holder:
    """Who has it, since when, and until when if they have it no more."""

    who: str
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True)
class PassedOn:
    """A text of the student that moderators gave to a counsellor."""

    title: str
    day: date


@dataclass(frozen=True)
class Promised:
    """What was promised to the student, by when, and whether it was kept."""

    what: str
    due_at: datetime
    settled_at: datetime | None
    is_kept: bool


@dataclass(frozen=True)
class Opened:
    """That somebody opened it: who by role, when, and why if they are not the student's counsellor."""

    who: str
    at: datetime
    why: str


@dataclass(frozen=True)
class Brought:
    """Somebody whom the student brought into a live talk, by the words that they wrote, and for how long."""

    name: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Card:
    """What a student may know of where their words are."""

    case: Case
    letters: int
    has_told: bool
    threads: Sequence[Titled]
    texts: Sequence[PassedOn]
    holders: Sequence[Holder]
    promises: Sequence[Promised]
    openings: Sequence[Opened]
    brought: Sequence[Brought] = ()


def card_of(case: Case, *, now: datetime) -> Card:
    """Put the card of a case together, for its student."""
    obligations = [one for one in queries.obligations(case.id) if one.is_told]
    letters = [one for one in queries.messages(case.id) if one.author_kind is AuthorKind.STUDENT]
    return Card(
        case=case,
        letters=sum(1 for one in letters if one.withdrawn_at is None),
        has_told=has_told(case),
        threads=attached_threads(case),
        texts=_texts(case),
        holders=_holders(case, now=now),
        promises=[_promised(one) for one in sorted(obligations, key=lambda one: one.opened_at, reverse=True)],
        openings=_openings(case),
        brought=_brought(case),
    )


def _brought(case: Case) -> list[Brought]:
    return [
        Brought(name_of(case, one), one.joined_at, one.ended_at)
        for one in trusted_queries.persons_of_case(case.id)
        if one.joined_at is not None
    ]


def _texts(case: Case) -> list[PassedOn]:
    found = (moderation_queries.escalation(one) for one in links_of(case)["escalations"])
    return [
        PassedOn(title_of(one.post) or one.post.thread.title, one.raised_at.date())
        for one in found
        if one is not None
    ]


def _holders(case: Case, *, now: datetime) -> list[Holder]:
    """The counsellor who has it first, then who works along, then who had it before."""
    holders, earlier = [], []
    for one in intake_queries.assignments(case.id):
        if one.ended_at is None and case.owner is not None:
            holders.append(Holder(_("%(name)s, your counsellor", name=case.owner.alias), one.began_at))
        elif one.ended_at is not None:
            earlier.append(Holder(_("An earlier counsellor"), one.began_at, one.ended_at))
    parts = {
        MemberPart.SECOND: _("A second counsellor, who helps yours"),
        MemberPart.COVER: _("A counsellor who stands in while yours is away"),
    }
    members = [
        Holder(parts[one.part], one.joined_at, one.until_at)
        for one in handing_queries.live_members(case.id, now)
        if one.joined_at is not None
    ]
    invited = [
        Holder(_("A second counsellor, who is asked to help yours"), one.invited_at)
        for one in handing_queries.open_members(case.id)
        if one.joined_at is None
    ]
    return [*holders, *members, *invited, *reversed(earlier)]


def _promised(one: Obligation) -> Promised:
    words = {
        ObligationKind.FIRST_LETTER: _("A first letter to you"),
        ObligationKind.ANSWER: _("An answer to you"),
        ObligationKind.NEW_TEXT: _("An answer about a further text of yours"),
    }
    what = words.get(one.kind) or _other_promise(one.kind)
    return Promised(what, one.due_at, one.settled_at, is_kept=one.state is ObligationState.KEPT)


def _other_promise(kind: ObligationKind) -> str:
    words = {"check_in": _("To ask how you are"), "call_back": _("To call you back")}
    return words.get(kind.value, _("To get in touch with you"))


def _openings(case: Case) -> list[Opened]:
    """Who read it, who saw the number that the student left, and who opened the summary for the centre; and
    who read a text of theirs before anybody had the case.
    """
    targets = [
        f"case:{case.id}",
        *(f"supervision:{one.id}" for one in handing_queries.supervisions(case.id)),
        *(f"escalation:{one}" for one in links_of(case)["escalations"]),
    ]
    kinds = [READ, SUPERVISION_READ, ESCALATION_READ, NUMBER_SHOWN, SUMMARISED]
    events = intake_queries.openings(targets, kinds, limit=SHOWN)
    had_it = {one.staff_id for one in intake_queries.assignments(case.id)}
    return [_opened(case, event, had_it) for event in events]


def _opened(case: Case, event: AuditEvent, had_it: set[str]) -> Opened:
    other_kinds = {
        ESCALATION_READ: _("to see a text of yours that moderators passed on"),
        NUMBER_SHOWN: _("to see the number that you left"),
        SUMMARISED: _("to see the summary for the centre's records, which has none of your words"),
    }
    if event.kind in other_kinds:
        return Opened(_role_of(event.actor, case, had_it), event.at, other_kinds[event.kind])
    purpose = str(event.detail.get("purpose"))
    if purpose == OWN_CASE:
        return Opened(_role_of(event.actor, case, had_it), event.at, "")
    reasons = {
        Purpose.THINK_ALONG: _("to think along"),
        Purpose.COVER: _("because your counsellor was away"),
        Purpose.JOINT_TALK: _("for a talk that you have together"),
        Purpose.SUPERVISION: _("to go through it with your counsellor"),
    }
    why = {str(one): words for one, words in reasons.items()}
    told = why.get(purpose, _("for a reason that was written down"))
    return Opened(_("Another counsellor"), event.at, told)


def _role_of(actor: str, case: Case, had_it: set[str]) -> str:
    """Who opened it, by what they are in the case today."""
    staff_id = actor.partition(":")[2]
    if staff_id == case.owner_id:
        return _("Your counsellor")
    return _("An earlier counsellor") if staff_id in had_it else _("Another counsellor")

"""The worklist: what waits for any professional and what one has oneself, by clock.

One glance says what to do next. Nothing that waits is hidden: a filter shows a part, and says how much there
is of each. Names of students are shown only for cases that the reader works in.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from accounts.models import Staff
from counselling import queries
from counselling.access import is_offered_to
from counselling.appointments.details import AppointmentView
from counselling.appointments.showing import next_in_cases
from counselling.handing import queries as handing_queries
from counselling.handing.allowed import is_recused
from counselling.models import AuthorKind, Case, Obligation, ObligationKind
from counselling.professionals.offers import Offer, offers_for
from counselling.sealing import pseudonym_of
from moderation import queries as moderation_queries
from moderation.bands import Band
from moderation.models import Escalation, EscalationState

FAR = datetime.max.replace(tzinfo=UTC)
SOON = timedelta(hours=24)


class Kind(StrEnum):
    """What an entry is: an escalation, a case that needs somebody, one's own, or one in which one helps."""

    ESCALATION = "escalation"
    UNOWNED = "unowned"
    OWN = "own"
    ALONG = "along"


class Show(StrEnum):
    """The parts of the list that can be chosen."""

    ALL = "all"
    DUE = "due"
    OVERDUE = "overdue"
    UNREAD = "unread"
    MINE = "mine"
    UNOWNED = "unowned"


@dataclass(frozen=True)
class Entry:
    """One line of the list. `climbed` is how many times it was paged since its clock had run out."""

    kind: Kind
    id: str
    band: Band
    due_at: datetime | None
    since: datetime
    climbed: int
    is_overdue: bool
    state: str
    name: str = ""
    unread: int = 0
    promise: ObligationKind | None = None
    is_missed: bool = False
    offer: Offer | None = None
    meeting: AppointmentView | None = None

    @property
    def waits(self) -> bool:
        """Whether nobody has it yet."""
        return self.kind in {Kind.ESCALATION, Kind.UNOWNED}

    @property
    def by_clock(self) -> tuple[int, datetime]:
        """What comes first: crisis, red, and then whatever is due first, of one's own or of nobody's."""
        return (self.band.rank if self.waits or self.is_overdue else Band.AMBER.rank, self.due_at or FAR)


@dataclass(frozen=True)
class Worklist:
    """What one professional sees."""

    escalations: list[Entry]
    unowned: list[Entry]
    own: list[Entry]
    along: list[Entry]
    counts: Mapping[Show, int]
    next: Entry | None


def worklist_of(reader: Staff, show: Show, *, now: datetime) -> Worklist:
    """The list of this person at this moment, or a part of it."""
    waiting = moderation_queries.escalations_in_state(EscalationState.WAITING)
    escalations = sorted(
        (one for one in waiting if is_offered_to(one, reader)),
        key=lambda one: (one.band.rank, one.due_at),
    )
    takeable = [
        case
        for case in queries.takeable_cases()
        if case.owner_id != reader.id and not is_recused(case, reader)
    ]
    offers = offers_for(escalations, takeable, reader_id=reader.id, now=now)
    own = queries.cases_at_hand(reader.id)
    own_ids = {case.id for case in own}
    along = [one for one in handing_queries.cases_with_member(reader.id, now) if one.id not in own_ids]
    unread = queries.count_unread([case.id for case in [*own, *along]], AuthorKind.STUDENT)
    meetings = next_in_cases([*own, *along], now=now)
    entries = [
        *(_escalation(one, offers[one.id], now=now) for one in escalations),
        *(_unowned(one, offers[one.id], now=now) for one in takeable),
        *(
            _case(one, Kind.OWN, unread=unread.get(one.id, 0), meeting=meetings.get(one.id), now=now)
            for one in own
        ),
        *(
            _case(one, Kind.ALONG, unread=unread.get(one.id, 0), meeting=meetings.get(one.id), now=now)
            for one in along
        ),
    ]
    shown = [one for one in entries if SHOWS[show](one, now)]
    return Worklist(
        escalations=_of_kind(shown, Kind.ESCALATION),
        unowned=_of_kind(shown, Kind.UNOWNED),
        own=_of_kind(shown, Kind.OWN),
        along=_of_kind(shown, Kind.ALONG),
        counts={one: sum(SHOWS[one](entry, now) for entry in entries) for one in Show},
        next=min(
            (one for one in entries if one.due_at or one.unread), key=lambda one: one.by_clock, default=None
        ),
    )


SHOWS: dict[Show, Callable[[Entry, datetime], bool]] = {
    Show.ALL: lambda _one, _now: True,
    Show.DUE: lambda one, now: one.due_at is not None and now <= one.due_at <= now + SOON,
    Show.OVERDUE: lambda one, _now: one.is_overdue,
    Show.UNREAD: lambda one, _now: one.unread > 0,
    Show.MINE: lambda one, _now: one.kind is Kind.OWN,
    Show.UNOWNED: lambda one, _now: one.waits,
}


def _of_kind(entries: Sequence[Entry], kind: Kind) -> list[Entry]:
    """What waits for anybody keeps band first, then clock; one's own goes by clock."""
    found = [one for one in entries if one.kind is kind]
    if kind in {Kind.ESCALATION, Kind.UNOWNED}:
        return sorted(found, key=lambda one: (one.band.rank, one.due_at or FAR))
    return sorted(found, key=lambda one: (*one.by_clock, one.since))


def _escalation(one: Escalation, offer: Offer, *, now: datetime) -> Entry:
    return Entry(
        kind=Kind.ESCALATION,
        id=one.id,
        band=one.band,
        due_at=one.due_at,
        since=one.raised_at,
        climbed=one.climbed,
        is_overdue=one.due_at < now,
        state=one.state.value,
        offer=offer,
    )


def _unowned(case: Case, offer: Offer, *, now: datetime) -> Entry:
    promises = queries.unsettled_obligations(case.id)
    due_at = case.due_at or (promises[0].due_at if promises else None)
    return Entry(
        kind=Kind.UNOWNED,
        id=case.id,
        band=case.band,
        due_at=due_at,
        since=case.opened_at,
        climbed=max([case.climbed, *(one.climbed for one in promises)]),
        is_overdue=due_at is not None and due_at < now,
        state=case.state.value,
        is_missed=case.owner_id is not None,
        offer=offer,
    )


def _case(case: Case, kind: Kind, *, unread: int, meeting: AppointmentView | None, now: datetime) -> Entry:
    promises: Sequence[Obligation] = queries.unsettled_obligations(case.id)
    first = promises[0] if promises else None
    return Entry(
        kind=kind,
        id=case.id,
        band=higher(case.band, promises),
        due_at=first.due_at if first is not None else None,
        since=case.opened_at,
        climbed=first.climbed if first is not None else 0,
        is_overdue=first is not None and first.due_at < now,
        state=case.state.value,
        name=pseudonym_of(case),
        unread=unread,
        promise=first.kind if first is not None else None,
        meeting=meeting,
    )


def higher(band: Band, promises: Sequence[Obligation]) -> Band:
    """How soon a case must be looked at: by its own band, or by the most urgent promise in it."""
    return min([band, *(one.band for one in promises)], key=lambda one: one.rank)


def state_of_list(reader: Staff, *, now: datetime) -> dict[str, object]:
    """What an open page is told by itself: ids, bands and states, never a name or a word."""
    found = worklist_of(reader, Show.ALL, now=now)
    entries = [*found.escalations, *found.unowned, *found.own, *found.along]
    return {
        "items": [{"id": one.id, "band": one.band.value, "state": live_state(one)} for one in entries],
        "goes_on": False,
    }


def live_state(one: Entry) -> str:
    """The word of a line for an open page: whether it waits, is late, or has something new."""
    if one.is_overdue:
        return "overdue"
    return "unread" if one.unread else "waiting" if one.waits else "quiet"

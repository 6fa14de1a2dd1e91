"""The numbers of the coordinator's first page.

Two sorts of count, told apart on purpose. What counts people, or what people went through (accounts,
decisions, escalations and cases by where they stand, waiting times), is told from ten on: a coordinator may
meet the students in person, and from "1 case closed" could guess whose. What counts work that is open this
minute (texts held, items in the queue, escalations and cases that nobody has taken, rows that fail) is told
exactly: it is workload and not people. One crisis that nobody takes is what this page is for; the number says
that somebody must act and nothing of whom, is gone when they did, and the team's own alarms tell it anyway.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from accounts.queries import count_accounts
from core.suppression import percentile, suppressed
from counselling.models import CaseState
from insight import queries
from moderation.bands import Band
from moderation.handles import month_of
from moderation.models import Conduct, EscalationState
from moderation.queries import count_decisions_since, count_open_items_by_band


@dataclass(frozen=True)
class Waiting:
    """How long texts of one band waited for a person in one month; None where fewer than ten did."""

    band: Band
    count: int | None
    median: timedelta | None
    ninetieth: timedelta | None


@dataclass(frozen=True)
class Overview:
    """Everything on the page. None stands for "fewer than 10"."""

    accounts: int | None
    threads: int
    posts: int
    held: int
    open_items: dict[Band, int]
    untaken_escalations: int
    untaken_cases: int
    decisions: dict[Conduct, int | None]
    waiting: list[tuple[date, list[Waiting]]]  # this month, and the one before
    escalations: dict[EscalationState, int | None]
    cases: dict[CaseState, int | None]
    failing: list[tuple[str, int]]


def look_over(*, now: datetime) -> Overview:
    """Count everything."""
    month = first_of_month(now)
    months = [month, first_of_month(month - timedelta(days=1))]
    decided = {row[0]: row[1] for row in count_decisions_since(month)}
    items, escalations, cases = count_open_items_by_band(), queries.count_escalations(), queries.count_cases()
    return Overview(
        accounts=suppressed(count_accounts()),
        threads=queries.count_public_threads(),
        posts=queries.count_public_posts(),
        held=queries.count_held_texts(),
        open_items={band: items.get(band, 0) for band in Band},
        untaken_escalations=escalations.get(EscalationState.WAITING, 0),
        untaken_cases=cases.get(CaseState.NEW, 0),
        decisions={conduct: suppressed(decided.get(conduct, 0)) for conduct in Conduct},
        waiting=[(first.date(), waiting_in(month_of(first))) for first in months],
        escalations={
            state: suppressed(escalations.get(state, 0))
            for state in EscalationState
            if state is not EscalationState.WAITING
        },
        cases={state: suppressed(cases.get(state, 0)) for state in CaseState if state is not CaseState.NEW},
        failing=queries.failing_rows(),
    )


def waiting_in(month: str) -> list[Waiting]:
    """The waiting times of one month, by band."""
    waits = queries.waits_of_month(month)
    return [
        Waiting(
            band=band,
            count=suppressed(sum(count for _, count in waits.get(band, []))),
            median=_minutes(percentile(waits.get(band, []), 0.5)),
            ninetieth=_minutes(percentile(waits.get(band, []), 0.9)),
        )
        for band in Band
    ]


def _minutes(number: int | None) -> timedelta | None:
    return None if number is None else timedelta(minutes=number)


def first_of_month(now: datetime) -> datetime:
    """Months are counted in UTC, as the histogram of waits is."""
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)

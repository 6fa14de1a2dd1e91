"""A neutral summary for the centre's own record system: that there was help, when, and what came of it.

No word of the student and none about them: dates, counts, the outcome, and of referrals only what their
questions allow. Opening it is an audit line with that purpose.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Staff
from core.audit import record_event
from counselling import queries as case_queries
from counselling.models import AuthorKind, Case, CaseOutcome, Encounter, MessageKind
from counselling.record import queries
from counselling.record.filling import Line, lines_of
from counselling.record.form_fields import Reach
from counselling.record.models import FormKind

SUMMARISED = "case_summarised"
FOR_A_SUMMARY = frozenset({Reach.SUMMARY})


@dataclass(frozen=True)
class NeutralReferral:
    """One finalised referral: when, and what may leave the case."""

    finalised_at: datetime
    lines: Sequence[Line]


@dataclass(frozen=True)
class NeutralSummary:
    """What may be copied into another system."""

    opened_at: datetime
    closed_at: datetime | None
    outcome: CaseOutcome | None
    encounters: Sequence[Encounter]
    letters: int
    referrals: Sequence[NeutralReferral]


def log_summary(case: Case, *, reader: Staff, now: datetime) -> None:
    """Write down that somebody opens the summary, before they see it."""
    detail = {"purpose": "neutral summary"}
    record_event(SUMMARISED, actor=reader.actor, target=f"case:{case.id}", detail=detail, now=now)


def neutral_summary(case: Case) -> NeutralSummary:
    """Put together what may leave the case."""
    messages = case_queries.messages(case.id)
    return NeutralSummary(
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        outcome=case.outcome,
        encounters=case_queries.encounters(case.id),
        letters=sum(
            one.author_kind is AuthorKind.PROFESSIONAL and one.kind is MessageKind.LETTER for one in messages
        ),
        referrals=[
            NeutralReferral(one.finalised_at, lines_of(case, one, reach=FOR_A_SUMMARY))
            for one in queries.forms(case.id)
            if one.kind is FormKind.REFERRAL and one.finalised_at is not None
        ],
    )

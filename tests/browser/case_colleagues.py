"""What colleagues ask each other about cases, for the pages that show it."""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import Staff
from counselling.handing import queries as handing_queries
from counselling.handing.allowed import leads_of_cases
from counselling.handing.handovers import offer_case, refuse_handover, take_back
from counselling.handing.members import invite, join_case
from counselling.handing.models import Supervision
from counselling.handing.supervising import ask_supervisor, reply_to_colleague
from counselling.models import Case, MemberPart

NOTE = "They like short letters in the evening, and want to finish the *safety plan* together."


def ask_colleagues(
    ids: dict[str, str], handed: Sequence[Case], *, owner: Staff, other: Staff, now: datetime
) -> None:
    """An offer, one that was taken back, one before the lead; an invitation, a second; a supervisor who is
    asked, and one who answered. `handed` are four cases of the owner.
    """
    offered, returned, refused, shared = handed
    ids["offer"] = offer_case(offered, colleague=other, note=NOTE, actor=owner, now=now).id
    gone = offer_case(returned, colleague=other, note=NOTE, actor=owner, now=now)
    take_back(gone, returned, actor=owner, now=now)
    turned_down = offer_case(refused, colleague=other, note=NOTE, actor=owner, now=now)
    refuse_handover(turned_down, refused, reason="I have no hours left.", actor=other, now=now)
    for_lead = handing_queries.open_handover(refused.id)
    assert for_lead is not None
    assert leads_of_cases(refused, now=now)
    invitation = invite(returned, colleague=other, actor=owner, now=now)
    invite(shared, colleague=other, actor=owner, now=now)
    join_case(shared, staff=other, part=MemberPart.SECOND, until=None, actor=other, now=now)
    asked = [_ask(shared, other, numbers=numbers, owner=owner, now=now) for numbers in ([1], None)]
    reply_to_colleague(asked[1], shared, "I would wait with the plan.", actor=other, now=now)
    ids |= {
        "offer_gone": gone.id,
        "offer_for_lead": for_lead.id,
        "invitation": invitation.id,
        "refused_case": refused.id,
        "shared_case": shared.id,
        "supervision": asked[0].id,
        "answered_supervision": asked[1].id,
    }


def _ask(case: Case, other: Staff, *, numbers: list[int] | None, owner: Staff, now: datetime) -> Supervision:
    return ask_supervisor(
        case,
        supervisor=other,
        numbers=numbers,
        question="Am I going too fast?",
        consent="They said yes in the second letter.",
        days=7,
        actor=owner,
        now=now,
    )

"""Sealed contact details, and where openings of them stand, for the pages that show it."""

from datetime import datetime, timedelta

import pytest

from accounts import hashing
from accounts.models import Staff
from core.db import db
from counselling.disclosure.contacts import leave_contact
from counselling.disclosure.models import DisclosureWay
from counselling.disclosure.opening import Asking, approve, ask_for_two, claim_for_one
from counselling.disclosure.rings import ensure_ring
from counselling.disclosure.words import Unlocked, issue_words, keep_opening_key, new_opening_key
from counselling.models import Case
from moderation.team.models import Duty
from moderation.team.rota import AlreadyOnDuty, add_shift
from tests.conftest import REAL_HASHES
from tests.counselling.opening import LEFT

ASKING = Asking(
    reason="A farewell this evening, and no answer since.",
    telling="We were afraid for you, and sent somebody to look after you.",
    days=3,
    days_reason="Somebody reads their post.",
)


def ask_to_open(ids: dict[str, str], case: Case, *, owner: Staff, coordinator: Staff, now: datetime) -> None:
    """The student left something; the owner, who is on call, asks twice, a coordinator agrees once, and once
    the owner opened it alone.
    """
    words, mine = _words(owner, now=now)
    _others, theirs = _words(coordinator, now=now)
    try:
        night = (now - timedelta(hours=1), now + timedelta(hours=11))
        add_shift(owner, Duty.ON_CALL, night, actor=coordinator, now=now).is_published = True
    except AlreadyOnDuty:
        pass  # by the rota of the demo
    leave_contact(case, LEFT, allows_one=True, now=now)
    asked, agreed, alone = (ask_for_two(case, ASKING, asker=owner, now=now) for _ in range(3))
    approve(agreed, case, theirs, approver=coordinator, now=now)
    alone.way = DisclosureWay.ALONE
    claim_for_one(alone, case, mine, opener=owner, now=now)
    db.session.flush()
    ids |= {
        "opening_words": words,
        "asked_opening": asked.id,
        "agreed_opening": agreed.id,
        "opened_alone": alone.id,
    }


def _words(person: Staff, *, now: datetime) -> tuple[str, Unlocked]:
    """Words that the served site takes as well, which stretches them as an installation does."""
    issued = issue_words(person, now=now)
    with pytest.MonkeyPatch.context() as patch:
        for name, real in REAL_HASHES.items():
            patch.setattr(hashing, name, real)
        pair, wrapped = new_opening_key(person, issued, [issued.words[place] for place in issued.asked])
    keep_opening_key(person, pair, wrapped, now=now)
    ensure_ring(person.role, maker=person, now=now)
    return " ".join(issued.words), Unlocked(person.id, pair.private)

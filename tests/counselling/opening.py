"""People who can open sealed contact details: makers of words, rings, boxes and openings."""

import re
from datetime import datetime

from flask.testing import FlaskClient

from accounts import queries as account_queries
from accounts.models import Staff
from core.db import transaction
from counselling import queries as case_queries
from counselling.disclosure import queries
from counselling.disclosure.access import disclosure_to_work_on
from counselling.disclosure.boxes import Details
from counselling.disclosure.contacts import leave_contact
from counselling.disclosure.models import Disclosure
from counselling.disclosure.opening import (
    Asking,
    Claimed,
    approve,
    ask_for_two,
    claim_alone,
    claim_opening,
    logged_or_not_done,
)
from counselling.disclosure.rings import admit, ensure_ring
from counselling.disclosure.words import issue_words, keep_opening_key, new_opening_key, unlock
from counselling.models import Case
from moderation.team.models import Duty
from moderation.team.rota import add_shift
from tests.counselling.people import NOON
from tests.people import hidden_fields, post_form

KEYS = "/staff/opening-keys"

LEFT = Details(name="Canary Marzipan", phone="0123 456789", address="7 Stairwell Lane", more="ring twice")
ASKING = Asking(reason="They stopped answering after a farewell.", telling="We were worried about you.")


def give_words(person: Staff, *, now: datetime = NOON) -> str:
    """Six words for somebody, who makes the ring of their role where there is none."""
    issued = issue_words(person, now=now)
    pair, wrapped = new_opening_key(person, issued, [issued.words[place] for place in issued.asked])
    with transaction():
        keep_opening_key(person, pair, wrapped, now=now)
        ensure_ring(person.role, maker=person, now=now)
    return " ".join(issued.words)


def let_in(newcomer: Staff, *, holder: Staff, words: str, now: datetime = NOON) -> None:
    """A holder admits somebody who has words."""
    unlocked = unlock(holder, words)
    with transaction():
        admit(newcomer.id, holder=holder, unlocked=unlocked, now=now)


def leave(case: Case, details: Details = LEFT, *, alone: bool = False, now: datetime = NOON) -> None:
    """The student of a case leaves contact details."""
    with transaction():
        locked = case_queries.case(case.id, locked=True)
        assert locked is not None
        leave_contact(locked, details, allows_one=alone, now=now)


def ask(case: Case, asker: Staff, asking: Asking = ASKING, *, now: datetime = NOON) -> str:
    """Somebody asks for a second person. Gives the id of the opening."""
    with transaction():
        locked = case_queries.case(case.id, locked=True)
        assert locked is not None
        return ask_for_two(locked, asking, asker=asker, now=now).id


def agree(disclosure_id: str, approver: Staff, words: str, *, now: datetime = NOON) -> None:
    """A coordinator agrees."""
    unlocked = unlock(approver, words)
    with transaction():
        found, case = disclosure_to_work_on(disclosure_id, person=approver)
        approve(found, case, unlocked, approver=approver, now=now)


def claim(disclosure_id: str, opener: Staff, words: str, *, now: datetime = NOON) -> Claimed:
    """Whoever asked opens."""
    unlocked = unlock(opener, words)
    with logged_or_not_done():
        found, case = disclosure_to_work_on(disclosure_id, person=opener)
        return claim_opening(found, case, unlocked, opener=opener, now=now)


def open_by_oneself(
    case: Case, opener: Staff, words: str, asking: Asking = ASKING, *, now: datetime = NOON
) -> Claimed:
    """The person on call opens alone."""
    unlocked = unlock(opener, words)
    with transaction():
        locked = case_queries.case(case.id, locked=True)
        assert locked is not None
        return claim_alone(locked, asking, unlocked, opener=opener, now=now)


def put_on_call(person: Staff, *, begins_at: datetime, ends_at: datetime) -> None:
    """Somebody is on call for a time, by the published rota."""
    with transaction():
        actor = account_queries.staff_member(person.id)
        assert actor is not None
        add_shift(actor, Duty.ON_CALL, (begins_at, ends_at), actor=actor, now=begins_at).is_published = True


def disclosure(disclosure_id: str) -> Disclosure:
    found = queries.disclosure(disclosure_id)
    assert found is not None
    return found


def shown_words(page: str) -> list[str]:
    shown = re.search(r'<ol[^>]*translate="no"[^>]*>(.*?)</ol>', page, re.S)
    assert shown is not None
    return re.findall(r"<li>([a-z]+)</li>", shown.group(1))


def typed_back(page: str) -> dict[str, str]:
    words = shown_words(page)
    asked = [int(number) for number in re.findall(r'data-word="(\d)"', page)]
    return {"word_one": words[asked[0] - 1], "word_two": words[asked[1] - 1]}


def make_words(browser: FlaskClient) -> str:
    """Somebody makes their words at the page of keys. Gives the page that shows them."""
    answer = post_form(browser, f"{KEYS}/words", {}, page=KEYS)
    assert answer.status_code == 200
    fields = hidden_fields(answer.text, action=f"{KEYS}/words/confirm") | typed_back(answer.text)
    assert browser.post(f"{KEYS}/words/confirm", data=fields).status_code == 303
    return " ".join(shown_words(answer.text))

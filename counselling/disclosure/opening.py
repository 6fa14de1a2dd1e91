"""Opening sealed contact details.

By two: somebody who answers for the case asks and says why; a coordinator reads that, and agrees with their
own words, which opens the outer box and seals the inner one anew to whoever asked; they open it with their
own words within half an hour. Alone: the person on call, at once, where the student allowed it.

The order is fixed: the opening is claimed and written into the audit log in one transaction; only after that
has been committed are the words of the student opened, and shown in that answer. A log that cannot be written
shows nothing and spends nothing; wrong words neither. An opening that was claimed is spent, whatever becomes
of the answer: who needs it again asks again.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from accounts.models import Staff
from core.audit import record_event
from core.crypto import CannotUnseal, open_with, seal_to
from core.db import DatabaseBusy, db, transaction
from core.ids import new_public_id
from core.keys import KeysMissing
from core.refusals import Missing
from counselling.disclosure import queries
from counselling.disclosure.access import is_on_call, may_ask
from counselling.disclosure.boxes import (
    INNER,
    OUTER,
    Details,
    open_alone,
    open_inner,
    open_outer,
)
from counselling.disclosure.contacts import is_readable
from counselling.disclosure.models import Disclosure, DisclosureState, DisclosureWay
from counselling.disclosure.paging import page_asker, page_coordinators, page_for_review
from counselling.disclosure.refused import (
    LogNotWritten,
    NoPartAnyMore,
    NotForOne,
    NothingToOpen,
    SamePerson,
    SecondRole,
    StaleApproval,
    StaleQuestion,
)
from counselling.disclosure.rings import NotAHolder, ring_private
from counselling.disclosure.said import seal_words
from counselling.disclosure.states import DisclosureAct, move_disclosure
from counselling.disclosure.targets import target_of
from counselling.disclosure.telling import promise_to_tell
from counselling.disclosure.words import NoWords, Unlocked
from counselling.models import Case

OPEN_WITHIN = timedelta(minutes=30)
ASKED_FOR = timedelta(hours=12)  # a figure of our own: after a night a reason is told anew
REVIEW_WITHIN = timedelta(hours=12)
MOST_DAYS = 14


@contextmanager
def logged_or_not_done() -> Iterator[None]:
    """A transaction whose failure is told as what it means here. Raises LogNotWritten."""
    try:
        with transaction():
            yield
    except (SQLAlchemyError, DatabaseBusy, KeysMissing) as error:
        raise LogNotWritten from error


@dataclass(frozen=True)
class Asking:
    """Why something is to be opened, what the student will read about it, and how many days later."""

    reason: str = ""
    telling: str = ""
    days: int = 0
    days_reason: str = ""


@dataclass(frozen=True)
class Claimed:
    """An opening that is in the log. Calling `reveal` is all that is left."""

    disclosure_id: str
    is_drill: bool
    reveal: Callable[[], Details] = field(repr=False)


def ask_for_two(case: Case, asking: Asking, *, asker: Staff, now: datetime) -> Disclosure:
    """Ask a coordinator to open with oneself, on a locked case.

    Raises Missing, NothingToOpen; NoWords or NotAHolder for whoever could not open it anyway.
    """
    require_leave_to_ask(case, asker=asker, now=now)
    disclosure = _new_disclosure(case, asking, way=DisclosureWay.TWO, asker=asker, now=now)
    log_asking(disclosure, asker, now=now)
    page_coordinators(disclosure, case, but_for=asker, now=now)
    return disclosure


def require_leave_to_ask(case: Case, *, asker: Staff, now: datetime) -> None:
    """Who may ask, and whether there is anything. Raises Missing, NothingToOpen."""
    if not may_ask(case, asker, now=now):
        raise Missing(case.id)
    if not is_readable(queries.contact(case.id)):
        raise NothingToOpen(case.id)


def log_asking(disclosure: Disclosure, asker: Staff, *, now: datetime) -> None:
    """Write down that somebody asks for a second person, who could then open it.

    Raises SecondRole, NoWords, NotAHolder.
    """
    ring = queries.used_ring(INNER)
    if asker.role is not INNER:
        raise SecondRole(asker.id)
    if queries.opening_key(asker.id) is None:
        raise NoWords(asker.id)
    if ring is None or queries.share(ring.id, asker.id) is None:
        raise NotAHolder(asker.id)
    _record("contact_opening_asked", disclosure, asker, now=now)


def _new_disclosure(
    case: Case, asking: Asking, *, way: DisclosureWay, asker: Staff, now: datetime
) -> Disclosure:
    contact = queries.contact(case.id, locked=True)
    if contact is None:
        raise NothingToOpen(case.id)
    new = Disclosure(id=new_public_id(), case_id=case.id, way=way, state=DisclosureState.ASKED)
    new.asked_by, new.asked_at, new.contact_version = asker.id, now, contact.version
    new.reason = seal_words(new.id, "reason", asking.reason)
    new.telling = seal_words(new.id, "telling", asking.telling)
    new.tell_after_days = min(asking.days, MOST_DAYS)
    new.tell_reason = seal_words(new.id, "tell_reason", asking.days_reason if asking.days else "")
    db.session.add(new)
    db.session.flush()
    return new


def approve(
    disclosure: Disclosure, case: Case | None, unlocked: Unlocked, *, approver: Staff, now: datetime
) -> None:
    """A coordinator agrees with their own words: the outer box is opened, and the inner one sealed to whoever
    asked, for half an hour. On locked rows.

    Raises SamePerson, StaleQuestion, ContactChanged, NotAHolder, OpeningMovedOn.
    """
    _require_another(disclosure, approver)
    if approver.role is not OUTER:
        raise NotAHolder(approver.id)
    if disclosure.state is DisclosureState.ASKED and now - disclosure.asked_at > ASKED_FOR:
        raise StaleQuestion(disclosure.id)
    move_disclosure(disclosure, DisclosureAct.APPROVE)
    target = target_of(disclosure, case)
    key = queries.opening_key(disclosure.asked_by, locked=True)
    if key is None:
        raise NotAHolder(disclosure.asked_by)
    private = ring_private(target.outer, unlocked, person=approver)
    inner = open_outer(private, target.boxes, target.outer, place=target.place)
    disclosure.share = seal_to(key.public, inner, info=_share_info(disclosure))
    disclosure.approved_by, disclosure.approved_at = approver.id, now
    _record("contact_opening_approved", disclosure, approver, now=now)
    page_asker(disclosure, case, due_at=now + OPEN_WITHIN, now=now)


def refuse(disclosure: Disclosure, *, approver: Staff, now: datetime) -> None:
    """A coordinator does not agree, on a locked row. Raises SamePerson, OpeningMovedOn."""
    _require_another(disclosure, approver)
    move_disclosure(disclosure, DisclosureAct.REFUSE)
    disclosure.approved_by = approver.id
    _record("contact_opening_refused", disclosure, approver, now=now)


def take_back(disclosure: Disclosure, *, asker: Staff, now: datetime) -> None:
    """Whoever asked no longer needs it, and nobody has answered yet. On a locked row. Raises Missing,
    OpeningMovedOn.
    """
    if asker.id != disclosure.asked_by:
        raise Missing(disclosure.id)
    move_disclosure(disclosure, DisclosureAct.TAKE_BACK)
    disclosure.box = None
    _record("contact_opening_taken_back", disclosure, asker, now=now)


def claim_opening(
    disclosure: Disclosure, case: Case | None, unlocked: Unlocked, *, opener: Staff, now: datetime
) -> Claimed:
    """Whoever asked opens what a coordinator agreed to: claimed and logged, on locked rows, and not yet
    opened.

    Raises NotApproved, SamePerson, StaleApproval, ContactChanged, NoPartAnyMore, NotAHolder, OpeningMovedOn.
    """
    if opener.id != disclosure.asked_by:
        raise Missing(disclosure.id)
    share, approved_at, approver = disclosure.share, disclosure.approved_at, disclosure.approved_by
    move_disclosure(disclosure, DisclosureAct.OPEN)
    if approver is None or approver == opener.id:
        raise SamePerson(disclosure.id)
    if approved_at is None or share is None or now - approved_at > OPEN_WITHIN:
        raise StaleApproval(disclosure.id)
    if case is not None and not may_ask(case, opener, now=now):
        raise NoPartAnyMore(disclosure.id)
    target = target_of(disclosure, case)
    private, info = ring_private(target.inner, unlocked, person=opener), _share_info(disclosure)
    _finish(disclosure, case, opener=opener, now=now)

    def reveal() -> Details:
        inner = open_with(unlocked.private, share, info=info)
        return open_inner(private, inner, target.inner, place=target.place)

    return Claimed(disclosure.id, disclosure.is_drill, reveal)


def claim_alone(case: Case, asking: Asking, unlocked: Unlocked, *, opener: Staff, now: datetime) -> Claimed:
    """The person on call opens alone, where the student allowed it: claimed, logged, and to be reviewed by
    somebody else within twelve hours. On a locked case.

    Raises Missing, NothingToOpen, NotForOne, NotAHolder.
    """
    require_leave_to_ask(case, asker=opener, now=now)
    if not is_on_call(opener, now=now):
        raise NotForOne(case.id)
    disclosure = _new_disclosure(case, asking, way=DisclosureWay.ALONE, asker=opener, now=now)
    return claim_for_one(disclosure, case, unlocked, opener=opener, now=now)


def claim_for_one(
    disclosure: Disclosure, case: Case | None, unlocked: Unlocked, *, opener: Staff, now: datetime
) -> Claimed:
    """One person opens: claimed, logged, and not yet opened. Raises NotForOne, NotAHolder."""
    target = target_of(disclosure, case)
    box, ring = target.boxes.for_one, target.inner
    if box is None or opener.role is not ring.role:
        raise NotForOne(disclosure.id)
    private = ring_private(ring, unlocked, person=opener)
    move_disclosure(disclosure, DisclosureAct.OPEN_ALONE)
    disclosure.review_due_at = now + REVIEW_WITHIN
    _finish(disclosure, case, opener=opener, now=now)
    page_for_review(disclosure, case, due_at=now + REVIEW_WITHIN, now=now)
    return Claimed(
        disclosure.id, disclosure.is_drill, lambda: open_alone(private, box, ring, place=target.place)
    )


def _finish(disclosure: Disclosure, case: Case | None, *, opener: Staff, now: datetime) -> None:
    """The line in the log, and the promise to tell the student."""
    disclosure.opened_at, disclosure.box = now, None
    _record("contact_opened", disclosure, opener, now=now)
    if case is not None:
        promise_to_tell(disclosure, case, now=now)


def _require_another(disclosure: Disclosure, person: Staff) -> None:
    if disclosure.asked_by == person.id:
        raise SamePerson(disclosure.id)


def _share_info(disclosure: Disclosure) -> bytes:
    return f"share:{disclosure.id}:{disclosure.asked_by}".encode()


def _record(kind: str, disclosure: Disclosure, person: Staff, *, now: datetime) -> None:
    detail = {"way": disclosure.way, "drill": disclosure.is_drill, "case": disclosure.case_id or ""}
    record_event(kind, actor=person.actor, target=f"disclosure:{disclosure.id}", detail=detail, now=now)


def reveal(claimed: Claimed) -> Details | None:
    """The words, once the claim is committed; None when the box turns out to be damaged."""
    try:
        return claimed.reveal()
    except CannotUnseal:
        return None

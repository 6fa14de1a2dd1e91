"""The key rings of the two roles: who holds them, who comes and who goes.

Boxes are sealed to a role and not to people, so that what a student left in September opens for somebody who
joined in October. The private half of a ring lies sealed to each holder's own key; whoever has it gives it on
by typing their own words. The first of a role with words makes the ring.

A ring is retired only when nobody holds it any more. What was sealed to it then opens for nobody, and its
students are asked to leave it anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from accounts import queries as account_queries
from accounts.models import Staff
from accounts.permissions import Role
from core.audit import record_event
from core.crypto import CannotUnseal, new_key_pair, open_with, seal_to
from core.db import db, transaction
from core.ids import new_public_id
from core.refusals import Missing, Refusal
from counselling import queries as case_queries
from counselling.disclosure import queries
from counselling.disclosure.boxes import KEEPERS
from counselling.disclosure.models import KeyRing, RingShare
from counselling.disclosure.words import NoWords, Unlocked
from counselling.notices import CaseNotice, tell_student
from moderation.team.duties import people_on
from moderation.team.models import Duty

FEWEST_HOLDERS = 2


class NotAHolder(Refusal):
    """This person has words, and nobody of their role has admitted them yet."""

    @property
    def sentence(self) -> str:
        return _("Your words open nothing yet: a colleague of your role has to admit you first.")


class StillHeld(Refusal):
    """Somebody still holds the ring."""

    @property
    def sentence(self) -> str:
        return _("Somebody still holds the key of this role. It is given on, and not made anew.")


class NotOffered(Refusal):
    """Nobody could open what a student would leave now."""

    @property
    def sentence(self) -> str:
        return _("You cannot leave contact details at the moment: nobody could open them. Nothing was kept.")


@dataclass(frozen=True)
class RingView:
    """One role on the page of keys."""

    role: Role
    ring: KeyRing | None
    holders: Sequence[Staff]
    newcomers: Sequence[Staff]

    @property
    def is_thin(self) -> bool:
        """Whether what is sealed could not be opened as soon as one person is away."""
        return len(self.holders) < FEWEST_HOLDERS


def view_ring(role: Role) -> RingView:
    """Who holds the ring of a role, and who waits to be admitted."""
    ring = queries.used_ring(role)
    if ring is None:
        return RingView(role, None, (), ())
    return RingView(role, ring, queries.holders(ring.id), queries.newcomers(ring.id, role))


def rings_in_use(*, locked: bool = False) -> Mapping[Role, KeyRing]:
    """The two rings to seal to, each held by somebody. Raises NotOffered."""
    found = {role: queries.used_ring(role, locked=locked) for role in KEEPERS}
    rings = {role: ring for role, ring in found.items() if ring is not None and queries.holders(ring.id)}
    if len(rings) < len(KEEPERS):
        raise NotOffered
    return rings


def can_be_left() -> bool:
    """Whether somebody could open what a student would leave now."""
    try:
        rings_in_use()
    except NotOffered:
        return False
    return True


def is_holder(person: Staff) -> bool:
    """Whether this person's words open what is sealed to their role now."""
    ring = queries.used_ring(person.role)
    return ring is not None and queries.share(ring.id, person.id) is not None


def on_call_without_key(*, now: datetime) -> list[Staff]:
    """Who is on call now and could open nothing at night, whatever a student allowed."""
    return [person for person in people_on(Duty.ON_CALL, now=now) if not is_holder(person)]


def ring_private(ring: KeyRing, unlocked: Unlocked, *, person: Staff) -> bytes:
    """The private half of a ring, for a holder who typed their words. Raises NotAHolder."""
    share = queries.share(ring.id, person.id)
    if share is None or person.id != unlocked.staff_id or person.role is not ring.role:
        raise NotAHolder(person.id)
    try:
        return open_with(unlocked.private, share.sealed, info=_share_place(ring, person))
    except CannotUnseal as error:  # they made other words since they typed these
        raise NotAHolder(person.id) from error


def ensure_ring(role: Role, *, maker: Staff, now: datetime) -> None:
    """Make the ring of a role that has none, with its first holder. Of two who come first, one makes it."""
    if queries.used_ring(role, locked=True) is not None:
        return
    pair = new_key_pair()
    ring = KeyRing(id=new_public_id(), role=role, public=pair.public, made_at=now)
    try:
        with db.session.begin_nested():
            db.session.add(ring)
    except IntegrityError:
        return
    _give_share(ring, pair.private, to=maker, giver=maker, now=now)
    record_event("key_ring_made", actor=maker.actor, target=f"ring:{ring.id}", detail={"role": role}, now=now)


def admit(newcomer_id: str, *, holder: Staff, unlocked: Unlocked, now: datetime) -> None:
    """Give a colleague of one's own role what one holds.

    Raises Missing, NotAHolder, NoWords when they have made no words yet.
    """
    ring = queries.used_ring(holder.role, locked=True)
    newcomer = account_queries.staff_member(newcomer_id)
    if ring is None or newcomer is None or newcomer.closed_at is not None or newcomer.role is not ring.role:
        raise Missing(newcomer_id)
    private = ring_private(ring, unlocked, person=holder)
    if queries.share(ring.id, newcomer.id) is None:
        _give_share(ring, private, to=newcomer, giver=holder, now=now)
        record_event("key_holder_admitted", actor=holder.actor, target=f"staff:{newcomer.id}", now=now)


def _give_share(ring: KeyRing, private: bytes, *, to: Staff, giver: Staff, now: datetime) -> None:
    key = queries.opening_key(to.id, locked=True)
    if key is None:
        raise NoWords(to.id)
    sealed = seal_to(key.public, private, info=_share_place(ring, to))
    share = RingShare(ring_id=ring.id, staff_id=to.id, sealed=sealed, given_by=giver.id, given_at=now)
    db.session.add(share)
    db.session.flush()


def _share_place(ring: KeyRing, person: Staff) -> bytes:
    return f"ring share:{ring.id}:{person.id}".encode()


def renew_ring(*, maker: Staff, now: datetime) -> None:
    """Retire the ring of one's role, which nobody holds any more, and make another.

    What was sealed to it opens for nobody: each student is told, and asked to leave it anew.

    Raises StillHeld, NoWords.
    """
    ring = queries.used_ring(maker.role, locked=True)
    if ring is not None:
        if queries.holders(ring.id):
            raise StillHeld(ring.id)
        if queries.opening_key(maker.id) is None:
            raise NoWords(maker.id)
        ring.retired_at = now
        queries.delete_shares_of_ring(ring.id)
        record_event("key_ring_retired", actor=maker.actor, target=f"ring:{ring.id}", now=now)
        for case_id in queries.cases_sealed_to(ring.id):
            case = case_queries.case(case_id)
            if case is not None:
                tell_student(case, CaseNotice.CONTACT_UNREADABLE, key=ring.id, now=now)
        db.session.flush()
    ensure_ring(maker.role, maker=maker, now=now)


def take_shares_back(now: datetime) -> int:
    """A job: whoever left, or has another role by now, holds nothing any more. Gives how many people."""
    if not queries.staff_with_shares_of_others() and not queries.closed_staff_with_keys():
        return 0
    with transaction():
        people = queries.staff_with_shares_of_others()
        for staff_id in people:
            queries.delete_shares_of(staff_id)
            record_event("key_shares_taken_back", actor="system", target=f"staff:{staff_id}", now=now)
        for staff_id in queries.closed_staff_with_keys():
            queries.delete_opening_key(staff_id)
    return len(people)

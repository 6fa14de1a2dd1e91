"""Questions to the database about sealed contact details: keys, rings, boxes, openings."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, delete, or_, select

from accounts.models import Staff
from accounts.permissions import Role
from core.db import db, for_update
from counselling.disclosure.models import (
    Disclosure,
    DisclosureState,
    DisclosureWay,
    KeyRing,
    OpeningKey,
    RingShare,
    SealedContact,
)
from counselling.models import Case, CaseState

LIVE = (DisclosureState.ASKED, DisclosureState.APPROVED)


def opening_key(staff_id: str, *, locked: bool = False) -> OpeningKey | None:
    statement = select(OpeningKey).where(OpeningKey.staff_id == staff_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def used_ring(role: Role, *, locked: bool = False) -> KeyRing | None:
    """The ring of a role that boxes are sealed to now."""
    statement = select(KeyRing).where(KeyRing.role == role, KeyRing.retired_at.is_(None))
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def ring(ring_id: str) -> KeyRing | None:
    return db.session.scalars(select(KeyRing).where(KeyRing.id == ring_id)).one_or_none()


def share(ring_id: str, staff_id: str) -> RingShare | None:
    statement = select(RingShare).where(RingShare.ring_id == ring_id, RingShare.staff_id == staff_id)
    return db.session.scalars(statement).one_or_none()


def holders(ring_id: str) -> Sequence[Staff]:
    """Who can open what is sealed to a ring: open accounts that still have its role."""
    statement = (
        select(Staff)
        .join(RingShare, RingShare.staff_id == Staff.id)
        .join(KeyRing, KeyRing.id == RingShare.ring_id)
        .where(RingShare.ring_id == ring_id, Staff.closed_at.is_(None), Staff.role == KeyRing.role)
        .order_by(Staff.alias)
    )
    return db.session.scalars(statement).all()


def newcomers(ring_id: str, role: Role) -> Sequence[Staff]:
    """Who of a role has words of their own and no share of its ring."""
    has_share = select(RingShare.staff_id).where(
        RingShare.ring_id == ring_id, RingShare.staff_id == OpeningKey.staff_id
    )
    statement = (
        select(Staff)
        .join(OpeningKey, OpeningKey.staff_id == Staff.id)
        .where(Staff.role == role, Staff.closed_at.is_(None), ~has_share.exists())
        .order_by(Staff.alias)
    )
    return db.session.scalars(statement).all()


def delete_shares_of(staff_id: str) -> None:
    db.session.execute(delete(RingShare).where(RingShare.staff_id == staff_id))


def delete_shares_of_ring(ring_id: str) -> None:
    db.session.execute(delete(RingShare).where(RingShare.ring_id == ring_id))


def delete_opening_key(staff_id: str) -> None:
    db.session.execute(delete(OpeningKey).where(OpeningKey.staff_id == staff_id))


def staff_with_shares_of_others() -> Sequence[str]:
    """Who has a share though their account is closed or their role is another one by now."""
    statement = (
        select(Staff.id)
        .join(RingShare, RingShare.staff_id == Staff.id)
        .join(KeyRing, KeyRing.id == RingShare.ring_id)
        .where(or_(Staff.closed_at.is_not(None), Staff.role != KeyRing.role))
        .distinct()
    )
    return db.session.scalars(statement).all()


def closed_staff_with_keys() -> Sequence[str]:
    statement = (
        select(Staff.id).join(OpeningKey, OpeningKey.staff_id == Staff.id).where(Staff.closed_at.is_not(None))
    )
    return db.session.scalars(statement).all()


def contact(case_id: str, *, locked: bool = False) -> SealedContact | None:
    statement = select(SealedContact).where(SealedContact.case_id == case_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def cases_sealed_to(ring_id: str) -> Sequence[str]:
    """Whose contact details are sealed to a ring."""
    statement = select(SealedContact.case_id).where(
        SealedContact.sealed.is_not(None),
        or_(SealedContact.inner_ring_id == ring_id, SealedContact.outer_ring_id == ring_id),
    )
    return db.session.scalars(statement.order_by(SealedContact.case_id)).all()


def cases_with_contact() -> Sequence[Case]:
    """The cases in which a student left something, the most urgent first."""
    statement = (
        select(Case)
        .join(SealedContact, SealedContact.case_id == Case.id)
        .where(SealedContact.sealed.is_not(None), Case.wrapped_key.is_not(None))
        .order_by(Case.state == CaseState.CLOSED, Case.rank, Case.opened_at)
    )
    return db.session.scalars(statement).all()


def disclosure(disclosure_id: str, *, locked: bool = False) -> Disclosure | None:
    statement = select(Disclosure).where(Disclosure.id == disclosure_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()


def disclosures_of_case(case_id: str) -> Sequence[Disclosure]:
    """Every opening of a case that was asked for, the newest first."""
    statement = select(Disclosure).where(Disclosure.case_id == case_id)
    return db.session.scalars(statement.order_by(Disclosure.asked_at.desc(), Disclosure.id)).all()


def live_disclosures_of_case(case_id: str) -> Sequence[Disclosure]:
    statement = select(Disclosure).where(Disclosure.case_id == case_id, Disclosure.state.in_(LIVE))
    return db.session.scalars(for_update(statement)).all()


def stale_disclosures(*, asked_before: datetime, approved_before: datetime) -> Sequence[str]:
    """What was asked and answered by nobody, and what was approved and not opened, for too long."""
    statement = select(Disclosure.id).where(
        or_(
            and_(Disclosure.state == DisclosureState.ASKED, Disclosure.asked_at < asked_before),
            and_(Disclosure.state == DisclosureState.APPROVED, Disclosure.approved_at < approved_before),
        )
    )
    return db.session.scalars(statement.order_by(Disclosure.id)).all()


def disclosures_to_approve() -> Sequence[Disclosure]:
    statement = select(Disclosure).where(
        Disclosure.state == DisclosureState.ASKED, Disclosure.way == DisclosureWay.TWO
    )
    return db.session.scalars(statement.order_by(Disclosure.is_drill, Disclosure.asked_at)).all()


def disclosures_to_review() -> Sequence[Disclosure]:
    """What one person opened alone and nobody else has looked at."""
    statement = select(Disclosure).where(
        Disclosure.review_due_at.is_not(None), Disclosure.reviewed_at.is_(None)
    )
    return db.session.scalars(statement.order_by(Disclosure.is_drill, Disclosure.review_due_at)).all()


def overdue_reviews(now: datetime) -> Sequence[Disclosure]:
    """Reviews whose time is over, locked. Nobody is paged about a drill that nobody looks at."""
    statement = select(Disclosure).where(
        Disclosure.review_due_at < now, Disclosure.reviewed_at.is_(None), Disclosure.is_drill.is_(False)
    )
    return db.session.scalars(for_update(statement, skip_locked=True)).all()


def live_disclosures_of(staff_id: str) -> Sequence[Disclosure]:
    """What somebody asked for and has not opened yet."""
    statement = select(Disclosure).where(Disclosure.asked_by == staff_id, Disclosure.state.in_(LIVE))
    return db.session.scalars(statement.order_by(Disclosure.asked_at)).all()


def last_drill(way: DisclosureWay) -> Disclosure | None:
    """The newest drill of this way that came to its end."""
    statement = (
        select(Disclosure)
        .where(
            Disclosure.is_drill,
            Disclosure.way == way,
            Disclosure.state == DisclosureState.OPENED,
        )
        .order_by(Disclosure.opened_at.desc())
        .limit(1)
    )
    return db.session.scalars(statement).one_or_none()

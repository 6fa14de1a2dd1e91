"""The keys of those who may open, the boxes, and each opening."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, false, text
from sqlalchemy.orm import Mapped, mapped_column

from accounts.permissions import Role
from core.columns import PublicId, UtcDateTime, enum_column
from core.db import Model
from core.ids import new_public_id


class OpeningKey(Model):
    """One person's key pair. `wrapped` is the private half, which opens with their own words alone."""

    __tablename__ = "opening_keys"

    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    public: Mapped[bytes] = mapped_column(LargeBinary(32))
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class KeyRing(Model):
    """The key pair of a role. Boxes are sealed to its public half; at most one ring of a role is in use."""

    __tablename__ = "key_rings"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    role: Mapped[Role] = mapped_column(enum_column(Role))
    public: Mapped[bytes] = mapped_column(LargeBinary(32))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index(
            "uq_key_rings_used_role",
            "role",
            unique=True,
            sqlite_where=text("retired_at IS NULL"),
            postgresql_where=text("retired_at IS NULL"),
        ),
    )


class RingShare(Model):
    """The private half of a ring, sealed to one holder's own key by somebody who had it before."""

    __tablename__ = "ring_shares"

    ring_id: Mapped[str] = mapped_column(ForeignKey("key_rings.id", ondelete="CASCADE"), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    given_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SealedContact(Model):
    """What a student left, in boxes, under the key of the case as well: gone when that is destroyed.

    `sealed` is None once it was taken back; `version` counts on, so that no earlier box opens again. The
    rings say whose words open it: a box of a ring that was retired opens for nobody.
    """

    __tablename__ = "sealed_contacts"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(default=1)
    inner_ring_id: Mapped[str] = mapped_column(ForeignKey("key_rings.id"))
    outer_ring_id: Mapped[str] = mapped_column(ForeignKey("key_rings.id"))
    left_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DisclosureWay(StrEnum):
    """Who opens: two people of different roles, or the person on call alone."""

    TWO = "two"
    ALONE = "alone"


class DisclosureState(StrEnum):
    """Where an opening stands. `counselling/disclosure/opening.py` says which steps are legal."""

    ASKED = "asked"
    APPROVED = "approved"
    OPENED = "opened"
    REFUSED = "refused"
    LAPSED = "lapsed"
    TAKEN_BACK = "taken_back"


class Disclosure(Model):
    """One opening of sealed contact details, from the asking to the telling.

    A drill has no case and brings its own `box`. `share` is the inner box, sealed anew to whoever asked, from
    the approval until the opening. `reason`, `telling` (what the student will read), `review` and
    `tell_reason` are sealed words. `tell_at` is when the student is told at their next visit, at most two
    weeks after the opening.
    """

    __tablename__ = "disclosures"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    is_drill: Mapped[bool] = mapped_column(default=False, server_default=false())
    way: Mapped[DisclosureWay] = mapped_column(enum_column(DisclosureWay))
    state: Mapped[DisclosureState] = mapped_column(
        enum_column(DisclosureState), default=DisclosureState.ASKED
    )
    asked_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    box: Mapped[bytes | None] = mapped_column(LargeBinary)
    contact_version: Mapped[int] = mapped_column(default=0, server_default="0")
    telling: Mapped[bytes | None] = mapped_column(LargeBinary)
    tell_after_days: Mapped[int] = mapped_column(default=0, server_default="0")
    approved_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    share: Mapped[bytes | None] = mapped_column(LargeBinary)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    review_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    climbed: Mapped[int] = mapped_column(default=0, server_default="0")
    reviewed_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    review: Mapped[bytes | None] = mapped_column(LargeBinary)
    tell_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tell_reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "state", "asked_at"), Index(None, "case_id"))

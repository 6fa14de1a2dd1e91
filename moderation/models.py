"""What peer moderators work with.

Open work keeps exact times, because clocks run on them; once decided, an item keeps only hours.

Words that moderators or reporters write about a student lie sealed.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import Staff
from core.columns import PublicId, SealedJson, SealedText, UtcDateTime, enum_column
from core.db import Model
from core.ids import new_public_id
from forum.models import Post, PostStatus
from moderation.bands import Band


class ItemState(StrEnum):
    """Where a queue item stands."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    ON_HOLD = "on_hold"
    DECIDED = "decided"
    VOID = "void"


OPEN_STATES = frozenset({ItemState.WAITING, ItemState.CLAIMED, ItemState.ON_HOLD})


class ReasonKind(StrEnum):
    """Why a text waits for a moderator."""

    NEW_POST = "new_post"
    EDIT = "edit"
    REPORT = "report"
    RISK_SIGNAL = "risk_signal"
    CONDUCT_SIGNAL = "conduct_signal"
    PERSONAL_DATA = "personal_data"
    FORM_SIGNAL = "form_signal"
    APPEAL = "appeal"
    SECOND_LOOK = "second_look"
    NOTE = "note"


class Conduct(StrEnum):
    """The first part of a Decision: what happens to the text."""

    PUBLISH = "publish"
    PUBLISH_WITH_WARNINGS = "publish_with_warnings"
    ASK_CHANGE = "ask_change"
    NOT_HERE = "not_here"
    KEEP_HELD = "keep_held"
    HIDE = "hide"
    REMOVE = "remove"
    DISMISS = "dismiss"


class Risk(StrEnum):
    """The second part of a Decision: what the person behind the text may need. Never a judgement of them."""

    NONE = "none"
    WATCH = "watch"
    REACH_OUT = "reach_out"
    ESCALATE = "escalate"


class QueueItem(Model):
    """One text that waits for a moderator. At most one row per text.

    `is_open` follows the state and leads the index: what waits is found in its order without sorting.
    `excluded` are the staff who must not judge this author. `held_for` is the colleague for whom an item on
    hold is kept. `promised_by` is the latest time that its author was told. `stands_at` is its place within
    its band: since when it waits, or a bounded head start earlier (`moderation/ordering/headstart.py`).
    """

    __tablename__ = "queue_items"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), unique=True)
    state: Mapped[ItemState] = mapped_column(enum_column(ItemState), default=ItemState.WAITING)
    is_open: Mapped[bool] = mapped_column(default=True)
    band: Mapped[Band] = mapped_column(enum_column(Band))
    rank: Mapped[int] = mapped_column()
    version: Mapped[int] = mapped_column(default=1)
    waiting_since: Mapped[datetime] = mapped_column(UtcDateTime)
    stands_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claimed_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    claim_token: Mapped[str | None] = mapped_column(String(40))
    claim_ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    handle: Mapped[str | None] = mapped_column(SealedText("queue_item.handle"))
    excluded: Mapped[list[str] | None] = mapped_column(SealedJson("queue_item.excluded"))
    held_for: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    hold_reason: Mapped[str | None] = mapped_column(SealedText("queue_item.hold_reason"))
    promised_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_withdrawn: Mapped[bool] = mapped_column(default=False)
    climbed: Mapped[int] = mapped_column(default=0)

    post: Mapped[Post] = relationship()

    __table_args__ = (
        Index(None, "is_open", "rank", "stands_at"),
        Index(None, "claimed_by"),
        # Few are kept for somebody: without the others the index is worth asking.
        Index(
            "ix_queue_items_held_for",
            "held_for",
            sqlite_where=text("held_for IS NOT NULL"),
            postgresql_where=text("held_for IS NOT NULL"),
        ),
    )


class QueueReason(Model):
    """One reason why a text waits. A decision answers the reasons that were shown, by id."""

    __tablename__ = "queue_reasons"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    item_id: Mapped[str] = mapped_column(ForeignKey("queue_items.id", ondelete="CASCADE"))
    kind: Mapped[ReasonKind] = mapped_column(enum_column(ReasonKind))
    band: Mapped[Band] = mapped_column(enum_column(Band))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column()
    marks: Mapped[list[dict[str, Any]] | None] = mapped_column(SealedJson("queue_reason.marks"))
    note: Mapped[str | None] = mapped_column(SealedText("queue_reason.note"))
    decision_id: Mapped[str | None] = mapped_column(ForeignKey("decisions.id"))

    __table_args__ = (Index(None, "item_id", "decision_id"),)


class Claim(Model):
    """A lease on an item: who had it, from when to when.

    At most one live claim an item, which an index holds.
    """

    __tablename__ = "claims"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    item_id: Mapped[str] = mapped_column(ForeignKey("queue_items.id", ondelete="CASCADE"))
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    token: Mapped[str] = mapped_column(String(40), unique=True)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    extensions: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        Index(
            "uq_claims_live_item",
            "item_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(None, "staff_id", "ended_at"),
    )


class Decision(Model):
    """What a person decided about a text, in two parts. Never edited; a reversal is a second Decision.

    `marks` are the words of the text that the reason concerns. `confirmed_by` is the senior who let an
    assisted moderator's decision leave. `appeal_hash` finds an adverse decision by the code of its appeal.
    """

    __tablename__ = "decisions"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    item_id: Mapped[str] = mapped_column(ForeignKey("queue_items.id", ondelete="CASCADE"))
    revision: Mapped[int] = mapped_column()
    conduct: Mapped[Conduct] = mapped_column(enum_column(Conduct))
    risk: Mapped[Risk] = mapped_column(enum_column(Risk))
    band: Mapped[Band] = mapped_column(enum_column(Band))
    reason: Mapped[str] = mapped_column(String(60), default="")
    reason_version: Mapped[int] = mapped_column(default=0, server_default="0")
    marks: Mapped[list[dict[str, Any]] | None] = mapped_column(SealedJson("decision.marks"))
    message: Mapped[str | None] = mapped_column(SealedText("decision.message"))
    warnings: Mapped[list[str]] = mapped_column(JSON, default=list)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    status_before: Mapped[PostStatus] = mapped_column(enum_column(PostStatus))
    visible_before: Mapped[int] = mapped_column(default=0)
    notice_row: Mapped[str | None] = mapped_column(PublicId)
    reverses_id: Mapped[str | None] = mapped_column(ForeignKey("decisions.id"))
    confirmed_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    appeal_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)

    __table_args__ = (Index(None, "item_id", "at"), Index(None, "staff_id", "at"), Index(None, "at"))


class ReportReason(StrEnum):
    """What a reader says is wrong with a post."""

    ATTACKS_ME = "attacks_me"
    ATTACKS_SOMEONE = "attacks_someone"
    ABOUT_SOMEONE = "about_someone"
    WORRIES_ME = "worries_me"
    SPAM = "spam"
    OTHER = "other"


class ReportState(StrEnum):
    """What the code of a report shows."""

    RECEIVED = "received"
    LOOKED_AT = "looked_at"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class Report(Model):
    """A reader's report of a published post.

    Who sent it is not kept; the code that shows its state is kept as a hash.
    """

    __tablename__ = "reports"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    queue_reason_id: Mapped[str | None] = mapped_column(ForeignKey("queue_reasons.id", ondelete="SET NULL"))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    reason: Mapped[ReportReason] = mapped_column(enum_column(ReportReason))
    state: Mapped[ReportState] = mapped_column(enum_column(ReportState), default=ReportState.RECEIVED)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "post_id"), Index(None, "queue_reason_id"), Index(None, "received_at"))


class EscalationState(StrEnum):
    """Where moderation's hand-over to a professional stands."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    RESOLVED = "resolved"
    DECLINED = "declined"


class Known(StrEnum):
    """Whether something was spoken of in the text."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Escalation(Model):
    """Moderation's hand-over to a professional.

    Counselling reads and answers it; only its state flows back, never content.
    """

    __tablename__ = "escalations"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    item_id: Mapped[str] = mapped_column(ForeignKey("queue_items.id", ondelete="CASCADE"))
    state: Mapped[EscalationState] = mapped_column(
        enum_column(EscalationState), default=EscalationState.WAITING
    )
    band: Mapped[Band] = mapped_column(enum_column(Band))
    rank: Mapped[int] = mapped_column()
    prompted_by: Mapped[str] = mapped_column(SealedText("escalation.prompted_by"))
    already_said: Mapped[str] = mapped_column(SealedText("escalation.already_said"))
    thoughts: Mapped[Known] = mapped_column(enum_column(Known), default=Known.UNKNOWN)
    plan: Mapped[Known] = mapped_column(enum_column(Known), default=Known.UNKNOWN)
    means: Mapped[Known] = mapped_column(enum_column(Known), default=Known.UNKNOWN)
    timeframe: Mapped[Known] = mapped_column(enum_column(Known), default=Known.UNKNOWN)
    raised_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    climbed: Mapped[int] = mapped_column(default=0)
    answered_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decline_reason: Mapped[str | None] = mapped_column(SealedText("escalation.decline_reason"))

    post: Mapped[Post] = relationship()
    raiser: Mapped[Staff | None] = relationship(foreign_keys=[raised_by])

    __table_args__ = (
        Index(None, "state", "rank", "due_at"),
        Index(None, "item_id"),
        # An escalation that waits is one for each text: a double click or two moderators make no second.
        Index(
            "uq_escalations_open_item",
            "item_id",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

"""What a second pair of eyes looks at, and what is spoken about: proposals, appeals, sanctions, notes between
an author and the team, and who let an item go by.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.columns import PublicId, SealedJson, SealedText, UtcDateTime, enum_column
from core.db import Model
from core.ids import new_public_id


class Skip(Model):
    """That somebody let an item go by: it is not offered to them until a time."""

    __tablename__ = "skips"

    item_id: Mapped[str] = mapped_column(ForeignKey("queue_items.id", ondelete="CASCADE"), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    until: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "staff_id", "until"),)


class ProposalKind(StrEnum):
    """What one person alone may not do."""

    REDACT = "redact"
    EXCLUDE = "exclude"
    LOWER_BAND = "lower_band"
    GRANT_ROLE = "grant_role"
    DECISION = "decision"


class ProposalState(StrEnum):
    """Where a proposal stands. Without a second person it lapses, and nothing is done."""

    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"
    LAPSED = "lapsed"


class Proposal(Model):
    """An act that another person must approve, exactly as it was written down.

    `act` holds what will be done and to what; `act_hash` is what is approved. With `is_emergency` it was done
    at once, with a reason, and must be reviewed by `review_due_at`.
    """

    __tablename__ = "proposals"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    kind: Mapped[ProposalKind] = mapped_column(enum_column(ProposalKind))
    state: Mapped[ProposalState] = mapped_column(enum_column(ProposalState), default=ProposalState.OPEN)
    target: Mapped[str] = mapped_column(String(80))
    item_id: Mapped[str | None] = mapped_column(ForeignKey("queue_items.id", ondelete="CASCADE"))
    act: Mapped[dict[str, Any]] = mapped_column(SealedJson("proposal.act"))
    act_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    reason: Mapped[str] = mapped_column(SealedText("proposal.reason"))
    proposed_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_emergency: Mapped[bool] = mapped_column(default=False)
    review_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reviewed_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    review: Mapped[str | None] = mapped_column(SealedText("proposal.review"))

    __table_args__ = (
        Index(None, "state", "expires_at"),
        Index(None, "item_id"),
        # One open proposal of a kind for each target: a double click makes no second.
        Index(
            "uq_proposals_open_target",
            "kind",
            "target",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )


class AppealState(StrEnum):
    """Where an appeal stands."""

    SENT = "sent"
    ACCEPTED = "accepted"
    UPHELD = "upheld"
    VARIED = "varied"
    OVERTURNED = "overturned"


class Appeal(Model):
    """An author's wish that another person looks again at an adverse decision or a sanction: one for each.

    Whoever has its code may send and read it, signed in or not. `questions` are up to three questions of the
    team with their answers.
    """

    __tablename__ = "appeals"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    decision_id: Mapped[str | None] = mapped_column(
        ForeignKey("decisions.id", ondelete="CASCADE"), unique=True
    )
    sanction_id: Mapped[str | None] = mapped_column(
        ForeignKey("sanctions.id", ondelete="CASCADE"), unique=True
    )
    item_id: Mapped[str] = mapped_column(ForeignKey("queue_items.id", ondelete="CASCADE"))
    queue_reason_id: Mapped[str | None] = mapped_column(ForeignKey("queue_reasons.id", ondelete="SET NULL"))
    state: Mapped[AppealState] = mapped_column(enum_column(AppealState), default=AppealState.SENT)
    body: Mapped[str] = mapped_column(SealedText("appeal.body"))
    questions: Mapped[list[dict[str, Any]]] = mapped_column(SealedJson("appeal.questions"))
    reply: Mapped[str | None] = mapped_column(SealedText("appeal.reply"))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "item_id"),)


class SanctionKind(StrEnum):
    """Steps, from the mildest. Each has a reason and an end."""

    NOTE = "note"
    SLOW_MODE = "slow_mode"
    HOLD_ALL = "hold_all"
    PAUSE = "pause"
    EXCLUSION = "exclusion"


class Sanction(Model):
    """A step against what somebody does to others, never against distress.

    It names the text that led to it; whom it holds for lies sealed with the account alone.
    """

    __tablename__ = "sanctions"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    item_id: Mapped[str] = mapped_column(ForeignKey("queue_items.id", ondelete="CASCADE"))
    decision_id: Mapped[str | None] = mapped_column(ForeignKey("decisions.id"))
    kind: Mapped[SanctionKind] = mapped_column(enum_column(SanctionKind))
    reason: Mapped[str] = mapped_column(String(60))
    reason_version: Mapped[int] = mapped_column(default=0)
    message: Mapped[str | None] = mapped_column(SealedText("sanction.message"))
    begins_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    set_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    appeal_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)

    __table_args__ = (Index(None, "item_id"),)


class TeamNote(Model):
    """One line of the note between the author of a text and the team. The team signs, nobody alone.

    As long as the outbox holds `notice_row`, the line can be taken back, and its author is shown nothing of
    it.
    """

    __tablename__ = "team_notes"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    item_id: Mapped[str] = mapped_column(ForeignKey("queue_items.id", ondelete="CASCADE"))
    is_from_team: Mapped[bool] = mapped_column()
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    body: Mapped[str] = mapped_column(SealedText("team_note.body"))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    notice_row: Mapped[str | None] = mapped_column(PublicId)

    __table_args__ = (Index(None, "item_id", "written_at"),)

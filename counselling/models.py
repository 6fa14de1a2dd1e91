"""What professionals work with.

Whatever somebody wrote or what would join a case to a thread or an account lies sealed under a key that
only this case has.

In the clear are states, clocks, owners and counts: enough to see that somebody is late, and nothing about
whom. Destroying the wrap of the key destroys the content and keeps the counts.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import Staff
from core.columns import PublicId, UtcDateTime, enum_column
from core.db import Model
from core.ids import new_public_id
from moderation.bands import Band


class CaseState(StrEnum):
    """Where a case stands. `counselling/cases.py` says which steps are legal."""

    NEW = "new"
    ASSIGNED = "assigned"
    IN_CONTACT = "in_contact"
    MONITORING = "monitoring"
    CLOSED = "closed"


class Stage(StrEnum):
    """The five stages of an encounter, in the order in which they usually come."""

    INTRODUCTION = "introduction"
    EXPLORATION = "exploration"
    INTERPRETATION = "interpretation"
    GUIDANCE = "guidance"
    ASSESSMENT = "assessment"


class StageMark(StrEnum):
    """How far one stage has come. It only goes forward."""

    NONE = "none"
    BEGUN = "begun"
    DONE = "done"


class Outcome(StrEnum):
    """What an encounter ends with. `resolved` means: daily living works again."""

    RESOLVED = "resolved"
    FACE_TO_FACE = "face_to_face"
    NEXT_SESSION = "next_session"
    REFERRED = "referred"


class CaseOutcome(StrEnum):
    """What a case closes with: the outcome of its last encounter, or that there was none."""

    RESOLVED = "resolved"
    FACE_TO_FACE = "face_to_face"
    NEXT_SESSION = "next_session"
    REFERRED = "referred"
    NO_CONTACT = "no_contact"


class AuthorKind(StrEnum):
    """Which side of a conversation wrote. A trusted person is on the student's side, in one live session."""

    STUDENT = "student"
    PROFESSIONAL = "professional"
    TRUSTED = "trusted"


class MessageKind(StrEnum):
    """How a message came: as a letter, in a live session, as a summary that the student may correct, or by
    itself while the professional is away.
    """

    LETTER = "letter"
    LIVE = "live"
    CHECK = "check"
    AWAY = "away"


class MemberPart(StrEnum):
    """What a colleague is in a case that they do not own: a second by invitation, or the cover of an owner
    who is away.
    """

    SECOND = "second"
    COVER = "cover"


class ObligationKind(StrEnum):
    """What was promised. `counselling/obligations.py` says which act keeps it."""

    FIRST_LETTER = "first_letter"
    ANSWER = "answer"
    NEW_TEXT = "new_text"
    FIRST_UNREAD = "first_unread"
    CALL_BACK = "call_back"
    CHECK_IN = "check_in"
    FOLLOW_UP = "follow_up"
    LIVE_ASKED = "live_asked"
    LIVE_CUT_OFF = "live_cut_off"
    APPOINTMENT_AWAY = "appointment_away"


class ObligationState(StrEnum):
    """Whether a promise is open, was kept in time, or was not."""

    OPEN = "open"
    KEPT = "kept"
    MISSED = "missed"


class Case(Model):
    """A student in a professional's care, under a pseudonym.

    `wrapped_key` is NULL once the content is destroyed. `wants` holds what helps to find the right
    professional (fields, language, letters or live), `return_tag` the keyed hash of the code that opens this
    one case.
    """

    __tablename__ = "cases"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    state: Mapped[CaseState] = mapped_column(enum_column(CaseState), default=CaseState.NEW)
    band: Mapped[Band] = mapped_column(enum_column(Band))
    rank: Mapped[int] = mapped_column()
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    climbed: Mapped[int] = mapped_column(default=0)
    message_count: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[CaseOutcome | None] = mapped_column(enum_column(CaseOutcome))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    warned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    destroyed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    wrapped_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    pseudonym: Mapped[bytes | None] = mapped_column(LargeBinary)
    student_ref: Mapped[bytes | None] = mapped_column(LargeBinary)
    links: Mapped[bytes | None] = mapped_column(LargeBinary)
    summary: Mapped[bytes | None] = mapped_column(LargeBinary)
    wants: Mapped[bytes | None] = mapped_column(LargeBinary)
    return_tag: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)

    owner: Mapped[Staff | None] = relationship()

    __table_args__ = (
        Index(None, "owner_id", "state"),
        Index(None, "state", "due_at"),
        Index(None, "state", "closed_at"),
    )


class CaseMessage(Model):
    """One message, a letter or a line of a live session. `number` counts within its case; `read_at` is for
    the professional's own list; `sent_tag` is a keyed hash that keeps one message from being sent twice.
    """

    __tablename__ = "case_messages"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column()
    author_kind: Mapped[AuthorKind] = mapped_column(enum_column(AuthorKind))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[MessageKind] = mapped_column(
        enum_column(MessageKind), default=MessageKind.LETTER, server_default=MessageKind.LETTER.value
    )
    live_session_id: Mapped[str | None] = mapped_column(ForeignKey("live_sessions.id"))
    trusted_id: Mapped[str | None] = mapped_column(ForeignKey("trusted_persons.id"))
    version: Mapped[int] = mapped_column(default=1)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    feeling: Mapped[bytes | None] = mapped_column(LargeBinary)
    sent_tag: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        UniqueConstraint("case_id", "sent_tag"),
        Index(None, "case_id", "author_kind", "read_at"),
    )


class Assignment(Model):
    """Who had a case, from when to when. At most one live assignment a case, which an index holds."""

    __tablename__ = "assignments"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index(
            "uq_assignments_live_case",
            "case_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(None, "staff_id", "ended_at"),
    )


class CaseMember(Model):
    """A colleague who works in a case without owning it. Invited, then joined, until a time or until it
    ends.
    """

    __tablename__ = "case_members"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    part: Mapped[MemberPart] = mapped_column(enum_column(MemberPart))
    invited_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    invited_at: Mapped[datetime] = mapped_column(UtcDateTime)
    joined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    until_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "case_id", "ended_at"), Index(None, "staff_id", "ended_at"))


class Encounter(Model):
    """One exchange with a student, in five stages.

    It is open until it has one of the four outcomes; at most one is open in a case. `rating` is what the
    student said, if they did: distress before and after (0 to 10), and how helpful it was (0 to 10).
    """

    __tablename__ = "encounters"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column()
    introduction: Mapped[StageMark] = mapped_column(enum_column(StageMark), default=StageMark.NONE)
    exploration: Mapped[StageMark] = mapped_column(enum_column(StageMark), default=StageMark.NONE)
    interpretation: Mapped[StageMark] = mapped_column(enum_column(StageMark), default=StageMark.NONE)
    guidance: Mapped[StageMark] = mapped_column(enum_column(StageMark), default=StageMark.NONE)
    assessment: Mapped[StageMark] = mapped_column(enum_column(StageMark), default=StageMark.NONE)
    outcome: Mapped[Outcome | None] = mapped_column(enum_column(Outcome))
    version: Mapped[int] = mapped_column(default=1)
    agreed: Mapped[bytes | None] = mapped_column(LargeBinary)
    rating: Mapped[bytes | None] = mapped_column(LargeBinary)
    live_session_id: Mapped[str | None] = mapped_column(ForeignKey("live_sessions.id"))
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        Index(
            "uq_encounters_open_case",
            "case_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )


class Obligation(Model):
    """Something promised, with a due time.

    `settled_at` is when the named act came, in time or late; nothing else clears it. `is_told`: the student
    sees it, because it is a promise to them.
    """

    __tablename__ = "obligations"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    kind: Mapped[ObligationKind] = mapped_column(enum_column(ObligationKind))
    state: Mapped[ObligationState] = mapped_column(enum_column(ObligationState), default=ObligationState.OPEN)
    band: Mapped[Band] = mapped_column(enum_column(Band))
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    is_told: Mapped[bool] = mapped_column(default=True, server_default=true())
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    climbed: Mapped[int] = mapped_column(default=0)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    case: Mapped[Case] = relationship()

    __table_args__ = (
        Index(None, "state", "settled_at", "due_at"),
        Index(None, "case_id", "settled_at"),
        Index(None, "owner_id", "settled_at"),
    )


class SelfReferral(Model):
    """A student's own wish for a counsellor.

    What they wrote is the first letter of the case; what they hope for stands in its Intake.
    """

    __tablename__ = "self_referrals"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), unique=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)

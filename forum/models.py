"""What students read and write.

A post holds no account. `author_tag` is equal only within a thread; `author_ref` is the account, sealed, and
opened only to act on an author. What readers may not see (held, hidden, removed, withdrawn texts) lies sealed
in its revision and never in the clear.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.columns import BigId, PublicId, SealedJson, UtcDateTime, enum_column
from core.db import Model
from core.ids import new_public_id


class ModerationMode(StrEnum):
    """When a text is read by a moderator: before anybody sees it, before for a student's first posts, or
    after.
    """

    HOLD_ALL = "hold_all"
    HOLD_NEW = "hold_new"
    READ_AFTER = "read_after"


class PostStatus(StrEnum):
    """Where a post stands. `forum/lifecycle.py` says which steps are legal."""

    HELD = "held"
    PUBLISHED = "published"
    RETURNED = "returned"
    HIDDEN = "hidden"
    REMOVED = "removed"
    WITHDRAWN = "withdrawn"


class Badge(StrEnum):
    """Who speaks: a student, a trained peer supporter, or a professional."""

    NONE = ""
    PEER = "peer"
    PROFESSIONAL = "professional"


class Warning(StrEnum):
    """What a text speaks of, said before it is opened."""

    SELF_HARM = "self_harm"
    SUICIDE = "suicide"
    VIOLENCE = "violence"
    ABUSE = "abuse"
    EATING = "eating"
    SUBSTANCES = "substances"
    LOSS = "loss"
    SEXUAL = "sexual"
    HEALTH = "health"


class ReactionKind(StrEnum):
    """The few words with which a reader may stand by a writer. None of them judges."""

    ME_TOO = "me_too"
    HEAR_YOU = "hear_you"
    THANK_YOU = "thank_you"
    WITH_YOU = "with_you"
    HELPED_ME = "helped_me"


class Category(Model):
    """A topic. Names and descriptions are given per language."""

    __tablename__ = "categories"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    descriptions: Mapped[dict[str, str]] = mapped_column(JSON)
    place: Mapped[int] = mapped_column(default=0)
    opening_mode: Mapped[ModerationMode] = mapped_column(enum_column(ModerationMode))
    reply_mode: Mapped[ModerationMode] = mapped_column(enum_column(ModerationMode))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Thread(Model):
    """A conversation.

    It is public while its opening post is published; until then it has no title that could be read. A
    counsellor who looks after it may ask that replies pause, and with its author's yes it says so.
    """

    __tablename__ = "threads"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    category_id: Mapped[str] = mapped_column(ForeignKey("categories.id"))
    title: Mapped[str] = mapped_column(String(140), default="")
    language: Mapped[str] = mapped_column(String(8))
    key: Mapped[str] = mapped_column(SealedJson("thread.key"))
    is_public: Mapped[bool] = mapped_column(default=False)
    is_answered: Mapped[bool] = mapped_column(default=False)
    is_paused: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_cared_for: Mapped[bool] = mapped_column(default=False, server_default=false())
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_on: Mapped[date | None] = mapped_column(Date)
    last_sequence: Mapped[int] = mapped_column(BigId, default=0)
    last_position: Mapped[int] = mapped_column(default=0)
    reply_count: Mapped[int] = mapped_column(default=0)
    warnings: Mapped[list[str]] = mapped_column(JSON, default=list)

    category: Mapped[Category] = relationship()

    __table_args__ = (
        Index(None, "category_id", "is_public", "last_sequence"),
        Index(None, "is_public", "last_sequence"),
        Index(None, "is_public", "is_answered", "published_at"),
    )


class Post(Model):
    """One text in a thread. Position, sequence and day are given at publication.

    `left_at` is the hour in which it was removed or withdrawn; its words are forgotten some time later.
    """

    __tablename__ = "posts"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    thread_id: Mapped[str] = mapped_column(ForeignKey("threads.id", ondelete="CASCADE"))
    is_opening: Mapped[bool] = mapped_column(default=False)
    status: Mapped[PostStatus] = mapped_column(enum_column(PostStatus), default=PostStatus.HELD)
    position: Mapped[int | None] = mapped_column()
    sequence: Mapped[int | None] = mapped_column(BigId)
    published_on: Mapped[date | None] = mapped_column(Date)
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    byline: Mapped[str] = mapped_column(String(80))
    badge: Mapped[Badge] = mapped_column(enum_column(Badge), default=Badge.NONE)
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    author_tag: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    author_ref: Mapped[bytes | None] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(8))
    warnings: Mapped[list[str]] = mapped_column(JSON, default=list)
    reactions: Mapped[dict[str, int]] = mapped_column(JSON, default=dict, server_default="{}")
    visible_revision: Mapped[int] = mapped_column(default=0)
    latest_revision: Mapped[int] = mapped_column(default=1)
    import_key: Mapped[str | None] = mapped_column(String(80), unique=True)

    thread: Mapped[Thread] = relationship()

    __table_args__ = (
        UniqueConstraint("thread_id", "position"),
        Index(None, "thread_id", "author_tag"),
        Index(None, "sequence"),
        Index(None, "staff_id"),
    )

    @property
    def has_pending_edit(self) -> bool:
        """Whether a newer revision than the one that readers see waits for a decision."""
        return self.visible_revision != 0 and self.latest_revision > self.visible_revision


class PostRevision(Model):
    """One wording of a post: in the clear while readers may see it, sealed otherwise.

    `covers` are stretches of it that are masked or redacted, each {"part", "start", "length", "kind",
    "is_final"}, and a final one "at"; what is in the clear then lacks them, and the sealed original keeps
    only what is not final.
    """

    __tablename__ = "post_revisions"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column()
    body: Mapped[str | None] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    sealed: Mapped[dict[str, Any] | None] = mapped_column(SealedJson("post_revision.sealed"))
    renderer: Mapped[int] = mapped_column()
    covers: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, server_default="[]")
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("post_id", "number"),)


class Pseudonym(Model):
    """The two-word name of one author in one thread."""

    __tablename__ = "pseudonyms"

    thread_id: Mapped[str] = mapped_column(ForeignKey("threads.id", ondelete="CASCADE"), primary_key=True)
    author_tag: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))

    __table_args__ = (UniqueConstraint("thread_id", "name"),)


class Reaction(Model):
    """That somebody reacted to a post. `reactor_tag` is equal for nothing but this person and this post, so
    that nobody can be followed from post to post; the counts lie on the post.
    """

    __tablename__ = "reactions"

    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    reactor_tag: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    kind: Mapped[ReactionKind] = mapped_column(enum_column(ReactionKind), primary_key=True)


class TextDraft(Model):
    """A text that is still being written, for a week at most.

    Both the mark by which it is found and the key that opens it come from its writer's own data key, so the
    row names neither an account nor a thread. `place` says only to whoever asks for one text whether it is a
    draft of that text (`core/places.py`).
    """

    __tablename__ = "text_drafts"

    mark: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    place: Mapped[bytes | None] = mapped_column(LargeBinary(48))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class HelpLine(Model):
    """Somebody outside the forum whom a student can call or write to, in the words of each language.

    `country` is an ISO 3166 code, or empty for a line that serves everywhere. `owner` answers for what stands
    here, and `reviewed_on` is when they last checked it.
    """

    __tablename__ = "help_lines"

    id: Mapped[str] = mapped_column(PublicId, primary_key=True, default=new_public_id)
    place: Mapped[int] = mapped_column(default=0)
    country: Mapped[str] = mapped_column(String(2), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    url: Mapped[str] = mapped_column(String(300), default="")
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    hours: Mapped[dict[str, str]] = mapped_column(JSON)
    what_happens: Mapped[dict[str, str]] = mapped_column(JSON)
    is_example: Mapped[bool] = mapped_column(default=False)
    owner: Mapped[str] = mapped_column(String(80))
    reviewed_on: Mapped[date] = mapped_column(Date)


class SiteTextKind(StrEnum):
    """The texts that the institution writes itself."""

    CRISIS_HELP = "crisis_help"
    HOUSE_RULES = "house_rules"


class SiteText(Model):
    """Crisis help or house rules in one language, with who answers for it and when it was last checked."""

    __tablename__ = "site_texts"

    kind: Mapped[SiteTextKind] = mapped_column(enum_column(SiteTextKind), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    body: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(String(80))
    reviewed_on: Mapped[date] = mapped_column(Date)

"""How a text comes into the forum: a new thread, a reply, an edit, a withdrawal, an answer by staff.

Every text of a student begins held and asks the gate; only the gate's yes publishes it at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask_babel import gettext as _

from accounts.models import Account, Staff, Step
from accounts.permissions import Role
from accounts.training import training_step
from core.clock import hour_of
from core.db import db
from core.ids import new_public_id
from core.refusals import Refusal
from core.text import RENDERER_VERSION, render_markdown
from forum import queries
from forum.authorship import (
    author_tag,
    count_own_posts,
    new_thread_key,
    note_own_post,
    pseudonym_of,
    seal_author,
)
from forum.barriers import require_leave
from forum.gate import Arrival, gate
from forum.lifecycle import NotPossibleNow, PostAct, move_post, seal_revision, show_latest_revision, text_of
from forum.models import Badge, Category, Post, PostRevision, PostStatus, Thread
from forum.pausing import require_open_for_replies


class CategoryClosed(Refusal):
    """No new threads are taken in this category."""

    @property
    def sentence(self) -> str:
        return _(
            "This topic takes no new threads at the moment. What you wrote is below; please choose another "
            "topic."
        )


class NotAloneYet(Refusal):
    """An answer by a moderator whose training record does not let them act alone."""

    status = 403

    @property
    def sentence(self) -> str:
        return _(
            "An answer with your badge is there for readers at once, so it needs a training record of the "
            "step “independent”. Show your words to your senior, who can answer. They are below."
        )


@dataclass(frozen=True)
class Draft:
    """A text that is ready to be sent: clean, within its limits, and rendered.

    `behind` is for one that came after the limit: how much later than it came it stands before moderators.
    """

    body: str
    html: str
    language: str
    title: str = ""
    warnings: Sequence[str] = field(default_factory=tuple)
    behind: timedelta | None = None


def write_draft(body: str, *, language: str, title: str = "", warnings: Sequence[str] = ()) -> Draft:
    """Render a cleaned text. Outside any transaction: rendering takes its time."""
    return Draft(
        title=title, body=body, html=render_markdown(body), language=language, warnings=tuple(warnings)
    )


def begin_thread(category: Category, draft: Draft, *, author: Account, now: datetime) -> Post:
    """Begin a thread with its opening post.

    Raises CategoryClosed, NotAtThisPace, PausedFromWriting.
    """
    if category.closed_at is not None:
        raise CategoryClosed
    require_leave(author, text_to_screen(draft), now=now)
    thread = Thread(
        id=new_public_id(),
        category_id=category.id,
        language=draft.language,
        key=new_thread_key(),
        title="",
        is_public=False,
        is_answered=False,
        last_sequence=0,
        last_position=0,
        reply_count=0,
        warnings=[],
    )
    thread.category = category
    db.session.add(thread)
    db.session.flush()
    return _take_in(thread, draft, author=author, is_opening=True, now=now)


def reply(thread: Thread, draft: Draft, *, author: Account, now: datetime) -> Post:
    """A student's reply in a thread whose row is locked.

    Raises NotPossibleNow when the thread is closed to readers; RepliesPaused, NotAtThisPace,
    PausedFromWriting.
    """
    if not thread.is_public:
        raise NotPossibleNow
    require_open_for_replies(thread)
    require_leave(author, text_to_screen(draft), now=now)
    return _take_in(thread, draft, author=author, is_opening=False, now=now)


def _take_in(thread: Thread, draft: Draft, *, author: Account, is_opening: bool, now: datetime) -> Post:
    mark = author_tag(thread, author.id)
    post = _new_post(thread, draft, byline=pseudonym_of(thread, mark), is_opening=is_opening, now=now)
    post.author_tag, post.author_ref = mark, seal_author(post.id, author.id)
    db.session.flush()
    earlier = note_own_post(author, thread)
    text = text_to_screen(draft)
    if gate().admit(
        post,
        text,
        arrival=Arrival.NEW,
        account_id=author.id,
        earlier_posts=earlier,
        behind=draft.behind,
        now=now,
    ):
        move_post(post, PostAct.PUBLISH, now=now)
    return post


def text_to_screen(draft: Draft) -> str:
    """What the gate reads: title and body."""
    return f"{draft.title}\n\n{draft.body}" if draft.title else draft.body


def require_may_answer(author: Staff, *, now: datetime) -> None:
    """An answer leaves at once, with a badge that vouches for it: a moderator needs a record for that which
    lets them act alone. Raises NotAloneYet.
    """
    if author.role is Role.MODERATOR and training_step(author, now=now) is not Step.INDEPENDENT:
        raise NotAloneYet


def answer(thread: Thread, draft: Draft, *, author: Staff, now: datetime) -> Post:
    """An answer by staff, under their alias and badge, published at once.

    The thread's row is locked. While replies pause, only counsellors answer. Raises NotPossibleNow,
    NotAloneYet, RepliesPaused.
    """
    require_may_answer(author, now=now)
    if not thread.is_public:
        raise NotPossibleNow
    if author.role is not Role.PROFESSIONAL:
        require_open_for_replies(thread)
    post = _new_post(thread, draft, byline=author.alias, is_opening=False, now=now)
    post.staff_id = author.id
    post.badge = Badge.PROFESSIONAL if author.role is Role.PROFESSIONAL else Badge.PEER
    db.session.flush()
    move_post(post, PostAct.PUBLISH, now=now)
    return post


def _new_post(thread: Thread, draft: Draft, *, byline: str, is_opening: bool, now: datetime) -> Post:
    post = Post(
        id=new_public_id(),
        thread_id=thread.id,
        is_opening=is_opening,
        status=PostStatus.HELD,
        submitted_at=hour_of(now),
        byline=byline,
        badge=Badge.NONE,
        language=draft.language,
        warnings=list(draft.warnings),
        visible_revision=0,
        latest_revision=1,
    )
    post.thread = thread
    db.session.add(post)
    db.session.flush()
    _add_revision(post, draft, number=1, now=now)
    return post


def _add_revision(post: Post, draft: Draft, *, number: int, now: datetime) -> PostRevision:
    revision = PostRevision(
        post_id=post.id,
        number=number,
        body=draft.body,
        html=draft.html,
        renderer=RENDERER_VERSION,
        written_at=hour_of(now),
    )
    seal_revision(revision, title=draft.title)
    db.session.add(revision)
    return revision


def edit(post: Post, draft: Draft, *, author: Account, now: datetime) -> None:
    """A new wording by its author.

    A returned text goes back to the queue; a published one stays as it is until the new wording has passed.
    Only of a text that readers see may it pass at once: what a moderator hid, sent back or has not read yet
    waits for a moderator, whatever the category's mode. Raises NotPossibleNow.
    """
    if post.status in {PostStatus.REMOVED, PostStatus.WITHDRAWN}:
        raise NotPossibleNow(post.status)
    title = draft.title or title_of(post)
    number = queries.newest_revision_number(post.id) + 1
    _add_revision(post, Draft(draft.body, draft.html, draft.language, title), number=number, now=now)
    post.latest_revision = number
    arrival = Arrival.EDIT
    if post.status is PostStatus.RETURNED:
        move_post(post, PostAct.RESUBMIT, now=now)
        arrival = Arrival.AGAIN
    db.session.flush()
    text = f"{title}\n\n{draft.body}" if title else draft.body
    earlier = count_own_posts(author)
    passes = gate().admit(
        post,
        text,
        arrival=arrival,
        account_id=author.id,
        earlier_posts=earlier,
        behind=draft.behind,
        now=now,
    )
    if passes and post.status is PostStatus.PUBLISHED:
        publish_wording(post, now=now)


def publish_wording(post: Post, *, now: datetime) -> None:
    """Let readers see the latest wording, from whichever state that is legal. Raises NotPossibleNow."""
    if post.has_pending_edit and post.status is PostStatus.PUBLISHED:
        show_latest_revision(post, now=now)
    elif post.status is PostStatus.HIDDEN:
        move_post(post, PostAct.UNHIDE, now=now)
    else:
        move_post(post, PostAct.PUBLISH, now=now)


def withdraw(post: Post, *, now: datetime) -> None:
    """The author takes a text back: readers no longer see it.

    Moderators still may, when somebody could be in danger. Raises NotPossibleNow.
    """
    move_post(post, PostAct.WITHDRAW, now=now)
    gate().withdraw(post, now=now)


def title_of(post: Post) -> str:
    """The title of the thread that this post opens, also while it lies sealed; "" for a reply."""
    if not post.is_opening:
        return ""
    return post.thread.title or text_of(queries.revision(post.id, post.latest_revision)).get("title", "")

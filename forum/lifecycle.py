"""The states of a post and the steps between them. The only module that changes a post's status.

What readers may see lies in the clear, everything else sealed: each step moves the text with the status,
gives position, sequence and day at the first publication, and leaves an outbox row for the search index.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from markupsafe import escape

from core import outbox
from core.clock import hour_of
from core.queries import next_number
from core.refusals import Refusal
from core.unreadable import UnreadableFacts, unreadable_words
from forum import list_queries, queries
from forum.models import Badge, Post, PostRevision, PostStatus


class PostAct(StrEnum):
    """What can be done to a post."""

    PUBLISH = "publish"
    RETURN = "return"
    REFUSE = "refuse"
    RESUBMIT = "resubmit"
    HIDE = "hide"
    UNHIDE = "unhide"
    REMOVE = "remove"
    OVERTURN = "overturn"
    WITHDRAW = "withdraw"


LEGAL: dict[PostAct, tuple[frozenset[PostStatus], PostStatus]] = {
    PostAct.PUBLISH: (frozenset({PostStatus.HELD}), PostStatus.PUBLISHED),
    PostAct.RETURN: (frozenset({PostStatus.HELD}), PostStatus.RETURNED),
    PostAct.REFUSE: (frozenset({PostStatus.HELD}), PostStatus.REMOVED),
    PostAct.RESUBMIT: (frozenset({PostStatus.RETURNED}), PostStatus.HELD),
    PostAct.HIDE: (frozenset({PostStatus.PUBLISHED}), PostStatus.HIDDEN),
    PostAct.UNHIDE: (frozenset({PostStatus.HIDDEN}), PostStatus.PUBLISHED),
    PostAct.REMOVE: (frozenset({PostStatus.PUBLISHED, PostStatus.HIDDEN}), PostStatus.REMOVED),
    PostAct.OVERTURN: (frozenset({PostStatus.REMOVED}), PostStatus.PUBLISHED),
    PostAct.WITHDRAW: (
        frozenset({PostStatus.HELD, PostStatus.PUBLISHED, PostStatus.RETURNED, PostStatus.HIDDEN}),
        PostStatus.WITHDRAWN,
    ),
}


class NotPossibleNow(Refusal):
    """The post is not in a state from which this can be done."""

    @property
    def sentence(self) -> str:
        return _("This text has changed in the meantime, and what you wanted to do is no longer possible.")


def move_post(post: Post, act: PostAct, *, now: datetime) -> None:
    """Take one legal step with everything that belongs to it.

    Raises NotPossibleNow. The thread's row is locked by the caller.
    """
    sources, goal = LEGAL[act]
    if post.status not in sources:
        raise NotPossibleNow(post.status, act)
    was_public = post.status is PostStatus.PUBLISHED
    post.status = goal
    post.left_at = hour_of(now) if goal in {PostStatus.REMOVED, PostStatus.WITHDRAWN} else None
    if goal is PostStatus.PUBLISHED:
        _enter(post, number=post.latest_revision, now=now)
    elif was_public:
        _leave(post)
    if was_public or goal is PostStatus.PUBLISHED:
        outbox.enqueue("index", {"post": post.id}, now=now)


def show_latest_revision(post: Post, *, now: datetime) -> None:
    """An edit of a published post has passed: readers see it from now on, and the old wording is sealed."""
    if post.status is not PostStatus.PUBLISHED:
        raise NotPossibleNow(post.status)
    seal_revision(_revision(post, post.visible_revision))
    post.visible_revision = post.latest_revision
    open_revision(_revision(post, post.visible_revision))
    outbox.enqueue("index", {"post": post.id}, now=now)


def drop_latest_revision(post: Post) -> None:
    """An edit of a published post was not taken: the wording that readers see stays."""
    if not post.has_pending_edit:
        raise NotPossibleNow(post.status)
    post.latest_revision = post.visible_revision


def take_up_revision(post: Post, number: int) -> None:
    """A wording of a published post that was not taken waits again, as if its author had just sent it.

    Raises NotPossibleNow when the author has sent another one, or when its words are gone.
    """
    if post.status is not PostStatus.PUBLISHED or post.has_pending_edit or not has_words(post, number):
        raise NotPossibleNow(post.status)
    post.latest_revision = number


def has_words(post: Post, number: int) -> bool:
    """Whether the words of a wording are still kept."""
    revision = _revision(post, number)
    return revision.sealed is not None or revision.body is not None


def restore_post(post: Post, status: PostStatus, *, visible: int, latest: int, now: datetime) -> None:
    """Put a post back to where it stood before a decision that is being undone.

    For nothing else: the ordinary steps are `move_post`'s.
    """
    if post.status is PostStatus.PUBLISHED:
        _leave(post)
    post.status, post.visible_revision, post.latest_revision = status, visible, latest
    post.left_at = None
    if status is PostStatus.PUBLISHED:
        _enter(post, number=visible, now=now)
    outbox.enqueue("index", {"post": post.id}, now=now)


def _enter(post: Post, *, number: int, now: datetime) -> None:
    """The post becomes visible to everybody, in the wording of this number."""
    thread = post.thread
    post.visible_revision = number
    revision = _revision(post, post.visible_revision)
    title = open_revision(revision)
    if post.position is None:
        thread.last_position += 1
        post.position = thread.last_position
        post.sequence = next_number("publications")
        post.published_on = now.date()
        if thread.last_sequence < post.sequence:
            thread.last_sequence, thread.last_on = post.sequence, post.published_on
    if post.is_opening:
        thread.is_public, thread.title, thread.warnings = True, title or thread.title, post.warnings
        thread.published_at = thread.published_at or hour_of(now)
    else:
        thread.reply_count += 1
        if post.badge is not Badge.NONE or not _is_by_opener(post):
            thread.is_answered = True


def _leave(post: Post) -> None:
    """The post is no longer visible: its words are sealed, and a thread without its opening post is closed to
    readers. One that loses its only answer waits for one again.
    """
    thread = post.thread
    if post.is_opening:
        seal_revision(_revision(post, post.visible_revision), title=thread.title)
        thread.is_public, thread.title = False, ""
    else:
        seal_revision(_revision(post, post.visible_revision))
        thread.reply_count -= 1
        thread.is_answered = list_queries.has_answer_beside(post)


def _is_by_opener(post: Post) -> bool:
    opening = queries.opening_post(post.thread_id)
    return opening is not None and opening.author_tag is not None and opening.author_tag == post.author_tag


def open_revision(revision: PostRevision) -> str:
    """Put a sealed wording into the clear, without what is covered. Returns the title that was sealed with
    it, or "".
    """
    if revision.sealed is None or revision.body is not None:
        return ""
    sealed = revision.sealed
    shown = sealed.get("covered", sealed)
    revision.body, revision.html = shown["body"], shown["html"]
    revision.sealed = sealed if "covered" in sealed else None
    return str(shown.get("title", ""))


def seal_revision(revision: PostRevision, *, title: str = "") -> None:
    """Take a wording out of the clear. The original of one that is covered lies sealed already."""
    if revision.sealed is None:
        revision.sealed = {"title": title, "body": revision.body, "html": revision.html}
    elif revision.body is not None:
        covered = revision.sealed["covered"]
        revision.sealed = revision.sealed | {
            "title": revision.sealed["title"] or title,
            "covered": covered | {"title": covered["title"] or title},
        }
    revision.body = revision.html = None


def _revision(post: Post, number: int) -> PostRevision:
    return queries.revision(post.id, number)


def text_of(revision: PostRevision) -> dict[str, str]:
    """`title`, `body` and `html` of a wording, whether it lies sealed or not, without what is covered.

    For its author.
    """
    if revision.sealed is None:
        return {"title": "", "body": revision.body or "", "html": revision.html or ""}
    return _words((revision.sealed and revision.sealed.get("covered")) or revision.sealed)


def original_of(revision: PostRevision) -> dict[str, str]:
    """The same with the words that are masked, and blocks where words were taken out for good.

    For staff, and for what an author takes along.
    """
    return _words(revision.sealed) if revision.sealed is not None else text_of(revision)


def _words(sealed: dict[str, Any]) -> dict[str, str]:
    if isinstance(sealed, UnreadableFacts):
        words = unreadable_words()
        return {"title": "", "body": words, "html": f"<p>{escape(words)}</p>"}
    return {key: str(sealed.get(key) or "") for key in ("title", "body", "html")}

"""Standing by a writer with a few words: "Me too", "I hear you".

Whoever reacts becomes a tag that is equal for nothing but this person and this post. Readers see a count from
two on, and never who or when. The counts lie on the post and are taken anew from the rows, under its lock, at
every change, so that they are always equal.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import islice

from flask_babel import gettext as _

from accounts.models import Account
from core.crypto import derive_key, tag
from core.db import db
from core.refusals import Refusal
from forum import queries, thread_queries
from forum.authorship import is_author
from forum.barriers import require_leave
from forum.lifecycle import NotPossibleNow
from forum.models import Post, PostStatus, Reaction, ReactionKind, Thread

SHOWN_FROM = 2
AT_ONCE = 500


class OwnText(Refusal):
    """Nobody reacts to what they wrote themselves."""

    @property
    def sentence(self) -> str:
        return _("You wrote this text yourself.")


def react(post: Post, kind: ReactionKind, *, wanted: bool, actor: Account, now: datetime) -> None:
    """Let a student stand by a post with these words, or take them back. Asking twice changes nothing.

    The post's row is locked. Raises OwnText, NotPossibleNow; PausedFromWriting, but what was said may be
    taken back at any time.
    """
    if post.status is not PostStatus.PUBLISHED or not post.thread.is_public:
        raise NotPossibleNow(post.status)
    if is_author(post, actor):
        raise OwnText
    if wanted:
        require_leave(actor, None, now=now)
    mark = reactor_tags(post.thread, [post.id], actor.id)[post.id]
    known = thread_queries.reaction(post.id, mark, kind)
    if wanted and known is None:
        db.session.add(Reaction(post_id=post.id, reactor_tag=mark, kind=kind))
    elif known is not None and not wanted:
        db.session.delete(known)
    _count_anew(post)


def reactor_tags(thread: Thread, post_ids: Iterable[str], account_id: str) -> dict[str, bytes]:
    """What marks one person's reactions at each of these posts, and nowhere else."""
    key = derive_key(bytes.fromhex(thread.key), "reaction")
    return {post_id: tag(key, post_id, account_id) for post_id in post_ids}


def own_reactions(
    thread: Thread, post_ids: Iterable[str], account_id: str
) -> Mapping[str, frozenset[ReactionKind]]:
    """What this student reacted to these posts of a thread."""
    found = thread_queries.reactions_by(reactor_tags(thread, post_ids, account_id))
    return {
        post_id: frozenset(reaction.kind for reaction in found if reaction.post_id == post_id)
        for post_id in {reaction.post_id for reaction in found}
    }


def shown_counts(counts: Mapping[str, int]) -> dict[ReactionKind, int]:
    """The counts that readers see, in the order of the words: one alone would point at somebody."""
    return {kind: counts[kind] for kind in ReactionKind if counts.get(kind, 0) >= SHOWN_FROM}


def reacted_posts(account_id: str) -> list[str]:
    """The posts to which this student reacted.

    No list of them is kept, so this walks through every post that has a reaction and makes the tag that the
    student would have there. Outside any transaction: it takes its time.
    """
    posts = iter(thread_queries.posts_with_reactions())
    found: set[str] = set()
    while some := list(islice(posts, AT_ONCE)):
        tags: dict[str, bytes] = {}
        for thread in queries.threads_by_ids(sorted({row.thread_id for row in some})):
            own = [row.id for row in some if row.thread_id == thread.id]
            tags |= reactor_tags(thread, own, account_id)
        found |= {reaction.post_id for reaction in thread_queries.reactions_by(tags)}
    return sorted(found)


def take_back_reactions(account: Account, post_ids: Collection[str]) -> None:
    """Take back all that a student reacted to these posts. In the caller's transaction."""
    for post in thread_queries.posts_by_ids(post_ids, locked=True):
        mark = reactor_tags(post.thread, [post.id], account.id)
        for reaction in thread_queries.reactions_by(mark):
            db.session.delete(reaction)
        _count_anew(post)


def _count_anew(post: Post) -> None:
    db.session.flush()
    post.reactions = thread_queries.count_reactions(post.id)

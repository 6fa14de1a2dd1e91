"""Following a thread: a student's own list of threads, each with the position up to which they have read.

The list is sealed under their own data key (`accounts/keeping.py`): nobody else can tell who follows what,
and no notice is ever sent. Whoever begins a thread follows it; an answer follows nothing.
"""

from contextlib import suppress
from typing import NamedTuple

from flask_babel import gettext as _

from accounts.keeping import OwnKeyAway, own_key, read_kept, write_kept
from accounts.models import Account
from accounts.websessions import SignedIn
from core.refusals import Refusal
from forum import queries
from forum.authorship import author_tag
from forum.models import Thread
from forum.muting import mutes_of
from forum.thread_queries import Since, new_posts

FOLLOWED_AT_MOST = 100


class FollowsFull(Refusal):
    """A hundred threads are followed already."""

    @property
    def sentence(self) -> str:
        return _(
            "You follow %(count)s threads, and there is no room for more. Stop following one of them first: "
            "they are listed at “Mine”.",
            count=FOLLOWED_AT_MOST,
        )


class Followed(NamedTuple):
    """A followed thread, with how many posts are new to its follower and which is the first of them."""

    thread: Thread
    new_count: int
    first_new: str | None


def follows_of(account: Account, *, key: bytes) -> dict[str, int]:
    """The threads that a student follows, oldest first, with the position up to which they have read."""
    return {entry["thread"]: entry["seen"] for entry in read_kept(account, "follows", key=key)}


def follow(thread: Thread, *, actor: Account, key: bytes) -> None:
    """Follow a thread from its newest post on. Asking twice changes nothing. Raises FollowsFull."""
    follows = follows_of(actor, key=key)
    if thread.id in follows:
        return
    if len(follows) >= FOLLOWED_AT_MOST:
        there = {found.id for found in queries.threads_by_ids(list(follows)) if found.is_public}
        follows = {thread_id: seen for thread_id, seen in follows.items() if thread_id in there}
    if len(follows) >= FOLLOWED_AT_MOST:
        raise FollowsFull
    _write(actor, follows | {thread.id: thread.last_position}, key=key)


def follow_own(thread: Thread, *, actor: Account, session: SignedIn | None) -> None:
    """Follow the thread that one has just begun, if that can be kept: it is no reason to refuse the text."""
    with suppress(OwnKeyAway, FollowsFull):
        follow(thread, actor=actor, key=own_key(session))


def unfollow(thread_id: str, *, actor: Account, key: bytes) -> None:
    """Stop following a thread. Asking twice changes nothing."""
    follows = follows_of(actor, key=key)
    if follows.pop(thread_id, None) is not None:
        _write(actor, follows, key=key)


def mark_seen(thread_id: str, position: int, *, actor: Account, key: bytes) -> None:
    """A follower has read up to this position. The mark never moves back."""
    follows = follows_of(actor, key=key)
    if position > follows.get(thread_id, position):
        _write(actor, follows | {thread_id: position}, key=key)


def followed_threads(account: Account, *, key: bytes) -> list[Followed]:
    """The followed threads that are there for readers, those with something new first, then the newest
    followed.
    """
    follows = follows_of(account, key=key)
    threads = {thread.id: thread for thread in queries.threads_by_ids(list(follows)) if thread.is_public}
    mutes = mutes_of(account, key=key)
    marks = [
        Since(
            thread.id, follows[thread.id], author_tag(thread, account.id), mutes.get(thread.id, frozenset())
        )
        for thread in threads.values()
        if thread.last_position > follows[thread.id]
    ]
    news = {row.id: (int(row.new), row.first) for row in new_posts(marks)}
    followed = [
        Followed(threads[thread_id], *news.get(thread_id, (0, None)))
        for thread_id in reversed(follows)
        if thread_id in threads
    ]
    return sorted(followed, key=lambda one: one.new_count == 0)


def _write(account: Account, follows: dict[str, int], *, key: bytes) -> None:
    entries = [{"thread": thread_id, "seen": seen} for thread_id, seen in follows.items()]
    write_kept(account, "follows", entries, key=key)

"""How a student disappears: their texts are cut off from them or taken back, and the account is gone.

What a moderator must still see, because somebody could be in danger, stays before moderators; but nobody can
find its author any more.
"""

import secrets
from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from accounts.models import Account
from core.db import db
from forum import posting, queries
from forum.authorship import author_tag, own_thread_ids
from forum.gate import gate
from forum.lifecycle import LEGAL, PostAct
from forum.models import Post, Thread
from forum.reactions import take_back_reactions


class OwnPosts(StrEnum):
    """What becomes of a leaving student's texts."""

    KEEP = "keep"
    WITHDRAW = "withdraw"


def leave_forum(account: Account, *, posts: OwnPosts, reacted: Collection[str], now: datetime) -> None:
    """Cut a student's texts off from them, or take them back, and delete the account with all it held.

    What they reacted to is taken back in any case; `forum/reactions.py:reacted_posts` found these posts
    before. The account's row is locked. All sessions end with it.
    """
    for thread in queries.threads_by_ids(own_thread_ids(account), locked=True):
        mark = author_tag(thread, account.id)
        for post in queries.own_posts_in_thread(thread.id, mark):
            if posts is OwnPosts.WITHDRAW:
                _take_back(post, now=now)
            post.author_ref = post.author_tag = None
            gate().author_left(post)
        _keep_name_taken(thread, mark)
    take_back_reactions(account, reacted)
    db.session.delete(account)


def _take_back(post: Post, *, now: datetime) -> None:
    """Withdraw what can be withdrawn; what was removed stays removed."""
    if post.status in LEGAL[PostAct.WITHDRAW][0]:
        posting.withdraw(post, now=now)


def _keep_name_taken(thread: Thread, mark: bytes) -> None:
    """Nobody else may get this name in this thread, and it no longer leads to anybody."""
    pseudonym = queries.pseudonym(thread.id, mark)
    if pseudonym is not None:
        pseudonym.author_tag = secrets.token_bytes(32)

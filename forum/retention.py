"""What the forum forgets by itself: the words of texts that are gone, and accounts that nobody uses.

Counts, states and the audit log stay. The forum cannot see whether a moderator, an appeal or a case still
needs a text: `app.py` hands in who knows.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from accounts import queries as account_queries
from accounts.joining import IDLE_DAYS
from core.db import db, transaction
from forum import queries
from forum.leaving import OwnPosts, leave_forum
from forum.models import PostStatus
from forum.reactions import reacted_posts

KEPT_FOR = timedelta(days=30)
AT_ONCE = 500

IsNeeded = Callable[[Sequence[str]], set[str]]


def forget_old_texts(now: datetime, *, is_needed: IsNeeded) -> int:
    """Destroy the words of withdrawn and removed posts and of old wordings after 30 days, but those of posts
    that `is_needed` names. Returns how many wordings.

    A job. Opens its own transactions, may be killed anywhere and run again.
    """
    count, after = 0, None
    gone = (PostStatus.WITHDRAWN, PostStatus.REMOVED)
    while True:
        with transaction():
            rows = queries.revisions_to_forget(gone=gone, before=now - KEPT_FOR, after=after, limit=AT_ONCE)
            if not rows:
                return count
            needed = is_needed(sorted({row.post_id for row in rows}))
            forgotten = [row.id for row in rows if row.post_id not in needed]
            queries.forget_revisions(forgotten)
        count += len(forgotten)
        after = rows[-1].id


def forget_idle_accounts(now: datetime) -> int:
    """Delete accounts that nobody has come back to for 400 days; their texts stay, cut off from them.

    Returns how many. A job with its own transactions.
    """
    before = (now - timedelta(days=IDLE_DAYS)).date()
    idle = [account.id for account in account_queries.accounts_idle_since(before)]
    db.session.rollback()
    count = 0
    for account_id in idle:
        reacted = reacted_posts(account_id)
        with transaction():
            account = account_queries.account(account_id, locked=True)
            if account is not None and account.seen_on < before:
                leave_forum(account, posts=OwnPosts.KEEP, reacted=reacted, now=now)
                count += 1
    return count

"""Telling the author what was decided: signed by the team, naming no moderator, and only after the ten
seconds in which it can be undone.
"""

from collections.abc import Sequence
from datetime import datetime

from accounts.mailbox import deliver
from core.outbox import Payload
from forum import queries as forum_queries
from forum.authorship import open_author
from moderation import queries


def send_notices(payloads: Sequence[Payload], now: datetime) -> None:
    """The outbox handler, in the transaction that deletes its row.

    An author who cannot be reached is told nothing.
    """
    for payload in payloads:
        decision = queries.decision(payload["decision"])
        item = queries.item(decision.item_id) if decision is not None else None
        post = forum_queries.post(item.post_id) if item is not None else None
        if decision is None or post is None:
            continue
        author = open_author(post, purpose="notice of a decision", actor="system", now=now)
        if author is None:
            continue
        data = {
            "post": post.id,
            "thread": post.thread_id,
            "conduct": decision.conduct.value,
            "was_public": decision.status_before.value == "published",
            "reason": decision.reason,
            "message": decision.message or "",
        }
        deliver(author, "moderation.decided", data, key=f"decision:{decision.id}", now=now)

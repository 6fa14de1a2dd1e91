"""Telling an author about their appeal and about steps: signed by the team, naming nobody.

Outbox handlers, in the transaction that deletes their row. Who cannot be reached is told nothing here; the
code shows the same words.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts.mailbox import deliver
from core.outbox import Payload
from forum import queries as forum_queries
from forum.authorship import open_author
from moderation import queries
from moderation.appeals import queries as appeal_queries


def send_appeal_notices(payloads: Sequence[Payload], now: datetime) -> None:
    """A question to the author, or the answer to their appeal."""
    for payload in payloads:
        appeal = appeal_queries.appeal(payload["appeal"])
        if appeal is None:
            continue
        asks = int(payload.get("asks", 0))
        data = {
            "state": "asks" if asks else appeal.state.value,
            "words": appeal.questions[asks - 1]["question"] if asks else appeal.reply or "",
            "decision": appeal.decision_id,
            "sanction": appeal.sanction_id,
        }
        _tell(appeal.item_id, "moderation.appeal", data, key=f"appeal:{appeal.id}:{asks}", now=now)


def send_sanction_notices(payloads: Sequence[Payload], now: datetime) -> None:
    """That a step holds, or that it ended before its time; nothing of one that was lifted before the author
    heard of it.
    """
    for payload in payloads:
        sanction = appeal_queries.sanction(payload["sanction"])
        if sanction is None:
            continue
        is_lifted = sanction.lifted_at is not None
        data = {
            "sanction": sanction.id,
            "step": sanction.kind.value,
            "is_lifted": is_lifted,
            "reason": sanction.reason,
            "reason_version": sanction.reason_version,
            "message": "" if is_lifted else sanction.message or "",
            "until": sanction.ends_at.isoformat() if sanction.ends_at is not None else "",
        }
        key = f"sanction:{sanction.id}:{'lifted' if is_lifted else 'set'}"
        _tell(sanction.item_id, "moderation.sanction", data, key=key, now=now)


def _tell(item_id: str, kind: str, data: dict[str, Any], *, key: str, now: datetime) -> None:
    item = queries.item(item_id)
    post = forum_queries.post(item.post_id) if item is not None else None
    author = (
        open_author(post, purpose=f"notice: {kind}", actor="system", now=now) if post is not None else None
    )
    if post is not None and author is not None:
        deliver(author, kind, {"post": post.id, **data}, key=key, now=now)

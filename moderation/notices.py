"""Telling the author what was decided, and that the team has written: signed by the team, naming no
moderator, and only after the ten seconds in which it can be undone.

What was once told stays. A decision that takes an earlier one back adds a correction.
"""

from collections.abc import Sequence
from datetime import datetime

from accounts.mailbox import deliver
from accounts.models import Account
from core.outbox import Payload
from forum import queries as forum_queries
from forum.authorship import open_author
from forum.models import Post, PostStatus
from moderation import note_queries, queries
from moderation.decisions import TOLD
from moderation.models import Conduct, Decision

LIFTED = frozenset({PostStatus.HIDDEN, PostStatus.REMOVED})
KEPT = frozenset({Conduct.PUBLISH, Conduct.PUBLISH_WITH_WARNINGS})


def send_notices(payloads: Sequence[Payload], now: datetime) -> None:
    """The outbox handler, in the transaction that deletes its row.

    An author who cannot be reached is told nothing.
    """
    for payload in payloads:
        decision_id, note_id = payload.get("decision"), payload.get("note")
        decision = queries.decision(decision_id) if decision_id else None
        note = note_queries.note(note_id) if note_id else None
        about = decision or note
        item = queries.item(about.item_id) if about is not None else None
        post = forum_queries.post(item.post_id) if item is not None else None
        if post is None:
            continue
        author = open_author(post, purpose="notice of a decision", actor="system", now=now)
        if author is None:
            continue
        if decision is not None:
            _tell_decision(author, post, decision, now=now)
        if note is not None:
            deliver(author, "moderation.team_wrote", {"post": post.id}, key=f"note:{note.id}", now=now)


def _tell_decision(author: Account, post: Post, decision: Decision, *, now: datetime) -> None:
    corrects = decision.reverses_id is not None or (
        decision.status_before in LIFTED and decision.conduct in KEPT
    )
    if decision.conduct not in TOLD and not corrects:
        return
    data = {
        "post": post.id,
        "thread": post.thread_id,
        "decision": decision.id,
        "conduct": decision.conduct.value,
        "was_public": decision.status_before.value == "published",
        "reason": decision.reason,
        "reason_version": decision.reason_version,
        "message": decision.message or "",
        "corrects": corrects,
    }
    deliver(author, "moderation.decided", data, key=f"decision:{decision.id}", now=now)

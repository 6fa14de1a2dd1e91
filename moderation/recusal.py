"""“I must not judge this”: somebody knows the author, or believes they do. No reason is asked.

From then on no text of this author exists for this person. That needs the account behind the text, which is
opened, with a line in the audit log; nobody is shown it. Who recused lies in a sealed list on the account,
and in a sealed list on each item. The lists are always written, also empty, and padded, so that a dump does
not tell which authors somebody recused from.
"""

from datetime import datetime
from typing import Any

from accounts.blobs import read_blob, write_blob
from accounts.models import Account, Staff
from core.audit import record_event
from forum import queries as forum_queries
from forum.authorship import author_tag, open_author, own_thread_ids
from moderation import claim_queries
from moderation.claims import put_back
from moderation.models import ItemState, QueueItem
from moderation.queue import resume

RECUSAL = "recusal"


def recuse(item: QueueItem, *, actor: Staff, now: datetime) -> None:
    """Take this author's texts out of this person's sight, and the item out of their hands.

    The author's account, thread, post and item are locked by the caller, in this order. Where no author can
    be reached, only this text is meant.
    """
    author = open_author(item.post, purpose="recusal", actor=actor.actor, now=now)
    if author is not None:
        _remember(author, actor)
    for one in _items_of(item, author):
        _exclude(one, actor, now=now)
    record_event("recused", actor=actor.actor, target=f"item:{item.id}", now=now)


def recuse_from_author(author: Account, *, actor: Staff, now: datetime) -> None:
    """The same for somebody who met this author elsewhere than in an item. The account is locked."""
    _remember(author, actor)
    for item in claim_queries.items_to_change(sorted(_item_ids_of(author))):
        _exclude(item, actor, now=now)


def recused_from(author: Account) -> list[str]:
    """Who must not judge this author."""
    return [str(entry["staff"]) for entry in read_blob(author, "sanctions") if entry["kind"] == RECUSAL]


def _remember(author: Account, actor: Staff) -> None:
    if actor.id in recused_from(author):
        return
    entry: dict[str, Any] = {"kind": RECUSAL, "staff": actor.id}
    write_blob(author, "sanctions", [*read_blob(author, "sanctions"), entry])


def _items_of(item: QueueItem, author: Account | None) -> list[QueueItem]:
    """This item, and those of everything that its author wrote: an old text, too, comes again when somebody
    reports it.
    """
    if author is None:
        return [item]
    return list(claim_queries.items_to_change(sorted({item.id} | _item_ids_of(author))))


def _item_ids_of(author: Account) -> set[str]:
    threads = forum_queries.threads_by_ids(own_thread_ids(author))
    posts = forum_queries.posts_by_marks([(thread.id, author_tag(thread, author.id)) for thread in threads])
    return {one.id for one in claim_queries.items_about([post.id for post in posts])}


def _exclude(item: QueueItem, actor: Staff, *, now: datetime) -> None:
    if actor.id not in (item.excluded or []):
        item.excluded = [*(item.excluded or []), actor.id]
    if item.claimed_by == actor.id:
        put_back(item, now=now)
    elif item.state is ItemState.ON_HOLD and item.held_for == actor.id:
        resume(item)

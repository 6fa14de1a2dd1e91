"""Fetch and "may I?" in one step, for moderation. Rows are locked in the order thread, post, item."""

from core.refusals import Missing
from forum import queries as forum_queries
from forum.authorship import lock_author
from forum.models import Post, PostStatus
from moderation import queries
from moderation.models import QueueItem


def readable_item(item_id: str) -> QueueItem:
    """An item, to read. Raises Missing."""
    item = queries.item(item_id)
    if item is None:
        raise Missing
    return item


def locked_item(item_id: str) -> QueueItem:
    """An item with its post and thread, locked for a decision. Raises Missing."""
    found = readable_item(item_id)
    post = forum_queries.post(found.post_id)
    if post is None:
        raise Missing
    forum_queries.thread(post.thread_id, locked=True)
    forum_queries.post(post.id, locked=True)
    item = queries.item(item_id, locked=True)
    if item is None:
        raise Missing
    return item


def lock_author_of(item_id: str) -> None:
    """Lock the account behind an item's text, before thread, post and item: for what acts on an author."""
    found = queries.item(item_id)
    if found is not None:
        lock_author(found.post)


def reportable_post(post_id: str, *, locked: bool = False) -> Post:
    """A post that readers can see. Raises Missing."""
    post = forum_queries.post(post_id)
    if post is None or post.status is not PostStatus.PUBLISHED or not post.thread.is_public:
        raise Missing
    if locked:
        forum_queries.thread(post.thread_id, locked=True)
        post = forum_queries.post(post_id, locked=True)
        if post is None or post.status is not PostStatus.PUBLISHED:
            raise Missing
    return post

"""Fetch and "may I?" in one step, for the forum.

What somebody may not see answers exactly as what does not exist.
"""

from accounts.models import Account
from core.refusals import Missing
from forum import queries, site_queries
from forum.authorship import author_tag, is_author
from forum.models import Category, HelpLine, Post, PostStatus, SiteText, SiteTextKind, Thread


def open_category(slug: str) -> Category:
    """A category by its slug. Raises Missing."""
    found = queries.category_by_slug(slug)
    if found is None:
        raise Missing
    return found


def readable_thread(thread_id: str, *, reader: Account | None, locked: bool = False) -> Thread:
    """A thread that is public, or that this student began. Raises Missing."""
    found = queries.thread(thread_id, locked=locked)
    if found is None:
        raise Missing
    if found.is_public:
        return found
    opening = queries.opening_post(thread_id)
    if (
        reader is None
        or opening is None
        or not is_author(opening, reader)
        or opening.status is PostStatus.WITHDRAWN
    ):
        raise Missing
    return found


def readable_post(post_id: str, *, reader: Account | None) -> Post:
    """A post that readers may see, or that this student wrote. Raises Missing."""
    found = queries.post(post_id)
    if found is None:
        raise Missing
    is_visible = found.status is PostStatus.PUBLISHED and found.thread.is_public
    if not is_visible and (reader is None or not is_author(found, reader)):
        raise Missing
    return found


def post_to_react_to(post_id: str, *, reader: Account) -> Post:
    """A post that this student may read, locked. Raises Missing."""
    readable_post(post_id, reader=reader)
    found = queries.post(post_id, locked=True)
    if found is None:
        raise Missing
    return found


def own_post(post_id: str, *, author: Account, locked: bool = True) -> Post:
    """A student's own post; unless told otherwise with thread and post locked, for a write.

    Raises Missing for everybody else's.
    """
    found = queries.post(post_id)
    if found is None or not is_author(found, author):
        raise Missing
    if not locked:
        return found
    queries.thread(found.thread_id, locked=True)
    again = queries.post(post_id, locked=True)
    if again is None or not is_author(again, author):
        raise Missing
    return again


def category_for_admin(category_id: str) -> Category:
    """A category for the coordinator to change. Raises Missing."""
    found = queries.category(category_id)
    if found is None:
        raise Missing
    return found


def help_line_for_admin(line_id: str, *, locked: bool = False) -> HelpLine:
    """A line of crisis help for the coordinator to change. Raises Missing."""
    found = site_queries.help_line(line_id, locked=locked)
    if found is None:
        raise Missing
    return found


def site_text_for_admin(kind: str, language: str) -> SiteText:
    """A text that the institution wrote, for the coordinator to change. Raises Missing."""
    found = site_queries.site_text(SiteTextKind(kind), language) if kind in set(SiteTextKind) else None
    if found is None:
        raise Missing
    return found


def own_mark(thread: Thread, author: Account) -> bytes:
    """What marks this student's posts in this thread."""
    return author_tag(thread, author.id)

"""What is published, as JSON Lines in the form that `importing` reads: an import of it gives the same titles,
bodies, categories and order.

Only what every visitor can read goes out, and less of it: no names, no days, no marks.
"""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row

from core.db import db
from forum import export_queries
from forum.importing import OTHER, OTHER_TO
from forum.models import Badge

THREADS_AT_ONCE = 100
# The names that the public counselling data give these categories; every other category goes by its slug.
NAMES = {
    "romantic-relationships": "romantic relationships",
    "family-relationships": "family relationships",
    "social-relationships": "social relationships",
    "adjustment-difficulties": "adjustment difficulties",
    "academic-difficulties": "academic difficulties",
    OTHER_TO: OTHER,
}
ROLES = {Badge.PROFESSIONAL: "counsellor", Badge.PEER: "peer", Badge.NONE: "member"}


def export_lines() -> Iterator[str]:
    """A line for each public thread, a hundred threads in memory at a time.

    A thread that gets an answer meanwhile goes out once, as it was or as it is.
    """
    after, seen = 0, set[str]()
    while threads := export_queries.threads_to_export(after=after, limit=THREADS_AT_ONCE):
        after = threads[-1].last_sequence
        posts: dict[str, list[Row[Any]]] = {thread.id: [] for thread in threads if thread.id not in seen}
        for post in export_queries.posts_to_export(list(posts)):
            posts[post.thread_id].append(post)
        db.session.rollback()
        for thread in threads:
            if posts.get(thread.id):
                yield json.dumps(_line(thread, posts[thread.id]), ensure_ascii=False)
        seen |= posts.keys()


def _line(thread: Row[Any], posts: list[Row[Any]]) -> dict[str, Any]:
    opening = next(post for post in posts if post.is_opening)
    return {
        "id": opening.import_key or thread.id,
        "title": thread.title,
        "category": NAMES.get(thread.slug, thread.slug),
        "topics": [],
        "lang": thread.language,
        "body": opening.body,
        "answers": [
            {"role": ROLES[post.badge], "body": post.body, "upvotes": 0}
            for post in posts
            if not post.is_opening
        ],
    }

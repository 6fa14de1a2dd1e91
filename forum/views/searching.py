"""Search: the index proposes, the database decides what is visible. Nothing here writes."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from accounts.guard import requires
from accounts.permissions import Permission
from core.limits import limiter
from core.paging import decode_cursor, encode_cursor
from core.search import SearchIndex, SearchUnavailable
from core.text import plain_text
from core.wording import current_language
from forum import index_queries
from forum.categories import in_language
from forum.models import Badge
from forum.views import bp
from forum.views.preferences import in_sight

HITS_PER_PAGE = 10
EXCERPT = 240
SEARCH_LIMIT = 200


class HitView(NamedTuple):
    """A search result."""

    id: str
    title: str
    category: str
    byline: str
    badge: str
    day: date | None
    excerpt: str
    warnings: Sequence[str]
    lang: str


@bp.get("/search")
@requires(Permission.READ)
@limiter.limit("1200 per minute")
def search_posts() -> ResponseReturnValue:
    """Posts that hold all the words, newest first.

    The index proposes, the database decides what is visible.
    """
    query = request.args.get("q", "")[:SEARCH_LIMIT].strip()
    cursor = decode_cursor(request.args.get("after"), int)
    index: SearchIndex = current_app.extensions["stoa_search"]
    hits, left_out, after, has_failed = [], 0, None, False
    if query:
        try:
            found = index.search(query, limit=HITS_PER_PAGE, before=int(cursor[0]) if cursor else None)
        except SearchUnavailable:
            has_failed = True
        else:
            rows, left_out = in_sight(index_queries.visible_among(found.ids))
            hits = [_hit_view(row, query, current_language()) for row in rows]
            after = encode_cursor(found.next_before) if found.more and found.next_before is not None else None
    page = render_template(
        "forum/search_posts.html",
        query=query,
        hits=hits,
        left_out=left_out,
        after=after,
        is_first=cursor is None,
        has_failed=has_failed,
    )
    return page, 503 if has_failed else 200


def _hit_view(row: Row[Any], query: str, language: str) -> HitView:
    return HitView(
        id=row.id,
        title=row.title,
        category=in_language(row.names, language),
        byline=row.byline,
        badge=Badge(row.badge).value,
        day=row.published_on,
        excerpt=excerpt_around(row.body or "", query),
        warnings=row.warnings,
        lang=row.language,
    )


def excerpt_around(body: str, query: str) -> str:
    """Some words of a text around the first word of the query in it, without Markdown's signs."""
    folded = body.casefold()
    places = [folded.find(word) for word in query.casefold().split()]
    first = min((place for place in places if place >= 0), default=0)
    begin = _word_start(body, first - EXCERPT // 3) if first > EXCERPT // 3 else 0
    end = _word_start(body, begin + EXCERPT) if begin + EXCERPT < len(body) else len(body)
    words = " ".join(plain_text(body[begin:end]).split())
    return ("… " if begin else "") + words + (" …" if end < len(body) else "")


def _word_start(text: str, near: int) -> int:
    """Where a word begins, a little before a place; the place itself in a text without blanks."""
    found = re.search(r"\s\S*$", text[max(0, near - 60) : near])
    return near if found is None else near - (found.end() - found.start()) + 1

"""Lists of threads that everybody may read: what is new, and a topic.

No page here writes, and a visitor's page costs at most four statements.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from accounts.guard import requires
from accounts.permissions import Permission
from core.paging import cut_page, decode_cursor, encode_cursor
from core.wording import current_language
from forum import access, queries
from forum.categories import in_language
from forum.views import bp
from forum.views.preferences import in_sight

THREADS_PER_HOME, THREADS_PER_PAGE = 10, 20


class ThreadView(NamedTuple):
    """A thread in a list."""

    id: str
    title: str
    category: str
    reply_count: int
    day: date | None
    warnings: Sequence[str]
    lang: str = ""


def _thread_view(row: Row[Any], language: str, *, names_category: bool) -> ThreadView:
    category = in_language(row.names, language) if names_category else ""
    return ThreadView(row.id, row.title, category, row.reply_count, row.last_on, row.warnings, row.language)


@bp.get("/")
@requires(Permission.READ)
def show_home() -> ResponseReturnValue:
    """The topics, and the threads with the newest posts."""
    cursor = decode_cursor(request.args.get("after"), int)
    before = int(cursor[0]) if cursor else None
    rows = queries.newest_threads(before=before, limit=THREADS_PER_HOME + 1)
    page = cut_page(rows, size=THREADS_PER_HOME, key=lambda row: encode_cursor(row.last_sequence))
    language = current_language()
    rows, left_out = in_sight(page.rows)
    return render_template(
        "forum/show_home.html",
        categories=[] if cursor else queries.all_categories(),
        threads=[_thread_view(row, language, names_category=True) for row in rows],
        left_out=left_out,
        after=page.after,
        is_first=cursor is None,
        in_language=in_language,
    )


@bp.get("/c/<slug>")
@requires(Permission.READ)
def show_category(slug: str) -> ResponseReturnValue:
    """The threads of a topic, the one with the newest post first."""
    category = access.open_category(slug)
    cursor = decode_cursor(request.args.get("after"), int)
    before = int(cursor[0]) if cursor else None
    rows = queries.threads_in_category(category.id, before=before, limit=THREADS_PER_PAGE + 1)
    page = cut_page(rows, size=THREADS_PER_PAGE, key=lambda row: encode_cursor(row.last_sequence))
    language = current_language()
    rows, left_out = in_sight(page.rows)
    return render_template(
        "forum/show_category.html",
        category=category,
        name=in_language(category.names, language),
        description=in_language(category.descriptions, language),
        threads=[_thread_view(row, language, names_category=False) for row in rows],
        left_out=left_out,
        after=page.after,
        is_first=cursor is None,
    )

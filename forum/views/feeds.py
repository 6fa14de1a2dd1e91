"""Feeds: what is new, for programs that fetch it. They show what everybody may read, and keep nothing of who
fetches.
"""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256

from flask import Response, current_app, get_template_attribute, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import requires
from accounts.permissions import Permission
from core.site import site
from core.text import snippet
from core.web import settings_of
from core.wording import current_language
from forum import access
from forum.categories import in_language
from forum.feeds import Feed, FeedEntry, write_feed
from forum.list_queries import fed_threads
from forum.models import Category
from forum.queries import Rows
from forum.views import bp

THREADS_PER_FEED, WORDS = 20, 200


@bp.get("/feed.atom")
@requires(Permission.READ)
def show_feed() -> ResponseReturnValue:
    """The threads with the newest posts."""
    return _answer(_("What is new"), None, page=url_for(".show_home", _external=True))


@bp.get("/c/<slug>/feed.atom")
@requires(Permission.READ)
def show_category_feed(slug: str) -> ResponseReturnValue:
    """The threads of a topic with the newest posts."""
    category = access.open_category(slug)
    name = in_language(category.names, current_language())
    return _answer(name, category, page=url_for(".show_category", slug=slug, _external=True))


def _answer(title: str, category: Category | None, *, page: str) -> Response:
    """The feed, or 304 to who has it already.

    The tag is made of all that the feed says and not of the newest post: what was hidden must be gone at the
    next request. There is no date to ask by, because a day cannot tell two states of the same day apart.
    """
    settings = settings_of(current_app)
    rows = fed_threads(category_id=category.id if category else None, limit=THREADS_PER_FEED)
    feed = Feed(
        name=f"{settings.hosts[0]}/{category.id if category else ''}",
        title=f"{title} · {site().name}",
        site_name=site().name,
        language=current_language(),
        address=request.base_url,
        page=page,
        entries=_entries(rows),
    )
    body = write_feed(feed)
    response = Response(body, content_type="application/atom+xml; charset=utf-8")
    response.set_etag(sha256(body).hexdigest()[:32])
    response.make_conditional(request)
    return response


def _entries(rows: Rows) -> list[FeedEntry]:
    return [
        FeedEntry(
            thread_id=row.id,
            title=row.title,
            address=url_for(".show_thread", thread_id=row.id, _external=True),
            language=row.language,
            published_on=row.published_on,
            changed_on=_later(row.published_on, row.last_on),
            words=snippet(row.body or "", WORDS),
            speaks_of=_speaks_of(row.warnings) if row.warnings else "",
        )
        for row in rows
    ]


def _later(published_on: date, last_on: date | None) -> date:
    return max(published_on, last_on or published_on)


def _speaks_of(warnings: Sequence[str]) -> str:
    """What stands for the words of a text with a warning, in the words that pages use."""
    warning_list = get_template_attribute("_macros/marks.html", "warning_list")
    return _("Speaks of: %(topics)s", topics=str(warning_list(warnings)))

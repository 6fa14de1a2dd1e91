"""Ways in: what this place is, where to start, what to do about somebody else, and what waits for an answer.

Nothing on these pages is stored. Where to start is a form that is sent by GET, because a visitor's page holds
no token and a form without one must change nothing. An address stays in a browser's history, also on a
computer that others use: so what was ticked stands in it as numbers and random ids, whose meaning no list of
addresses shows, the title of the answer says nothing either, and the answer is kept in no cache. No log of
ours holds an address.

`/worried` says what the public guidance for helpers agrees on: the mental health first aid guidelines for
suicidal thoughts and behaviours (Ross, Kelly and Jorm, BMC Psychiatry 14:241, 2014), the World Health
Organization's "Preventing suicide: a global imperative" (2014; talking about suicide does not plant the
thought) and the advice of the British National Health Service on helping others. The sentences are our own,
and none names a method.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from flask import g, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from accounts.guard import requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.ids import MalformedId, decode_id
from core.paging import MalformedCursor, cut_page, decode_cursor, encode_cursor
from core.wording import current_language
from forum import access, queries
from forum.categories import in_language
from forum.entries import Company, best_fitting, fitting_topics, is_heavy, offered_areas, threads_around
from forum.gate import PeerLook, gate
from forum.list_queries import waiting_threads
from forum.models import Category
from forum.queries import Rows
from forum.views import bp
from forum.views.preferences import in_sight

WAITING_PER_PAGE = 20
# Where somebody who is worried about another person may write: the first of these that is open.
WORRY_TOPICS = ("social-relationships", "health-and-self")


class WaitingView(NamedTuple):
    """A thread that nobody has answered, in a list."""

    id: str
    title: str
    language: str
    category: str
    day: date
    warnings: Sequence[str]
    look: PeerLook


@bp.get("/welcome")
@requires(Permission.READ)
def show_welcome() -> ResponseReturnValue:
    """What this place is, in five sentences. Who has seen it is kept nowhere."""
    return render_template("forum/show_welcome.html")


@bp.get("/worried")
@requires(Permission.READ)
def show_worry_guide() -> ResponseReturnValue:
    """What to do about somebody else, and three ways on."""
    open_topics = {category.slug: category for category in _open_categories()}
    topic = next((open_topics[slug] for slug in WORRY_TOPICS if slug in open_topics), None)
    return render_template("forum/show_worry_guide.html", topic=topic)


@bp.get("/start")
@requires(Permission.READ)
def choose_start() -> ResponseReturnValue:
    """A few questions, and where they lead."""
    categories = _open_categories()
    codes = request.args.getlist("a")
    company = _company(request.args.get("w"))
    is_answered = bool(codes or company)
    # Told here, because what others find in a cache must not say what somebody ticked.
    g.private = g.get("private") or is_answered
    topics = fitting_topics(codes, categories)
    seen, _left_out = in_sight(threads_around(topics))
    return render_template(
        "forum/choose_start.html",
        areas=offered_areas(categories),
        categories=categories,
        codes=codes,
        company=company,
        is_answered=is_answered,
        is_heavy=is_heavy(codes),
        topics=topics,
        threads=[_own_kind(row, topics) for row in best_fitting(seen, language=current_language())],
        in_language=in_language,
    )


def _open_categories() -> list[Category]:
    return [category for category in queries.all_categories() if category.closed_at is None]


def _company(code: str | None) -> Company | None:
    try:
        return Company(code or "")
    except ValueError:
        return None


def _own_kind(row: Row[Any], topics: Sequence[Category]) -> dict[str, Any]:
    names = next(topic.names for topic in topics if topic.id == row.category_id)
    return {
        "id": row.id,
        "title": row.title,
        "category": in_language(names, current_language()) if len(topics) > 1 else "",
        "reply_count": row.reply_count,
        "day": row.last_on,
        "warnings": row.warnings,
        "lang": row.language,
    }


@bp.get("/unanswered")
@requires(Permission.READ)
def list_unanswered_threads() -> ResponseReturnValue:
    """Threads that nobody but their author has replied to, of a topic or of all, the oldest first."""
    slug = request.args.get("topic")
    category = access.open_category(slug) if slug else None
    cursor = decode_cursor(request.args.get("after"), str)
    rows = waiting_threads(
        category_id=category.id if category else None,
        after=_thread_id(str(cursor[0])) if cursor else None,
        limit=WAITING_PER_PAGE + 1,
    )
    page = cut_page(rows, size=WAITING_PER_PAGE, key=lambda row: encode_cursor(row.id))
    now = utcnow()
    rows, left_out = in_sight(page.rows)
    looks = gate().peer_looks({row.published_at.date() for row in rows}, now=now)
    return render_template(
        "forum/list_unanswered_threads.html",
        category=category,
        name=in_language(category.names, current_language()) if category else "",
        threads=[_waiting_view(row, looks[row.published_at.date()]) for row in rows],
        left_out=left_out,
        after=page.after,
        is_first=cursor is None,
        now=now,
    )


def look_at_thread(head: Row[Any], posts: Rows, *, now: datetime) -> PeerLook | None:
    """By when a trained peer will have looked at a thread, for its first page.

    None when somebody has answered.
    """
    if head.is_answered or not posts or posts[0].position != 1:
        return None
    day: date = posts[0].published_on
    return gate().peer_looks([day], now=now)[day]


def _thread_id(text: str) -> str:
    """The id in a cursor. Raises MalformedCursor."""
    try:
        decode_id(text)
    except MalformedId as error:
        raise MalformedCursor from error
    return text


def _waiting_view(row: Row[Any], look: PeerLook) -> WaitingView:
    category = in_language(row.names, current_language())
    day = row.published_at.date()
    return WaitingView(row.id, row.title, row.language, category, day, row.warnings, look)

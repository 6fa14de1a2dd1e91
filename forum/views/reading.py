"""What everybody may read: topics, threads, single posts, search.

No page here writes, and a visitor's page costs at most four statements.
"""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import Row

from accounts.guard import current_role, requires, student_or_none
from accounts.models import Account
from accounts.permissions import Permission, Role, may
from core.clock import utcnow
from core.keys import KeysMissing
from core.limits import limiter
from core.paging import cut_page, decode_cursor, encode_cursor
from core.refusals import Missing
from core.search import SearchIndex, SearchUnavailable
from core.text import plain_text
from core.wording import current_language
from forum import access, queries
from forum.categories import in_language
from forum.forms import ReplyForm
from forum.gate import Standing, gate
from forum.lifecycle import text_of
from forum.models import Badge, Post, PostStatus
from forum.posting import title_of
from forum.views import bp

THREADS_PER_HOME, THREADS_PER_PAGE, POSTS_PER_PAGE, HITS_PER_PAGE = 10, 20, 10, 10
EXCERPT = 240
SEARCH_LIMIT = 200


class ThreadView(NamedTuple):
    """A thread in a list."""

    id: str
    title: str
    category: str
    reply_count: int
    day: date | None
    warnings: Sequence[str]


class PostView(NamedTuple):
    """A post on a page. `standing` only for its author."""

    id: str
    status: str
    position: int | None
    byline: str
    badge: str
    html: Markup
    day: date | None
    warnings: Sequence[str]
    lang: str
    is_mine: bool
    title: str = ""
    standing: Standing | None = None
    waits_with_edit: bool = False


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


def _thread_view(row: Row[Any], language: str, *, names_category: bool) -> ThreadView:
    category = in_language(row.names, language) if names_category else ""
    return ThreadView(row.id, row.title, category, row.reply_count, row.last_on, row.warnings)


@bp.get("/")
@requires(Permission.READ)
def show_home() -> ResponseReturnValue:
    """The topics, and the threads with the newest posts."""
    cursor = decode_cursor(request.args.get("after"), int)
    before = int(cursor[0]) if cursor else None
    rows = queries.newest_threads(before=before, limit=THREADS_PER_HOME + 1)
    page = cut_page(rows, size=THREADS_PER_HOME, key=lambda row: encode_cursor(row.last_sequence))
    language = current_language()
    return render_template(
        "forum/show_home.html",
        categories=[] if cursor else queries.all_categories(),
        threads=[_thread_view(row, language, names_category=True) for row in page.rows],
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
    return render_template(
        "forum/show_category.html",
        category=category,
        name=in_language(category.names, language),
        description=in_language(category.descriptions, language),
        threads=[_thread_view(row, language, names_category=False) for row in page.rows],
        after=page.after,
        is_first=cursor is None,
    )


@bp.get("/t/<public_id:thread_id>")
@requires(Permission.READ)
def show_thread(thread_id: str) -> ResponseReturnValue:
    """A thread, ten posts a page. Its author alone also sees their own texts that others do not."""
    cursor = decode_cursor(request.args.get("after"), int)
    head = queries.thread_head(thread_id)
    reader = student_or_none()
    if head is None or not (head.is_public or reader):
        raise Missing
    mark, own = _own_side(thread_id, reader)
    title = head.title
    if not head.is_public:
        if not any(post.is_opening for post in own):
            raise Missing
        title = next(title_of(post) for post in own if post.is_opening)
    start = int(cursor[0]) if cursor else 0
    rows = queries.published_posts(thread_id, after=start, limit=POSTS_PER_PAGE + 1) if head.is_public else []
    page = cut_page(rows, size=POSTS_PER_PAGE, key=lambda row: encode_cursor(row.position))
    pending = {post.id for post in own if post.has_pending_edit}
    return render_template(
        "forum/show_thread.html",
        head=head,
        title=title,
        category=in_language(head.names, current_language()),
        posts=[_post_view(row, mark, pending) for row in page.rows],
        own=[own_view(post) for post in own if not (head.is_public and post.status is PostStatus.PUBLISHED)],
        pending=[
            own_view(post) for post in own if post.id in pending and post.status is PostStatus.PUBLISHED
        ],
        after=page.after,
        is_first=cursor is None,
        now=utcnow(),
        form=_reply_form(),
    )


def _own_side(thread_id: str, reader: Account | None) -> tuple[bytes | None, list[Post]]:
    """The mark of this student in this thread, and what they wrote there and have not taken back.

    Without the key files nobody can tell what is theirs; they read on like everybody.
    """
    try:
        thread = queries.thread(thread_id) if reader is not None else None
    except KeysMissing:
        return None, []
    if thread is None or reader is None:
        return None, []
    mark = access.own_mark(thread, reader)
    posts = queries.own_posts_in_thread(thread_id, mark)
    return mark, [post for post in posts if post.status is not PostStatus.WITHDRAWN]


def _reply_form() -> ReplyForm | None:
    """The form below a thread, for those who are signed in and may write.

    A visitor gets a link instead: their page holds no form.
    """
    role = current_role()
    return ReplyForm(formdata=None) if role is not Role.VISITOR and may(role, Permission.WRITE) else None


def _post_view(row: Row[Any], mark: bytes | None, pending: set[str]) -> PostView:
    is_mine = mark is not None and row.author_tag == mark
    return PostView(
        id=row.id,
        status=row.status.value,
        position=row.position,
        byline=row.byline,
        badge=row.badge.value,
        html=Markup(row.html or ""),
        day=row.published_on,
        warnings=row.warnings,
        lang=row.language,
        is_mine=is_mine,
        waits_with_edit=row.id in pending,
    )


def own_view(post: Post) -> PostView:
    """A student's own text in its latest wording, with what happens to it."""
    text = text_of(queries.revision(post.id, post.latest_revision))
    waits = post.status is PostStatus.HELD or post.has_pending_edit
    return PostView(
        id=post.id,
        status=post.status.value,
        position=post.position,
        byline=post.byline,
        badge=post.badge.value,
        html=Markup(text["html"]),
        day=post.published_on,
        warnings=post.warnings,
        lang=post.language,
        is_mine=True,
        title=title_of(post),
        standing=gate().standing(post, now=utcnow()) if waits else None,
        waits_with_edit=post.status is PostStatus.PUBLISHED and post.has_pending_edit,
    )


def post_address(post: Post) -> str:
    """Where a post stands: its thread's page, at the post.

    Every page of ten positions holds the post it was made for, whatever was taken away before it.
    """
    after = None
    if post.status is PostStatus.PUBLISHED and post.position is not None:
        block = (post.position - 1) // POSTS_PER_PAGE * POSTS_PER_PAGE
        after = encode_cursor(block) if block else None
    return url_for("forum.show_thread", thread_id=post.thread_id, after=after, _anchor=f"p-{post.id}")


@bp.get("/p/<public_id:post_id>")
@requires(Permission.READ)
def show_post(post_id: str) -> ResponseReturnValue:
    """To the page of the thread that holds this post."""
    return redirect(post_address(access.readable_post(post_id, reader=student_or_none())), code=303)


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
    hits, after, has_failed = [], None, False
    if query:
        try:
            found = index.search(query, limit=HITS_PER_PAGE, before=int(cursor[0]) if cursor else None)
        except SearchUnavailable:
            has_failed = True
        else:
            hits = [_hit_view(row, query, current_language()) for row in queries.visible_among(found.ids)]
            after = encode_cursor(found.next_before) if found.more and found.next_before is not None else None
    page = render_template(
        "forum/search_posts.html",
        query=query,
        hits=hits,
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

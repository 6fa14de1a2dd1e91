"""A thread and its posts, for everybody who may read them; for an author also what only they see.

No page here writes for a visitor, and a visitor's page costs at most four statements.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import Row

from accounts.guard import current_role, requires, student_or_none
from accounts.models import Account
from accounts.permissions import Permission, Role, may
from core.clock import utcnow
from core.keys import KeysMissing
from core.paging import cut_page, decode_cursor, encode_cursor
from core.refusals import Missing
from core.wording import current_language
from forum import access, queries
from forum.categories import in_language
from forum.forms import ReplyForm
from forum.gate import Standing, gate
from forum.lifecycle import text_of
from forum.models import Post, PostStatus
from forum.posting import title_of
from forum.views import bp
from forum.views.entries import look_at_thread

POSTS_PER_PAGE = 10


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
        look=look_at_thread(head, page.rows, now=utcnow()),
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

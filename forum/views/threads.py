"""A thread and its posts, for everybody who may read them; for an author also what only they see.

No page here writes for a visitor, and a visitor's page costs at most four statements. For a follower the page
moves the mark of what they have read, when there is something new on it.
"""

from collections.abc import Sequence
from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row
from sqlalchemy.exc import OperationalError

from accounts.guard import current_role, requires, signed_in, student_or_none
from accounts.keeping import own_key
from accounts.permissions import Permission, Role, may
from core.clock import utcnow
from core.db import DatabaseBusy, db, transaction
from core.paging import cut_page, decode_cursor, encode_cursor
from core.refusals import Missing
from core.wording import current_language
from forum import access, queries
from forum.categories import in_language
from forum.following import mark_seen
from forum.forms import ReplyForm
from forum.models import PostStatus
from forum.posting import title_of
from forum.sight import Sight, sight_of
from forum.views import bp
from forum.views.editor import open_editor
from forum.views.entries import look_at_thread
from forum.views.posts import POSTS_PER_PAGE, ReaderSide, own_view, post_address, post_views, reader_side
from forum.views.preferences import reading_choices

SHOWN_AT_MOST = 20


@bp.get("/t/<public_id:thread_id>")
@requires(Permission.READ)
def show_thread(thread_id: str) -> ResponseReturnValue:
    """A thread, ten posts a page. Its author alone also sees their own texts that others do not."""
    cursor = decode_cursor(request.args.get("after"), int)
    head = queries.thread_head(thread_id)
    reader = student_or_none()
    if head is None or not (head.is_public or reader):
        raise Missing
    side = reader_side(thread_id, reader, signed_in() if reader else None)
    title = _title(head, side)
    shown = request.args.getlist("show")[:SHOWN_AT_MOST]
    is_out = _is_out_of_sight(head, side, shown)
    start = int(cursor[0]) if cursor else 0
    is_read = head.is_public and not is_out
    rows = queries.published_posts(thread_id, after=start, limit=POSTS_PER_PAGE + 1) if is_read else []
    page = cut_page(rows, size=POSTS_PER_PAGE, key=lambda row: encode_cursor(row.position))
    answer = render_template(
        "forum/show_thread.html",
        head=head,
        title=title,
        category=in_language(head.names, current_language()),
        is_out=is_out,
        posts=post_views(thread_id, page.rows, side, reading_choices(), shown=shown),
        **_own_texts(head, side),
        follows=None if side.thread is None else side.seen is not None,
        after=page.after,
        this_page=request.args.get("after"),
        shown=shown,
        is_first=cursor is None,
        now=utcnow(),
        look=look_at_thread(head, page.rows, now=utcnow()),
        **_reply_editor(thread_id),
    )
    _note_seen(thread_id, side, page.rows)
    return answer


def _title(head: Row[Any], side: ReaderSide) -> str:
    """The title of a thread; of one that readers may not see for its author alone."""
    if head.is_public:
        return str(head.title)
    if not side.began_it:
        raise Missing
    return next(title_of(post) for post in side.own if post.is_opening)


def _is_out_of_sight(head: Row[Any], side: ReaderSide, shown: Sequence[str]) -> bool:
    """Whether all of a thread is kept from a reader by their own choice: title, opening post and answers."""
    if side.began_it or head.id in shown:
        return False
    return sight_of(head.warnings, reading_choices()) is Sight.OUT


def _own_texts(head: Row[Any], side: ReaderSide) -> dict[str, Any]:
    """What its author alone sees: texts that are not published, and what waits behind those that are."""
    is_read = [head.is_public and post.status is PostStatus.PUBLISHED for post in side.own]
    return {
        "own": [own_view(post) for post, read in zip(side.own, is_read, strict=True) if not read],
        "pending": [
            own_view(post)
            for post in side.own
            if post.has_pending_edit and post.status is PostStatus.PUBLISHED
        ],
    }


def _reply_editor(thread_id: str) -> dict[str, Any]:
    """The form below a thread, for those who are signed in and may write.

    A visitor gets a link instead: their page holds no form.
    """
    role = current_role()
    if role is Role.VISITOR or not may(role, Permission.WRITE):
        return {"form": None}
    form, state = open_editor(ReplyForm, url_for(".write_reply", thread_id=thread_id))
    return {"form": form, "state": state}


def _note_seen(thread_id: str, side: ReaderSide, rows: Sequence[Row[Any]]) -> None:
    """Move a follower's mark to the last post of the page, when that is new. The page does not depend on it:
    a database that is busy can be told the next time.
    """
    if side.seen is None or not rows or rows[-1].position <= side.seen or request.method != "GET":
        return
    position = int(rows[-1].position)
    try:
        with transaction():
            reader = student_or_none()
            if reader is not None:
                mark_seen(thread_id, position, actor=reader, key=own_key(signed_in()))
    except (OperationalError, DatabaseBusy) as error:
        current_app.logger.error("a follower's mark was not moved on: %s", type(error).__name__)
        db.session.rollback()


@bp.get("/p/<public_id:post_id>")
@requires(Permission.READ)
def show_post(post_id: str) -> ResponseReturnValue:
    """To the page of the thread that holds this post."""
    return redirect(post_address(access.readable_post(post_id, reader=student_or_none())), code=303)

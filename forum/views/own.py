"""A student's own page: what they wrote and where it stands, their notices, taking their data along,
disappearing.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts import mailbox
from accounts.guard import current_student, drop_session, open_tokens, requires, signed_in
from accounts.keeping import OwnKeyAway, own_key
from accounts.leaving import end_session
from accounts.models import Account
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.paging import decode_cursor, encode_cursor
from core.wording import current_language
from forum import queries
from forum.authorship import author_tag, own_thread_ids
from forum.categories import in_language
from forum.following import followed_threads
from forum.forms import DeleteForm, WithdrawForm
from forum.gate import gate
from forum.leaving import OwnPosts, leave_forum
from forum.lifecycle import original_of
from forum.models import Post, Thread
from forum.posting import title_of
from forum.reactions import reacted_posts
from forum.views import bp
from forum.views.editor import forget_own_drafts, own_drafts
from forum.views.posts import PostView, own_view

THREADS_PER_PAGE = 8
NOTICES_SHOWN = 20


class OwnThread(NamedTuple):
    """A thread that the student wrote in, with what they wrote there."""

    id: str
    title: str
    category: str
    is_public: bool
    posts: list[PostView]
    lang: str
    new_count: int = 0
    new_url: str = ""


class FollowView(NamedTuple):
    """A thread that the student follows, with how much of it is new to them; `url` leads to the first of
    that.
    """

    id: str
    title: str
    category: str
    lang: str
    new_count: int
    url: str


@bp.get("/me")
@requires(Permission.KEEP_OWN)
def show_mine() -> ResponseReturnValue:
    """Own threads and posts with their state, notices, and the ways to take data along or to go."""
    student = current_student()
    cursor = decode_cursor(request.args.get("after"), int)
    start = max(0, int(cursor[0])) if cursor else 0
    thread_ids = list(reversed(own_thread_ids(student)))
    shown = thread_ids[start : start + THREADS_PER_PAGE]
    has_more = len(thread_ids) > start + THREADS_PER_PAGE
    follows = _follow_views(student)
    return render_template(
        "forum/show_mine.html",
        threads=_own_threads(student, shown, {follow.id: follow for follow in follows}),
        follows=follows if start == 0 else [],
        drafts=own_drafts() if start == 0 else [],
        after=encode_cursor(start + THREADS_PER_PAGE) if has_more else None,
        is_first=start == 0,
        notices=mailbox.notices(student)[:NOTICES_SHOWN] if start == 0 else [],
        form=WithdrawForm(formdata=None),
        steps=gate().restrictions(student, now=utcnow()) if start == 0 else [],
        now=utcnow(),
    )


def _follow_views(student: Account) -> list[FollowView]:
    try:
        followed = followed_threads(student, key=own_key(signed_in()))
    except OwnKeyAway:
        return []
    return [
        FollowView(
            id=one.thread.id,
            title=one.thread.title,
            category=in_language(one.thread.category.names, current_language()),
            lang=one.thread.language,
            new_count=one.new_count,
            url=url_for(".show_post", post_id=one.first_new)
            if one.first_new
            else url_for(".show_thread", thread_id=one.thread.id),
        )
        for one in followed
    ]


def _own_threads(
    student: Account, thread_ids: list[str], follows: Mapping[str, FollowView]
) -> list[OwnThread]:
    found = {thread.id: thread for thread in queries.threads_by_ids(thread_ids)}
    posts = _posts_by_thread(student, list(found.values()))
    language = current_language()
    return [
        OwnThread(
            id=thread.id,
            title=thread.title or next((title_of(post) for post in posts[thread.id] if post.is_opening), ""),
            category=in_language(thread.category.names, language),
            is_public=thread.is_public,
            posts=[own_view(post) for post in posts[thread.id]],
            lang=thread.language,
            new_count=follows[thread.id].new_count if thread.id in follows else 0,
            new_url=follows[thread.id].url if thread.id in follows else "",
        )
        for thread_id in thread_ids
        if (thread := found.get(thread_id)) is not None and posts[thread_id]
    ]


def _posts_by_thread(student: Account, threads: list[Thread]) -> dict[str, list[Post]]:
    """What the student wrote in each of these threads, found by the tags that only their account and the
    threads' keys give.
    """
    by_thread: dict[str, list[Post]] = {thread.id: [] for thread in threads}
    for post in queries.posts_by_marks([(thread.id, author_tag(thread, student.id)) for thread in threads]):
        by_thread[post.thread_id].append(post)
    return by_thread


@bp.post("/me/notices/read")
@requires(Permission.KEEP_OWN)
def mark_notices_read() -> ResponseReturnValue:
    """The student has seen their notices."""
    with transaction():
        mailbox.mark_all_read(current_student())
    return redirect(url_for(".show_mine"), code=303)


@bp.get("/me/export")
@requires(Permission.KEEP_OWN)
def export_own() -> ResponseReturnValue:
    """Everything that Stoa holds of what this student wrote and was told, as a file."""
    student = current_student()
    threads = queries.threads_by_ids(own_thread_ids(student))
    posts = _posts_by_thread(student, list(threads))
    content = {
        "threads": [_export_thread(thread, posts[thread.id]) for thread in threads if posts[thread.id]],
        "notices": [
            {"kind": entry["kind"], "at": entry["at"], "data": entry["data"]}
            for entry in mailbox.notices(student)
        ],
    }
    content["drafts"] = [{"place": draft.place, **draft.fields} for draft in own_drafts()]
    gather_more: dict[str, Callable[[Account], Any]] = current_app.extensions["stoa_exports"]
    content |= {name: gather(student) for name, gather in gather_more.items()}
    answer = Response(json.dumps(content, ensure_ascii=False, indent=2), mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="my-texts.json"'
    return answer


def _export_thread(thread: Thread, posts: list[Post]) -> dict[str, Any]:
    opening_title = next((title_of(post) for post in posts if post.is_opening), "")
    return {
        "id": thread.id,
        "title": thread.title or opening_title,
        "category": thread.category.slug,
        "posts": [
            {
                "id": post.id,
                "is_opening": post.is_opening,
                "status": post.status,
                "name": post.byline,
                "published_on": post.published_on.isoformat() if post.published_on else None,
                "written_at": post.submitted_at.isoformat(),
                "warnings": post.warnings,
                "body": original_of(queries.revision(post.id, post.latest_revision))["body"],
            }
            for post in posts
        ],
    }


@bp.route("/me/delete", methods=["GET", "POST"])
@requires(Permission.KEEP_OWN)
def delete_account() -> ResponseReturnValue:
    """Disappear: texts stay, cut off from their author, or are taken back; the account is gone."""
    form = DeleteForm()
    if not form.is_submitted():
        return render_template("forum/delete_account.html", form=form)
    if not form.validate():
        return render_template("forum/delete_account.html", form=form), 422
    reacted = reacted_posts(current_student().id)
    with transaction():
        student = current_student()
        forget_own_drafts()
        leave_forum(student, posts=OwnPosts(form.posts.data), reacted=reacted, now=utcnow())
        for token in open_tokens():
            end_session(token, now=utcnow())
    answer = make_response(redirect(url_for(".show_home"), code=303))
    return drop_session(answer, "student")

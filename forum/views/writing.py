"""Writing: a new thread, a reply, another wording, taking a text back.

A visitor may write first. Their text is kept, sealed, while they join, and stands in the form again when they
come back to it.
"""

from flask import abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import (
    current_role,
    current_staff,
    current_student,
    requires,
    signed_in,
    staff_or_none,
    student_or_none,
)
from accounts.mailbox import notices
from accounts.permissions import Permission, Role
from core.clock import utcnow
from core.db import transaction
from core.forms import StoaForm
from core.kept import keep_form
from core.limits import limiter
from core.submissions import earlier_result, remember_result
from core.wording import current_language
from forum import access, cover_queries, posting, queries
from forum.categories import in_language
from forum.following import follow_own
from forum.forms import EditForm, ReplyForm, ThreadForm, WithdrawForm
from forum.gate import Advice, gate
from forum.lifecycle import NotPossibleNow, original_of, text_of
from forum.models import Post, PostStatus
from forum.pacing import Turn, put_in_line
from forum.posting import Draft, title_of, write_draft
from forum.views import bp
from forum.views.editor import Editor, around, forget_unsent, go_on, look_before_sending, open_editor
from forum.views.posts import post_address
from forum.views.turns import ask_for_proof, take_turn

OVER = (PostStatus.REMOVED, PostStatus.WITHDRAWN)
ON_DUTY = Turn(is_over=False)  # staff are paced by nobody


def is_student() -> bool:
    """Whoever has joined is at a pace of their own (`forum.pacing`), and never refused."""
    return student_or_none() is not None


@bp.route("/c/<slug>/new", methods=["GET", "POST"])
@requires(Permission.WRITE)
@limiter.limit("60 per minute", methods=["POST"], exempt_when=is_student)
def begin_thread(slug: str) -> ResponseReturnValue:
    """A new thread. A visitor may write it before they join."""
    if staff_or_none() is not None:
        abort(403)
    access.open_category(slug)
    if request.method == "GET":
        return _thread_page(slug, *open_editor(ThreadForm, request.path))
    form = ThreadForm()
    if editor := look_before_sending(form, request.path):
        return _thread_page(slug, form, editor), editor.status
    student = student_or_none()
    if student is None:
        return _keep_and_join()
    draft, turn = _draft(form, title=form.title.data), take_turn(student)
    if question := ask_for_proof(turn, draft, now=utcnow()):
        return question
    with transaction():
        author = current_student()
        sender = f"student:{author.id}"
        location = earlier_result(form.submission, sender=sender)
        if location is None:
            draft = put_in_line(draft, turn, author=author, now=utcnow())
            post = posting.begin_thread(access.open_category(slug), draft, author=author, now=utcnow())
            follow_own(post.thread, actor=author, session=signed_in())
            location = post_address(post)
            remember_result(form.submission, sender=sender, location=location, now=utcnow())
        forget_unsent(request.path)
    return go_on(location)


def _thread_page(slug: str, form: StoaForm, editor: Editor) -> str:
    category = access.open_category(slug)
    return render_template(
        "forum/begin_thread.html",
        category=category,
        name=in_language(category.names, current_language()),
        form=form,
        state=editor,
        is_visitor=student_or_none() is None,
    )


@bp.route("/t/<public_id:thread_id>/reply", methods=["GET", "POST"])
@requires(Permission.WRITE)
@limiter.limit("60 per minute", methods=["POST"], exempt_when=is_student)
def write_reply(thread_id: str) -> ResponseReturnValue:
    """A reply: by a student, by a visitor who then joins, or by staff under their alias and badge."""
    access.readable_thread(thread_id, reader=student_or_none())
    if (staff := staff_or_none()) is not None:
        posting.require_may_answer(staff, now=utcnow())
    if request.method == "GET":
        return _reply_page(thread_id, *open_editor(ReplyForm, request.path))
    form = ReplyForm()
    if editor := look_before_sending(form, request.path):
        return _reply_page(thread_id, form, editor), editor.status
    if current_role() is Role.VISITOR:
        return _keep_and_join()
    draft, student = _draft(form), student_or_none()
    turn = take_turn(student) if student is not None else ON_DUTY
    if question := ask_for_proof(turn, draft, now=utcnow()):
        return question
    with transaction():
        sender = _sender()
        location = earlier_result(form.submission, sender=sender)
        if location is None:
            location = post_address(_add_reply(thread_id, draft, turn))
            remember_result(form.submission, sender=sender, location=location, now=utcnow())
        forget_unsent(request.path)
    return go_on(location)


def _sender() -> str:
    """Who is acting, locked, as submissions name them."""
    staff = staff_or_none()
    return f"staff:{staff.id}" if staff is not None else f"student:{current_student().id}"


def _add_reply(thread_id: str, draft: Draft, turn: Turn) -> Post:
    if staff_or_none() is not None:
        thread = access.readable_thread(thread_id, reader=None, locked=True)
        return posting.answer(thread, draft, author=current_staff(), now=utcnow())
    author = current_student()
    draft = put_in_line(draft, turn, author=author, now=utcnow())
    thread = access.readable_thread(thread_id, reader=author, locked=True)
    return posting.reply(thread, draft, author=author, now=utcnow())


def _reply_page(thread_id: str, form: StoaForm, editor: Editor) -> str:
    head = queries.thread_head(thread_id)
    return render_template(
        "forum/write_reply.html",
        head=head,
        form=form,
        state=editor,
        is_visitor=current_role() is Role.VISITOR,
    )


@bp.route("/p/<public_id:post_id>/edit", methods=["GET", "POST"])
@requires(Permission.KEEP_OWN)
def edit_post(post_id: str) -> ResponseReturnValue:
    """Another wording by the author. Readers keep the old one until the new one has passed."""
    post = access.own_post(post_id, author=current_student(), locked=False)
    if post.status in OVER:
        raise NotPossibleNow(post.status)
    if request.method == "GET":
        text = text_of(queries.revision(post.id, post.latest_revision))
        now_there = {"title": [title_of(post)], "body": [text["body"]]}
        return _edit_page(post, *open_editor(EditForm, request.path, now_there))
    form = EditForm()
    if editor := look_before_sending(form, request.path):
        return _edit_page(post, form, editor), editor.status
    draft, turn = _draft(form, title=form.title.data or ""), take_turn(current_student())
    if question := ask_for_proof(turn, draft, now=utcnow()):
        return question
    with transaction():
        author = current_student()
        sender = f"student:{author.id}"
        location = earlier_result(form.submission, sender=sender)
        if location is None:
            draft = put_in_line(draft, turn, author=author, now=utcnow())
            post = access.own_post(post_id, author=author)
            posting.edit(post, draft, author=author, now=utcnow())
            location = post_address(post)
            remember_result(form.submission, sender=sender, location=location, now=utcnow())
        forget_unsent(request.path)
    return go_on(location)


def _edit_page(post: Post, form: StoaForm, editor: Editor) -> str:
    now = utcnow()
    waits = post.status is PostStatus.HELD or post.has_pending_edit
    standing = gate().standing(post, now=now) if waits else None
    advice = gate().advice(post) if standing is None else None
    about = [entry for entry in notices(current_student()) if entry["data"].get("post") == post.id]
    return render_template(
        "forum/edit_post.html",
        post=post,
        title=title_of(post),
        form=form,
        state=editor,
        notices=about[:1] if advice is None else [],
        advice=advice,
        marked=_marked(post, advice) if advice is not None else [],
        standing=standing,
        lost_words=cover_queries.newest_redaction(post.id) is not None,
        now=now,
    )


def _marked(post: Post, advice: Advice) -> list[tuple[str, str, str]]:
    """The words that the team asks about, with what stands around them."""
    texts = original_of(queries.revision(post.id, advice.revision))
    return [around(texts[mark.part], mark.start, mark.end) for mark in advice.marks]


@bp.post("/p/<public_id:post_id>/withdraw")
@requires(Permission.KEEP_OWN)
def withdraw_post(post_id: str) -> ResponseReturnValue:
    """Take a text back. Asking twice is fine."""
    WithdrawForm()
    with transaction():
        post = access.own_post(post_id, author=current_student())
        if post.status is not PostStatus.WITHDRAWN:
            posting.withdraw(post, now=utcnow())
    return redirect(url_for(".show_mine"), code=303)


def _draft(form: StoaForm, *, title: str = "") -> Draft:
    warnings = form.warnings.data or () if "warnings" in form else ()
    return write_draft(form.body.data, language=current_language(), title=title, warnings=warnings)


def _keep_and_join() -> ResponseReturnValue:
    """Keep the text and go to the way in: back by their words if they were signed in here until now, else
    joining.
    """
    keep_form(request.path, request.form.to_dict(flat=False), now=utcnow())
    back = {"student": "accounts.come_back", "staff": "accounts.sign_in_staff"}
    door = back.get(g.get("expired_kind", ""), "accounts.start_joining")
    return redirect(url_for(door, next=request.path), code=303)

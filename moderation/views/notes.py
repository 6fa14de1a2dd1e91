"""The note between an author and the team: one page for each side."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, current_student, requires
from accounts.permissions import Permission
from core import kept
from core.clock import utcnow
from core.db import transaction
from core.limits import limiter
from core.refusals import Missing
from core.submissions import earlier_result, remember_result
from forum.access import own_post
from forum.posting import title_of
from moderation.advice import quoted_words
from moderation.models import QueueItem
from moderation.note_forms import AuthorNoteForm, TeamNoteForm
from moderation.notes import (
    NOTE_LIMIT,
    hear_author,
    lines_for_author,
    lines_of,
    may_take_back,
    take_back_line,
    write_from_team,
)
from moderation.offering import visible_item
from moderation.views import bp

bp.add_app_template_global(quoted_words, "quoted_words")


@bp.app_template_global("team_note_form")
def team_note_form() -> TeamNoteForm:
    """An empty form for the page of an item."""
    return TeamNoteForm(formdata=None)


bp.add_app_template_global(lines_of, "team_note_lines")


@bp.app_template_global("may_take_back_line")
def may_take_back_line(item: QueueItem) -> bool:
    """Whether the last line of whoever reads can still be taken back."""
    return may_take_back(item.id, actor=current_staff())


@bp.route("/p/<public_id:post_id>/note", methods=["GET", "POST"])
@requires(Permission.KEEP_OWN)
@limiter.limit("30 per minute", methods=["POST"])
def answer_note(post_id: str) -> ResponseReturnValue:
    """What the team wrote to the author of a text, and their answer."""
    form, goal = AuthorNoteForm(), url_for(".answer_note", post_id=post_id)
    if request.method == "GET" or not form.validate():
        return _author_page(post_id, form)
    with transaction():
        student = current_student()
        sender = f"student:{student.id}:note"
        if earlier_result(form.submission, sender=sender) is None:
            hear_author(own_post(post_id, author=student), form.body.data, now=utcnow())
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
    flash(_("Your answer is with the team."))
    return redirect(goal, code=303)


def _author_page(post_id: str, form: AuthorNoteForm) -> ResponseReturnValue:
    post = own_post(post_id, author=current_student(), locked=False)
    lines = lines_for_author(post)
    if not lines:
        raise Missing
    page = render_template(
        "moderation/answer_note.html",
        post=post,
        title=title_of(post) or post.thread.title,
        lines=lines,
        form=form,
        limit=NOTE_LIMIT,
    )
    return page, 422 if form.errors else 200


@bp.route("/moderation/items/<public_id:item_id>/note", methods=["GET", "POST"])
@requires(Permission.DECIDE)
def write_note(item_id: str) -> ResponseReturnValue:
    """Another line of the team in a note that is open."""
    form = TeamNoteForm()
    if request.method == "GET":
        taken_back = kept.kept_form(url_for(".write_note", item_id=item_id), now=utcnow()) or {}
        form.body.data = "".join(taken_back.get("body", []))
    if request.method == "GET" or not form.validate():
        return _team_page(item_id, form)
    goal = url_for(".show_item", item_id=item_id) + "#note"
    with transaction():
        staff = current_staff()
        sender = f"staff:{staff.id}"
        if earlier_result(form.submission, sender=sender) is None:
            item = visible_item(staff, item_id, now=utcnow(), locked=True)
            write_from_team(item, form.body.data, actor=staff, now=utcnow())
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
        kept.forget_kept_form()
    flash(_("The author is told that the team has written."))
    return redirect(goal, code=303)


@bp.post("/moderation/items/<public_id:item_id>/note/take-back")
@requires(Permission.DECIDE)
def take_note_back(item_id: str) -> ResponseReturnValue:
    """Take one's last line back, while its author has not been told. The words come back into the form."""
    goal = url_for(".write_note", item_id=item_id)
    with transaction():
        staff, now = current_staff(), utcnow()
        item = visible_item(staff, item_id, now=now, locked=True)
        words = take_back_line(item, actor=staff, now=now)
    kept.keep_form(goal, {"body": [words]}, now=now)
    flash(_("Your words are taken back. Nobody was told."))
    return redirect(goal, code=303)


def _team_page(item_id: str, form: TeamNoteForm) -> ResponseReturnValue:
    item = visible_item(current_staff(), item_id, now=utcnow())
    lines = lines_of(item.id)
    if not lines:
        raise Missing
    page = render_template("moderation/write_note.html", item=item, lines=lines, form=form, limit=NOTE_LIMIT)
    return page, 422 if form.errors else 200

"""Crisis help as the coordinator keeps it: whom to call, in what order, checked by whom and when."""

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.submissions import earlier_result, remember_result
from core.web import settings_of
from core.wording import current_language
from forum import access, helplines, site_queries
from forum.countries import country_name
from forum.forms import CheckedForm, DeleteLineForm, HelpLineForm, MoveForm
from forum.helplines import LineWish
from forum.models import HelpLine
from forum.reviews import is_due
from forum.sitetexts import write_site_files
from forum.views import bp


@bp.get("/admin/help")
@requires(Permission.ADMINISTER)
def list_help_lines() -> ResponseReturnValue:
    """Whom to call, in the order in which readers see it."""
    today = utcnow().date()
    return render_template(
        "forum/list_help_lines.html",
        lines=site_queries.all_help_lines(),
        country_of=lambda line: country_name(line.country, current_language()),
        in_language=_in_language,
        is_due=lambda line: is_due(line.reviewed_on, today=today),
        form=CheckedForm(formdata=None),
    )


@bp.route("/admin/help/new", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def add_help_line() -> ResponseReturnValue:
    """Add somebody to call."""
    form = _line_form(data={"reviewed_on": utcnow().date()})
    if not form.validate_on_submit():
        return _line_page(form, None)
    with transaction():
        actor = current_staff()
        location = earlier_result(form.submission, sender=actor.actor)
        if location is None:
            helplines.add_help_line(_wish(form), actor=actor, now=utcnow())
            location = url_for(".list_help_lines")
            remember_result(form.submission, sender=actor.actor, location=location, now=utcnow())
    return _show_readers(location)


@bp.route("/admin/help/<public_id:line_id>/edit", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def edit_help_line(line_id: str) -> ResponseReturnValue:
    """Change a number, its hours, its words, or who answers for it."""
    line = access.help_line_for_admin(line_id)
    form = _line_form(data=_as_fields(line))
    if not form.validate_on_submit():
        return _line_page(form, line)
    with transaction():
        found = access.help_line_for_admin(line_id, locked=True)
        helplines.change_help_line(found, _wish(form), actor=current_staff(), now=utcnow())
    return _show_readers()


@bp.post("/admin/help/<public_id:line_id>/checked")
@requires(Permission.ADMINISTER)
def confirm_help_line(line_id: str) -> ResponseReturnValue:
    """Checked today, nothing changed."""
    with transaction():
        found = access.help_line_for_admin(line_id, locked=True)
        helplines.confirm_help_line(found, actor=current_staff(), now=utcnow())
    return _show_readers()


@bp.post("/admin/help/<public_id:line_id>/move")
@requires(Permission.ADMINISTER)
def move_help_line(line_id: str) -> ResponseReturnValue:
    """Up or down: the first lines of a country stand on every page."""
    form = MoveForm()
    if form.validate_on_submit():
        with transaction():
            is_up = form.direction.data == "up"
            helplines.move_help_line(line_id, up=is_up, actor=current_staff(), now=utcnow())
    return _show_readers()


@bp.route("/admin/help/<public_id:line_id>/delete", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def delete_help_line(line_id: str) -> ResponseReturnValue:
    """Ask first, then take a line away."""
    line = access.help_line_for_admin(line_id)
    form = DeleteLineForm()
    if not form.validate_on_submit():
        return render_template("forum/delete_help_line.html", form=form, line=line, in_language=_in_language)
    with transaction():
        found = access.help_line_for_admin(line_id, locked=True)
        helplines.delete_help_line(found, actor=current_staff(), now=utcnow())
    return _show_readers()


def _show_readers(location: str = "") -> ResponseReturnValue:
    """After a change: readers see it too."""
    write_site_files(settings_of(current_app).data_dir)
    return redirect(location or url_for(".list_help_lines"), code=303)


def _line_form(*, data: dict[str, object]) -> HelpLineForm:
    return HelpLineForm(default_language=settings_of(current_app).default_language, data=data)


def _line_page(form: HelpLineForm, line: HelpLine | None) -> ResponseReturnValue:
    page = render_template("forum/edit_help_line.html", form=form, line=line)
    return page, 422 if request.method == "POST" else 200


def _wish(form: HelpLineForm) -> LineWish:
    return LineWish(
        country=form.country.data or "",
        phone=form.phone.data or "",
        url=form.url.data or "",
        names=form.texts("name"),
        hours=form.texts("hours"),
        what_happens=form.texts("happens"),
        is_example=form.is_example.data,
        owner=form.owner.data,
        reviewed_on=form.reviewed_on.data,
    )


def _as_fields(line: HelpLine) -> dict[str, object]:
    texts = {f"name_{language}": text for language, text in line.names.items()}
    texts |= {f"hours_{language}": text for language, text in line.hours.items()}
    texts |= {f"happens_{language}": text for language, text in line.what_happens.items()}
    return texts | {
        "country": line.country,
        "phone": line.phone,
        "url": line.url,
        "is_example": line.is_example,
        "owner": line.owner,
        "reviewed_on": line.reviewed_on,
    }


def _in_language(texts: dict[str, str]) -> str:
    """A text for the coordinator: in their language, else in any."""
    return texts.get(current_language()) or next(iter(texts.values()), "")

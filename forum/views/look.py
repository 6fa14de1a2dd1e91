"""How the forum looks: its name, its accent, its logo, as a coordinator sets them."""

from dataclasses import asdict

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.assets import assets_of_request, readable_shades
from core.clock import utcnow
from core.colour import ColourMalformed, for_the_night, parse_colour
from core.db import transaction
from core.site import save_logo, save_look, site, stored_look, write_look_file
from core.web import settings_of
from forum.look_forms import LogoForm, LookForm
from forum.views import bp


@bp.route("/admin/look", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def edit_look() -> ResponseReturnValue:
    """Name, accent, and what search engines may list. With `preview` it is shown and not kept."""
    form = LookForm(data=asdict(stored_look()))
    if not form.validate_on_submit() or "preview" in request.form:
        return _look_page(form, LogoForm(formdata=None))
    with transaction():
        save_look(form.look(), actor=current_staff().actor, now=utcnow())
    return _show_it()


@bp.post("/admin/look/logo")
@requires(Permission.ADMINISTER)
def change_logo() -> ResponseReturnValue:
    """Take another logo, or with `remove` none."""
    form = LogoForm()
    removes = "remove" in request.form
    if not (removes or form.validate_on_submit()):
        return _look_page(LookForm(formdata=None, data=asdict(stored_look())), form)
    with transaction():
        save_logo(None if removes else form.picture, actor=current_staff().actor, now=utcnow())
    return _show_it()


def _show_it() -> ResponseReturnValue:
    write_look_file(settings_of(current_app).data_dir)
    flash(_("The look is saved. Everybody sees it from now on."), "success")
    return redirect(url_for(".edit_look"), code=303)


def _look_page(form: LookForm, logo_form: LogoForm) -> ResponseReturnValue:
    settings, status = settings_of(current_app), 422 if form.errors or logo_form.errors else 200
    colours = {"accent": form.accent.data or None, "accent_dark": form.accent_dark.data or None}
    page = render_template(
        "forum/edit_look.html",
        form=form,
        logo_form=logo_form,
        default_name=settings.site_name,
        preview=url_for(".show_look_preview", **colours),
    )
    return page, status


@bp.get("/admin/look/preview.svg")
@requires(Permission.ADMINISTER)
def show_look_preview() -> ResponseReturnValue:
    """A button, a link and a soft ground, by day and by night, as a picture.

    A colour that cannot be read is shown as the nearest that can.
    """
    colours, look = assets_of_request(), site().look
    accent = _colour("accent") or colours.day["accent"]
    light = readable_shades(accent, colours.day)
    given = _colour("accent_dark") or (colours.night["accent"] if not _colour("accent") else "")
    dark = readable_shades(given or for_the_night(light.accent, colours.night), colours.night)
    themes = [(colours.day, light), (colours.night, dark)]
    picture = render_template("forum/look_preview.svg", themes=themes, look=look)
    return Response(picture, mimetype="image/svg+xml")


def _colour(name: str) -> str:
    try:
        return parse_colour(request.args.get(name, ""))
    except ColourMalformed:
        return ""

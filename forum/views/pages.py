"""Pages that hold no thread: crisis help, house rules, who learns what.

Crisis help asks the database only when its files are not there.
"""

from typing import Any

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from accounts.guard import requires
from accounts.permissions import Permission
from core.db import db
from core.web import COUNTRY_COOKIE, settings_of
from core.wording import current_language
from forum import site_queries
from forum.countries import country_name
from forum.helpfile import HelpNow, help_from, help_now
from forum.models import SiteTextKind
from forum.passages import mark_passages
from forum.sitetexts import read_site_text
from forum.views import bp


@bp.get("/help")
@requires(Permission.READ)
def show_help() -> ResponseReturnValue:
    """People to call or write to now, as the institution says."""
    language = current_language()
    found = help_of_reader()
    if not found.is_set:
        found = _help_from_database() or found
    names = {code: country_name(code, language) for code in found.countries}
    return _site_page("forum/show_help.html", SiteTextKind.CRISIS_HELP, help=found, country_names=names)


def help_of_reader() -> HelpNow:
    """Crisis help in the language and country of whoever asks. Asks no database, and never fails."""
    country = request.cookies.get(COUNTRY_COOKIE, "")[:2].upper()
    return help_now(settings_of(current_app), language=current_language(), country=country)


def _help_from_database() -> HelpNow | None:
    country = request.cookies.get(COUNTRY_COOKIE, "")[:2].upper()
    try:
        lines = site_queries.all_help_lines()
    except SQLAlchemyError:
        db.session.rollback()
        return None
    return help_from(lines, settings_of(current_app), language=current_language(), country=country)


@bp.get("/rules")
@requires(Permission.READ)
def show_rules() -> ResponseReturnValue:
    """The house rules."""
    return _site_page("forum/show_rules.html", SiteTextKind.HOUSE_RULES)


def _site_page(template: str, kind: SiteTextKind, **facts: Any) -> ResponseReturnValue:
    found = read_site_text(settings_of(current_app), kind, current_language())
    html, language = found or ("", "")
    html = mark_passages(html) if kind is SiteTextKind.HOUSE_RULES else html
    return render_template(template, html=Markup(html), language=language, **facts)


@bp.get("/privacy")
@requires(Permission.READ)
def show_privacy() -> ResponseReturnValue:
    """Who learns what, in plain words."""
    return render_template("forum/show_privacy.html")

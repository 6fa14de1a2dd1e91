"""Pages that hold no thread: crisis help, house rules, who learns what.

Crisis help asks the database only when its file is not there.
"""

from flask import current_app, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from accounts.guard import requires
from accounts.permissions import Permission
from core.web import settings_of
from core.wording import current_language
from forum.models import SiteTextKind
from forum.sitetexts import read_site_text
from forum.views import bp


@bp.get("/help")
@requires(Permission.READ)
def show_help() -> ResponseReturnValue:
    """People to call or write to now, as the institution says."""
    return _site_page("forum/show_help.html", SiteTextKind.CRISIS_HELP)


@bp.get("/rules")
@requires(Permission.READ)
def show_rules() -> ResponseReturnValue:
    """The house rules."""
    return _site_page("forum/show_rules.html", SiteTextKind.HOUSE_RULES)


def _site_page(template: str, kind: SiteTextKind) -> ResponseReturnValue:
    found = read_site_text(settings_of(current_app), kind, current_language())
    html, language = found or ("", "")
    return render_template(template, html=Markup(html), language=language)


@bp.get("/privacy")
@requires(Permission.READ)
def show_privacy() -> ResponseReturnValue:
    """Who learns what, in plain words."""
    return render_template("forum/show_privacy.html")

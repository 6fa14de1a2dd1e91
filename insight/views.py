"""The coordinator's first page."""

from datetime import date, timedelta

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from accounts.guard import requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.suppression import SMALLEST
from core.web import settings_of
from core.worker import is_alive
from forum.indexing import search_index
from insight.overview import look_over

bp = Blueprint("insight", __name__)


@bp.get("/admin/")
@requires(Permission.SEE_COUNTS)
def show_overview() -> ResponseReturnValue:
    """Counts, never people, and the way to what a coordinator sets."""
    now = utcnow()
    return render_template(
        "insight/show_overview.html",
        overview=look_over(now=now),
        has_worker=is_alive(settings_of(current_app).data_dir, now=now),
        has_search=search_index().is_ready(),
        told=told,
        waited=waited,
        month=month_name,
    )


@bp.get("/insight/")
@requires(Permission.SEE_COUNTS)
def open_insight() -> ResponseReturnValue:
    """The overview is where insight begins."""
    return redirect(url_for(".show_overview"))


def told(count: int | None) -> str:
    """A count, or that it is small."""
    return str(count) if count is not None else _("fewer than %(num)s", num=SMALLEST)


def waited(length: timedelta | None) -> str:
    """A length of time to the minute, for example "1 h 30 min"; a dash where too few waited."""
    if length is None:
        return "–"
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    if hours:
        return _("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes)
    return ngettext("%(num)s minute", "%(num)s minutes", minutes)


def month_name(first: date) -> str:
    """For example "November 2026"."""
    return format_date(first, "LLLL y")

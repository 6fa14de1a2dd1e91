"""A reader's report of a post, signed in or not, and what became of it."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from accounts.guard import requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.limits import limiter
from core.refusals import Missing
from moderation.access import reportable_post
from moderation.forms import CodeForm, ReportForm
from moderation.models import ReportReason, ReportState
from moderation.reports import file_report, report_state, withdraw_report
from moderation.views import bp
from moderation.views.turns import place_of_report

TAKEN_BACK = _l("You have taken your report back. If a moderator had begun to read, they may still finish.")
DONE_ALREADY = _l("Moderators have already decided, so there was nothing to take back.")


@bp.route("/p/<public_id:post_id>/report", methods=["GET", "POST"])
@requires(Permission.REPORT)
def report_post(post_id: str) -> ResponseReturnValue:
    """Say what is wrong with a post. The answer shows a code, once."""
    post = reportable_post(post_id)
    form = ReportForm()
    if not form.validate_on_submit():
        return render_template(
            "moderation/report_post.html", form=form, post=post
        ), 422 if form.errors else 200
    behind = place_of_report()
    with transaction():
        post = reportable_post(post_id, locked=True)
        code = file_report(
            post,
            reason=ReportReason(form.reason.data),
            note=form.note.data or "",
            submission=form.submission,
            behind=behind,
            now=utcnow(),
        )
    return render_template("moderation/report_sent.html", code=code, reason=form.reason.data, post=post)


@bp.route("/report/status", methods=["GET", "POST"])
@requires(Permission.REPORT)
@limiter.limit("20 per minute; 200 per hour", methods=["POST"])
def show_report_status() -> ResponseReturnValue:
    """Received, looked at, or done: never what was done to whom."""
    form, state = CodeForm(), None
    if form.validate_on_submit():
        try:
            state = report_state(form.code.data)
        except Missing:
            form.code.errors = [_("We know no report with this code. Please check each letter.")]
    return status_page(form, state)


@bp.post("/report/withdraw")
@requires(Permission.REPORT)
@limiter.limit("20 per minute; 100 per hour")
def take_report_back() -> ResponseReturnValue:
    """Take a report back. The code stands in the form, never in an address."""
    form = CodeForm()
    if not form.validate():
        return status_page(form, None)
    try:
        with transaction():
            state = withdraw_report(form.code.data, now=utcnow())
    except Missing:
        form.code.errors = [_("We know no report with this code. Please check each letter.")]
        return status_page(form, None)
    flash(TAKEN_BACK if state is ReportState.WITHDRAWN else DONE_ALREADY)
    return redirect(url_for(".show_report_status"), code=303)


def status_page(form: CodeForm, state: ReportState | None) -> ResponseReturnValue:
    """The page on which a code is typed, with what it shows."""
    page = render_template("moderation/show_report_status.html", form=form, state=state)
    return page, 422 if form.errors else 200

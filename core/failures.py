"""Pages for what went wrong: each says what happened and what to do, carries crisis help, and gives the typed
text back.
"""

from flask import Flask, Response, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DatabaseError, OperationalError
from werkzeug.exceptions import HTTPException

from core.db import DatabaseBusy, db
from core.kept import NEVER_KEPT
from core.keys import KeysMissing
from core.paging import MalformedCursor
from core.refusals import Refusal


def typed_fields() -> dict[str, str]:
    """What the person typed into the form that failed, without secrets, to be shown back to them."""
    if request.method != "POST":
        return {}
    hidden = NEVER_KEPT | {"claim", "revision", "version", "preview", "longer", "back_to", "next"}
    return {name: value for name, value in request.form.items() if name not in hidden and value.strip()}


def error_page(status: int, *, title: str, explanation: str, retry_after: int | None = None) -> Response:
    """A page that says what happened and what to do, carries crisis help, and gives the typed text back."""
    body = render_template(
        "_layout/error.html",
        title=title,
        explanation=explanation,
        kept_fields=typed_fields() if status != 413 else {},
        retry_after=retry_after,
    )
    response = Response(body, status=status, mimetype="text/html")
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _explain(status: int) -> tuple[str, str]:
    explanations = {
        400: (
            _("This could not be read"),
            _("Your browser sent something that we could not read. Please go back and try again."),
        ),
        403: (
            _("This is not open to you"),
            _("If you think that it should be, please sign in and try again."),
        ),
        404: (
            _("This page is not here"),
            _(
                "You did nothing wrong. The page may have been taken back, or its address may be mistyped. "
                "The topics are still there."
            ),
        ),
        405: (_("This cannot be done this way"), _("Please go back and use the button on the page.")),
        413: (
            _("This is too large"),
            _(
                "A text may have 8,000 characters. Go back in your browser: what you wrote is still there. "
                "Then shorten it."
            ),
        ),
        429: (
            _("Too many at once"),
            _("Many people from your network are doing this right now. Please wait a moment and try again."),
        ),
        503: (
            _("Closed for a moment"),
            _("This part cannot be reached right now. Please try again in a few minutes."),
        ),
    }
    fallback = (_("Something went wrong"), _("This is our fault, not yours. Please try again in a moment."))
    return explanations.get(status, fallback)


def _stop_asking() -> None:
    """The page that says what failed asks the database nothing, not even who is signed in: it may be that
    which failed.
    """
    g.is_failing = True
    db.session.rollback()


def install_failures(app: Flask) -> None:
    """Answer every failure with a page of ours."""

    @app.errorhandler(CSRFError)
    def show_csrf_error(_error: CSRFError) -> ResponseReturnValue:
        explanation = _(
            "The page was open for too long or was sent from somewhere else, so nothing was done. "
            "What you wrote is below: open the page again and send it once more."
        )
        return error_page(400, title=_("Please send this again"), explanation=explanation)

    @app.errorhandler(HTTPException)
    def show_http_error(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        if status < 400:
            return error
        title, explanation = _explain(status)
        return error_page(
            status, title=title, explanation=explanation, retry_after=60 if status == 429 else None
        )

    @app.errorhandler(Refusal)
    def show_refusal(error: Refusal) -> ResponseReturnValue:
        if error.status == 404:
            title, explanation = _explain(404)
            return error_page(404, title=title, explanation=explanation)
        db.session.rollback()
        body = render_template(error.template, refusal=error, kept_fields=typed_fields(), **error.context)
        answer = Response(body, status=error.status, mimetype="text/html")
        if error.retry_after:
            answer.headers["Retry-After"] = str(error.retry_after)
        return answer

    @app.errorhandler(MalformedCursor)
    def show_malformed_cursor(_error: MalformedCursor) -> ResponseReturnValue:
        title, explanation = _explain(404)
        return error_page(404, title=title, explanation=explanation)

    @app.errorhandler(KeysMissing)
    @app.errorhandler(DatabaseBusy)
    @app.errorhandler(OperationalError)
    def show_closed(error: Exception) -> ResponseReturnValue:
        app.logger.error("closed for a moment: %s", type(error).__name__)
        _stop_asking()
        title, explanation = _explain(503)
        return error_page(503, title=title, explanation=explanation, retry_after=30)

    @app.errorhandler(DatabaseError)
    def show_damage(error: DatabaseError) -> ResponseReturnValue:
        # The plain error is a file that is damaged or no database; its kinds, such as a constraint that was
        # broken, are faults of ours.
        return show_closed(error) if type(error) is DatabaseError else show_failure(error)

    @app.errorhandler(Exception)
    def show_failure(_error: Exception) -> ResponseReturnValue:
        app.logger.exception("request failed at %s", request.endpoint)
        _stop_asking()
        title, explanation = _explain(500)
        return error_page(500, title=title, explanation=explanation)

"""Trying the line before a talk, on both sides: whether a stream gets through, whether what is sent arrives,
and how long an answer takes.

Nothing is stored, and neither side learns how the other's line is: the talk itself tells when it drops.
Without script a page says that a talk works by loading it anew, and shows what time it is on the server.
"""

from flask import Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime

from accounts.guard import requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.limits import limiter
from core.live import asked_by_pages, in_a_place
from counselling.conversants import case_of_conversant
from counselling.live.checking import DONE, numbered_events
from counselling.views import bp, current_conversant


@bp.get("/counsel/<public_id:case_id>/connection")
@requires(Permission.TALK)
def check_connection(case_id: str) -> ResponseReturnValue:
    """Whether the student's line holds a talk, in words."""
    case = case_of_conversant(case_id, conversant=current_conversant())
    return render_template(
        "counselling/check_connection.html",
        case=case,
        listen=url_for(".try_stream", case_id=case_id),
        ask=url_for(".try_connection", case_id=case_id),
        told_time=_asked_time(),
    )


@bp.get("/counsel/<public_id:case_id>/connection/events")
@requires(Permission.TALK)
@limiter.limit("20 per minute")
@asked_by_pages
def try_stream(case_id: str) -> ResponseReturnValue:
    """Three events, for the student's page that tries its line."""
    case_of_conversant(case_id, conversant=current_conversant())
    return _short_stream()


@bp.route("/counsel/<public_id:case_id>/connection/try", methods=["GET", "POST"])
@requires(Permission.TALK)
@limiter.limit("60 per minute")
@asked_by_pages
def try_connection(case_id: str) -> ResponseReturnValue:
    """An answer, for the student's page that tries to ask and to send."""
    case_of_conversant(case_id, conversant=current_conversant())
    return jsonify({"heard": True})


@bp.get("/counselling/connection")
@requires(Permission.COUNSEL)
def check_staff_connection() -> ResponseReturnValue:
    """Whether the professional's line holds a talk, with figures."""
    return render_template(
        "counselling/check_staff_connection.html",
        listen=url_for(".try_staff_stream"),
        ask=url_for(".try_staff_connection"),
        told_time=_asked_time(),
    )


@bp.get("/counselling/connection/events")
@requires(Permission.COUNSEL)
@limiter.limit("20 per minute")
@asked_by_pages
def try_staff_stream() -> ResponseReturnValue:
    """Three events, for the professional's page."""
    return _short_stream()


@bp.route("/counselling/connection/try", methods=["GET", "POST"])
@requires(Permission.COUNSEL)
@limiter.limit("60 per minute")
@asked_by_pages
def try_staff_connection() -> ResponseReturnValue:
    """An answer, for the professional's page."""
    return jsonify({"heard": True})


def _asked_time() -> str | None:
    """The time of the server, for who asks for it without script."""
    return format_datetime(utcnow(), "HH:mm:ss") if "time" in request.args else None


def _short_stream() -> Response:
    """A stream that ends by itself; who comes again with the last number has had it all."""
    if request.headers.get("Last-Event-ID") == DONE:
        return Response(status=204)
    return in_a_place(numbered_events())

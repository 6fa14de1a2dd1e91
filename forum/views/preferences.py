"""What a reader would rather not see: a page of their own, without an account.

The choice lives in a cookie that a GET form sets and that ends with the browser's window. The form sends
numbers and letters: an address stays in a browser's history, and must not say what somebody cannot bear.
"""

from collections.abc import Sequence
from typing import Any

from flask import abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from accounts.guard import requires, safe_path
from accounts.permissions import Permission
from core.web import READING_COOKIE
from forum.forms import WARNING_NAMES
from forum.models import Warning
from forum.sight import LETTERS, Choices, Sight, read_choices, sight_of, write_choices
from forum.views import bp


def reading_choices() -> Choices:
    """What this browser's reader would rather not see."""
    text = request.cookies.get(READING_COOKIE)
    return read_choices(text) if text else {}


def in_sight(rows: Sequence[Row[Any]]) -> tuple[Sequence[Row[Any]], int]:
    """Of these threads those that the reader wants to see, and how many are left out."""
    choices = reading_choices()
    if not choices:
        return rows, 0
    seen = [row for row in rows if sight_of(_topics(row), choices) is not Sight.OUT]
    return seen, len(rows) - len(seen)


def _topics(row: Row[Any]) -> Sequence[str]:
    """What a thread speaks of, or a post and the thread that it stands in."""
    warnings: Sequence[str] = row.warnings
    return [*warnings, *row._mapping.get("thread_warnings", ())]


@bp.get("/reading")
@requires(Permission.READ)
def show_reading() -> ResponseReturnValue:
    """The nine topics, and how each is shown to this reader."""
    choices = reading_choices()
    return render_template(
        "forum/show_reading.html",
        topics=[
            (
                f"t{number}",
                WARNING_NAMES[warning],
                LETTERS[list(Sight).index(choices.get(warning, Sight.CLOSED))],
            )
            for number, warning in enumerate(Warning, start=1)
        ],
        has_chosen=bool(choices),
        back=safe_path(request.args.get("next")),
    )


@bp.get("/reading/choose")
@requires(Permission.READ)
def choose_reading() -> ResponseReturnValue:
    """Remember the choice until the browser is closed; with nothing chosen, forget it.

    Another site must not choose for somebody what they meet unprepared.
    """
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(403)
    letters = (request.args.get(f"t{number}", "") for number in range(1, len(Warning) + 1))
    cookie = write_choices(
        read_choices("".join(letter if letter in set(LETTERS) else "c" for letter in letters))
    )
    back = safe_path(request.args.get("next"))
    answer = make_response(redirect(url_for(".show_reading", next=back or None), code=303))
    if cookie:
        answer.set_cookie(
            READING_COOKIE, cookie, secure=request.is_secure, httponly=True, samesite="Lax", path="/"
        )
    elif READING_COOKIE in request.cookies:
        answer.delete_cookie(
            READING_COOKIE, path="/", secure=request.is_secure, httponly=True, samesite="Lax"
        )
    return answer

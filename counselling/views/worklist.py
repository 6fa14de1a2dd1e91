"""The worklist: what waits for any professional, and one's own cases, by clock."""

from collections.abc import Callable
from typing import Any

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue

from accounts import queries as account_queries
from accounts.guard import current_staff, requires, session_watch
from accounts.permissions import Permission
from core.clock import utcnow
from core.live import asked_by_pages, state_once, stream
from counselling import queries
from counselling.forms import TakeForm
from counselling.intake.fields import FIELD_NAMES
from counselling.intake.questions import LANGUAGE_NAMES
from counselling.models import AuthorKind
from counselling.professionals.worklist import Show, live_state, state_of_list, worklist_of
from counselling.retention import goes_on
from counselling.sealing import pseudonym_of
from counselling.views import bp

CLOSED_SHOWN = 20


@bp.get("/counselling/")
@requires(Permission.COUNSEL)
def show_worklist() -> ResponseReturnValue:
    """What waits for any professional, and one's own cases with what was promised in them (`show`: `all`,
    `due`, `overdue`, `unread`, `mine`, `unowned`).
    """
    staff, now = current_staff(), utcnow()
    chosen = request.args.get("show", "")
    show = Show(chosen) if chosen in {*Show} else Show.ALL
    closed = queries.closed_cases_of_owner(staff.id, limit=CLOSED_SHOWN) if show is Show.ALL else []
    going = queries.cases_of_owner_that_go(staff.id) if show is Show.ALL else []
    return render_template(
        "counselling/show_worklist.html",
        list=worklist_of(staff, show, now=now),
        show=show,
        shows=list(Show),
        closed=closed,
        going=[(case, goes_on(case)) for case in going],
        names={case.id: pseudonym_of(case) for case in [*closed, *going]},
        unread=queries.count_unread([case.id for case in closed], AuthorKind.STUDENT),
        live_state=live_state,
        field_names=FIELD_NAMES,
        language_names=LANGUAGE_NAMES,
        now=now,
        form=TakeForm(formdata=None),
    )


@bp.get("/counselling/events")
@requires(Permission.COUNSEL)
@asked_by_pages
def stream_worklist() -> ResponseReturnValue:
    """What the list shows, again whenever it has changed. Ids and states only."""
    return stream(_look(), session_watch(Permission.COUNSEL))


@bp.get("/counselling/state")
@requires(Permission.COUNSEL)
@asked_by_pages
def show_worklist_state() -> ResponseReturnValue:
    """The same once, for pages that have no stream."""
    return jsonify(state_once(_look()()))


def _look() -> Callable[[], dict[str, Any]]:
    """What to ask for this reader, outside of the request too."""
    staff_id = current_staff().id

    def look() -> dict[str, Any]:
        reader = account_queries.staff_member(staff_id)
        return state_of_list(reader, now=utcnow()) if reader is not None else {"items": []}

    return look

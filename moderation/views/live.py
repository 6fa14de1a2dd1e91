"""The list of the queue, live: as a stream of events, or asked for again and again."""

from collections.abc import Callable
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from accounts.guard import current_staff, requires, session_watch
from accounts.permissions import Permission
from core.clock import utcnow
from core.live import asked_by_pages, state_once, stream
from moderation.judging import require_may_see
from moderation.live_list import ListWatch
from moderation.views import bp
from moderation.views.queue import place_in_list


@bp.get("/moderation/queue/events")
@requires(Permission.SEE_QUEUE)
@asked_by_pages
def stream_queue() -> ResponseReturnValue:
    """What the list shows, again whenever it has changed. Ids and states only."""
    return stream(_look(), session_watch(Permission.SEE_QUEUE))


@bp.get("/moderation/queue/state")
@requires(Permission.SEE_QUEUE)
@asked_by_pages
def show_queue_state() -> ResponseReturnValue:
    """The same once, for pages that have no stream."""
    return jsonify(state_once(_look()()))


def _look() -> Callable[[], dict[str, Any]]:
    """What to ask for this reader and this page of the list, outside of the request too."""
    require_may_see(current_staff(), now=utcnow())
    watch = ListWatch(current_staff().id, place_in_list())
    return lambda: watch.look(now=utcnow())

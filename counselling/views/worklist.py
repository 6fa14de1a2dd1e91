"""What waits for any professional, and one's own cases."""

from flask import render_template
from flask.typing import ResponseReturnValue

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.clock import utcnow
from counselling import queries
from counselling.forms import TakeForm
from counselling.models import AuthorKind
from counselling.sealing import pseudonym_of
from counselling.views import bp
from moderation import queries as moderation_queries
from moderation.models import EscalationState

CLOSED_SHOWN = 20


@bp.get("/counselling/")
@requires(Permission.COUNSEL)
def show_worklist() -> ResponseReturnValue:
    """What waits for any professional, and one's own cases with what was promised in them."""
    staff = current_staff()
    own = queries.open_cases_of_owner(staff.id)
    closed = queries.closed_cases_of_owner(staff.id, limit=CLOSED_SHOWN)
    promises = queries.unsettled_obligations_of_owner(staff.id)
    return render_template(
        "counselling/show_worklist.html",
        escalations=moderation_queries.escalations_in_state(EscalationState.WAITING),
        takeable=[case for case in queries.takeable_cases() if case.owner_id != staff.id],
        own=own,
        closed=closed,
        names={case.id: pseudonym_of(case) for case in [*own, *closed]},
        unread=queries.count_unread([case.id for case in [*own, *closed]], AuthorKind.STUDENT),
        next_promise={promise.case_id: promise for promise in reversed(promises)},
        now=utcnow(),
        form=TakeForm(formdata=None),
    )

"""What of the forum belongs to a case: the escalated texts, and the threads that the student sent along."""

from flask import render_template
from flask.typing import ResponseReturnValue

from accounts.guard import requires
from accounts.permissions import Permission
from core.clock import utcnow
from counselling.reading import view_case
from counselling.views import bp, opened_case


@bp.get("/counselling/cases/<public_id:case_id>/forum")
@requires(Permission.COUNSEL)
def show_forum_side(case_id: str) -> ResponseReturnValue:
    """The texts from the forum, with what moderators said about them."""
    now = utcnow()
    view = view_case(opened_case(case_id))
    return render_template("counselling/show_forum_side.html", view=view, case=view.case, now=now)

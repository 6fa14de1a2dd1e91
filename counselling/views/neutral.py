"""The neutral summary of a case, to copy or to print."""

from flask import render_template
from flask.typing import ResponseReturnValue

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from counselling.record.neutral import log_summary, neutral_summary
from counselling.views import bp, case_to_work_on, opened_case


@bp.get("/counselling/cases/<public_id:case_id>/neutral")
@requires(Permission.COUNSEL)
def show_neutral_summary(case_id: str) -> ResponseReturnValue:
    """Dates, counts, outcome and referrals. The opening is in the audit log before the page is made."""
    opened_case(case_id)
    with transaction():
        log_summary(case_to_work_on(case_id), reader=current_staff(), now=utcnow())
    case = opened_case(case_id)
    return render_template("counselling/show_neutral_summary.html", case=case, summary=neutral_summary(case))

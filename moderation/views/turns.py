"""Reports after the limit: each is taken. What they put before moderators stands a little behind."""

from datetime import timedelta

from accounts.guard import student_or_none
from core.limits import Pace, count_turn, number_in_line

REPORTING = Pace(
    "reporting", network="20 per 10 minutes; 60 per hour", person="10 per 10 minutes; 30 per hour"
)
APART, AT_MOST = timedelta(minutes=6), timedelta(hours=24)


def place_of_report() -> timedelta | None:
    """Count a report, and say by how much later than it came the text that it is about shall stand, if it
    does not wait already; None for as it comes.
    """
    student = student_or_none()
    if count_turn(REPORTING, person=student.id if student is not None else ""):
        return None
    return min(APART * number_in_line("reports"), AT_MOST)

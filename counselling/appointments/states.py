"""The states of an appointment: `booked` → `kept` | `missed` | `cancelled`. Each end is final."""

from datetime import datetime
from enum import StrEnum

from flask_babel import gettext as _

from core.clock import hour_of
from core.refusals import Refusal
from counselling.appointments.models import Appointment, AppointmentState


class AppointmentAct(StrEnum):
    """What can happen to an appointment."""

    KEEP = "keep"  # it took place
    MISS = "miss"  # the student did not come
    CANCEL = "cancel"


LEGAL: dict[AppointmentAct, dict[AppointmentState, AppointmentState]] = {
    AppointmentAct.KEEP: {AppointmentState.BOOKED: AppointmentState.KEPT},
    AppointmentAct.MISS: {AppointmentState.BOOKED: AppointmentState.MISSED},
    AppointmentAct.CANCEL: {AppointmentState.BOOKED: AppointmentState.CANCELLED},
}


class AppointmentOver(Refusal):
    """It was cancelled in the meantime, or somebody has said already how it went."""

    @property
    def sentence(self) -> str:
        sentences = {
            AppointmentState.CANCELLED: _("This appointment was cancelled already. Nothing was changed."),
            AppointmentState.KEPT: _("It was noted already that this appointment took place."),
            AppointmentState.MISSED: _("It was noted already that nobody came to this appointment."),
        }
        return sentences[self.args[0]]


def move_appointment(appointment: Appointment, act: AppointmentAct, *, now: datetime) -> None:
    """Take one legal step, on a locked case. Raises AppointmentOver."""
    goal = LEGAL[act].get(appointment.state)
    if goal is None:
        raise AppointmentOver(appointment.state, act)
    appointment.state, appointment.settled_at = goal, hour_of(now)

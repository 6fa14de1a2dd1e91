"""Forms about the public side of a thread."""

from wtforms import RadioField

from core.forms import StoaForm, one_of, required
from counselling.threads.care import CareAct


class CareForm(StoaForm):
    act = RadioField(validators=[required(), one_of(CareAct)], validate_choice=False)


class AgreeForm(StoaForm):
    answer = RadioField(validators=[required(), one_of(["yes", "no"])], validate_choice=False)

"""Forms for what is done with an item in hand, apart from deciding.

They stand on one page beside the decision, so each field has an id of its own.
"""

from collections.abc import Sequence
from datetime import timedelta

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, TextAreaField

from core.forms import Body, StoaForm, one_of, options, required

MINUTES = {15: _l("15 minutes"), 30: _l("30 minutes"), 60: _l("1 hour"), 120: _l("2 hours")}


class HoldForm(StoaForm):
    """Put an item aside."""

    reason = TextAreaField(_l("Why it waits"), id="hold-reason", validators=[required(), Body(limit=500)])
    minutes = RadioField(
        _l("For how long"),
        id="hold-minutes",
        choices=options(MINUTES),
        default="30",
        validators=[one_of(MINUTES)],
        validate_choice=False,
    )
    colleague = SelectField(
        _l("Keep it for a colleague"),
        id="hold-colleague",
        choices=options({"": _l("For nobody")}),
        default="",
    )

    @property
    def length(self) -> timedelta:
        """For how long."""
        return timedelta(minutes=int(self.minutes.data))

    def offer(self, colleagues: Sequence[tuple[str, str]]) -> "HoldForm":
        """Name the colleagues that can be chosen."""
        self.colleague.choices = options({"": _l("For nobody"), **dict(colleagues)})
        return self


class HandForm(StoaForm):
    """Hand an item to a colleague."""

    colleague = SelectField(
        _l("Hand it to"),
        id="hand-colleague",
        choices=[],
        validators=[required(_l("Please choose a colleague."))],
    )

    def offer(self, colleagues: Sequence[tuple[str, str]]) -> "HandForm":
        """Name the colleagues that can be chosen."""
        self.colleague.choices = options(dict(colleagues))
        return self


class CoverForm(StoaForm):
    """Ask the lead for cover."""

    note = TextAreaField(
        _l("A word for the lead"), id="cover-note", validators=[Body(limit=500, optional=True)]
    )

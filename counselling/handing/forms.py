"""Forms about colleagues in a case."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice

from accounts.models import Staff
from core.forms import Body, StoaForm, one_of, options, required
from counselling.handing.purposes import Purpose

WORDS_LIMIT = 300

PURPOSE_NAMES = {
    Purpose.THINK_ALONG: _l("I was asked to think along"),
    Purpose.COVER: _l("I cover for a colleague who is away"),
    Purpose.JOINT_TALK: _l("I join a talk with the student"),
    Purpose.SUPERVISION: _l("I was asked to supervise"),
    Purpose.OTHER: _l("Something else"),
}


class PurposeForm(StoaForm):
    purpose = RadioField(
        _l("Why do you open it?"),
        choices=options(PURPOSE_NAMES),
        validators=[one_of(Purpose)],
        validate_choice=False,
    )
    words = TextAreaField(_l("In a few words"), validators=[Body(limit=WORDS_LIMIT, optional=True)])

    def validate(self, extra_validators: object = None) -> bool:
        """“Something else” needs words."""
        is_fine = super().validate(extra_validators)
        if self.purpose.data == Purpose.OTHER and not (self.words.data or "").strip():
            self.words.errors = [*self.words.errors, str(_l("Please say in a few words why."))]
            return False
        return is_fine


class PressForm(StoaForm):
    """A button."""


class ColleagueForm(StoaForm):
    colleague = SelectField(
        _l("Colleague"),
        validators=[required(_l("Please choose a colleague."))],
        validate_choice=False,
    )

    def offer(self, colleagues: Sequence[Staff]) -> None:
        """Let somebody choose among these."""
        self.colleague.choices = [
            SelectChoice("", _l("Please choose")),
            *(SelectChoice(one.id, one.alias) for one in colleagues),
        ]

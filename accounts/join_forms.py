"""The form of who may join, for the coordinator."""

from flask_babel import lazy_gettext as _l
from wtforms import Field, StringField, ValidationError

from core.forms import Line, StoaForm


class JoinWordForm(StoaForm):
    """The shared word; nothing at all closes the door."""

    word = StringField(_l("The word"), validators=[Line(limit=60, optional=True)])

    def validate_word(self, field: Field) -> None:
        if field.data and not any(letter.isalnum() for letter in field.data):
            raise ValidationError(_l("The word needs a letter or a digit."))

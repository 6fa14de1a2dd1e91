"""The form of what screening must know of this university."""

from flask_babel import lazy_gettext as _l
from wtforms import Field, StringField, ValidationError

from core.forms import Line, StoaForm
from moderation.student_numbers import NoShape, are_shapes


class StudentNumbersForm(StoaForm):
    """How student numbers look here, as shapes."""

    shapes = StringField(
        _l("What a student number looks like here"), validators=[Line(limit=140, optional=True)]
    )

    def validate_shapes(self, field: Field) -> None:
        if not are_shapes(field.data or ""):
            raise ValidationError(NoShape().sentence)

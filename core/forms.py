"""What every form shares: CSRF, the id that makes sending twice create once, and validators that speak the
reader's language.

WTForms has no Indonesian, so each message is our own translatable sentence, what it says by itself included.
"""

import secrets
from collections.abc import Mapping
from typing import Any, Self

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf, DataRequired, StopValidation

from core.text import BODY_LIMIT, BadText, TextTooLong, clean_body, clean_line


def fresh_submission_id() -> str:
    """The id for a form about to be shown: the one just sent when it is shown again, else a new one."""
    return request.form.get("submission_id", "")[:64] or secrets.token_urlsafe(16)


class OwnWords:
    """Says in our words what WTForms would say in its own when a field cannot be read."""

    SENTENCES: Mapping[str, Any] = {
        "Not a valid choice.": _l("Please choose one of the answers."),
        "Not a valid integer value.": _l("Please write a whole number."),
        "Not a valid date value.": _l("Please give a day, as 2026-03-31."),
    }

    def gettext(self, message: str) -> str:
        return str(self.SENTENCES.get(message, _l("This could not be read. Please write it again.")))

    def ngettext(self, singular: str, _plural: str, _number: int) -> str:
        return self.gettext(singular)


class StoaForm(FlaskForm):
    """A form of Stoa's."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, _form: FlaskForm) -> OwnWords:
            return OwnWords()

    submission_id = HiddenField()

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether everything fits. What a field and its validators say alike is said once."""
        is_fine = bool(super().validate(extra_validators))
        for field in self:
            field.errors = list(dict.fromkeys(map(str, field.errors)))
        return is_fine

    @property
    def submission(self) -> str:
        return (self.submission_id.data or "")[:64]

    def beside_others(self, name: str) -> Self:
        """Give the fields ids of their own, for a page with other forms whose fields have the same names."""
        for field in self:
            field.id = field.label.field_id = f"{name}-{field.name}"
        return self


def required(message: Any = None) -> DataRequired:
    """The field must not be empty."""
    return DataRequired(message or _l("Please fill this in."))


def one_of(values: Any) -> AnyOf:
    """The field must be one of these."""
    return AnyOf([str(value) for value in values], message=_l("Please choose one of the answers."))


def options(names: Mapping[Any, Any]) -> list[SelectChoice]:
    """The choices of a field, from a table of value and words."""
    return [SelectChoice(str(value), words) for value, words in names.items()]


class WholeNumber:
    """A number between two others. WTForms' own check fails on numbers too large for a float."""

    def __init__(self, *, least: int, most: int, message: Any) -> None:
        self.least, self.most, self.message = least, most, message

    def __call__(self, _form: FlaskForm, field: Field) -> None:
        if field.data is None or not self.least <= field.data <= self.most:
            field.errors = []  # that it is no number at all is said by the message, too
            raise StopValidation(self.message)


class Line:
    """A single line of text, cleaned in place.

    Refuses what is empty (unless `optional`), too long, or not readable as text.
    """

    def __init__(self, *, limit: int, optional: bool = False) -> None:
        self.limit, self.optional = limit, optional

    def clean(self, raw: str) -> str:
        return clean_line(raw, limit=self.limit)

    def __call__(self, _form: FlaskForm, field: Field) -> None:
        raw = field.data or ""
        if "\ufffd" in raw:
            raise ValidationError(
                _l("Some characters did not arrive in a readable form. Please type them again.")
            )
        if self.optional and not raw.strip():
            field.data = ""
            return
        try:
            field.data = self.clean(raw)
        except TextTooLong as error:
            message = _l(
                "This is %(length)s characters long; there is room for %(limit)s. Your text is kept below."
            )
            raise ValidationError(message % {"length": error.length, "limit": error.limit}) from error
        except BadText as error:
            raise ValidationError(_l("Please write something here.")) from error


class Body(Line):
    """A text of several lines, cleaned in place like `Line`."""

    def __init__(self, *, limit: int = BODY_LIMIT, optional: bool = False) -> None:
        super().__init__(limit=limit, optional=optional)

    def clean(self, raw: str) -> str:
        return clean_body(raw, limit=self.limit)

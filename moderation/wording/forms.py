"""The form of a reason in the library."""

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, StringField, TextAreaField, ValidationError
from wtforms.fields import IntegerField, SelectMultipleField
from wtforms.widgets import HiddenInput

from accounts.permissions import Role
from core.forms import Body, Line, StoaForm, options, required
from core.settings import LANGUAGES
from core.translations import SOURCE
from forum.passages import NAME
from moderation.wording.kindness import Remark, look_over
from moderation.wording.reasons import LibraryReason

TEXT_LIMIT, EXAMPLE_LIMIT = 200, 300
ROLE_NAMES = {Role.MODERATOR: _l("Peer moderators"), Role.PROFESSIONAL: _l("Professionals")}


class ReasonForm(StoaForm):
    """A reason in each language. English must be there: it is what everybody else falls back to."""

    text_en = StringField(_l("The reason, in English"), validators=[required(), Line(limit=TEXT_LIMIT)])
    example_en = TextAreaField(
        _l("An example, in English"), validators=[Body(limit=EXAMPLE_LIMIT, optional=True)]
    )
    text_el = StringField(_l("The reason, in Greek"), validators=[Line(limit=TEXT_LIMIT, optional=True)])
    example_el = TextAreaField(
        _l("An example, in Greek"), validators=[Body(limit=EXAMPLE_LIMIT, optional=True)]
    )
    text_id = StringField(_l("The reason, in Indonesian"), validators=[Line(limit=TEXT_LIMIT, optional=True)])
    example_id = TextAreaField(
        _l("An example, in Indonesian"), validators=[Body(limit=EXAMPLE_LIMIT, optional=True)]
    )
    anchor = StringField(_l("Passage of the house rules"), validators=[Line(limit=40, optional=True)])
    roles = SelectMultipleField(
        _l("Who may use it"),
        choices=options(ROLE_NAMES),
        default=[Role.MODERATOR.value],
        validate_choice=False,
    )
    is_offered = BooleanField(_l("It can be chosen"), default=True)
    is_about_others = BooleanField(_l("It says what was done to others: a step may rest on it"))
    seen = IntegerField(widget=HiddenInput(), default=0)

    @classmethod
    def showing(cls, reason: LibraryReason) -> "ReasonForm":
        """The form as the page first shows it."""
        words = {
            f"{part}_{language}": reason.wordings.get(language, {}).get(part, "")
            for language in LANGUAGES
            for part in ("text", "example")
        }
        return cls(
            formdata=None,
            anchor=reason.anchor,
            roles=list(reason.roles),
            is_offered=reason.is_offered,
            is_about_others=reason.is_about_others,
            seen=reason.version,
            **words,
        )

    def validate_anchor(self, field: Field) -> None:
        """Must be a name that a passage can have."""
        if field.data and not re.fullmatch(NAME, field.data):
            raise ValidationError(_l("Please write small letters, digits and dashes, such as names."))

    def validate_roles(self, field: Field) -> None:
        """Somebody must be able to use it."""
        if not field.data or not set(field.data) <= {role.value for role in ROLE_NAMES}:
            raise ValidationError(_l("Please choose one of the answers."))

    def validate(self, extra_validators: Any = None) -> bool:
        """Every wording is one that may be read by somebody who is not well."""
        is_fine = super().validate(extra_validators)
        for part in ("text", "example"):
            for language in LANGUAGES:
                is_fine = self._reads_kindly(self[f"{part}_{language}"]) and is_fine
        return is_fine

    def wordings(self) -> dict[str, dict[str, str]]:
        """What was typed, for the library."""
        return {
            language: {
                "text": self[f"text_{language}"].data,
                "example": self[f"example_{language}"].data or "",
            }
            for language in LANGUAGES
            if language == SOURCE or self[f"text_{language}"].data
        }

    def _reads_kindly(self, field: Field) -> bool:
        for finding in look_over(field.data or ""):
            sentence = _l("This could hurt: “%(words)s”. Please say it in other words.")
            if finding.remark is Remark.LEVEL:
                sentence = _l("This is hard to read: “%(words)s”. Please write shorter words and sentences.")
            field.errors = [*field.errors, str(sentence % {"words": finding.words})]
            return False
        return True

"""Forms of the forum: writing, and what a coordinator sets."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import (
    DateField,
    Field,
    Form,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import Regexp

from core.forms import Body, Line, StoaForm, WholeNumber, one_of, options, required
from core.text import BODY_LIMIT, TITLE_LIMIT
from forum.leaving import OwnPosts
from forum.models import ModerationMode, Warning

WARNING_NAMES = {
    Warning.SELF_HARM: _l("self-harm"),
    Warning.SUICIDE: _l("suicide"),
    Warning.VIOLENCE: _l("violence"),
    Warning.ABUSE: _l("abuse"),
    Warning.EATING: _l("eating and the body"),
    Warning.SUBSTANCES: _l("alcohol or drugs"),
    Warning.LOSS: _l("death and loss"),
    Warning.SEXUAL: _l("sex"),
    Warning.HEALTH: _l("illness"),
}
MODE_NAMES = {
    ModerationMode.HOLD_ALL: _l("read before: every text waits for a moderator"),
    ModerationMode.HOLD_NEW: _l("read before: the first 5 texts of each student wait"),
    ModerationMode.READ_AFTER: _l("read after: texts appear at once, unless they sound urgent"),
}


class WarningsField(SelectMultipleField):
    """Which hard topics a text speaks of."""

    def pre_validate(self, _form: Form) -> None:
        if not set(self.data or ()) <= {str(warning) for warning in Warning}:
            raise ValidationError(_l("Please choose one of the answers."))


def warnings_field() -> Any:
    label = _l("Does it speak of something that may be hard to read?")
    return WarningsField(label, choices=options(WARNING_NAMES))


class ReplyForm(StoaForm):
    body = TextAreaField(
        _l("Your text"), validators=[required(_l("Please write something here.")), Body(limit=BODY_LIMIT)]
    )
    warnings = warnings_field()


class ThreadForm(StoaForm):
    title = StringField(
        _l("Title"), validators=[required(_l("Please write something here.")), Line(limit=TITLE_LIMIT)]
    )
    body = TextAreaField(
        _l("Your text"), validators=[required(_l("Please write something here.")), Body(limit=BODY_LIMIT)]
    )
    warnings = warnings_field()


class EditForm(StoaForm):
    title = StringField(_l("Title"), validators=[Line(limit=TITLE_LIMIT, optional=True)])
    body = TextAreaField(
        _l("Your text"), validators=[required(_l("Please write something here.")), Body(limit=BODY_LIMIT)]
    )


class WithdrawForm(StoaForm):
    """Only the token: taking a text back asks nothing."""


class DeleteForm(StoaForm):
    posts = RadioField(
        _l("What shall become of what you wrote?"),
        choices=options(
            {
                OwnPosts.KEEP: _l("Leave my texts where they are, cut off from me"),
                OwnPosts.WITHDRAW: _l("Take all my texts back, so that readers no longer see them"),
            }
        ),
        validators=[one_of(OwnPosts)],
        validate_choice=False,
    )


def _slug(_form: Form, field: Field) -> None:
    if field.data == "other":
        raise ValidationError(_l("This address is used by imports. Please choose another."))


class CategoryForm(StoaForm):
    slug = StringField(
        _l("Address: lower-case letters, digits and hyphens"),
        validators=[
            required(),
            Line(limit=60),
            Regexp(r"^[a-z0-9]+(-[a-z0-9]+)*$", message=_l("Lower-case letters, digits and hyphens only.")),
            _slug,
        ],
    )
    name_en = StringField(_l("Name in English"), validators=[required(), Line(limit=80)])
    name_el = StringField(_l("Name in Greek"), validators=[Line(limit=80, optional=True)])
    name_id = StringField(_l("Name in Indonesian"), validators=[Line(limit=80, optional=True)])
    description_en = StringField(_l("Description in English"), validators=[Line(limit=200, optional=True)])
    description_el = StringField(_l("Description in Greek"), validators=[Line(limit=200, optional=True)])
    description_id = StringField(_l("Description in Indonesian"), validators=[Line(limit=200, optional=True)])
    place = IntegerField(
        _l("Place in the list, from 0"),
        default=0,
        validators=[WholeNumber(least=0, most=999, message=_l("A number from 0 to 999."))],
    )
    opening_mode = SelectField(
        _l("New threads"),
        choices=options(MODE_NAMES),
        default=str(ModerationMode.HOLD_ALL),
        validators=[one_of(ModerationMode)],
    )
    reply_mode = SelectField(
        _l("Replies"),
        choices=options(MODE_NAMES),
        default=str(ModerationMode.HOLD_NEW),
        validators=[one_of(ModerationMode)],
    )

    def texts(self, what: str) -> dict[str, str]:
        """The `name` or `description` fields that were filled, by language."""
        given = {language: self[f"{what}_{language}"].data or "" for language in ("en", "el", "id")}
        return {language: text for language, text in given.items() if text}


class CloseForm(StoaForm):
    """Only the token: closing and opening a category asks nothing."""


class SiteTextForm(StoaForm):
    body = TextAreaField(
        _l("Text"), validators=[required(_l("Please write something here.")), Body(limit=BODY_LIMIT)]
    )
    owner = StringField(_l("Who answers for it"), validators=[required(), Line(limit=80)])
    reviewed_on = DateField(
        _l("Last checked on"), validators=[required(_l("Please give a day, as 2026-03-31."))]
    )


def refilled(form: type[StoaForm], fields: Mapping[str, Iterable[str]] | None) -> StoaForm:
    """A form for a page that is opened: filled with what this browser left there, or empty."""
    if not fields:
        return form(formdata=None)
    return form(formdata=MultiDict((name, value) for name, values in fields.items() for value in values))

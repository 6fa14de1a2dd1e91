"""Forms of the forum: writing, and what a coordinator sets."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
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
from wtforms.widgets import Select

from core.clock import utcnow
from core.forms import Body, Line, StoaForm, WholeNumber, one_of, options, required
from core.settings import LANGUAGES
from core.text import BODY_LIMIT, TITLE_LIMIT
from core.wording import current_language
from forum.countries import countries
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


class TextsForm(StoaForm):
    """A form with fields for each language."""

    def texts(self, what: str) -> dict[str, str]:
        """The fields of `what` that were filled, by language."""
        given = {language: self[f"{what}_{language}"].data or "" for language in LANGUAGES}
        return {language: text for language, text in given.items() if text}


class CategoryForm(TextsForm):
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


class CloseForm(StoaForm):
    """Only the token: closing and opening a category asks nothing."""


def _has_come(_form: Form, field: Field) -> None:
    """Nothing can have been checked tomorrow."""
    if field.data > utcnow().date():
        raise ValidationError(_l("This day is still to come."))


def checked_field() -> Any:
    message = _l("Please give a day, as 2026-03-31.")
    return DateField(_l("Last checked on"), validators=[required(message), _has_come])


class SiteTextForm(StoaForm):
    body = TextAreaField(
        _l("Text"), validators=[required(_l("Please write something here.")), Body(limit=BODY_LIMIT)]
    )
    owner = StringField(_l("Who answers for it"), validators=[required(), Line(limit=80)])
    reviewed_on = checked_field()


PHONE = r"\+?\d(?: ?\d){2,14}"
SECURE_ADDRESS = r"https://[^\s/@?#]+\.[^\s/@?#]+(?:[/?#]\S*)?"


def _either_way(form: Form, field: Field) -> None:
    if not field.data and not form["url"].data:
        raise ValidationError(_l("A line needs a number or an address."))


class LongSelect(Select):
    """A long list, without the end tags that HTML does not ask for: two kilobytes less for all countries."""

    @classmethod
    def render_option(cls, *args: Any, **kwargs: Any) -> Markup:
        option = super().render_option(*args, **kwargs)
        return Markup(option.removesuffix(Markup("</option>")))


class HelpLineForm(TextsForm):
    """Whom to call. Every text is needed in the language of the installation; the others fall back to it."""

    country = SelectField(_l("Country"), validate_choice=False, widget=LongSelect())
    phone = StringField(
        _l("Telephone number"),
        validators=[
            Line(limit=40, optional=True),
            _either_way,
            Regexp(
                f"^({PHONE})?$", message=_l("Digits, spaces and a + at the beginning. At least 3 digits.")
            ),
        ],
    )
    url = StringField(
        _l("Address on the web"),
        validators=[
            Line(limit=300, optional=True),
            Regexp(f"^({SECURE_ADDRESS})?$", message=_l("An address that begins with https://")),
        ],
    )
    name_en = StringField(_l("Name in English"), validators=[Line(limit=80, optional=True)])
    name_el = StringField(_l("Name in Greek"), validators=[Line(limit=80, optional=True)])
    name_id = StringField(_l("Name in Indonesian"), validators=[Line(limit=80, optional=True)])
    hours_en = StringField(_l("Open when, in English"), validators=[Line(limit=120, optional=True)])
    hours_el = StringField(_l("Open when, in Greek"), validators=[Line(limit=120, optional=True)])
    hours_id = StringField(_l("Open when, in Indonesian"), validators=[Line(limit=120, optional=True)])
    happens_en = TextAreaField(
        _l("What happens when I call, in English"), validators=[Body(limit=1000, optional=True)]
    )
    happens_el = TextAreaField(
        _l("What happens when I call, in Greek"), validators=[Body(limit=1000, optional=True)]
    )
    happens_id = TextAreaField(
        _l("What happens when I call, in Indonesian"), validators=[Body(limit=1000, optional=True)]
    )
    is_example = BooleanField(_l("This is an example: the number reaches nobody"))
    owner = StringField(_l("Who answers for it"), validators=[required(), Line(limit=80)])
    reviewed_on = checked_field()

    def __init__(self, *, default_language: str, **facts: Any) -> None:
        super().__init__(**facts)
        self.country.choices = [("", _l("Everywhere")), *countries(current_language()).items()]
        for what in ("name", "hours", "happens"):
            field = self[f"{what}_{default_language}"]
            field.validators = [required(), *field.validators]
            field.flags.required = True

    def validate_country(self, field: Field) -> None:
        """A country that there is, or everywhere."""
        if field.data and field.data not in countries(current_language()):
            raise ValidationError(_l("Please choose one of the answers."))


class DeleteLineForm(StoaForm):
    """Only the token: whoever opened the page that asks has seen what it is."""


class CheckedForm(StoaForm):
    """Only the token: it was checked today, and nothing had changed."""


class MoveForm(StoaForm):
    direction = SelectField(choices=["up", "down"], validators=[one_of(("up", "down"))])


def refilled(form: type[StoaForm], fields: Mapping[str, Iterable[str]] | None) -> StoaForm:
    """A form for a page that is opened: filled with what this browser left there, or empty."""
    if not fields:
        return form(formdata=None)
    return form(formdata=MultiDict((name, value) for name, values in fields.items() for value in values))

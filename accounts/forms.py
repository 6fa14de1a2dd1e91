"""Forms of the way in."""

from datetime import UTC, datetime, time, timedelta

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    Field,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
)
from wtforms.validators import Length, Optional, Regexp

from accounts.models import Step
from accounts.permissions import STAFF_ROLES
from accounts.training import MOST_HOURS, Module
from core.forms import Line, StoaForm, WholeNumber, one_of, options, required

ROLE_NAMES = {
    "moderator": _l("peer moderator"),
    "professional": _l("professional"),
    "coordinator": _l("coordinator"),
    "researcher": _l("researcher"),
}
STEP_NAMES = {
    "observer": _l("observer: sees"),
    "assisted": _l("assisted: a senior approves each act"),
    "independent": _l("independent"),
}
MODULE_NAMES = {
    Module.LISTENING: _l("Listening, and answering as a peer"),
    Module.DANGER: _l("Hearing when somebody is in danger, and asking about it"),
    Module.LIMITS: _l("What a peer can do, and what not"),
    Module.ANONYMITY: _l("Anonymity, and what gives people away"),
    Module.DECIDING: _l("The house rules, and deciding kindly"),
    Module.HANDING_OVER: _l("Handing over to a professional"),
    Module.CARE: _l("Looking after oneself and one another"),
    Module.PRACTICE: _l("Practice with somebody at one’s side"),
}


class JoinForm(StoaForm):
    code = StringField(_l("The word that your university gave out"))
    next = HiddenField()


class WordsForm(StoaForm):
    first = StringField(validators=[required(_l("Please type this word."))])
    second = StringField(validators=[required(_l("Please type this word."))])
    next = HiddenField()


class ReturnForm(StoaForm):
    passphrase = StringField(_l("Your six words"), validators=[required(_l("Please type your six words."))])
    own_device = BooleanField(_l("This is my own phone or computer: keep me signed in here for 30 days"))
    next = HiddenField()


class PasswordForm(StoaForm):
    username = StringField(_l("Name"), validators=[required()])
    password = PasswordField(_l("Password"), validators=[required()])
    otp = StringField(_l("One-time code"))
    next = HiddenField()


class CodeForm(StoaForm):
    otp = StringField(
        _l("One-time code"), validators=[required(_l("Please type the code that your app shows."))]
    )
    next = HiddenField()


class ChangePasswordForm(StoaForm):
    password = PasswordField(_l("Present password"), validators=[required()])
    new_password = PasswordField(_l("New password"), validators=[required()])


class PageAddressForm(StoaForm):
    address = StringField(
        _l("Your e-mail address for pages"),
        validators=[
            Line(limit=254, optional=True),
            Regexp(
                r"^([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63})?$",
                message=_l("Please write one address, as name@university.example, without spaces."),
            ),
        ],
    )


class AddStaffForm(StoaForm):
    username = StringField(
        _l("User name"),
        validators=[
            required(),
            Length(max=40, message=_l("At most 40 characters.")),
            Regexp(r"^[A-Za-z0-9._-]+$", message=_l("Letters, digits, dots, hyphens and underscores only.")),
        ],
    )
    alias = StringField(_l("Alias: the name that students see"), validators=[Line(limit=40)])
    role = SelectField(
        _l("Role"),
        choices=options(ROLE_NAMES),
        validators=[one_of(STAFF_ROLES)],
    )


class TrainingForm(StoaForm):
    """A training record. It has a field `hours_<module>` for each module."""

    step = RadioField(
        _l("Step"),
        choices=options(STEP_NAMES),
        validators=[one_of(Step)],
        validate_choice=False,
    )
    signed_by = StringField(_l("Who signs it off"), validators=[Line(limit=120, optional=True)])
    signed_on = DateField(_l("Signed off on"), validators=[Optional()])
    expires_on = DateField(_l("Holds until"), validators=[Optional()])
    reason = StringField(_l("Reason, for the audit log"), validators=[required(), Line(limit=300)])
    seen = HiddenField()

    @classmethod
    def for_modules(cls) -> type["TrainingForm"]:
        """The form class with a number of hours for each module."""
        fields = {
            f"hours_{module.value}": IntegerField(
                MODULE_NAMES[module],
                default=0,
                validators=[
                    Optional(),
                    WholeNumber(
                        least=0, most=MOST_HOURS, message=_l("A whole number of hours, between 0 and 500.")
                    ),
                ],
            )
            for module in Module
        }
        return type("ModulesTrainingForm", (cls,), fields)

    @property
    def modules(self) -> list[Field]:
        """The fields of the modules, in their order."""
        return [self[f"hours_{module.value}"] for module in Module]

    def hours(self) -> dict[str, int]:
        """What was typed, by module."""
        return {module.value: self[f"hours_{module.value}"].data or 0 for module in Module}

    def expires_at(self) -> datetime | None:
        """The end of the last day on which the record holds."""
        last = self.expires_on.data
        return datetime.combine(last + timedelta(days=1), time(), tzinfo=UTC) if last is not None else None

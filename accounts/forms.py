"""Forms of the way in."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, PasswordField, SelectField, StringField
from wtforms.validators import Length, Regexp

from accounts.models import Step
from accounts.permissions import STAFF_ROLES
from core.forms import Line, StoaForm, one_of, options, required

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
    step = SelectField(_l("Step"), choices=options(STEP_NAMES), validators=[one_of(Step)])
    reason = StringField(_l("Reason, for the audit log"), validators=[Line(limit=300)])

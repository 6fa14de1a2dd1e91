"""Forms of reaching a student who may not come back."""

import re
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField, RadioField, StringField, ValidationError

from core.forms import Line, StoaForm, one_of, options, required
from counselling.reaching.ways import Ways

NUMBER_LIMIT, WHEN_LIMIT, ADDRESS_LIMIT, CODE_LIMIT = 40, 200, 254, 60
NUMBER = re.compile(r"\+?[\d\s()/.-]{5,40}")
ADDRESS = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,180}\.[^@\s.,;<>\"]{2,}")


class Way(StrEnum):
    """What somebody chooses who may not come back by themselves."""

    LIVE = "live"
    CALL_BACK = "call_back"
    SIGN = "sign"


def _number(_form: StoaForm, field: Field) -> None:
    if field.data and not NUMBER.fullmatch(field.data):
        raise ValidationError(_l("Please write a telephone number, with figures only."))


def _address(_form: StoaForm, field: Field) -> None:
    if field.data and not ADDRESS.fullmatch(field.data):
        raise ValidationError(_l("Please write one e-mail address, such as name@example.org."))


class WaysForm(StoaForm):
    number = StringField(
        _l("A number to call you back"), validators=[Line(limit=NUMBER_LIMIT, optional=True), _number]
    )
    when = StringField(_l("When may we call?"), validators=[Line(limit=WHEN_LIMIT, optional=True)])
    email = StringField(
        _l("An e-mail address for a sign"), validators=[Line(limit=ADDRESS_LIMIT, optional=True), _address]
    )

    def ways(self) -> Ways:
        """What was typed; without a number there is no time to call."""
        number = self.number.data or ""
        return Ways(self.email.data or "", number, (self.when.data or "") if number else "")


class StayForm(WaysForm):
    way = RadioField(
        _l("What would help you now?"),
        choices=options(
            {
                Way.LIVE: _l("Stay here and talk with a counsellor, by text"),
                Way.CALL_BACK: _l("Be called back"),
                Way.SIGN: _l("Get a sign by e-mail when somebody has written"),
            }
        ),
        validators=[required(_l("Please choose one of the answers.")), one_of(Way)],
        validate_choice=False,
    )
    post = HiddenField()

    def leave_out_signs(self) -> None:
        """Without a mail server there are none."""
        self.way.choices = [choice for choice in self.way.choices if choice.value != Way.SIGN]

    def validate(self, extra_validators: object = None) -> bool:
        """What was chosen must be possible: a call needs a number, a sign an address."""
        is_fine = super().validate(extra_validators)
        for way, field, sentence in (
            (Way.CALL_BACK, self.number, _l("We need a number to call you back.")),
            (Way.SIGN, self.email, _l("We need an address to send a sign to.")),
        ):
            if self.way.data == way and not field.data and not field.errors:
                field.errors = [str(sentence)]
                is_fine = False
        return is_fine


class CodeForm(StoaForm):
    code = StringField(
        _l("Your code"), validators=[required(_l("Please type your code.")), Line(limit=CODE_LIMIT)]
    )


class CallForm(StoaForm):
    outcome = RadioField(
        _l("How did the call go?"),
        choices=options({"reached": _l("We spoke"), "missed": _l("Nobody answered")}),
        validators=[required(_l("Please say how the call went.")), one_of(["reached", "missed"])],
        validate_choice=False,
    )

"""Forms about colleagues in a case."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import IntegerField, RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice

from accounts.models import Staff
from core.forms import Body, StoaForm, WholeNumber, one_of, options, required
from core.text import BODY_LIMIT
from counselling.handing.models import Scope
from counselling.handing.purposes import Purpose
from counselling.handing.supervising import MOST_DAYS, USUAL_DAYS

WORDS_LIMIT, NOTE_LIMIT, REASON_LIMIT = 300, 2000, 500

PURPOSE_NAMES = {
    Purpose.THINK_ALONG: _l("I was asked to think along"),
    Purpose.COVER: _l("I cover for a colleague who is away"),
    Purpose.JOINT_TALK: _l("I join a talk with the student"),
    Purpose.SUPERVISION: _l("I was asked to supervise"),
    Purpose.OTHER: _l("Something else"),
}

SCOPE_NAMES = {
    Scope.EXCERPT: _l("Only the messages chosen below"),
    Scope.WHOLE: _l("The whole case: letters, what was agreed, notes for the team and shared ones, forms"),
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

    def offer_with_load(self, colleagues: Sequence[tuple[Staff, int]]) -> None:
        """Let the lead choose among these, each with how many open cases they have."""
        self.colleague.choices = [
            SelectChoice("", _l("Please choose")),
            *(
                SelectChoice(
                    one.id,
                    ngettext(
                        "%(name)s, %(num)s open case", "%(name)s, %(num)s open cases", load, name=one.alias
                    ),
                )
                for one, load in colleagues
            ),
        ]


class OfferForm(ColleagueForm):
    note = TextAreaField(
        _l("What your colleague needs to know"),
        validators=[
            required(_l("Please write a few lines: your colleague reads nothing else before accepting.")),
            Body(limit=NOTE_LIMIT),
        ],
    )


class RefuseForm(StoaForm):
    reason = TextAreaField(_l("Why not"), validators=[Body(limit=REASON_LIMIT, optional=True)])


class SupervisionForm(ColleagueForm):
    scope = RadioField(
        _l("What the supervisor reads"),
        choices=options(SCOPE_NAMES),
        default=Scope.EXCERPT.value,
        validators=[one_of(Scope)],
        validate_choice=False,
    )
    numbers = SelectMultipleField(_l("Which messages"), coerce=str, validate_choice=False)
    question = TextAreaField(
        _l("Your question"),
        validators=[required(_l("Please write what you ask.")), Body(limit=NOTE_LIMIT)],
    )
    consent = TextAreaField(
        _l("What the student agreed to, or why they were not asked"),
        validators=[required(_l("Please write what the student agreed to.")), Body(limit=REASON_LIMIT)],
    )
    days = IntegerField(
        _l("For how many days"),
        default=USUAL_DAYS,
        validators=[
            required(_l("Please choose between 1 and 30 days.")),
            WholeNumber(least=1, most=MOST_DAYS, message=_l("Please choose between 1 and 30 days.")),
        ],
    )

    def offer_messages(self, labels: Sequence[tuple[int, str]]) -> None:
        """Let the owner choose among these messages."""
        self.numbers.choices = [SelectChoice(str(number), label) for number, label in labels]

    def chosen_numbers(self) -> list[int] | None:
        """The numbers of the chosen messages, or None for the whole case."""
        if self.scope.data == Scope.WHOLE:
            return None
        return [int(one) for one in self.numbers.data or [] if one.isdecimal()]


class ReplyForm(StoaForm):
    body = TextAreaField(
        _l("Your answer"), validators=[required(_l("Please write something here.")), Body(limit=BODY_LIMIT)]
    )

"""Forms of sealed contact details.

The six words stand in a field that is never kept and never given back. They can be read while they are typed:
six words that one cannot see are typed wrong at three in the morning.
"""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice

from accounts.models import Staff
from core.forms import Body, Line, StoaForm, WholeNumber, one_of, options, required
from counselling.disclosure.boxes import Details
from counselling.disclosure.models import DisclosureWay
from counselling.disclosure.opening import MOST_DAYS, Asking

LINE_LIMIT, MORE_LIMIT, REASON_LIMIT, TELLING_LIMIT, REVIEW_LIMIT = 200, 1000, 1000, 500, 1000


def _own_words() -> StringField:
    return StringField(
        _l("Your six words for opening"), validators=[required(_l("Please type your six words."))]
    )


class ContactForm(StoaForm):
    name = StringField(_l("Your name"), validators=[Line(limit=LINE_LIMIT, optional=True)])
    phone = StringField(_l("Your phone number"), validators=[Line(limit=LINE_LIMIT, optional=True)])
    address = StringField(_l("Where you live"), validators=[Line(limit=LINE_LIMIT, optional=True)])
    someone = StringField(_l("Somebody we can call"), validators=[Line(limit=LINE_LIMIT, optional=True)])
    more = TextAreaField(_l("Anything else"), validators=[Body(limit=MORE_LIMIT, optional=True)])
    alone = BooleanField(_l("If my life is in danger, the person on call may open this alone."))

    def details(self) -> Details:
        """What was typed."""
        fields = (self.name, self.phone, self.address, self.someone, self.more)
        return Details(*(one.data or "" for one in fields))

    def validate(self, extra_validators: object = None) -> bool:
        """There must be something to seal."""
        is_fine = super().validate(extra_validators)
        if is_fine and not self.details():
            self.phone.errors = [str(_l("Please write at least one thing, or take back what you left."))]
            return False
        return is_fine


class IssuedForm(StoaForm):
    issued = HiddenField()
    word_one = StringField(validators=[required(_l("Please type this word."))])
    word_two = StringField(validators=[required(_l("Please type this word."))])

    @property
    def typed(self) -> list[str]:
        return [self.word_one.data or "", self.word_two.data or ""]


class AdmitForm(StoaForm):
    colleague = SelectField(
        _l("Colleague"), validators=[required(_l("Please choose a colleague."))], validate_choice=False
    )
    passphrase = _own_words()

    def offer(self, colleagues: Sequence[Staff]) -> None:
        """Let a holder choose among these."""
        self.colleague.choices = [
            SelectChoice("", _l("Please choose")),
            *(SelectChoice(one.id, one.alias) for one in colleagues),
        ]


class OpenForm(StoaForm):
    passphrase = _own_words()


class WayForm(StoaForm):
    """By two or alone; alone at once, and so with one's own words."""

    way = RadioField(
        _l("How do you want to open it?"),
        choices=options(
            {
                DisclosureWay.TWO: _l("With a coordinator, who is asked now"),
                DisclosureWay.ALONE: _l("Alone, at once, because a life is in danger"),
            }
        ),
        validators=[one_of(DisclosureWay)],
        validate_choice=False,
    )
    passphrase = StringField(_l("Your six words for opening"))

    @property
    def is_alone(self) -> bool:
        return bool(self.way.data == DisclosureWay.ALONE)

    def require(self, field: Field, sentence: object) -> bool:
        """Whether a field that another answer asks for is filled in."""
        if (field.data or "").strip() or field.errors:
            return not field.errors
        field.errors = [str(sentence)]
        return False

    def validate(self, extra_validators: object = None) -> bool:
        """Who opens alone types their words."""
        is_fine = super().validate(extra_validators)
        if self.is_alone:
            return self.require(self.passphrase, _l("Please type your six words.")) and is_fine
        return is_fine


class AskForm(WayForm):
    reason = TextAreaField(
        _l("Why must it be opened?"),
        validators=[required(_l("Please say why.")), Body(limit=REASON_LIMIT)],
    )
    telling = TextAreaField(
        _l("What the student will read"),
        validators=[required(_l("Please write a sentence for the student.")), Body(limit=TELLING_LIMIT)],
    )
    days = IntegerField(
        _l("Tell the student later, after so many days"),
        default=0,
        validators=[
            WholeNumber(least=0, most=MOST_DAYS, message=_l("Please give a number of days from 0 to 14."))
        ],
    )
    days_reason = TextAreaField(_l("Why later?"), validators=[Body(limit=REASON_LIMIT, optional=True)])

    def asking(self) -> Asking:
        """What was said."""
        return Asking(
            reason=self.reason.data or "",
            telling=self.telling.data or "",
            days=self.days.data or 0,
            days_reason=self.days_reason.data or "",
        )

    def validate(self, extra_validators: object = None) -> bool:
        """Who tells later says why."""
        is_fine = super().validate(extra_validators)
        if self.days.data:
            sentence = _l("Please say why the student is told later.")
            return self.require(self.days_reason, sentence) and is_fine
        return is_fine


class DrillForm(WayForm):
    """Nobody is told of a drill."""


class ReviewForm(StoaForm):
    verdict = RadioField(
        _l("Was it right to open this alone?"),
        choices=options({"right": _l("Right"), "not_right": _l("Not right")}),
        validators=[required(_l("Please choose one of the answers.")), one_of(["right", "not_right"])],
        validate_choice=False,
    )
    words = TextAreaField(_l("Why?"), validators=[required(_l("Please say why.")), Body(limit=REVIEW_LIMIT)])


class PressForm(StoaForm):
    """A button."""

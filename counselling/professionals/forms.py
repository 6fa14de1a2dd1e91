"""Forms by which professionals promise, say what they are trained for, and say that they are away."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput

from core.forms import Line, StoaForm, WholeNumber, options, required
from counselling.intake.fields import FIELD_NAMES
from counselling.intake.fields import Field as Fields
from counselling.intake.questions import LANGUAGE_NAMES
from counselling.professionals.profiles import MOST_CASES
from moderation.team.forms import read_time

WHY_LIMIT = 300
BY_NAMES = {
    "today": _l("Today at 17:00"),
    "tomorrow_noon": _l("Tomorrow at noon"),
    "tomorrow": _l("Tomorrow at 17:00"),
    "in_two_days": _l("In two days at 17:00"),
}
AT = "at"
A_TIME = _l("Please write a time such as 09:00.")


class TimeOfDay:
    """A time of day, cleaned in place; refuses anything else."""

    def __call__(self, _form: StoaForm, field: Field) -> None:
        found = read_time(field.data or "")
        if found is None:
            raise ValidationError(A_TIME)
        field.data = f"{found:%H:%M}"


class AnswerByForm(StoaForm):
    """By when somebody answers: one of the times that are offered, or a day and a time."""

    by = RadioField(
        _l("I answer by"), validators=[required(_l("Please choose a time."))], validate_choice=False
    )
    day = DateField(_l("Day"), validators=[Optional()])
    hour = StringField(_l("Time"), validators=[Optional(), TimeOfDay()])

    def offer(self, times: Mapping[str, datetime]) -> None:
        """Let these times be chosen, and any other."""
        self.times = times
        self.by.choices = options({name: BY_NAMES[name] for name in times} | {AT: _l("Another time")})

    def validate_by(self, field: Field) -> None:
        """One of the times, or another with its day and time."""
        if field.data not in {*self.times, AT}:
            raise ValidationError(_l("Please choose one of the answers."))
        if field.data == AT and not (self.day.data and self.hour.data):
            raise ValidationError(_l("Please give the day and the time."))

    def moment(self, timezone: ZoneInfo) -> datetime:
        """The time that was chosen."""
        if self.by.data == AT:
            return on(self.day.data, self.hour.data, timezone)
        return self.times[self.by.data]


class CheckInForm(StoaForm):
    """A day on which somebody gets in touch."""

    on = DateField(_l("On"), validators=[required(_l("Please give a day."))])
    at = StringField(_l("By"), default="17:00", validators=[TimeOfDay()])
    reason = StringField(_l("Why"), validators=[required(_l("Please say why.")), Line(limit=WHY_LIMIT)])
    told = RadioField(
        _l("Is the student told?"),
        choices=options({"yes": _l("Yes: it is a promise to them"), "no": _l("No: it is for me")}),
        validators=[required(_l("Please choose one of the answers."))],
    )

    def moment(self, timezone: ZoneInfo) -> datetime:
        """By when."""
        return on(self.on.data, self.at.data, timezone)


def on(day: object, hour: str | None, timezone: ZoneInfo) -> datetime:
    """A day and a time where the team is, as a moment."""
    found = read_time(hour or "") or time()
    return datetime.combine(day, found, tzinfo=timezone).astimezone(UTC)  # type: ignore[arg-type]


class ProfileForm(StoaForm):
    """What somebody is offered cases by."""

    fields = SelectMultipleField(
        _l("Fields"), choices=options(FIELD_NAMES), option_widget=CheckboxInput(), validate_choice=False
    )
    languages = SelectMultipleField(
        _l("Languages"), choices=options(LANGUAGE_NAMES), option_widget=CheckboxInput(), validate_choice=False
    )
    seen = HiddenField()

    def chosen_fields(self) -> list[Fields]:
        """The fields that were ticked."""
        return [one for one in Fields if one.value in (self.fields.data or [])]

    def chosen_languages(self) -> list[str]:
        """The languages that were ticked."""
        return [one for one in LANGUAGE_NAMES if one in (self.languages.data or [])]


class ProfessionalForm(ProfileForm):
    """The whole profile, as a coordinator sets it."""

    most_cases = IntegerField(
        _l("Open cases at most"),
        validators=[
            Optional(),
            WholeNumber(least=0, most=MOST_CASES, message=_l("A whole number, between 0 and 200.")),
        ],
    )
    licence_expires_on = DateField(_l("Licence holds until"), validators=[Optional()])

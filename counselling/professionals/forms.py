"""Forms by which professionals promise, say what they are trained for, and say that they are away."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from flask_babel import format_datetime
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput

from accounts.models import Staff
from core.forms import Body, Line, StoaForm, WholeNumber, options, required
from counselling.intake.fields import FIELD_NAMES
from counselling.intake.fields import Field as Fields
from counselling.intake.questions import LANGUAGE_NAMES
from counselling.professionals.profiles import MOST_CASES
from moderation.team.forms import read_time
from moderation.team.hours import staffed_hours

WHY_LIMIT, REPLY_LIMIT = 300, 1000
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
        _l("I answer by"),
        choices=[],
        validators=[required(_l("Please choose a time."))],
        validate_choice=False,
    )
    day = DateField(_l("Day"), validators=[Optional()])
    hour = StringField(_l("Time"), validators=[Optional(), TimeOfDay()])

    def offer(self, times: Sequence[datetime], *, promised: datetime | None, now: datetime) -> None:
        """Let these times be chosen, and any other. Each is sent as itself: what a button said holds, however
        late it is pressed.
        """
        timezone = staffed_hours().timezone
        named = {at.isoformat(): _name_of(at, promised, timezone, now=now) for at in times}
        self.by.choices = options({**named, AT: _l("Another time")})

    def validate_by(self, field: Field) -> None:
        """A moment, or another time with its day and hour."""
        if field.data != AT and read_moment(field.data) is None:
            raise ValidationError(_l("Please choose one of the answers."))
        if field.data == AT and not (self.day.data and self.hour.data):
            raise ValidationError(_l("Please give the day and the time."))

    def moment(self, timezone: ZoneInfo) -> datetime:
        """The time that was chosen."""
        if self.by.data == AT:
            return on(self.day.data, self.hour.data, timezone)
        found = read_moment(self.by.data)
        assert found is not None
        return found


def read_moment(text: str) -> datetime | None:
    """A moment with its time zone, or None."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _name_of(at: datetime, promised: datetime | None, timezone: ZoneInfo, *, now: datetime) -> str:
    """For example "Tomorrow at 12:00", and whether that is later than what the student was told."""
    local = at.astimezone(timezone)
    days = (local.date() - now.astimezone(timezone).date()).days
    words = {0: _("Today at %(time)s"), 1: _("Tomorrow at %(time)s")}.get(days, _("%(day)s at %(time)s"))
    day = format_datetime(local.replace(tzinfo=None), "EEEE", rebase=False)
    said = words % {"day": day, "time": f"{local:%H:%M}"}
    is_later = promised is not None and at > promised
    return _("%(time)s: later than promised until now", time=said) if is_later else said


class CheckInForm(StoaForm):
    """A day on which somebody gets in touch."""

    on = DateField(_l("On"), validators=[required(_l("Please give a day."))])
    at = StringField(_l("By"), default="17:00", validators=[required(A_TIME), TimeOfDay()])
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


class AwayForm(StoaForm):
    """From when to when somebody is away, and who covers."""

    staff = SelectField(_l("Who is away"), choices=[], validate_choice=False)
    first = DateField(_l("First day away"), validators=[required(_l("Please give a day."))])
    last = DateField(_l("Last day away"), validators=[required(_l("Please give a day."))])
    cover = SelectField(_l("Who covers"), choices=[], validate_choice=False)
    reply = TextAreaField(_l("Words of your own"), validators=[Body(limit=REPLY_LIMIT, optional=True)])

    def offer(self, people: Sequence[Staff], colleagues: Sequence[Staff]) -> None:
        """Let these be away, and these cover."""
        self.staff.choices = options({one.id: one.alias for one in people})
        self.cover.choices = options({"": _l("Nobody: the lead finds somebody")} | _aliases(colleagues))


class MoveCasesForm(StoaForm):
    """To whom cases of somebody who is away go: one case, or all of them."""

    case = StringField(validators=[required(_l("Please choose a case."))])
    to = SelectField(_l("To whom"), choices=[], validators=[required(_l("Please choose somebody."))])

    def offer(self, colleagues: Sequence[Staff]) -> None:
        """Let these be chosen."""
        self.to.choices = options({"": _l("Please choose")} | _aliases(colleagues))


def _aliases(people: Sequence[Staff]) -> dict[str, str]:
    return {one.id: one.alias for one in people}

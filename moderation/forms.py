"""Forms of moderation. A field that outside programs rely on keeps its name."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    StringField,
    TextAreaField,
    ValidationError,
)

from accounts.permissions import Role
from core.forms import Body, Line, StoaForm, WholeNumber, one_of, options, required
from core.wording import current_language
from forum.forms import warnings_field
from forum.models import Post
from moderation.advice import WORDS_AT_MOST, missing_words, read_lines
from moderation.bands import Band
from moderation.decisions import NEEDS_REASON, Choice
from moderation.escalations import Briefing
from moderation.models import Conduct, Known, ReportReason, Risk
from moderation.note_forms import KindForm
from moderation.notes import NOTE_LIMIT
from moderation.team.hours import DAYS, WEEKLY_LIMIT
from moderation.wording.reasons import offered_reasons

CONDUCT_NAMES = {
    Conduct.PUBLISH: _l("Publish"),
    Conduct.PUBLISH_WITH_WARNINGS: _l("Publish with warnings"),
    Conduct.ASK_CHANGE: _l("Ask for a change"),
    Conduct.NOT_HERE: _l("Not here"),
    Conduct.KEEP_HELD: _l("Keep held"),
    Conduct.HIDE: _l("Hide"),
    Conduct.REMOVE: _l("Remove"),
    Conduct.DISMISS: _l("Leave as it is"),
}
RISK_NAMES = {
    Risk.NONE: _l("No sign of risk"),
    Risk.WATCH: _l("Keep an eye on this"),
    Risk.REACH_OUT: _l("Reach out: write a note to them"),
    Risk.ESCALATE: _l("Escalate to a professional"),
}
BAND_NAMES = {
    Band.CRISIS: _l("Crisis"),
    Band.RED: _l("Red"),
    Band.AMBER: _l("Amber"),
    Band.GREEN: _l("Green"),
}
KNOWN_NAMES = {Known.YES: _l("Yes"), Known.NO: _l("No"), Known.UNKNOWN: _l("Not known")}
REPORT_NAMES = {
    ReportReason.ATTACKS_ME: _l("It attacks me"),
    ReportReason.ATTACKS_SOMEONE: _l("It attacks somebody"),
    ReportReason.ABOUT_SOMEONE: _l("It is about somebody who could be recognised"),
    ReportReason.WORRIES_ME: _l("I am worried about the person who wrote it"),
    ReportReason.SPAM: _l("It is an advertisement or spam"),
    ReportReason.OTHER: _l("Something else"),
}

MOST_HOLIDAYS = 60


class DecisionForm(KindForm):
    KIND_FIELDS = ("message", "note")

    conduct = RadioField(
        _l("The text"),
        choices=options(CONDUCT_NAMES),
        validators=[one_of(Conduct)],
        validate_choice=False,
    )
    risk = RadioField(
        _l("The person"),
        choices=options(RISK_NAMES),
        default=Risk.NONE.value,
        validators=[one_of(RISK_NAMES)],
        validate_choice=False,
    )
    band = RadioField(
        _l("How urgent it is, as you see it"),
        choices=options(BAND_NAMES),
        validators=[one_of(["", *Band])],
        default="",
        validate_choice=False,
    )
    reason = RadioField(
        _l("Reason"),
        choices=options({"": _l("None")}),
        default="",
        validate_choice=False,
    )
    message = TextAreaField(_l("Your words to the author"), validators=[Body(limit=2000, optional=True)])
    marked = TextAreaField(
        _l("The words that the reason concerns"), validators=[Body(limit=2000, optional=True)]
    )
    note = TextAreaField(_l("Your note to the author"), validators=[Body(limit=NOTE_LIMIT, optional=True)])
    warnings = warnings_field()
    claim = HiddenField()
    revision = IntegerField(validators=[required()])
    version = IntegerField(validators=[required()])
    esc_band = RadioField(
        _l("How soon a professional must act"),
        choices=options(BAND_NAMES),
        validators=[one_of(["", *Band])],
        default="",
        validate_choice=False,
    )
    prompted_by = TextAreaField(_l("What prompted this"), validators=[Body(limit=2000, optional=True)])
    already_said = TextAreaField(
        _l("What was already said to the student"), validators=[Body(limit=2000, optional=True)]
    )
    thoughts = RadioField(
        _l("Thoughts of ending their life"),
        choices=options(KNOWN_NAMES),
        default=Known.UNKNOWN.value,
        validators=[one_of(Known)],
        validate_choice=False,
    )
    plan = RadioField(
        _l("A plan"),
        choices=options(KNOWN_NAMES),
        default=Known.UNKNOWN.value,
        validators=[one_of(Known)],
        validate_choice=False,
    )
    means = RadioField(
        _l("The means"),
        choices=options(KNOWN_NAMES),
        default=Known.UNKNOWN.value,
        validators=[one_of(Known)],
        validate_choice=False,
    )
    timeframe = RadioField(
        _l("A time"),
        choices=options(KNOWN_NAMES),
        default=Known.UNKNOWN.value,
        validators=[one_of(Known)],
        validate_choice=False,
    )

    def __init__(self, *args: Any, role: Role = Role.MODERATOR, **kwargs: Any) -> None:
        """The form with the reasons that somebody of this role may give."""
        super().__init__(*args, **kwargs)
        language = current_language()
        offered = {key: one.wording(language).text for key, one in offered_reasons(role).items()}
        self.reason.choices = options({"": _l("None"), **offered})

    def validate_reason(self, field: Field) -> None:
        """Whoever is told no is told why, in words of the library."""
        if field.data not in {option.value for option in self.reason.choices}:
            raise ValidationError(_l("Please choose one of the answers."))
        if self.conduct.data in NEEDS_REASON and not field.data:
            raise ValidationError(_l("Please choose the reason that the author is told."))

    def validate_note(self, field: Field) -> None:
        """To reach out is to write; and what was written is sent or taken out, never lost."""
        is_reaching_out = self.risk.data == Risk.REACH_OUT
        if is_reaching_out and not field.data:
            raise ValidationError(_l("To reach out, please write the note."))
        if field.data and not is_reaching_out:
            raise ValidationError(_l("You wrote a note. Choose to reach out, or take the note out."))

    def validate_marked(self, field: Field) -> None:
        """A few words, one line each."""
        if len(read_lines(field.data or "")) > WORDS_AT_MOST:
            raise ValidationError(_l("These are too many lines. Please mark what matters most."))

    def refuse_missing(self, post: Post) -> bool:
        """Say so when marked words do not stand in the text as it was read. Whether there are any."""
        if self.revision.data != post.latest_revision:
            return False
        missing = missing_words(post, read_lines(self.marked.data or ""))
        if missing:
            sentence = _l("These words do not stand in the text: “%(words)s”. Please paste them as they are.")
            self.marked.errors = [str(sentence % {"words": "”, “".join(missing)})]
        return bool(missing)

    def validate_prompted_by(self, field: Field) -> None:
        """The professional must know why."""
        if self.risk.data == Risk.ESCALATE and not field.data:
            raise ValidationError(_l("Please say what prompted this."))

    def validate_warnings(self, field: Field) -> None:
        """A text published with warnings has some."""
        if self.conduct.data == Conduct.PUBLISH_WITH_WARNINGS and not field.data:
            raise ValidationError(_l("Please choose the warnings."))

    def choice(self) -> Choice:
        """What was chosen, for the rule."""
        is_escalated = self.risk.data == Risk.ESCALATE
        return Choice(
            conduct=Conduct(self.conduct.data),
            risk=Risk(self.risk.data),
            claim=self.claim.data or "",
            revision=self.revision.data,
            version=self.version.data,
            band=Band(self.band.data) if self.band.data else None,
            reason=self.reason.data or "",
            message=self.message.data or "",
            warnings=tuple(self.warnings.data or ()),
            briefing=self._briefing() if is_escalated else None,
            note=self.note.data or "",
            marked=read_lines(self.marked.data or ""),
        )

    def _briefing(self) -> Briefing:
        return Briefing(
            band=Band(self.esc_band.data or self.band.data or Band.AMBER),
            prompted_by=self.prompted_by.data or "",
            already_said=self.already_said.data or "",
            thoughts=Known(self.thoughts.data),
            plan=Known(self.plan.data),
            means=Known(self.means.data),
            timeframe=Known(self.timeframe.data),
        )


class ActForm(StoaForm):
    """A button."""


class ReportForm(StoaForm):
    reason = RadioField(
        _l("What is wrong?"),
        choices=options(REPORT_NAMES),
        validators=[one_of(ReportReason)],
        validate_choice=False,
    )
    note = TextAreaField(_l("If you want, say more"), validators=[Body(limit=1000, optional=True)])


class CodeForm(StoaForm):
    code = StringField(_l("Your code"), validators=[required(), Line(limit=60)])


class ClocksForm(StoaForm):
    """Minutes for each band."""

    @classmethod
    def for_bands(cls) -> type["ClocksForm"]:
        """The form class with two fields for each band: `first_look_<band>` and `professional_<band>`."""
        minutes = WholeNumber(
            least=1, most=7 * 24 * 60, message=_l("Between 1 minute and 7 days, in minutes.")
        )
        fields = {
            f"{kind}_{band.value}": IntegerField(BAND_NAMES[band], validators=[required(), minutes])
            for kind in ("first_look", "professional")
            for band in Band
        }
        return type("BandClocksForm", (cls,), fields)


class HoursForm(StoaForm):
    timezone = StringField(_l("Time zone"), validators=[Line(limit=60)])
    on_call = BooleanField(_l("Somebody is on call outside these hours"))
    mon = StringField(_l("Monday"))
    tue = StringField(_l("Tuesday"))
    wed = StringField(_l("Wednesday"))
    thu = StringField(_l("Thursday"))
    fri = StringField(_l("Friday"))
    sat = StringField(_l("Saturday"))
    sun = StringField(_l("Sunday"))
    holidays = StringField(_l("Holidays"))
    weekly_limit = IntegerField(
        _l("Hours of duty a week, at most, for one person"),
        default=WEEKLY_LIMIT,
        validators=[WholeNumber(least=1, most=60, message=_l("Between 1 and 60 hours."))],
    )

    def validate_holidays(self, field: Field) -> None:
        """Must be days such as 2026-12-25, or nothing."""
        if read_days(field.data or "") is None:
            raise ValidationError(_l("Please write days such as 2026-12-25, 2026-12-26, or nothing."))

    def validate_timezone(self, field: Field) -> None:
        """Must be a name of the tz database."""
        try:
            ZoneInfo(field.data or "")
        except (ZoneInfoNotFoundError, OSError, ValueError) as error:  # OSError: too long for a file's name
            raise ValidationError(
                _l("Please write a time zone such as Europe/Athens or Asia/Jakarta.")
            ) from error

    def validate(self, extra_validators: object = None) -> bool:
        """Each day is empty or holds stretches such as 09:00-13:00, 15:00-21:00."""
        is_fine = super().validate(extra_validators)
        for day in DAYS:
            if read_shifts(self[day].data or "") is None:
                self[day].errors = [_l("Please write hours such as 09:00-13:00, 15:00-21:00, or nothing.")]
                is_fine = False
        return bool(is_fine)

    def hours(self) -> dict[str, object]:
        """What was typed, as the policy keeps it."""
        week = {day: read_shifts(self[day].data or "") for day in DAYS}
        return {
            "timezone": self.timezone.data,
            "week": {day: shifts for day, shifts in week.items() if shifts},
            "on_call": bool(self.on_call.data),
            "holidays": read_days(self.holidays.data or ""),
            "weekly_limit": self.weekly_limit.data,
        }


def read_days(typed: str) -> list[str] | None:
    """The days in "2026-12-25, 2026-12-26", in order; None when one cannot be read or they are too many."""
    words = typed.replace(",", " ").replace(";", " ").split()
    try:
        days = sorted({date.fromisoformat(word).isoformat() for word in words})
    except ValueError:
        return None
    return days if len(days) <= MOST_HOLIDAYS else None


def read_shifts(typed: str) -> list[list[str]] | None:
    """The stretches in "09:00-13:00, 15:00-21:00" as pairs; None when it cannot be read."""
    shifts = []
    for part in filter(None, (piece.strip() for piece in typed.split(","))):
        ends = [_read_time(piece) for piece in part.replace("\u2013", "-").split("-")]
        if len(ends) != 2 or None in ends or ends[0] == ends[1]:
            return None
        shifts.append([str(end) for end in ends])
    return shifts


def _read_time(typed: str) -> str | None:
    hour, _, minute = typed.strip().partition(":")
    if not (hour.isdecimal() and (minute or "00").isdecimal()):
        return None
    if int(hour) > 23 or int(minute or 0) > 59:
        return None
    return f"{int(hour):02}:{int(minute or 0):02}"


def write_shifts(shifts: list[list[str]]) -> str:
    """Pairs as they are typed."""
    return ", ".join(f"{begins}-{ends}" for begins, ends in shifts)

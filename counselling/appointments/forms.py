"""Forms of appointments: a time to publish, one to book, words to cancel with."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    Field,
    IntegerField,
    RadioField,
    StringField,
    TextAreaField,
    ValidationError,
)

from core.forms import Body, Line, StoaForm, WholeNumber, options, required
from core.ids import is_public_id
from counselling.appointments.models import Meeting
from counselling.appointments.slots import LONGEST, MOST_WEEKS, SHORTEST, Offer
from counselling.professionals.forms import A_TIME, TimeOfDay, on
from moderation.screening.personal import find_personal

PLACE_LIMIT, CODE_WORD_LIMIT, CANCEL_LIMIT = 120, 40, 1000
MEETING_NAMES = {Meeting.FACE_TO_FACE: _l("Face to face"), Meeting.VIDEO: _l("By video")}


class SlotForm(StoaForm):
    """A time that somebody offers, once or week after week."""

    day = DateField(_l("Day"), validators=[required(_l("Please give a day."))])
    at = StringField(_l("Begins at"), validators=[required(A_TIME), TimeOfDay()])
    minutes = IntegerField(
        _l("Minutes"),
        default=50,
        validators=[
            required(_l("A whole number, between 10 and 180.")),
            WholeNumber(least=SHORTEST, most=LONGEST, message=_l("A whole number, between 10 and 180.")),
        ],
    )
    meeting = RadioField(
        _l("How you meet"),
        choices=options(MEETING_NAMES),
        validators=[required(_l("Please choose one of the answers."))],
        validate_choice=False,
    )
    place = StringField(_l("Place"), validators=[Line(limit=PLACE_LIMIT, optional=True)])
    weeks = IntegerField(
        _l("For how many weeks"),
        default=1,
        validators=[
            required(_l("A whole number, between 1 and 12.")),
            WholeNumber(least=1, most=MOST_WEEKS, message=_l("A whole number, between 1 and 12.")),
        ],
    )

    def offer_meetings(self, *, has_video: bool) -> None:
        """Video is offered where the institution has a server for it."""
        self.meeting.choices = options(
            {kind: name for kind, name in MEETING_NAMES.items() if has_video or kind is not Meeting.VIDEO}
        )

    def validate_meeting(self, field: Field) -> None:
        """One of those that are offered."""
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(_l("Please choose one of the answers."))

    def validate_place(self, field: Field) -> None:
        """Whoever is to come somewhere must know where."""
        if self.meeting.data == Meeting.FACE_TO_FACE and not (field.data or "").strip():
            raise ValidationError(_l("Please say where."))

    def what(self, timezone: ZoneInfo) -> Offer:
        """What is published."""
        meeting = Meeting(self.meeting.data)
        return Offer(
            starts=on(self.day.data, self.at.data, timezone),
            minutes=self.minutes.data or 0,
            meeting=meeting,
            place=self.place.data if meeting is Meeting.FACE_TO_FACE else "",
            weeks=self.weeks.data or 1,
        )


class BookForm(StoaForm):
    """A time that a student chooses, and the word for the door."""

    slot = RadioField(
        _l("When"),
        choices=[],
        validators=[required(_l("Please choose a time."))],
        validate_choice=False,
    )
    code_word = StringField(
        _l("Your code word"),
        validators=[required(_l("Please write two words.")), Line(limit=CODE_WORD_LIMIT)],
    )

    def offer(self, slots: Sequence[tuple[str, Any]]) -> None:
        """Let these times be chosen."""
        self.slot.choices = options(dict(slots))

    def validate_slot(self, field: Field) -> None:
        """One that could be offered; whether it still is, is asked when it is booked."""
        if not is_public_id(field.data or ""):
            raise ValidationError(_l("Please choose a time."))

    def validate_code_word(self, field: Field) -> None:
        """Nothing that shows who somebody is, as far as a machine can see that."""
        if find_personal(field.data or ""):
            raise ValidationError(_l("This could show who you are. Please choose two other words."))


class CancelForm(StoaForm):
    """Words for the student, and whether the time is free for others."""

    words = TextAreaField(
        _l("Words for the student"),
        validators=[
            required(_l("Please write something: the student reads why.")),
            Body(limit=CANCEL_LIMIT),
        ],
    )
    again = BooleanField(_l("Offer this time to others again"))

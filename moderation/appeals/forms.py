"""Forms of appeals, for authors and for who answers them, and of steps."""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField, IntegerField, RadioField, StringField, TextAreaField, ValidationError

from accounts.permissions import Role
from core.forms import Body, Line, StoaForm, one_of, options, required
from core.wording import current_language
from forum.models import PostStatus
from moderation.appeals.outcomes import Answer
from moderation.note_forms import KindForm
from moderation.review_models import AppealState, SanctionKind
from moderation.wording.reasons import step_reasons

OUTCOME_NAMES = {
    AppealState.UPHELD: _l("The decision stays"),
    AppealState.VARIED: _l("In part: something about it changes"),
    AppealState.OVERTURNED: _l("The author is right: the decision is taken back"),
}
BACK_NAMES = {
    PostStatus.PUBLISHED: _l("Readers see the text"),
    PostStatus.HELD: _l("The text waits to be read once more"),
}
STEP_NAMES = {
    SanctionKind.NOTE: _l("A note: words to the author, and nothing else"),
    SanctionKind.SLOW_MODE: _l("Slow mode: one post an hour"),
    SanctionKind.HOLD_ALL: _l("Every text waits for a moderator"),
    SanctionKind.PAUSE: _l("A pause: no posts, replies or reactions"),
    SanctionKind.EXCLUSION: _l("Exclusion: two people decide"),
}


class OwnForm(Body):
    """A text that is needed where it is asked for: its page shows it in a form of its own."""

    def __init__(self, *, limit: int) -> None:
        super().__init__(limit=limit, optional=True)
        self.field_flags = {"required": True}


class AppealForm(StoaForm):
    """A code, and why another person should look; with the code alone it shows where things stand."""

    code = StringField(_l("Your code"), validators=[required(), Line(limit=60)])
    body = TextAreaField(_l("Why should somebody look again?"), validators=[Body(limit=4000, optional=True)])
    answer = TextAreaField(_l("Your answer"), validators=[OwnForm(limit=4000)])


class AnswerForm(KindForm):
    """An answer to an appeal: a question, or an outcome with a reply."""

    KIND_FIELDS = ("reply", "question")

    outcome = RadioField(
        _l("The appeal"),
        choices=options(OUTCOME_NAMES),
        validators=[one_of(["", *OUTCOME_NAMES])],
        default="",
        validate_choice=False,
    )
    then = RadioField(
        _l("If something changes: the text"),
        choices=options(BACK_NAMES),
        validators=[one_of(["", *BACK_NAMES])],
        default="",
        validate_choice=False,
    )
    days = IntegerField(_l("If something changes: the step ends in this many days"))
    reply = TextAreaField(_l("Your reply to the author"), validators=[OwnForm(limit=4000)])
    question = TextAreaField(_l("Your question to the author"), validators=[OwnForm(limit=1000)])
    claim = HiddenField()
    version = IntegerField(validators=[required()])
    appeal = HiddenField()

    def validate_outcome(self, field: Field) -> None:
        """Something is asked, or something is decided."""
        if not field.data and not self.question.data:
            raise ValidationError(_l("Please choose what becomes of the appeal, or ask a question."))

    def validate_reply(self, field: Field) -> None:
        """Nobody is answered without words."""
        if self.outcome.data and not field.data:
            raise ValidationError(_l("Please write to the author: they asked for an answer."))

    def validate_days(self, field: Field) -> None:
        """No day at all, or a whole number of them."""
        _check_length(field, most=90)

    def read(self, *, now: datetime) -> Answer:
        """What was chosen, for the rule."""
        return Answer(
            outcome=AppealState(self.outcome.data),
            reply=self.reply.data or "",
            claim=self.claim.data or "",
            version=self.version.data,
            appeal_id=self.appeal.data or "",
            then=PostStatus(self.then.data) if self.then.data else None,
            ends_at=now + timedelta(days=self.days.data) if self.days.data else None,
        )


class SanctionForm(KindForm):
    """A step against what somebody does to others."""

    KIND_FIELDS = ("message",)

    step = RadioField(
        _l("The step"), choices=options(STEP_NAMES), validators=[one_of(STEP_NAMES)], validate_choice=False
    )
    reason = RadioField(
        _l("What was done to others"),
        choices=[],
        validate_choice=False,
    )
    days = IntegerField(_l("For this many days"))
    hours = IntegerField(_l("Or for this many hours"))
    message = TextAreaField(_l("Your words to the author"), validators=[Body(limit=2000, optional=True)])

    def __init__(self, *args: Any, role: Role = Role.MODERATOR, **kwargs: Any) -> None:
        """The form with the reasons that somebody of this role may rest a step on."""
        super().__init__(*args, **kwargs)
        language = current_language()
        self.reason.choices = options(
            {key: one.wording(language).text for key, one in step_reasons(role).items()}
        )

    def validate_reason(self, field: Field) -> None:
        """A step is about what was done to others, in words of the library."""
        if field.data not in {option.value for option in self.reason.choices}:
            raise ValidationError(_l("Please choose one of the answers."))

    def validate_days(self, field: Field) -> None:
        """No day at all, or a whole number of them."""
        _check_length(field, most=90)

    def validate_hours(self, field: Field) -> None:
        """No hour at all, or a whole number of them; every step but exclusion has an end."""
        _check_length(field, most=72)
        has_end = self.days.data or field.data
        if not has_end and self.step.data not in {SanctionKind.EXCLUSION, None}:
            raise ValidationError(_l("Please say for how long."))

    def validate_message(self, field: Field) -> None:
        """A note is its words, and "something else" says nothing by itself."""
        says_nothing_else = {SanctionKind.NOTE, SanctionKind.EXCLUSION}
        if not field.data and (self.step.data in says_nothing_else or self.reason.data == "other"):
            raise ValidationError(_l("Please write what the author should know."))

    def ends_at(self, *, now: datetime) -> datetime | None:
        """When the step ends."""
        length = timedelta(days=self.days.data or 0, hours=self.hours.data or 0)
        return now + length if length else None


def _check_length(field: Field, *, most: int) -> None:
    typed = (field.raw_data or [""])[0]
    if not typed.strip():
        field.errors = []
        field.data = None
    elif field.data is None or not 1 <= field.data <= most:
        field.errors = []
        message = _l("Please write a whole number from 1 to %(most)s.")
        raise ValidationError(message % {"most": most})

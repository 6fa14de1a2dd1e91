"""Forms of counselling. A field that outside programs rely on keeps its name."""

from typing import Any

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
from wtforms.validators import Optional

from core.forms import Body, Line, StoaForm, one_of, options, required
from core.text import BODY_LIMIT
from counselling.models import Outcome, Stage, StageMark

AGREED_LIMIT, SUMMARY_LIMIT, REASON_LIMIT, FOLLOW_LIMIT = 2000, 4000, 1000, 300

STAGE_NAMES = {
    Stage.INTRODUCTION: _l("Introduction: getting to know each other"),
    Stage.EXPLORATION: _l("Exploration: what is the matter"),
    Stage.INTERPRETATION: _l("Interpretation: what it means"),
    Stage.GUIDANCE: _l("Guidance: what can be done"),
    Stage.ASSESSMENT: _l("Assessment: what came of it"),
}
MARK_NAMES = {
    StageMark.NONE: _l("Not begun"),
    StageMark.BEGUN: _l("Begun"),
    StageMark.DONE: _l("Done"),
}
OUTCOME_NAMES = {
    Outcome.RESOLVED: _l("Resolved: daily living works again"),
    Outcome.FACE_TO_FACE: _l("To meet face to face"),
    Outcome.NEXT_SESSION: _l("Next session agreed"),
    Outcome.REFERRED: _l("Referred to another service"),
}


class LetterForm(StoaForm):
    body = TextAreaField(
        _l("Your letter"), validators=[required(_l("Please write something here.")), Body(limit=BODY_LIMIT)]
    )


class TakeForm(StoaForm):
    """A button."""


class DeclineForm(StoaForm):
    reason = TextAreaField(
        _l("Why you cannot take this"),
        validators=[required(_l("Please give a reason: the moderators read it.")), Body(limit=REASON_LIMIT)],
    )
    revision = IntegerField(validators=[Optional()])


def _stage_field(stage: Stage) -> Any:
    return RadioField(
        STAGE_NAMES[stage],
        choices=options(MARK_NAMES),
        default=StageMark.NONE.value,
        validators=[one_of(StageMark)],
        validate_choice=False,
    )


class EncounterForm(StoaForm):
    stage_introduction = _stage_field(Stage.INTRODUCTION)
    stage_exploration = _stage_field(Stage.EXPLORATION)
    stage_interpretation = _stage_field(Stage.INTERPRETATION)
    stage_guidance = _stage_field(Stage.GUIDANCE)
    stage_assessment = _stage_field(Stage.ASSESSMENT)
    outcome = RadioField(
        _l("How it ended"),
        choices=options({"": _l("It has not ended yet"), **OUTCOME_NAMES}),
        default="",
        validators=[one_of(["", *Outcome])],
        validate_choice=False,
    )
    agreed = TextAreaField(_l("What was agreed"), validators=[Body(limit=AGREED_LIMIT, optional=True)])

    follow_on = DateField(_l("Follow up on"), validators=[Optional()])
    follow_why = StringField(_l("Follow up on what"), validators=[Line(limit=FOLLOW_LIMIT, optional=True)])
    follow_told = BooleanField(_l("Tell the student: it is a promise to them"))

    def validate_follow_why(self, field: Field) -> None:
        """A day has a reason, and a reason has a day."""
        if self.follow_on.data and not field.data:
            raise ValidationError(_l("Please say why."))
        if field.data and not self.follow_on.data and not self.follow_on.errors:
            raise ValidationError(_l("Please give a day."))

    def marks(self) -> dict[Stage, StageMark]:
        """How far each stage has come, for those that were sent; the others stay as they are."""
        fields = {stage: self[f"stage_{stage}"] for stage in Stage}
        return {stage: StageMark(field.data) for stage, field in fields.items() if field.raw_data}

    def chosen_outcome(self) -> Outcome | None:
        """The outcome, or None while the encounter goes on."""
        return Outcome(self.outcome.data) if self.outcome.data else None


class DestroyForm(StoaForm):
    sure = BooleanField(
        _l("Yes, destroy every word of it. Nobody can bring it back."),
        validators=[required(_l("Please tick this, so that nothing is destroyed by mistake."))],
    )


class CloseCaseForm(StoaForm):
    summary = TextAreaField(
        _l("Summary"),
        validators=[
            required(_l("Please write a summary: a case closes with one.")),
            Body(limit=SUMMARY_LIMIT),
        ],
    )

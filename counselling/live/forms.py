"""Forms of live sessions."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, RadioField, SelectField, SelectMultipleField, TextAreaField

from core.forms import Body, Line, StoaForm, WholeNumber, one_of, options, required
from core.text import BODY_LIMIT
from counselling.live.cut_off import MINUTES, CutOff
from counselling.models import AuthorKind, Stage, StageMark
from counselling.record.feelings import FEELING_NAMES

LINE_LIMIT, CALL_LIMIT = BODY_LIMIT, 300
PRESSES = [f"{stage}:{mark}" for stage in Stage for mark in StageMark]  # the buttons of one form


class SayForm(StoaForm):
    """A line of a live session. The page makes its `submission_id`, which keeps it from being sent twice."""

    body = TextAreaField(
        _l("Your message"), validators=[required(_l("Please write something here.")), Body(limit=LINE_LIMIT)]
    )


class OwnSayForm(SayForm):
    """A student's line, with words for how they feel."""

    feelings = SelectMultipleField(
        _l("How you feel, in a word or two"), choices=options(FEELING_NAMES), validate_choice=False
    )


class LookForm(StoaForm):
    """The same form, when somebody without script looks for new messages: nothing is checked or sent."""

    body = TextAreaField(_l("Your message"))


class OwnLookForm(LookForm):
    """The student's, with what they have ticked."""

    feelings = SelectMultipleField(
        _l("How you feel, in a word or two"), choices=options(FEELING_NAMES), validate_choice=False
    )


class ExtendForm(StoaForm):
    seen = IntegerField(validators=[WholeNumber(least=0, most=100, message=_l("Please open the page anew."))])


class StageForm(StoaForm):
    """One press on the stage bar: which stage, and how far it has come. Pressed twice, it says the same."""

    stage = RadioField(choices=PRESSES, validators=[one_of(PRESSES)], validate_choice=False)

    def marks(self) -> dict[Stage, StageMark]:
        """The one stage, and how far it has come."""
        stage, mark = self.stage.data.split(":")
        return {Stage(stage): StageMark(mark)}


class CutOffForm(StoaForm):
    """What both agree on for when the line drops."""

    who = RadioField(
        _l("If we are cut off, who writes first?"),
        choices=options(
            {
                AuthorKind.PROFESSIONAL.value: _l("I write to the student"),
                AuthorKind.STUDENT.value: _l("The student writes to me"),
            }
        ),
        default=AuthorKind.PROFESSIONAL.value,
        validators=[one_of(AuthorKind)],
        validate_choice=False,
    )
    minutes = SelectField(
        _l("Within"),
        choices=options(
            {15: _l("15 minutes"), 30: _l("30 minutes"), 60: _l("an hour"), 24 * 60: _l("a day")}
        ),
        default="30",
        validators=[one_of(MINUTES)],
        validate_choice=False,
    )
    line = TextAreaField(
        _l("Whom the student can call meanwhile"), validators=[Line(limit=CALL_LIMIT, optional=True)]
    )

    def agreement(self) -> CutOff:
        """What was filled in."""
        return CutOff(AuthorKind(self.who.data), int(self.minutes.data), self.line.data or "")

    def show(self, agreed: CutOff) -> None:
        """Begin with what holds now."""
        facts: dict[str, Any] = {"who": agreed.who.value, "minutes": str(agreed.minutes), "line": agreed.line}
        for name, value in facts.items():
            self[name].data = value

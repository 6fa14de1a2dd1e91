"""Forms of what is written down in a case."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
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
from wtforms.widgets import HiddenInput

from core.forms import Body, Line, StoaForm, WholeNumber, one_of, options, required
from core.text import BODY_LIMIT
from counselling.forms import LetterForm
from counselling.record.feelings import FEELING_NAMES
from counselling.record.filling import Saving
from counselling.record.form_fields import (
    EDITIONS,
    WORDS_LIMIT,
    Edition,
    Question,
    edition_of,
)
from counselling.record.models import CaseForm, Fit, FormKind, Lane
from counselling.record.notes import Wording
from counselling.record.ratings import MOST, Rating
from moderation.bands import Band

BAND_NAMES = {
    Band.AMBER: _l("Amber: soon"),
    Band.RED: _l("Red: today"),
    Band.CRISIS: _l("Crisis: now"),
}
STALE = _l("This page is too old. Open it again: what you typed is kept.")
ADDED_LIMIT = 500


def version_field() -> Any:
    """Which version of what is changed somebody had before them."""
    return IntegerField(
        widget=HiddenInput(), validators=[WholeNumber(least=0, most=1_000_000, message=STALE)]
    )


class BeginForm(StoaForm):
    kind = HiddenField(validators=[one_of(FormKind)])


class FilledForm(StoaForm):
    """What every form of a case has besides its questions. The questions come from `form_fields.py`."""

    edition: Edition

    version = version_field()
    act = HiddenField(default="save")
    is_shared = BooleanField(_l("The student may read this plan, keep it and add to it"))
    band = RadioField(
        _l("Make this case more urgent"),
        choices=options({"": _l("Leave it as it is"), **BAND_NAMES}),
        default="",
        validators=[one_of(["", *BAND_NAMES])],
        validate_choice=False,
    )

    def saving(self) -> Saving:
        """What was sent."""
        answers = {one.name: self[f"q_{one.name}"].data or "" for one in self.edition.questions}
        return Saving(
            answers={name: words for name, words in answers.items() if words},
            version=self.version.data,
            is_final=self.act.data == "finalise",
            is_shared=bool(self.is_shared.data),
            band=Band(self.band.data) if self.band.data else None,
        )

    def mark_missing(self, names: list[str]) -> None:
        """Say at each question that it needs an answer."""
        for name in names:
            self[f"q_{name}"].errors = [_l("Please answer this before you finalise.")]


def _field_of(question: Question) -> Any:
    if question.choices:
        return RadioField(
            question.words,
            choices=options(question.choices),
            validators=[one_of(["", *question.choices])],
            validate_choice=False,
            default="",
        )
    return TextAreaField(question.words, validators=[Body(limit=WORDS_LIMIT, optional=True)])


def _class_of(kind: FormKind, edition: Edition) -> type[FilledForm]:
    fields = {f"q_{one.name}": _field_of(one) for one in edition.questions}
    name = f"{kind.title().replace('_', '')}Form{edition.number}"
    return type(name, (FilledForm,), {"edition": edition, "__module__": __name__, **fields})


FORM_CLASSES = {
    (kind, edition.number): _class_of(kind, edition) for kind in FormKind for edition in EDITIONS[kind]
}


def class_of(form: CaseForm) -> type[FilledForm]:
    """The questions of this form, in its own edition."""
    return FORM_CLASSES[form.kind, edition_of(form.kind, form.edition).number]


class PlanLineForm(StoaForm):
    """A student's own line in their safety plan."""

    part = RadioField(
        _l("Where it belongs"),
        choices=options({one.name: one.words for one in EDITIONS[FormKind.SAFETY_PLAN][-1].questions}),
        validators=[one_of([one.name for one in EDITIONS[FormKind.SAFETY_PLAN][-1].questions])],
        validate_choice=False,
    )
    words = TextAreaField(
        _l("Your own words"),
        validators=[required(_l("Please write something here.")), Body(limit=ADDED_LIMIT)],
    )


LANE_NAMES = {
    Lane.TEAM: _l("For the team: the professionals of this case, and whoever takes it over"),
    Lane.SHARED: _l("Shared: the student reads it, too"),
    Lane.OWN: _l("For yourself: nobody else reads it, and nobody who takes the case over"),
}


class NoteForm(StoaForm):
    """A new note, another wording of an unfinished one (`note`), or later words to a locked one."""

    lane = RadioField(
        _l("Who reads this note"),
        choices=options(LANE_NAMES),
        default=Lane.TEAM.value,
        validators=[one_of(Lane)],
        validate_choice=False,
    )
    body = TextAreaField(
        _l("Note"), validators=[required(_l("Please write something here.")), Body(limit=BODY_LIMIT)]
    )
    note = HiddenField()
    addendum_to = HiddenField()
    version = version_field()
    act = HiddenField(default="save")

    def wording(self) -> Wording:
        """What was sent."""
        return Wording(Lane(self.lane.data), self.body.data, is_final=self.act.data == "finalise")


SCALE = {"": _l("No answer"), **{str(number): str(number) for number in range(MOST + 1)}}


def _scale(words: Any) -> Any:
    return SelectField(
        words, choices=options(SCALE), default="", validators=[one_of(SCALE)], validate_choice=False
    )


BEFORE_ANYTHING = _l("How hard is it at the moment? 0 is not at all, 10 is as hard as can be")
BEFORE_LETTERS = _l("How hard was it before these letters? 0 is not at all, 10 is as hard as can be")
BEFORE_A_TALK = _l("How hard was it before you talked? 0 is not at all, 10 is as hard as can be")


class RatingForm(StoaForm):
    """How it was, in numbers; each may be left out."""

    number = IntegerField(
        widget=HiddenInput(), validators=[WholeNumber(least=0, most=1_000_000, message=STALE)]
    )
    before = _scale(BEFORE_LETTERS)
    after = _scale(_l("How hard is it now? 0 is not at all, 10 is as hard as can be"))
    helped = _scale(_l("How much did it help? 0 is not at all, 10 is very much"))
    skip = HiddenField()

    def word_for(self, *, is_first: bool, was_live: bool) -> None:
        """Ask about what it was: letters, a talk, or nothing yet."""
        words = BEFORE_A_TALK if was_live else BEFORE_LETTERS
        self.before.label.text = BEFORE_ANYTHING if is_first else words

    def said(self) -> Rating:
        """What was sent."""
        return Rating(_number(self.before.data), _number(self.after.data), _number(self.helped.data))


def _number(text: str | None) -> int | None:
    return int(text) if text else None


FIT_NAMES = {
    Fit.ONLINE: _l("It fits: we go on here"),
    Fit.FACE_TO_FACE: _l("Better face to face"),
    Fit.URGENT: _l("Needs help now, elsewhere"),
    Fit.NOT_US: _l("Another service fits better"),
}
WHY_LIMIT = 1000


class FitForm(StoaForm):
    fit = RadioField(
        _l("Does Stoa fit?"), choices=options(FIT_NAMES), validators=[one_of(Fit)], validate_choice=False
    )
    why = TextAreaField(
        _l("Why, in words for the student"),
        validators=[required(_l("Please say why: the student reads it.")), Body(limit=WHY_LIMIT)],
    )


CANNED_LIMIT = 2000


class CannedForm(StoaForm):
    title = StringField(_l("Title"), validators=[required(_l("Please give it a title.")), Line(limit=80)])
    words = TextAreaField(
        _l("Words"), validators=[required(_l("Please write something here.")), Body(limit=CANNED_LIMIT)]
    )
    whose = RadioField(
        _l("Who may use it"),
        choices=options({"own": _l("Only you"), "team": _l("Every professional")}),
        default="own",
        validators=[one_of(["own", "team"])],
        validate_choice=False,
    )


class OwnLetterForm(LetterForm):
    """A student's letter, with words for how they feel."""

    feelings = SelectMultipleField(
        _l("How you feel, in a word or two"), choices=options(FEELING_NAMES), validate_choice=False
    )
    shown = HiddenField()  # the version of the page about confidentiality that stood above the form


class CheckForm(StoaForm):
    body = TextAreaField(
        _l("What you understood"),
        validators=[required(_l("Please write something here.")), Body(limit=BODY_LIMIT)],
    )


class CheckAnswerForm(StoaForm):
    """Yes, or what is different."""

    number = version_field()
    answer = HiddenField(validators=[one_of(["yes", "correct"])])
    body = TextAreaField(_l("What is different"), validators=[Body(limit=BODY_LIMIT, optional=True)])

    def validate_body(self, field: Field) -> None:
        """A correction has words."""
        if self.answer.data == "correct" and not field.data:
            raise ValidationError(_l("Please write something here."))

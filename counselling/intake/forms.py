"""The forms of the beginning. A field that outside programs rely on keeps its name."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    Field,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)

from core.forms import Body, Line, StoaForm, one_of, options, required
from core.settings import LANGUAGES
from core.text import BODY_LIMIT
from counselling.intake.answers import NAMES, Answers
from counselling.intake.questions import (
    AREA_NAMES,
    BY_NAMES,
    LANGUAGE_NAMES,
    ONGOING_NAMES,
    QUESTIONS,
    SAFE_NAMES,
    WAY_NAMES,
    WHERE_NAMES,
    WORST,
)

ANSWER_LIMIT, WHEN_LIMIT, TEXT_LIMIT = 1000, 200, 8000
MARKS = [str(mark) for mark in range(WORST + 1)]
NO_ANSWER = {"": _l("No answer")}
SEVERAL = ("areas", "bullied_where", "bullied_by")


def number_in(field: Field) -> int | None:
    """The number of a version in a hidden field; None when there is none, whatever stands there instead."""
    text = str(field.data or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


class AnyOfThem:
    """Every choice must be one of these."""

    def __init__(self, values: Any) -> None:
        self.values = {str(value) for value in values}

    def __call__(self, _form: StoaForm, field: Field) -> None:
        if not set(field.data or ()) <= self.values:
            raise ValidationError(_l("Please choose one of the answers."))


def _several(name: str, names: Mapping[Any, Any]) -> Any:
    return SelectMultipleField(
        QUESTIONS[name], choices=options(names), validators=[AnyOfThem(names)], validate_choice=False
    )


def _one(name: str, names: Mapping[Any, Any]) -> Any:
    return RadioField(
        QUESTIONS[name],
        choices=options({**names, **NO_ANSWER}),
        default="",
        validators=[one_of(["", *names])],
        validate_choice=False,
    )


def _text(name: str) -> Any:
    return TextAreaField(QUESTIONS[name], validators=[Body(limit=ANSWER_LIMIT, optional=True)])


def _marks() -> dict[str, Any]:
    words = {MARKS[0]: _l("0: not bad at all"), MARKS[-1]: _l("10: as bad as it can be")}
    return {mark: words.get(mark, mark) for mark in MARKS}


class IntakeFields(StoaForm):
    """What is asked at the beginning, every answer optional."""

    areas = _several("areas", AREA_NAMES)
    bullied_where = _several("bullied_where", WHERE_NAMES)
    bullied_by = _several("bullied_by", BY_NAMES)
    bullied_now = _one("bullied_now", ONGOING_NAMES)
    safe_today = _one("safe_today", SAFE_NAMES)
    distress = SelectField(
        QUESTIONS["distress"],
        choices=options({**NO_ANSWER, **_marks()}),
        default="",
        validators=[one_of(["", *MARKS])],
        validate_choice=False,
    )
    hope = _text("hope")
    tried = _text("tried")
    helps = _text("helps")
    language = _one("language", {one: LANGUAGE_NAMES[one] for one in LANGUAGES})
    way = _one("way", WAY_NAMES)
    free_when = StringField(QUESTIONS["free_when"], validators=[Line(limit=WHEN_LIMIT, optional=True)])

    def answers(self) -> Answers:
        """What was answered."""
        typed: dict[str, Any] = {}
        for name in NAMES:
            data = self[name].data
            typed[name] = tuple(data or ()) if name in SEVERAL else data or ""
        return Answers(**typed)

    @property
    def has_told(self) -> bool:
        """Whether anything is answered, or needs a change: then the questions stand open."""
        return any(self[name].data or self[name].errors for name in NAMES)

    def show(self, answers: Answers) -> None:
        """Fill in what was answered before."""
        for name in NAMES:
            value = getattr(answers, name)
            self[name].data = list(value) if isinstance(value, tuple) else value


class IntakeForm(IntakeFields):
    """The answers of a case; `seen` is the version that the page was opened on."""

    seen = HiddenField()


class RequestForm(IntakeFields):
    body = TextAreaField(
        _l("What is on your mind?"),
        validators=[required(_l("Please write something here.")), Body(limit=BODY_LIMIT)],
    )
    threads = SelectMultipleField(_l("Which of your threads may the counsellor read?"), validate_choice=False)
    read = HiddenField()  # the version of the page about confidentiality that was gone past
    shown = HiddenField()  # the version that stood above the form

    def offer_threads(self, threads: Sequence[tuple[str, str]]) -> None:
        """Let the student choose among these (id, title)."""
        self.threads.choices = list(threads)


class ThreadForm(StoaForm):
    """One thread that goes along, or is taken back."""

    thread = SelectField(_l("Send a thread along"), validate_choice=False)

    def offer_threads(self, threads: Sequence[tuple[str, str]]) -> None:
        """Let the student choose among these (id, title)."""
        self.thread.choices = [(one, title) for one, title in threads]


class ReadingForm(StoaForm):
    """The button under the page that says who can read what."""

    version = HiddenField()


class ConfidentialityForm(StoaForm):
    """The page in each language. English must be there: it is what everybody else falls back to."""

    body_en = TextAreaField(_l("In English"), validators=[required(), Body(limit=TEXT_LIMIT)])
    body_el = TextAreaField(_l("In Greek"), validators=[Body(limit=TEXT_LIMIT, optional=True)])
    body_id = TextAreaField(_l("In Indonesian"), validators=[Body(limit=TEXT_LIMIT, optional=True)])
    seen = HiddenField()

    def wordings(self) -> dict[str, str]:
        """What was typed, by language."""
        return {code: self[f"body_{code}"].data for code in LANGUAGES if self[f"body_{code}"].data}

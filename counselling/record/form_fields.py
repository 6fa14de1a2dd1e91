"""What the forms of a case ask, as plain data: each question with how far its answer may go.

An edition is never changed once somebody has filled it in: a new wording is a new edition, and a form that
was filled in before is shown with the questions of its own. The words are Stoa's own; no published instrument
is copied here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from counselling.record.models import FormKind

WORDS_LIMIT = 2000


class Reach(StrEnum):
    """How far an answer may go: into a neutral summary as well, to a supervisor as well, or nowhere."""

    SUMMARY = "summary"
    SUPERVISOR = "supervisor"
    CASE = "case"


@dataclass(frozen=True)
class Question:
    """One question: free words, or one of `choices`. `is_needed` before the form can be finalised."""

    name: str
    words: Any
    reach: Reach
    choices: Mapping[str, Any] = field(default_factory=dict)
    hint: Any = ""
    is_needed: bool = False


@dataclass(frozen=True)
class Edition:
    """One wording of all the questions of a form."""

    number: int
    questions: tuple[Question, ...]


FORM_NAMES: dict[FormKind, Any] = {
    FormKind.RISK_ASSESSMENT: _l("Risk assessment"),
    FormKind.SAFETY_PLAN: _l("Safety plan"),
    FormKind.REFERRAL: _l("Referral"),
    FormKind.SAFEGUARDING: _l("Safeguarding"),
}

FORM_AIMS: dict[FormKind, Any] = {
    FormKind.RISK_ASSESSMENT: _l("How things stand today, what protects, and what was done about it."),
    FormKind.SAFETY_PLAN: _l("Written together with the student, who can keep it and add to it."),
    FormKind.REFERRAL: _l("Where somebody else goes on, and what they were told."),
    FormKind.SAFEGUARDING: _l("When the student or somebody else has to be protected from a person."),
}

_KNOWN = {"yes": _l("Yes"), "no": _l("No"), "unsure": _l("Unclear"), "not_asked": _l("Not asked")}

_RISK = Edition(
    1,
    (
        Question(
            "thoughts",
            _l("Thoughts of dying or of ending their life"),
            Reach.SUPERVISOR,
            {
                "none": _l("None that they know of"),
                "passing": _l("Now and then, they pass"),
                "often": _l("Often, or they stay for long"),
                "always": _l("Nearly all the time"),
                "not_asked": _l("Not asked"),
            },
            is_needed=True,
        ),
        Question("thoughts_words", _l("In their words"), Reach.CASE),
        Question("plan", _l("Have they thought about how?"), Reach.SUPERVISOR, _KNOWN, is_needed=True),
        Question(
            "means",
            _l("Could they get at what they thought of?"),
            Reach.SUPERVISOR,
            _KNOWN,
            _l("Only whether. No way of dying belongs in a form."),
            is_needed=True,
        ),
        Question(
            "timeframe",
            _l("Is there a time?"),
            Reach.SUPERVISOR,
            {
                "none": _l("No"),
                "days": _l("In the next days"),
                "today": _l("Today"),
                "unsure": _l("Unclear"),
                "not_asked": _l("Not asked"),
            },
            is_needed=True,
        ),
        Question("before", _l("What happened before, and what makes it harder now"), Reach.CASE),
        Question(
            "protective",
            _l("What protects: people, plans, reasons, what helped before"),
            Reach.SUPERVISOR,
        ),
        Question("done", _l("What was done, and what was agreed"), Reach.SUPERVISOR, is_needed=True),
        Question("again", _l("When you look at this again"), Reach.SUPERVISOR),
    ),
)

_PLAN = Edition(
    1,
    (
        Question("signs", _l("How I notice that it is getting hard"), Reach.CASE),
        Question("alone", _l("What I can do by myself"), Reach.CASE),
        Question("company", _l("People and places that take my mind off it"), Reach.CASE),
        Question("ask", _l("Whom I can ask for help"), Reach.CASE),
        Question(
            "lines",
            _l("Professionals and helplines that I can reach"),
            Reach.CASE,
            hint=_l("With numbers and hours, so that it works on paper."),
        ),
        Question(
            "safer",
            _l("What makes the place where I am safer"),
            Reach.CASE,
            hint=_l("Who keeps what away, and for how long. No way of dying is named here."),
        ),
        Question("reasons", _l("What is worth going on for"), Reach.CASE),
    ),
)

_REFERRAL = Edition(
    1,
    (
        Question("service", _l("Where to"), Reach.SUMMARY, is_needed=True),
        Question("reference", _l("Their reference, or whom to ask for"), Reach.SUMMARY),
        Question(
            "consent",
            _l("Has the student said yes?"),
            Reach.SUMMARY,
            {
                "yes": _l("Yes, to all that was shared"),
                "told": _l("Nothing was shared: the student goes there alone"),
                "danger": _l("No, but somebody's life is in danger"),
            },
            is_needed=True,
        ),
        Question("shared", _l("What was shared"), Reach.SUPERVISOR),
        Question("why", _l("Why there"), Reach.SUPERVISOR),
        Question("after", _l("What is agreed for afterwards"), Reach.CASE),
    ),
)

_SAFEGUARDING = Edition(
    1,
    (
        Question(
            "whom",
            _l("Who has to be protected"),
            Reach.SUPERVISOR,
            {
                "student": _l("The student"),
                "child": _l("A child"),
                "adult": _l("Another adult"),
                "more": _l("More than one person"),
            },
            is_needed=True,
        ),
        Question("worry", _l("What gives reason to worry"), Reach.CASE, is_needed=True),
        Question(
            "now",
            _l("Are they safe today?"),
            Reach.SUPERVISOR,
            {"yes": _l("Yes"), "no": _l("No"), "unsure": _l("Unclear")},
            is_needed=True,
        ),
        Question("wishes", _l("What the student wants to happen"), Reach.CASE),
        Question("spoken", _l("With whom it was talked over"), Reach.SUPERVISOR),
        Question("done", _l("What was done, and when"), Reach.SUPERVISOR, is_needed=True),
        Question(
            "told",
            _l("Was the student told what is done?"),
            Reach.SUPERVISOR,
            {"yes": _l("Yes"), "no": _l("No, because that would put somebody in danger")},
            is_needed=True,
        ),
    ),
)

EDITIONS: dict[FormKind, tuple[Edition, ...]] = {
    FormKind.RISK_ASSESSMENT: (_RISK,),
    FormKind.SAFETY_PLAN: (_PLAN,),
    FormKind.REFERRAL: (_REFERRAL,),
    FormKind.SAFEGUARDING: (_SAFEGUARDING,),
}


def newest_edition(kind: FormKind) -> Edition:
    """The questions that a new form asks."""
    return EDITIONS[kind][-1]


def edition_of(kind: FormKind, number: int) -> Edition:
    """The questions that a form was begun with."""
    return next(edition for edition in EDITIONS[kind] if edition.number == number)


def answer_words(question: Question, answer: str) -> str:
    """An answer as it is read: the words of a choice, or what was typed."""
    return str(question.choices.get(answer, answer)) if question.choices else answer

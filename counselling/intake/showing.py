"""The answers of the beginning in words, for a page or for what a student takes along."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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

WORDS: dict[str, Mapping[Any, Any]] = {
    "areas": AREA_NAMES,
    "bullied_where": WHERE_NAMES,
    "bullied_by": BY_NAMES,
    "bullied_now": ONGOING_NAMES,
    "safe_today": SAFE_NAMES,
    "language": LANGUAGE_NAMES,
    "way": WAY_NAMES,
}


@dataclass(frozen=True)
class Answered:
    """One question that was answered. `lines` are words of ours or of the student, who `is_own`."""

    name: str
    question: str
    lines: tuple[str, ...]
    is_own: bool


def answered(answers: Answers) -> list[Answered]:
    """What was answered, in the order of the questions. What stayed empty is left out."""
    order = [name for name in QUESTIONS if name in NAMES and getattr(answers, name)]
    return [
        Answered(name, str(QUESTIONS[name]), _lines(name, getattr(answers, name)), name not in WORDS)
        for name in order
    ]


def _lines(name: str, value: str | tuple[str, ...]) -> tuple[str, ...]:
    values = value if isinstance(value, tuple) else (value,)
    if name == "distress":
        return tuple(f"{one} / {WORST}" for one in values)
    return tuple(str(WORDS[name].get(one, one)) if name in WORDS else one for one in values)

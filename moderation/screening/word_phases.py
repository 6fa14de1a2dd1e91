"""Phases of the screening that look at the words: danger, ways and amounts, what people do to each other, and
who somebody is.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from forum.gate import PersonalKind
from moderation.bands import Band, higher_of
from moderation.models import ReasonKind
from moderation.screening.findings import Finding, NewText
from moderation.screening.marking import Mark
from moderation.screening.personal import OTHERS
from moderation.screening.risks import judge
from moderation.screening.telling import is_told

HOSTILE = frozenset({"hostile", "slur", "sexual_pressure", "threat", "quoted_abuse"})
METHOD = frozenset({"method_detail", "method_beside_death"})
TOLD = {"threat": "told_threat"}  # every other kind that is told becomes "quoted_abuse"

# An amount of something that is taken. A letter stands where somebody left the number out.
_AMOUNT = re.compile(
    r"(?<![\w.,])(?:\d{1,5}|[nNxX])\s?(?:mg|mcg|µg|milligrams?|pills?|tablets?|capsules?|χ[άα]πια|χαπι[άα]|δισκ[ίι]α"
    r"|κ[άα]ψουλες|χιλιοστ[όο]γραμμα|butir|tablet|kapsul|pil|miligram)(?!\w)",
    re.IGNORECASE,
)


def look_for_risk(text: NewText) -> Finding | None:
    """Words that may mean danger, in three languages, with what is denied, past, or only a manner of
    speaking.
    """
    verdict = judge(text.readings)
    if verdict.band is Band.GREEN:
        return None
    return Finding(ReasonKind.RISK_SIGNAL, verdict.marks, verdict.band)


def look_for_method(text: NewText) -> Finding | None:
    """Ways and amounts. They help nobody who reads them, and some they harm."""
    asked = (mark for mark in text.conduct if mark.key in METHOD)
    amounts = [
        Mark(match.start(), match.end(), "amount", Band.AMBER, "") for match in _AMOUNT.finditer(text.text)
    ]
    return _finding(ReasonKind.RISK_SIGNAL, [*asked, *amounts])


def look_for_hostility(text: NewText) -> Finding | None:
    """Insults, threats, slurs, sexual pressure. What the author only tells of is a case of its own: it was
    done to somebody, and it is nothing that they did.
    """
    marks = [
        replace(mark, key=TOLD.get(mark.key, "quoted_abuse")) if is_told(text.text, mark.start) else mark
        for mark in text.conduct
        if mark.key in HOSTILE
    ]
    return _finding(ReasonKind.CONDUCT_SIGNAL, marks)


def look_for_own_traces(text: NewText) -> Finding | None:
    """What may show who wrote this: addresses, numbers, names, a day that others remember."""
    return _personal(text, set(PersonalKind) - OTHERS)


def look_for_other_people(text: NewText) -> Finding | None:
    """What may show who somebody else is: a named student or teacher, a room."""
    return _personal(text, OTHERS)


def _personal(text: NewText, kinds: Collection[PersonalKind]) -> Finding | None:
    marks = [
        Mark(mark.start, mark.end, mark.kind.value, Band.GREEN, "")
        for mark in text.personal
        if mark.kind in kinds
    ]
    return _finding(ReasonKind.PERSONAL_DATA, marks)


def _finding(kind: ReasonKind, marks: Iterable[Mark]) -> Finding | None:
    found = tuple(marks)
    return Finding(kind, found, higher_of(*(mark.band for mark in found))) if found else None

"""Which words of a text may show who somebody is: pure functions over patterns, in three languages.

A hint and never a judgement: the writer sees the words and chooses. A hint that comes too often is no longer
read, so in doubt the patterns stay silent: years, dates, times, amounts and grades are no telephone numbers,
and a name counts only where somebody says whose it is.

Nothing here knows what is urgent. A text that sounds so is never stopped; `moderation/gatekeeper.py` sees to
that.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from itertools import chain

from forum.gate import PersonalKind, PersonalMark
from moderation.screening import people_patterns as people
from moderation.screening import personal_patterns as known

# What shows who somebody else is, and not its writer.
OTHERS = frozenset({PersonalKind.OTHER_PERSON, PersonalKind.ROOM})

SOONEST, LONGEST_PHONE = 8, 19  # digits of a number that is taken for one that reaches somebody
_DIGIT, _DIGITS = re.compile(r"\d"), re.compile(r"\d+")
_LONG_NUMBER = re.compile(r"\d[\d./-]{2}")  # no student number is shorter
# One of these stands in every sentence by which somebody says their name; most texts hold none.
_NAME_SIGNS = (
    *("name", "nama", "call", "panggil", "kenal", "salam", "signed", "me,"),
    *("λένε", "λενε", "νομ", "λέγομαι", "λεγομαι", "είμαι", "φων", "λέγε", "λεγε", "υπογρ"),
)
BEFORE_A_DIGIT, AFTER_A_DIGIT = 120, 40  # letters in which the words stand that make a number tell
WITH_A_SIGN = 6  # digits that are enough where the words around say that it is a telephone number


def find_personal(
    text: str, *, student_number: re.Pattern[str] | None = known.STUDENT_NUMBER
) -> list[PersonalMark]:
    """The words of a text that may show who somebody is, in their order; none overlaps another.

    `student_number` is how the university writes its numbers; None leaves only those that are called so.
    """
    found = chain(
        _spans(known.EMAILS, text, PersonalKind.EMAIL),
        _find_handles(text),
        _find_addresses(text),
        _find_names(text),
        _find_other_people(text),
        _find_numbers(text, student_number) if _DIGIT.search(text) else (),
    )
    marks: list[PersonalMark] = []
    for mark in sorted(found, key=lambda one: (one.start, -one.end)):
        if not marks or mark.start >= marks[-1].end:
            marks.append(mark)
    return marks


def _find_numbers(text: str, student_number: re.Pattern[str] | None) -> Iterator[PersonalMark]:
    """What no text without a digit holds: most have none, and need not be read for it."""
    parts = list(_around_digits(text))
    if _LONG_NUMBER.search(text):
        for start, end in parts:
            yield from _spans((known.STUDENT_SIGN,), text, PersonalKind.STUDENT_NUMBER, start, end)
    yield from _spans((student_number,) if student_number else (), text, PersonalKind.STUDENT_NUMBER)
    yield from _find_phones(
        text
    )  # after the student numbers: of two that begin at one place the first counts
    for start, end in parts:
        yield from _find_dated_events(text, start, end)
        yield from _spans(people.ROOMS, text, PersonalKind.ROOM, start, end)


def _around_digits(text: str) -> Iterator[tuple[int, int]]:
    """The parts of a text in which a number and the words that make it tell could stand; none overlaps."""
    start = end = -1
    for match in _DIGITS.finditer(text):
        first, last = max(0, match.start() - BEFORE_A_DIGIT), match.end() + AFTER_A_DIGIT
        if first > end:
            if end >= 0:
                yield start, end
            start = first
        end = last
    if end >= 0:
        yield start, end


def _spans(
    patterns: Iterable[re.Pattern[str]], text: str, kind: PersonalKind, start: int = 0, end: int = sys.maxsize
) -> Iterator[PersonalMark]:
    for pattern in patterns:
        for match in pattern.finditer(text, start, end):
            yield _mark(match, kind, "words")


def _mark(match: re.Match[str], kind: PersonalKind, group: str) -> PersonalMark:
    """A mark of the named part of a match, or of all of it; without the full stop of a sentence."""
    named = group if group in match.re.groupindex else 0
    start, end = match.span(named)
    while end > start and match.string[end - 1] in ".,-–/ (":
        end -= 1
    return PersonalMark(start, end, kind)


def _find_handles(text: str) -> Iterator[PersonalMark]:
    if "/" in text:
        yield from _spans((known.PROFILE,), text, PersonalKind.HANDLE)
    if "#" in text:
        yield from _spans((known.AT_DISCORD,), text, PersonalKind.HANDLE)
    for match in known.NAMED_AT_SERVICE.finditer(text):
        yield _mark(match, PersonalKind.HANDLE, "handle")
    for match in known.AT_NAME.finditer(text):
        handle = match["handle"].rstrip(".")
        is_plain = handle.isalpha() and (handle[0].isupper() or handle in known.NO_HANDLES or len(handle) < 4)
        if not is_plain:
            yield _mark(match, PersonalKind.HANDLE, "")


def _find_addresses(text: str) -> Iterator[PersonalMark]:
    numbered = (
        _spans(known.ADDRESSES[:-1], text, PersonalKind.ADDRESS, start, end)
        for start, end in _around_digits(text)
    )
    unnumbered = _spans(known.ADDRESSES[-1:], text, PersonalKind.ADDRESS)
    for mark in chain(unnumbered, *numbered):
        words = text[mark.start : mark.end].casefold().split()
        if not known.NO_STREETS & set(words):
            yield mark


def _find_names(text: str) -> Iterator[PersonalMark]:
    lowered = text.lower()
    if not any(sign in lowered for sign in _NAME_SIGNS):
        return
    for pattern in (known.ENGLISH_NAME, known.GREEK_NAME, known.INDONESIAN_NAME):
        for match in pattern.finditer(text):
            span = _name_at_start(match["rest"])
            if span is not None:
                start = match.start("rest")
                yield PersonalMark(start + span[0], start + span[1], PersonalKind.NAME)
    for match in known.GREEK_I_AM.finditer(text):
        if match["words"].split()[0] not in known.NO_GREEK_NAMES:
            yield _mark(match, PersonalKind.NAME, "words")

    yield from _spans(people.CALLED_ME, text, PersonalKind.NAME)


def _find_dated_events(text: str, start: int, end: int) -> Iterator[PersonalMark]:
    """A day, where the same sentence says what happened on it."""
    for match in people.DAY.finditer(text, start, end):
        before = re.split(r"[.!?;\n]", text[max(0, match.start() - people.AROUND_A_DAY) : match.start()])[-1]
        after = re.split(r"[.!?;\n]", text[match.end() : match.end() + people.AROUND_A_DAY])[0]
        if people.EVENT.search(before) or people.EVENT.search(after):
            yield _mark(match, PersonalKind.DATED_EVENT, "")


def _find_other_people(text: str) -> Iterator[PersonalMark]:
    for mark in _spans(people.TITLED + people.RELATED, text, PersonalKind.OTHER_PERSON):
        if text[mark.start : mark.end].split()[0].casefold() not in people.NO_PERSON:
            yield mark


def _name_at_start(rest: str) -> tuple[int, int] | None:
    first = known.FIRST_WORD.match(rest)
    if first is None or first[0].casefold() in known.NO_NAMES:
        return None
    match = known.CAPITALS.match(rest) or known.LOWER_NAME.match(rest)
    return match.span(1 if match.re is known.LOWER_NAME else 0) if match else None


def _find_phones(text: str) -> Iterator[PersonalMark]:
    inside = [match.span() for match in known.URL.finditer(text)]
    for match in known.NUMBER.finditer(text):
        mark = _mark(match, PersonalKind.PHONE, "")
        is_in_link = any(start <= mark.start < end for start, end in inside)
        if not is_in_link and _reaches_somebody(text, mark.start, mark.end):
            yield mark


def _reaches_somebody(text: str, start: int, end: int) -> bool:
    """Whether a run of digits is likely a number to call, and not an amount, a date or a year."""
    number = text[start:end]
    digits = re.sub(r"\D", "", number)
    before = text[max(0, start - 40) : start]
    has_sign = number.startswith("+") or known.PHONE_SIGN.search(before) is not None
    if not (WITH_A_SIGN if has_sign else SOONEST) <= len(digits) <= LONGEST_PHONE:
        return _is_split_local(number)
    if known.MONEY_BEFORE.search(before) or known.FREE_CALL.match(digits):
        return False
    if number.startswith("+"):
        return True
    if (
        known.UNIT_AFTER.match(text, end)
        or known.NETWORK.fullmatch(number)
        or known.WRITTEN_DAY.fullmatch(number)
    ):
        return False
    if known.COUNTED.fullmatch(number) and (digits.endswith("000") or "." in number or "," in number):
        return False
    if known.DATE_OR_TIME.match(number) or known.YEARS.fullmatch(number) or digits.endswith("000000"):
        return False
    return (
        known.SHORT_PARTS.fullmatch(number) is None
        or has_sign
        or known.IN_PAIRS.fullmatch(number) is not None
    )


def _is_split_local(number: str) -> bool:
    """A local number as "555-1234", and no span of years."""
    return re.fullmatch(r"[2-9]\d\d-(?!(?:19|20)\d\d$)\d{4}", number) is not None

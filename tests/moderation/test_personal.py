"""Words that may show who somebody is are found, and what only looks like them is left alone."""

import re
import tomllib
from pathlib import Path

import pytest

from forum.drafting import TAKEN_OUT
from forum.gate import PersonalKind
from moderation.screening.personal import find_personal

CASES = Path(__file__).parent / "personal_cases"
LANGUAGES = ("en", "el", "id")
BRACKETS = re.compile(r"\[\[(.*?)\]\](?!\])")


def cases(language: str) -> dict[str, list[list[str]]]:
    return tomllib.loads((CASES / f"{language}.toml").read_text(encoding="utf-8"))


def found_cases() -> list[tuple[str, str]]:
    return [(kind, text) for language in LANGUAGES for kind, text in cases(language)["found"]]


def harmless_cases() -> list[str]:
    return [str(text) for language in LANGUAGES for text in cases(language)["left_alone"]]


@pytest.mark.parametrize(("kind", "marked"), found_cases(), ids=[text for _, text in found_cases()])
def test_words_that_may_show_who_somebody_is_are_found(kind: str, marked: str) -> None:
    wanted = [(words, PersonalKind(kind)) for words in BRACKETS.findall(marked)]
    text = BRACKETS.sub(r"\1", marked)
    assert [(text[mark.start : mark.end], mark.kind) for mark in find_personal(text)] == wanted


@pytest.mark.parametrize("text", harmless_cases())
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert [text[mark.start : mark.end] for mark in find_personal(text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_enough_cases_of_each_language(language: str) -> None:
    assert all(len(some) >= 25 for some in cases(language).values())


def test_several_are_found_in_their_order_without_overlap() -> None:
    text = "My name is Anna, my insta is anna.k_1, write to anna@mail.example or call +44 7700 900123."
    kinds = [mark.kind for mark in find_personal(text)]
    assert kinds == [PersonalKind.NAME, PersonalKind.HANDLE, PersonalKind.EMAIL, PersonalKind.PHONE]


@pytest.mark.parametrize("marked", [text for _, text in found_cases()])
def test_what_was_taken_out_is_not_found_again(marked: str) -> None:
    assert find_personal(BRACKETS.sub(TAKEN_OUT, marked)) == []


def test_a_university_may_say_how_its_numbers_look() -> None:
    own = re.compile(r"\bX-\d\d/\d\d\b")
    (mark,) = find_personal("I am X-12/34 and not cs190345.", student_number=own)
    assert (mark.start, mark.end) == (5, 12)


def test_without_a_pattern_only_numbers_that_are_called_so_are_found() -> None:
    assert find_personal("I am cs190345.", student_number=None) == []
    assert len(find_personal("My student number is 20191234.", student_number=None)) == 1


@pytest.mark.parametrize(
    "piece",
    [
        "1 ",
        "1-",
        "@a",
        "a@",
        "a.",
        "my name is ",
        "A ",
        "Jl. A ",
        "ig me ",
        "at ",
        "+",
        "(1",
        "μένω Α ",
        "x at y ",
    ],
)
def test_a_text_made_to_be_slow_is_read_to_its_end(piece: str) -> None:
    assert isinstance(find_personal((piece * 8000)[:8000]), list)

"""How much of a long conversation is folded away."""

from markupsafe import Markup

from counselling.models import AuthorKind
from counselling.showing import LetterView
from counselling.views.folding import Fold, fold
from tests.cast import NOON


def conversation(*talks: str) -> list[LetterView]:
    """One letter for each word: "" for a letter, else the live talk that it is a line of."""
    return [
        LetterView(number, AuthorKind.STUDENT, "", Markup(""), NOON, is_read=True, talk=talk or None)
        for number, talk in enumerate(talks, start=1)
    ]


def test_a_short_conversation_is_shown_whole() -> None:
    assert fold(conversation("", ""), 3) == Fold(0, 0)


def test_of_a_long_one_the_last_letters_are_shown() -> None:
    assert fold(conversation("", "", "", "", ""), 3) == Fold(2, 2)


def test_a_live_talk_counts_as_one_and_is_never_cut_in_two() -> None:
    assert fold(conversation("", "a", "a", "a", "", ""), 3) == Fold(1, 1)


def test_two_live_talks_one_after_the_other_are_two() -> None:
    assert fold(conversation("a", "a", "b", "b"), 1) == Fold(2, 1)
